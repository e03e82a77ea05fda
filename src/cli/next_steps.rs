//! What to do next, said at the end of a command: nobody should have to look for the command that follows.

use std::path::Path;

use super::columns::columns;
use super::output::Output;
use crate::analysis::{Exit, Standing, suite_summary};
use crate::record::{CapacityOutcome, RunRecord, command_line};

/// The command's name where it was found on the search path.
const NAME: &str = "ciba-bench";
/// Shorter runs than this, in seconds, hold too few independent stretches to be compared.
const COMPARABLE_S: f64 = 60.0;
/// The report that is read in a browser.
const PAGE: &str = "report.html";

/// Something to do, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    what: String,
    why: &'static str,
}

impl NextStep {
    /// A command, in the words after its name.
    pub fn command<W: AsRef<str>>(words: &[W], why: &'static str) -> Self {
        NextStep { what: format!("{} {}", called(), command_line(words)), why }
    }

    fn open(file: &Path, record: &RunRecord) -> Self {
        let why = match record.suite() {
            Some(_) => "the same with plots and every exchange",
            None => "the same with plots",
        };
        NextStep { what: format!("open {} in a browser", file.display()), why }
    }
}

/// Tells them, as notes.
pub fn tell(steps: &[NextStep], output: Output) {
    if steps.is_empty() {
        return;
    }
    let rows: Vec<[String; 2]> =
        steps.iter().map(|step| [step.what.clone(), format!("# {}", step.why)]).collect();
    output.note_at_length(&format!("next:\n{}", columns("  ", &rows)));
}

/// The command as it was called here: from a checkout it is not on the search path, and what is printed is to be copied.
pub fn called() -> String {
    let first = std::env::args_os().next().map(|name| name.to_string_lossy().into_owned());
    command_line(&[first.filter(|name| name.contains('/')).unwrap_or_else(|| NAME.to_owned())])
}

/// What follows a run that ended like this, its files being in `folder`.
pub fn after(record: &RunRecord, exit: Exit, folder: &Path) -> Vec<NextStep> {
    let done = Done::of(record, folder);
    let page = folder.join(PAGE);
    let mut steps = Vec::new();
    if page.exists() && exit != Exit::Target {
        steps.push(NextStep::open(&page, record));
    }
    match exit {
        Exit::Done => steps.extend(done.passed()),
        Exit::Target => steps.extend(done.doctor()),
        Exit::Violation => steps.extend(done.violated()),
        Exit::Threshold => steps.extend(done.missed()),
        Exit::Inconclusive => steps.extend(done.unclear()),
        Exit::Interrupted => steps.extend(done.resumed()),
        Exit::Internal | Exit::Usage | Exit::Regression => {}
    }
    steps
}

/// A run that is over.
struct Done<'r> {
    record: &'r RunRecord,
    folder: &'r Path,
}

impl<'r> Done<'r> {
    fn of(record: &'r RunRecord, folder: &'r Path) -> Self {
        Done { record, folder }
    }

    /// `run`, `conformance`, `gate`, `capacity` or `judge`.
    fn kind(&self) -> &'r str {
        self.word(1)
    }

    /// What stands first after that: the profile, or the gate file.
    fn word(&self, index: usize) -> &'r str {
        self.record.command.get(index).map_or("", String::as_str)
    }

    /// The target file; a gate file may have named it.
    fn target(&self) -> Option<&'r str> {
        let mut words = self.record.command.iter().skip_while(|word| *word != "--target");
        let named = words.nth(1).map(String::as_str);
        named.or((!self.record.target.reference && self.kind() != "judge").then_some("FILE"))
    }

    /// A command against the same server, faults included.
    fn same(&self, words: &[&str], why: &'static str) -> NextStep {
        let faults = self.record.target.faults.join(",");
        let mut all: Vec<&str> = words.to_vec();
        match self.target() {
            Some(target) => all.extend(["--target", target]),
            None if !faults.is_empty() => all.extend(["--fault", &faults]),
            None => {}
        }
        NextStep::command(&all, why)
    }

    fn passed(&self) -> Vec<NextStep> {
        let folder = self.folder.display().to_string();
        let own = NextStep {
            what: format!("{} target init --issuer URL --out mine.toml", called()),
            why: "a server of your own: writes its target file",
        };
        match (self.kind(), self.target()) {
            ("judge", _) if self.word(3).starts_with("http") => Vec::new(),
            ("judge", _) => vec![NextStep {
                what: format!("{} judge auth-service URL --dry-run", called()),
                why: "a service of your own: what to configure there",
            }],
            (_, None) => vec![own],
            ("run", Some(_)) if self.record.elapsed_s < COMPARABLE_S => vec![
                self.same(&["run", "baseline"], "a minute of load: long enough to be compared with later"),
                self.same(&["capacity"], "up to which rate it holds"),
            ],
            ("run", Some(target)) => vec![
                NextStep::command(
                    &["run", self.word(2), "--target", target, "--baseline", &folder],
                    "later: the same load, held against this run",
                ),
                self.same(&["capacity"], "up to which rate it holds"),
            ],
            ("conformance", Some(_)) => vec![
                self.same(&["run", "baseline"], "a minute of load"),
                self.same(&["gate", "release"], "both, with one verdict, for CI"),
            ],
            ("gate", Some(_)) => vec![NextStep::command(
                &["gate", "--help"],
                "what a pipeline has to do, for GitHub Actions and others",
            )],
            ("capacity", Some(_)) => vec![self.beside(&folder)],
            (_, Some(_)) => Vec::new(),
        }
    }

    /// One size is compared with another.
    fn beside(&self, folder: &str) -> NextStep {
        let named = self.record.capacity.as_ref().is_some_and(|capacity| !capacity.labels.is_empty());
        let what = match named {
            true => format!("{} {} OTHER", called(), command_line(&["compare", "--sizing", folder])),
            false => self.same(&["capacity", "--label", "size=NAME"], "").what,
        };
        let why = match named {
            true => "beside the search of another size",
            false => "a search with a name, to be held beside those of other sizes",
        };
        NextStep { what, why }
    }

    fn doctor(&self) -> Vec<NextStep> {
        let target = self.target().into_iter();
        target
            .map(|target| {
                NextStep::command(
                    &["doctor", "--target", target],
                    "what does not fit, and what to change where",
                )
            })
            .collect()
    }

    fn violated(&self) -> Vec<NextStep> {
        let Some(check) = self.failed_check() else {
            return match self.kind() {
                "run" | "capacity" => {
                    vec![self.same(&["conformance"], "asks for it on purpose, and shows the exchange")]
                }
                _ => Vec::new(),
            };
        };
        let explained = NextStep::command(&["explain", check], "what it asks for, and why");
        match self.kind() {
            "judge" => vec![explained],
            _ => vec![explained, self.same(&["conformance", "--only", check], "that check alone")],
        }
    }

    /// The first check that is held against the server.
    fn failed_check(&self) -> Option<&'r str> {
        let suite = self.record.suite()?;
        let is_held = |standing: &Standing<'_>| matches!(standing, Standing::Held | Standing::Expired(_));
        suite_summary(suite)
            .checks
            .iter()
            .find(|judged| is_held(&judged.standing))
            .map(|judged| judged.check.id.as_str())
    }

    fn missed(&self) -> Vec<NextStep> {
        match self.kind() {
            "run" | "gate" => vec![self.same(&["capacity"], "up to which rate thresholds hold")],
            _ => Vec::new(),
        }
    }

    /// Either this machine could not, or the server did not.
    fn unclear(&self) -> Vec<NextStep> {
        let invalid = self.record.load.as_ref().is_some_and(|load| !load.generator.invalid.is_empty());
        match (invalid, self.kind()) {
            (true, "run" | "capacity") => vec![NextStep::command(
                &["doctor", "--profile", self.word(2)],
                "what this machine can do, and whether the load fits it",
            )],
            (_, "capacity") => self.resumed(),
            (true, _) => Vec::new(),
            (false, _) => self.doctor(),
        }
    }

    /// A search can go on where it was.
    fn resumed(&self) -> Vec<NextStep> {
        let outcome = self.record.capacity.as_ref().map(|capacity| &capacity.outcome);
        if !matches!(outcome, Some(CapacityOutcome::Unfinished { .. })) {
            return Vec::new();
        }
        let folder = self.folder.display().to_string();
        let words = self.record.command.iter().skip(1).map(String::as_str);
        let words: Vec<&str> = words.chain(["--resume", &folder]).collect();
        vec![NextStep::command(&words, "goes on with the search; --within TIME gives it more time")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{capacity_sample, sample};

    const FOLDER: &str = "no/such/folder";

    fn with(mut record: RunRecord, command: &str) -> RunRecord {
        record.command = command.split(' ').map(str::to_owned).collect();
        record
    }

    /// The steps without the command's own name, which is this test's.
    fn steps(record: &RunRecord, exit: Exit) -> Vec<String> {
        let own = format!("{} ", called());
        after(record, exit, Path::new(FOLDER)).iter().map(|step| step.what.replace(&own, "")).collect()
    }

    #[test]
    fn what_follows_a_run() {
        let mut strange = sample::passed();
        strange.target.reference = false;
        strange.elapsed_s = COMPARABLE_S;
        let mut short = strange.clone();
        short.elapsed_s = 15.0;
        let mut invalid = strange.clone();
        invalid.load.as_mut().unwrap().generator.invalid.push("late".to_owned());
        let run = "ciba-bench run smoke --target mine.toml --seed 1";
        for (record, command, exit, expected) in [
            (
                &sample::passed(),
                "ciba-bench run smoke --seed 1",
                Exit::Done,
                &["target init --issuer URL --out mine.toml"][..],
            ),
            (
                &strange,
                run,
                Exit::Done,
                &["run smoke --target mine.toml --baseline no/such/folder", "capacity --target mine.toml"],
            ),
            (&short, run, Exit::Done, &["run baseline --target mine.toml", "capacity --target mine.toml"]),
            (&strange, run, Exit::Target, &["doctor --target mine.toml"]),
            (&strange, run, Exit::Violation, &["conformance --target mine.toml"]),
            (&strange, run, Exit::Threshold, &["capacity --target mine.toml"]),
            (&strange, run, Exit::Inconclusive, &["doctor --target mine.toml"]),
            (&invalid, run, Exit::Inconclusive, &["doctor --profile smoke"]),
            (&strange, run, Exit::Interrupted, &[]),
            (&strange, run, Exit::Regression, &[]),
            (&strange, "ciba-bench gate g.toml --seed 1", Exit::Target, &["doctor --target FILE"]),
        ] {
            assert_eq!(steps(&with(record.clone(), command), exit), expected, "{command} {exit:?}");
        }
    }

    #[test]
    fn what_follows_checks() {
        let suite = "ciba-bench conformance --target mine.toml --standard core";
        let failed = with(sample::conformance(), suite);
        let found = steps(&failed, Exit::Violation);
        let check = found[0].strip_prefix("explain ").unwrap();
        assert_eq!(found[1], format!("conformance --only {check} --target mine.toml"));
        let passed = with(sample::conformance_passed(), suite);
        assert_eq!(
            steps(&passed, Exit::Done),
            ["run baseline --target mine.toml", "gate release --target mine.toml"]
        );
        assert_eq!(steps(&passed, Exit::Inconclusive), ["doctor --target mine.toml"]);
        let judged = with(sample::conformance_passed(), "ciba-bench judge auth-service");
        assert_eq!(steps(&judged, Exit::Done), ["judge auth-service URL --dry-run"]);
        let judged = with(sample::conformance_passed(), "ciba-bench judge auth-service http://127.0.0.1:9");
        assert_eq!(steps(&judged, Exit::Done), [""; 0]);
    }

    #[test]
    fn what_follows_a_search() {
        let search = "ciba-bench capacity capacity --target mine.toml --seed 1";
        let mut found = with(capacity_sample::found(), search);
        let labels = &mut found.capacity.as_mut().unwrap().labels;
        labels.insert("size".to_owned(), "4cpu".to_owned());
        assert_eq!(steps(&found, Exit::Done), ["compare --sizing no/such/folder OTHER"]);
        found.capacity.as_mut().unwrap().labels.clear();
        assert_eq!(steps(&found, Exit::Done), ["capacity --label size=NAME --target mine.toml"]);
        assert_eq!(steps(&found, Exit::Inconclusive), [""; 0]);
        let reason = "no time was left".to_owned();
        found.capacity.as_mut().unwrap().outcome =
            CapacityOutcome::Unfinished { lower_per_s: None, upper_per_s: None, reason };
        for exit in [Exit::Interrupted, Exit::Inconclusive] {
            assert_eq!(
                steps(&found, exit),
                ["capacity capacity --target mine.toml --seed 1 --resume no/such/folder"]
            );
        }
    }
}
