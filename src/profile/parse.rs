//! From the text of a profile to the profile.

use std::ops::RangeInclusive;
use std::time::Duration;

use mock_auth_service::{DecisionPlan, duration};

use super::document::{Document, Mismatch, Problems, Reader, Section};
use super::files::{Files, no_files};
use super::{
    Abort, Behaviours, Correlation, EngineSettings, FlowSettings, Mix, Names, Profile, Threshold, Users,
    Workload, decisions,
};

/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 500;
/// TOML's integers end here.
const LARGEST_SEED: u64 = i64::MAX.unsigned_abs();
const DEFAULT_SEED: u64 = 1;
/// Most thresholds of a profile.
const MOST_THRESHOLDS: usize = 100;
const WARMUPS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(86_400);
const DRAINS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3_600);
const DEFAULT_DRAIN: Duration = Duration::from_secs(30);

impl Profile {
    /// Parses a profile that names no files. `name` becomes the profile's name, `file` is what problems name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, at once.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, Problems> {
        Self::parse_with(name, file, text, &no_files)
    }

    /// As [`Profile::parse`], for profiles that may name files.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text and with the files, at once.
    pub fn parse_with(name: &str, file: &str, text: &str, files: &Files<'_>) -> Result<Self, Problems> {
        let document = Document::parse(text);
        let profile = Self::read(name, document.root(), files);
        document.accept(file, profile)
    }

    pub(super) fn read(name: &str, root: Section<'_>, files: &Files<'_>) -> Option<Self> {
        let description = Reader::text(0..=LONGEST_DESCRIPTION);
        let workload = Workload::read(&root, files);
        let abort = Abort::read(&root, workload.as_ref());
        let thresholds = abort.beside(Threshold::read_all(&root, workload.as_ref()));
        let seed = root.or("seed", &Reader::whole(0..=LARGEST_SEED, ""), DEFAULT_SEED);
        let mix = Mix::read(&root);
        let (users, mut of_users) = Users::read(&root, files);
        let plan = decisions::read(&root, seed);
        // What the profile itself says of a user goes before what a file says.
        of_users.extend(plan.users.clone());
        let profile = Self {
            name: name.to_owned(),
            description: root.or("description", &description, String::new()),
            seed,
            mix,
            behaviours: Behaviours::read(&root, mix),
            users,
            flow: FlowSettings::read(&root),
            engine: EngineSettings::read(&root),
            thresholds,
            abort,
            warmup: root.or("warmup", &Reader::duration(WARMUPS), Duration::ZERO),
            decisions: DecisionPlan { users: of_users, ..plan },
            drain: root.or("drain", &Reader::duration(DRAINS), DEFAULT_DRAIN),
            // Without a workload there is no profile, but the rest of the file was to be read first.
            workload: match workload {
                Some(workload) => workload,
                None => {
                    root.finish();
                    return None;
                }
            },
        };
        profile.check_that_settings_fit(&root);
        root.finish();
        Some(profile)
    }

    fn check_that_settings_fit(&self, root: &Section<'_>) {
        let length = self.workload.length();
        if self.warmup >= length {
            let expected = format!("less than the run, which is {} long", duration::format(length));
            root.unexpected("warmup", &expected);
        }
        let (in_flight, capacity) = (self.workload.peak_in_flight(), self.engine.capacity());
        if in_flight > capacity {
            let message = format!(
                "up to {in_flight} flows at once, expected at most the {capacity} that fit into the engine \
                 (relying_parties x flows_per_relying_party); raise engine.flows_per_relying_party or lower this"
            );
            root.problem_at(self.key_of_in_flight(), &message);
        }
        let users = self.users.names.count();
        if self.flow.correlation == Correlation::User && self.users.hot.is_some() {
            let reason =
                "flow.correlation is \"user\", and hot users have several flows at once, which is ambiguous";
            root.problem_at("users.hot", &format!("{reason}; remove it or set correlation = \"marker\""));
        }
        if self.flow.correlation == Correlation::User && users < in_flight {
            let message = format!(
                "{users} users, expected at least as many as flows at once ({in_flight}) since flow.correlation is \
                 \"user\" and a user with two pending flows is ambiguous; raise it or set correlation = \"marker\""
            );
            let key = match self.users.names {
                Names::Numbered { .. } => "users.count",
                Names::Listed(_) => "users.file",
            };
            root.problem_at(key, &message);
        }
    }

    fn key_of_in_flight(&self) -> &'static str {
        match self.workload {
            Workload::Open { .. } => "workload.max_in_flight",
            Workload::Closed { .. } => "workload.stages",
        }
    }
}

impl Threshold {
    /// Reads the list `thresholds` of a table. Where the workload is known, each stage that they name has to be one of its.
    pub fn read_all(section: &Section<'_>, workload: Option<&Workload>) -> Vec<Self> {
        Self::read_list(section, "thresholds", workload)
    }

    /// The same of another list.
    pub(super) fn read_list(
        section: &Section<'_>,
        key: &'static str,
        workload: Option<&Workload>,
    ) -> Vec<Self> {
        let reader = Reader::new("a threshold such as \"notify p99 < 250ms\"", |value| {
            let text = value.as_str().ok_or(Mismatch::Unexpected)?;
            let threshold: Threshold =
                text.parse().map_err(|error: super::ThresholdError| Mismatch::Because(error.to_string()))?;
            match (&threshold.stage, workload) {
                (Some(stage), Some(workload))
                    if !workload.stages().iter().any(|known| known.name == *stage) =>
                {
                    Err(unknown_stage(stage, workload))
                }
                (Some(_) | None, _) => Ok(threshold),
            }
        });
        let thresholds = section.list(key, &reader).unwrap_or_default();
        if thresholds.len() > MOST_THRESHOLDS {
            let message =
                format!("value {} thresholds, expected at most {MOST_THRESHOLDS}", thresholds.len());
            section.problem(key, &message);
        }
        thresholds
    }
}

fn unknown_stage(stage: &str, workload: &Workload) -> Mismatch {
    let remedy = match workload.nearest_stage(stage) {
        Some(meant) => format!("did you mean {meant:?}"),
        None => {
            let names: Vec<&str> = workload.stages().iter().map(|stage| stage.name.as_str()).collect();
            format!("the stages are {}", names.join(", "))
        }
    };
    Mismatch::Because(format!("expected the name of a stage, and no stage is named {stage:?}; {remedy}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STAGE: &str = "[[workload.stages]]\nname = \"peak\"\nduration = \"10s\"\nrate = 20\n";

    fn parse(head: &str, tail: &str) -> Result<Profile, Problems> {
        Profile::parse("mine", "mine.toml", &format!("{head}\n{STAGE}{tail}\n"))
    }

    #[test]
    fn the_least_profile_has_defaults() {
        let profile = parse("", "").unwrap();
        assert_eq!((profile.name.as_str(), profile.description.as_str(), profile.seed), ("mine", "", 1));
        assert_eq!((profile.warmup, profile.drain), (Duration::ZERO, Duration::from_secs(30)));
        assert_eq!(profile.mix, Mix { poll: 1, ping: 0, push: 0 });
        assert!(profile.thresholds.is_empty());
    }

    #[test]
    fn the_profile_s_own_keys() {
        let head = "description = \"d\"\nseed = 7\nwarmup = \"2s\"\ndrain = \"1m\"\n\
                    thresholds = [\"ack p99 < 1s\", \"rate >= 95% of asked for stage peak\"]";
        let profile = parse(head, "").unwrap();
        assert_eq!((profile.description.as_str(), profile.seed), ("d", 7));
        assert_eq!((profile.warmup, profile.drain), (Duration::from_secs(2), Duration::from_secs(60)));
        let shown: Vec<String> = profile.thresholds.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["ack p99 < 1s", "rate >= 95% of asked for stage peak"]);
    }

    #[test]
    fn settings_that_do_not_fit_together() {
        let table = [
            (
                "warmup = \"10s\"",
                "",
                "mine.toml:1: warmup: value \"10s\", expected less than the run, which is 10s long",
            ),
            (
                "thresholds = [\n\"ack p99 < 1s for stage paek\"]",
                "",
                "mine.toml:2: thresholds[0]: value \"ack p99 < 1s for stage paek\", expected the name of a stage, and no \
                 stage is named \"paek\"; did you mean \"peak\"",
            ),
            ("thresholds = [\"ack p99 < 1s for stage x\"]", "", "the stages are peak"),
            (
                "",
                "[engine]\nflows_per_relying_party = 10",
                "mine.toml:2: workload.max_in_flight: up to 10000 flows at once, expected at most the 20 that fit",
            ),
            (
                "",
                "[flow]\ncorrelation = \"user\"\n[users]\nhot = { share = 0.1, users = 5 }",
                "mine.toml:9: users.hot: flow.correlation is \"user\", and hot users have several flows at once",
            ),
            (
                "",
                "[flow]\ncorrelation = \"user\"\n[users]\ncount = 9",
                "mine.toml:9: users.count: 9 users, expected at least as many as flows at once (10000)",
            ),
        ];
        for (head, tail, expected) in table {
            let report = parse(head, tail).unwrap_err().to_string();
            assert!(
                report.starts_with(expected) || report.contains(expected),
                "{report}\nexpected {expected}"
            );
            assert_eq!(report.lines().count(), 1, "{report}");
        }
    }

    #[test]
    fn a_file_with_fewer_users_than_flows_is_told_with_both_numbers() {
        let text = "users.file = \"few.csv\"\nflow.correlation = \"user\"\n\
                    workload = { max_in_flight = 3, stages = [{ duration = \"1s\", rate = 1 }] }\n";
        let read = |csv: &'static [u8]| {
            let files = move |_: &str| Ok(csv.to_vec());
            Profile::parse_with("mine", "mine.toml", text, &files).map_err(|problems| problems.to_string())
        };
        let refused = read(b"login_hint\nann\nbob\n").unwrap_err();
        assert!(
            refused.starts_with("mine.toml:1: users.file: 2 users, expected at least as many"),
            "{refused}"
        );
        assert_eq!(read(b"login_hint\nann\nbob\ncleo\n").unwrap().users.names.count(), 3);
    }

    #[test]
    fn users_may_be_few_where_markers_tell_flows_apart() {
        assert_eq!(parse("", "users.count = 9").unwrap_err().list().len(), 1, "a dotted key after a header");
        assert_eq!(parse("users.count = 9", "").unwrap().users.names.count(), 9);
    }

    #[test]
    fn everything_is_reported_at_once() {
        let text = "\
sed = 3
warmup = 5
thresholds = [\"notfy p99 < 1ms\", \"ack p99 < 1\"]

[workload]
modle = \"open\"

[[workload.stages]]
name = \"a\"
duration = \"0s\"
rate = \"fast\"

[mix]
poll = 0

[flow]
poll_guard = \"-1s\"
correlation = \"users\"
";
        let problems = Profile::parse("bad", "bad.toml", text).unwrap_err();
        let places: Vec<(usize, &str)> =
            problems.list().iter().map(|problem| (problem.line, problem.key.as_str())).collect();
        assert_eq!(
            places,
            [
                (1, "sed"),
                (2, "warmup"),
                (3, "thresholds[0]"),
                (3, "thresholds[1]"),
                (6, "workload.modle"),
                (10, "workload.stages[0].duration"),
                (11, "workload.stages[0].rate"),
                (13, "mix"),
                (17, "flow.poll_guard"),
                (18, "flow.correlation"),
            ]
        );
        let report = problems.to_string();
        for part in
            ["did you mean seed", "did you mean \"5s\"", "did you mean \"notify\"", "did you mean model"]
        {
            assert!(report.contains(part), "{part}: {report}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Profile::parse("any", "any.toml", &text);
        }

        #[test]
        fn no_damage_to_a_profile_panics(at in 0usize..20_000, with in "\\PC{0,3}", cut in 0usize..20) {
            let text = super::super::builtin::ANNOTATED;
            let at = text.floor_char_boundary(at % text.len());
            let end = text.ceil_char_boundary((at + cut).min(text.len()));
            let damaged = format!("{}{with}{}", &text[..at], &text[end..]);
            let _ = Profile::parse("any", "any.toml", &damaged);
        }
    }
}
