//! `ciba-bench report`: a record in, a report out.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::choices::format_names;
use super::failure::Failure;
use super::output::Output;
use crate::analysis::Exit;
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
    let text = (format.render)(&record, &output.style(folder)).map_err(Failure::internal)?;
    output.result(&text)?;
    Ok(Exit::Done)
}

/// The record of a run, and the run's folder where that was given.
pub fn read_run(run: &Path) -> Result<(RunRecord, Option<String>), Failure> {
    if run.is_dir() {
        return Ok((read(&run.join(RECORD_FILE))?, Some(run.display().to_string())));
    }
    Ok((read(run)?, None))
}

fn read(path: &Path) -> Result<RunRecord, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::usage(format!(
            "{}: the record cannot be read: {error}; give a run's folder or its {RECORD_FILE}",
            path.display()
        ))
    };
    let mut bytes = Vec::new();
    // One byte more than is read, so that a larger file is noticed.
    File::open(path).map_err(cannot)?.take(RECORD_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    load(&bytes).map_err(|error| {
        let lines = Failure::usage(error).lines().join("\n");
        Failure::usage(format!("{}: {lines}", path.display()))
    })
}
