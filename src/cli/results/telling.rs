//! The end of a run: files first, so that nothing is lost; then the report, then the exit code.

use super::RunFolder;
use super::files::{names, write_record, write_reports};
use crate::analysis::{Exit, RunVerdict, verdict};
use crate::cli::failure::Failure;
use crate::cli::next_steps::{self, after};
use crate::cli::output::Output;
use crate::record::RunRecord;
use crate::report::format_named;

/// The format that is shown on standard output at the end.
const SHOWN: &str = "table";

/// A record, and in what it is to be written.
pub struct Told<'t> {
    /// The record.
    pub record: &'t RunRecord,
    /// Names of formats.
    pub formats: &'t [String],
    /// Whether the digests of all files are written beside them.
    pub manifest: bool,
}

/// Writes everything, shows the report, and says what to do next. `summary` does so for `--json`; it is handed the verdict
/// and where the files are.
pub fn tell(
    told: &Told<'_>,
    folder: &mut RunFolder,
    output: Output,
    summary: impl FnOnce(&RunVerdict, &str) -> Result<(), Failure>,
) -> Exit {
    let exit = tell_results(told, folder, output, summary);
    next_steps::tell(&after(told.record, exit, folder.path()), output);
    exit
}

/// The same where more is to be shown before it is said what to do next.
pub fn tell_results(
    told: &Told<'_>,
    folder: &mut RunFolder,
    output: Output,
    summary: impl FnOnce(&RunVerdict, &str) -> Result<(), Failure>,
) -> Exit {
    let Told { record, formats, manifest } = told;
    let mut failures = Vec::new();
    failures.extend(write_record(folder, record).err());
    failures.extend(write_reports(folder, formats, record));
    if *manifest {
        failures.extend(folder.write_manifest().err().map(Failure::internal));
    }
    let verdict = verdict(record);
    let path = folder.path().display().to_string();
    let shown = match format_named(SHOWN) {
        Some(format) => {
            let style = output.style(Some(path.clone()), names(formats));
            (format.render)(record, &style).map_err(Failure::internal)
        }
        None => Ok(Vec::new()),
    };
    failures.extend(shown.and_then(|text| output.result(&text)).err());
    failures.extend(summary(&verdict, &path).err());
    for failure in &failures {
        output.failure(failure);
    }
    // A report that is missing must not look like success; everything else outweighs it.
    let incomplete = !failures.is_empty() && verdict.exit == Exit::Done;
    if incomplete { Exit::Internal } else { verdict.exit }
}
