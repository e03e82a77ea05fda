//! The files of a run.

use std::path::Path;

use super::folder::{MANIFEST_FILE, RunFolder};
use super::stamps::folder_time;
use crate::cli::choices::{GOOSE, HGRM, RECORD_FORMAT};
use crate::cli::failure::Failure;
use crate::cli::report::RECORD_FILE;
use crate::clock::Clock;
use crate::record::RunRecord;
use crate::report::{FORMATS, RenderError, Style, format_named, hgrm};

/// Folder of the percentile files, within a run's.
const HISTOGRAMS: &str = "histograms";
/// Goose's own report.
pub const GOOSE_FILE: &str = "goose.html";

/// Opens the folder of a run: `out`, or else the default place for runs of that name.
pub fn open_folder(
    out: Option<&Path>,
    name: &str,
    formats: &[String],
    manifest: bool,
    clock: Clock,
) -> Result<RunFolder, Failure> {
    let default = || RunFolder::default_path(&folder_time(clock.wall(clock.now())), name);
    let path = out.map_or_else(default, Path::to_path_buf);
    let mut names = names(formats);
    if manifest {
        names.push(MANIFEST_FILE.to_owned());
    }
    RunFolder::create(&path, &names)
}

/// The files that a run is going to have and that can be opened before it starts.
pub fn names(formats: &[String]) -> Vec<String> {
    let mut names = vec![RECORD_FILE.to_owned()];
    for name in formats {
        let file = match (name.as_str(), format_named(name)) {
            (RECORD_FORMAT, _) => continue,
            // Which spans there are is known at the end; that the folder can be written is known now.
            (HGRM, _) => format!("{HISTOGRAMS}/ack.hgrm"),
            (GOOSE, _) => GOOSE_FILE.to_owned(),
            (_, Some(format)) => format.file(),
            (_, None) => continue,
        };
        if !names.contains(&file) {
            names.push(file);
        }
    }
    names
}

/// The files of a run that are in its folder now, as far as one of its formats writes them.
pub fn files_in(folder: &Path) -> Vec<String> {
    let mut formats: Vec<String> = FORMATS.iter().map(|format| format.name.to_owned()).collect();
    formats.push(HGRM.to_owned());
    let mut files = names(&formats);
    files.retain(|file| folder.join(file).exists());
    files
}

/// Writes the record. What was measured is not lost for want of a place: where the folder cannot be written any more it
/// goes to the system's folder for temporary files.
pub fn write_record(folder: &mut RunFolder, record: &RunRecord) -> Result<(), Failure> {
    let bytes = match format_named(RECORD_FORMAT) {
        Some(format) => (format.render)(record, &Style::default()).map_err(Failure::internal)?,
        None => return Err(Failure::internal("no format writes records")),
    };
    let Err(error) = folder.write(RECORD_FILE, &bytes) else {
        folder.drop_log();
        return Ok(());
    };
    let refuge = std::env::temp_dir().join(format!("ciba-bench-{}-{RECORD_FILE}", record.run_id));
    let kept = match std::fs::write(&refuge, &bytes) {
        Ok(()) => format!("it was kept as {}", refuge.display()),
        Err(error) => format!("nor {}: {error}", refuge.display()),
    };
    let place = folder.path().join(RECORD_FILE);
    Err(Failure::internal(format!("{}: the record cannot be written: {error}; {kept}", place.display())))
}

/// Writes everything else; gives what could not be written.
pub fn write_reports(folder: &mut RunFolder, formats: &[String], record: &RunRecord) -> Vec<Failure> {
    let place = Some(folder.path().display().to_string());
    let style = Style { folder: place, files: names(formats), ..Style::default() };
    let mut failures = Vec::new();
    for name in formats {
        match reports(name, record, &style) {
            Ok(files) => {
                for (file, bytes) in files {
                    if let Err(error) = folder.write(&file, &bytes) {
                        let path = folder.path().join(file);
                        failures.push(Failure::internal(format!(
                            "{}: cannot be written: {error}",
                            path.display()
                        )));
                    }
                }
            }
            Err(error) => failures.push(Failure::internal(error)),
        }
    }
    failures
}

/// File names and contents of one format.
fn reports(name: &str, record: &RunRecord, style: &Style) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    match (name, format_named(name)) {
        // The record is there already, and Goose has written its own.
        (RECORD_FORMAT | GOOSE, _) => Ok(Vec::new()),
        (HGRM, _) => Ok(hgrm(record)?
            .into_iter()
            .map(|(file, bytes)| (format!("{HISTOGRAMS}/{file}"), bytes))
            .collect()),
        (_, Some(format)) => Ok(vec![(format.file(), (format.render)(record, style)?)]),
        (_, None) => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_follow_formats() {
        let names =
            |formats: &[&str]| names(&formats.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["json"]), ["record.json"]);
        assert_eq!(
            names(&["table", "hgrm", "goose", "table"]),
            ["record.json", "report.txt", "histograms/ack.hgrm", "goose.html"]
        );
    }
}
