//! What a gate file says.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::ciba::Level;
use crate::cli::check_names::{ids, offer};
use crate::cli::conformance::{FailOn, JOBS_MAX, LevelName, Standard};
use crate::conformance::{Chosen, SECTIONS, matches};
use crate::profile::document::{Document, Mismatch, Problems, Reader, Section};
use crate::profile::{Threshold, Workload};

/// Longest name, in characters: it becomes part of a folder's name.
const NAME_MAX: usize = 60;
/// Longest path or pattern, in characters.
const TEXT_MAX: usize = 1_000;
const BUDGETS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);
const TABLES: &str =
    "a table [conformance] or [load], or both: a gate without either would let everything pass";

const STANDARDS: [(&str, Standard); 2] = [("core", Standard::Core), ("fapi-ciba", Standard::FapiCiba)];
const LEVELS: [(&str, LevelName); 3] =
    [("must", LevelName::Must), ("should", LevelName::Should), ("may", LevelName::May)];
const FAIL_ON: [(&str, FailOn); 2] = [("must", FailOn::Must), ("should", FailOn::Should)];

/// A gate file, read. Paths are as they stand in it.
#[derive(Debug, Clone, PartialEq)]
pub struct GateFile {
    /// What the run is called.
    pub name: String,
    /// The target file; `None` is the embedded OP.
    pub target: Option<String>,
    /// Whether the load is left out when a check fails.
    pub stop_on_violation: bool,
    /// The checks, where there are to be any.
    pub conformance: Option<GateChecks>,
    /// The load, where there is to be any.
    pub load: Option<GateLoad>,
}

/// The table `[conformance]`.
#[derive(Debug, Clone, PartialEq)]
pub struct GateChecks {
    /// What the server is held against.
    pub standard: Standard,
    /// Which checks are asked for; at least one fits.
    pub chosen: Chosen,
    /// Whether only the first choice of several allowed answers passes.
    pub strict: bool,
    /// The weakest level whose failure fails the run.
    pub fail_on: Level,
    /// The time that all checks may take together.
    pub budget: Option<Duration>,
    /// Most checks at a time, where that is said.
    pub jobs: Option<u16>,
    /// The earlier run.
    pub baseline: Option<String>,
}

/// The table `[load]`.
#[derive(Debug, Clone, PartialEq)]
pub struct GateLoad {
    /// Name or path of the profile.
    pub profile: String,
    /// Thresholds instead of the profile's own.
    pub thresholds: Option<Vec<Threshold>>,
}

impl GateFile {
    /// Parses a gate file; `file` is what problems name. `workload_of` gives the workload of the profile that is named,
    /// where there is one: thresholds may speak about its stages.
    pub fn parse(
        file: &str,
        text: &str,
        workload_of: impl FnOnce(&str) -> Option<Workload>,
    ) -> Result<Self, Problems> {
        let document = Document::parse(text);
        let gate = Self::read(document.root(), workload_of);
        document.accept(file, gate)
    }

    fn read(root: Section<'_>, workload_of: impl FnOnce(&str) -> Option<Workload>) -> Option<Self> {
        let name = root.required("name", &name());
        let target = root.optional("target", &text());
        let stop_on_violation = root.or("stop_on_violation", &Reader::boolean(), false);
        let (checks, load) = (root.has("conformance"), root.has("load"));
        if !checks && !load {
            root.missing("conformance", TABLES);
        }
        let conformance = checks.then(|| GateChecks::read(root.table("conformance")));
        let load = load.then(|| GateLoad::read(root.table("load"), workload_of));
        root.finish();
        Some(Self {
            name: name?,
            target,
            stop_on_violation,
            conformance,
            load: match load {
                Some(load) => Some(load?),
                None => None,
            },
        })
    }
}

impl GateChecks {
    fn read(section: Section<'_>) -> Self {
        let standard = section.or("standard", &Reader::choice(&STANDARDS), Standard::Core);
        let only = section.list("only", &pattern()).unwrap_or_default();
        let level = section.or("level", &Reader::choice(&LEVELS), LevelName::May).level();
        let chosen = Chosen { only, level };
        if chosen.checks(SECTIONS).is_ok_and(|checks| checks.is_empty()) {
            let message =
                "no check is left: those that `only` names ask less strongly than this; leave it out";
            section.problem("level", message);
        }
        let read = Self {
            standard,
            chosen,
            strict: section.or("strict", &Reader::boolean(), false),
            fail_on: section.or("fail_on", &Reader::choice(&FAIL_ON), FailOn::Must).level(),
            budget: section.optional("budget", &Reader::duration(BUDGETS)),
            jobs: section.optional("jobs", &jobs()),
            baseline: section.optional("baseline", &text()),
        };
        section.finish();
        read
    }
}

impl GateLoad {
    fn read(section: Section<'_>, workload_of: impl FnOnce(&str) -> Option<Workload>) -> Option<Self> {
        let profile = section.required("profile", &text());
        let workload = profile.as_deref().and_then(workload_of);
        let thresholds = Threshold::read_all(&section, workload.as_ref());
        let thresholds = section.has("thresholds").then_some(thresholds);
        section.finish();
        Some(Self { profile: profile?, thresholds })
    }
}

fn name<'r>() -> Reader<'r, String> {
    let expected = format!("a name of 1 to {NAME_MAX} letters, digits, dots, underscores and hyphens");
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    Reader::new(expected, move |value| {
        let name =
            value.as_str().filter(|name| (1..=NAME_MAX).contains(&name.len()) && name.chars().all(fits));
        name.map(str::to_owned).ok_or(Mismatch::Unexpected)
    })
}

fn text<'r>() -> Reader<'r, String> {
    Reader::text(1..=TEXT_MAX)
}

fn jobs<'r>() -> Reader<'r, u16> {
    Reader::whole_small(1..=u32::from(JOBS_MAX), " of checks at a time")
        .and_then(|jobs| u16::try_from(jobs).map_err(|_| Mismatch::Unexpected))
}

/// A pattern that matches no check would make a gate that never fails.
fn pattern<'r>() -> Reader<'r, String> {
    text().and_then(|pattern| {
        let known = ids();
        if known.iter().any(|id| matches(&pattern, id)) {
            return Ok(pattern);
        }
        let hint = offer(&pattern, &known, "`ciba-bench list checks` names them");
        Err(Mismatch::Because(format!("expected the id of a check, * standing for any text; {hint}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use crate::profile::document::keys_not_mentioned;

    const EXAMPLE: &str = include_str!("../../../profiles/gates/release.toml");

    fn workload(name: &str) -> Option<Workload> {
        Some(Profile::builtin(name)?.unwrap().workload)
    }

    fn parsed(text: &str) -> Result<GateFile, String> {
        GateFile::parse("gate.toml", text, workload).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_example_is_sound_and_explains_every_key() {
        let gate = parsed(EXAMPLE).unwrap();
        assert_eq!((gate.name.as_str(), &gate.target), ("release", &None));
        let (checks, load) = (gate.conformance.unwrap(), gate.load.unwrap());
        assert_eq!((checks.chosen.level, checks.baseline), (Level::May, None));
        assert_eq!(load.profile, "smoke");
        assert!(load.thresholds.unwrap().len() >= 3);
        let read = |root: Section<'_>| GateFile::read(root, workload);
        assert_eq!(keys_not_mentioned(EXAMPLE, &[EXAMPLE], read), [""; 0]);
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let gate = parsed("name = \"n\"\n[conformance]\n").unwrap();
        let defaults = GateChecks {
            standard: Standard::Core,
            chosen: Chosen::default(),
            strict: false,
            fail_on: Level::Must,
            budget: None,
            jobs: None,
            baseline: None,
        };
        assert_eq!(gate.conformance, Some(defaults));
        assert!(!gate.stop_on_violation && gate.load.is_none());
        let gate = parsed("name = \"n\"\nload.profile = \"smoke\"").unwrap();
        assert_eq!(gate.load, Some(GateLoad { profile: "smoke".to_owned(), thresholds: None }));
        assert_eq!(gate.conformance, None);
        let gate = parsed("name = \"n\"\nload = { profile = \"smoke\", thresholds = [] }").unwrap();
        assert_eq!(gate.load.unwrap().thresholds, Some(Vec::new()), "none at all is a choice, too");
    }

    #[test]
    fn every_key_is_read() {
        let gate = parsed(
            "name = \"n\"\ntarget = \"t.toml\"\nstop_on_violation = true\n[conformance]\nstandard = \"fapi-ciba\"\n\
             only = [\"ciba/10.1.1/*\"]\nlevel = \"must\"\nstrict = true\nfail_on = \"should\"\nbudget = \"5m\"\njobs = 8\n\
             baseline = \"b\"\n[load]\nprofile = \"smoke\"\nthresholds = [\"ack p99 < 1s for stage steady\"]\n",
        )
        .unwrap();
        let checks = GateChecks {
            standard: Standard::FapiCiba,
            chosen: Chosen { only: vec!["ciba/10.1.1/*".to_owned()], level: Level::Must },
            strict: true,
            fail_on: Level::Should,
            budget: Some(Duration::from_secs(300)),
            jobs: Some(8),
            baseline: Some("b".to_owned()),
        };
        let thresholds = Some(vec!["ack p99 < 1s for stage steady".parse().unwrap()]);
        let expected = GateFile {
            name: "n".to_owned(),
            target: Some("t.toml".to_owned()),
            stop_on_violation: true,
            conformance: Some(checks),
            load: Some(GateLoad { profile: "smoke".to_owned(), thresholds }),
        };
        assert_eq!(gate, expected);
    }

    #[test]
    fn all_problems_are_told_at_once_with_their_lines() {
        let problems = parsed(
            r#"name = "re/lease"
targt = "x.toml"
stop_on_violation = "yes"
[conformance]
standard = "fapi"
only = ["ciba/10.1.1/single-us", "ciba/10.1.1/*"]
level = "shall"
budget = 5
jobs = 0
baseline = ""
[load]
thresholds = ["notfy p99 < 1s", "ack p99 < 1s for stage noon"]
profile = "smoke"
seed = 1
"#,
        )
        .unwrap_err();
        let expected = [
            r#"gate.toml:1: name: value "re/lease", expected a name of 1 to 60 letters, digits"#,
            "gate.toml:2: targt: unknown key; did you mean target",
            r#"gate.toml:3: stop_on_violation: value "yes", expected true or false"#,
            r#"gate.toml:5: conformance.standard: value "fapi", expected "core" or "fapi-ciba""#,
            r#"gate.toml:6: conformance.only[0]: value "ciba/10.1.1/single-us", expected the id of a check"#,
            r#"gate.toml:7: conformance.level: value "shall", expected "must" or "should" or "may""#,
            r#"gate.toml:8: conformance.budget: value 5, expected a duration"#,
            "gate.toml:9: conformance.jobs: value 0, expected a whole number of checks at a time (1 to 256)",
            r#"gate.toml:10: conformance.baseline: value "", expected a text"#,
            r#"gate.toml:12: load.thresholds[0]: value "notfy p99 < 1s", column 1"#,
            r#"gate.toml:12: load.thresholds[1]: value "ack p99 < 1s for stage noon", expected the name of a stage"#,
            "gate.toml:14: load.seed: unknown key",
        ];
        let lines: Vec<&str> = problems.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{problems}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}\n{expected}");
        }
        assert!(problems.contains("did you mean \"ciba/10.1.1/single-use\""), "{problems}");
    }

    #[test]
    fn a_gate_that_would_let_everything_pass_is_refused() {
        for (text, expected) in [
            ("name = \"n\"", "gate.toml:1: conformance: missing, expected a table [conformance] or [load]"),
            ("name = \"n\"\nconformance = 5", "gate.toml:2: conformance: value 5, expected a table"),
            ("name = \"n\"\n[load]", "gate.toml:2: load.profile: missing, expected a text"),
            ("[load]\nprofile = \"smoke\"", "gate.toml:1: name: missing"),
            ("name = ", "gate.toml:1: not TOML"),
        ] {
            let problems = parsed(text).unwrap_err();
            assert!(problems.contains(expected), "{text}\n{problems}");
        }
    }
}
