//! `ciba-bench report`: a record in, a report out.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::choices::format_names;
use super::failure::Failure;
use super::output::Output;
use super::results::{LOG_FILE, files_in, rfc3339};
use super::unreadable;
use crate::analysis::{Exit, caveats, invalid_reasons, judge_thresholds};
use crate::checkpoint::{Rebuilt, is_log, rebuild};
use crate::profile::Profile;
use crate::record::RunRecord;
use crate::report::{format_named, load};

/// The record's name in a run's folder.
pub const RECORD_FILE: &str = "record.json";
/// Largest record that is read into memory, in bytes.
const RECORD_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A run's folder, or its record.json
    ///
    /// Of a run that was killed there is no record: then the log that it kept, checkpoint.log, is read instead.
    /// Example: ciba-bench report reports/runs/20260314T092653Z-smoke
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = format_names())]
    format: String,
}

/// Writes the report to standard output. The exit code says whether that was possible; what the run came to is in the
/// report.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (record, folder) = read_run(&arguments.run)?;
    let format = format_named(&arguments.format)
        .ok_or_else(|| Failure::usage(format!("--format {:?}: unknown", arguments.format)))?;
    let output = Output::default();
    let files = folder.as_ref().map_or_else(Vec::new, |_| files_in(&arguments.run));
    let text = (format.render)(&record, &output.style(folder, files)).map_err(Failure::internal)?;
    output.result(&text)?;
    Ok(Exit::Done)
}

/// The record of a run, and the run's folder where that was given. Where the folder has no record, the run was cut off, and
/// its record is rebuilt from the log that it kept.
pub fn read_run(run: &Path) -> Result<(RunRecord, Option<String>), Failure> {
    if !run.is_dir() {
        return Ok((read(run)?, None));
    }
    let (record, log) = (run.join(RECORD_FILE), run.join(LOG_FILE));
    let file = match (record.exists(), log.exists()) {
        (true, _) => record,
        (false, true) => log,
        (false, false) => {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(Failure::usage(unreadable::record(run, &missing)));
        }
    };
    Ok((read(&file)?, Some(run.display().to_string())))
}

fn read(path: &Path) -> Result<RunRecord, Failure> {
    let cannot = |error: std::io::Error| Failure::usage(unreadable::record(path, &error));
    let mut bytes = Vec::new();
    // One byte more than is read, so that a larger file is noticed.
    File::open(path).map_err(cannot)?.take(RECORD_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    let is_log = is_log(&bytes) || path.file_name().is_some_and(|name| name == LOG_FILE);
    let read = if is_log { rebuilt(&bytes) } else { load(&bytes).map_err(Failure::usage) };
    read.map_err(|failure| Failure::usage(format!("{}: {}", path.display(), failure.lines().join("\n"))))
}

/// The record of a run that was cut off, judged as any other.
fn rebuilt(log: &[u8]) -> Result<RunRecord, Failure> {
    let Rebuilt { mut record, begun } = rebuild(log).map_err(Failure::usage)?;
    let profile =
        Profile::parse(&record.name, "the profile in the log", &record.profile).map_err(Failure::usage)?;
    record.started_at = rfc3339(begun);
    if let Some(load) = &mut record.load {
        load.generator.invalid = invalid_reasons(load, &record.environment);
        record.gates = judge_thresholds(&profile.thresholds, load, record.conformance.as_ref());
    }
    // How far the wall clock moved is known to nobody any more.
    record.caveats = caveats(&record, 0.0);
    Ok(record)
}
