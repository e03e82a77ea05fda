//! GitHub Actions: annotations beside the change, and the report on the page of the run. Elsewhere nothing of it happens.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use super::annotations::annotations;
use super::workflow_command::{pause, resume};
use crate::analysis::RunVerdict;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::secrets::random_text;
use crate::record::RunRecord;
use crate::report::{Style, format_named};

/// Longest summary that GitHub takes for a step, in bytes; it refuses longer ones as a whole.
const SUMMARY_BYTES_MAX: u64 = 1024 * 1024;
/// What a summary says that was cut.
const CUT: &str = "\n\n(cut here: the whole report is in the run's folder)\n";
/// The format of the summary.
const SUMMARY_FORMAT: &str = "markdown";

/// What the environment says of a pipeline.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GitHub {
    /// Whether lines of output are read as workflow commands.
    reads_commands: bool,
    /// The file that becomes the step's summary.
    summary: Option<PathBuf>,
}

impl GitHub {
    /// Looks for it.
    #[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
    pub fn here() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        GitHub {
            reads_commands: variable("GITHUB_ACTIONS").as_deref() == Some("true"),
            summary: variable("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from),
        }
    }

    /// Does what prints a report, none of whose lines is taken for a command: a report quotes servers.
    pub fn quoting<T>(&self, output: Output, print: impl FnOnce() -> T) -> T {
        if !self.reads_commands {
            return print();
        }
        let token = random_text();
        // What cannot be written here cannot be written by `print` either, and that is told.
        let _ = output.lines(&pause(&token));
        let printed = print();
        let _ = output.lines(&resume(&token));
        printed
    }

    /// Tells what a run came to. What cannot be told is said, and held against nobody: the run's files have it all.
    pub fn tell(&self, record: &RunRecord, verdict: &RunVerdict, output: Output) {
        let told = if self.reads_commands { output.lines(&annotations(record, verdict)) } else { Ok(()) };
        for failure in [told, self.summarise(record)].into_iter().filter_map(Result::err) {
            output.failure(&failure);
        }
    }

    fn summarise(&self, record: &RunRecord) -> Result<(), Failure> {
        let (Some(path), Some(format)) = (&self.summary, format_named(SUMMARY_FORMAT)) else { return Ok(()) };
        let cannot = |error: std::io::Error| {
            Failure::internal(format!(
                "GITHUB_STEP_SUMMARY {}: the report cannot be appended: {error}",
                path.display()
            ))
        };
        let report = (format.render)(record, &Style::default()).map_err(Failure::internal)?;
        let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(cannot)?;
        let there = file.metadata().map_err(cannot)?.len();
        let room = SUMMARY_BYTES_MAX.saturating_sub(there);
        file.write_all(&cut(&report, usize::try_from(room).unwrap_or(usize::MAX))).map_err(cannot)?;
        Ok(())
    }
}

/// As much of a report as there is room for, in whole lines, with a word where something is missing.
fn cut(report: &[u8], room: usize) -> Vec<u8> {
    if report.len() <= room {
        return report.to_vec();
    }
    let room = room.saturating_sub(CUT.len());
    let end = report[..room].iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let mut fitting = report[..end].to_vec();
    // Where not even the word fits, nothing is written.
    if room > 0 {
        fitting.extend(CUT.as_bytes());
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pipeline_of_github_is_one() {
        let of = |actions: &'static str, summary: &'static str| {
            GitHub::of(move |name| {
                let value = if name == "GITHUB_ACTIONS" { actions } else { summary };
                (value != "unset").then(|| value.to_owned())
            })
        };
        assert_eq!(of("unset", "unset"), GitHub::default());
        assert_eq!(of("false", ""), GitHub::default());
        let there = GitHub { reads_commands: true, summary: Some(PathBuf::from("summary.md")) };
        assert_eq!(of("true", "summary.md"), there);
    }

    #[test]
    fn a_report_that_does_not_fit_is_cut_at_a_line() {
        let report = format!("{}\n", "| a row |\n".repeat(100));
        let report = report.as_bytes();
        assert_eq!(cut(report, report.len()), report);
        let fitting = cut(report, 200);
        assert!(fitting.len() <= 200 && fitting.ends_with(CUT.as_bytes()));
        assert!(fitting.starts_with(b"| a row |\n"));
        assert!(fitting[..fitting.len() - CUT.len()].ends_with(b"| a row |"));
        for room in [0, 5, CUT.len()] {
            assert_eq!(cut(report, room), b"", "{room}");
        }
    }
}
