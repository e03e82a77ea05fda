//! From arguments to records.

use std::fs;
use std::path::{Path, PathBuf};

use crate::analysis::comparison::Side;
use crate::cli::failure::Failure;
use crate::cli::report::{RECORD_FILE, read_run};
use crate::cli::results::LOG_FILE;
use crate::record::RunRecord;

/// Most sides that are compared at once: each has a letter and a colour.
const SIDES_MAX: usize = 8;

/// Most runs of one side.
const RUNS_MAX: usize = 50;

/// The runs of one side, each with the place that it was read from.
#[derive(Debug)]
pub struct ReadSide(Vec<(String, RunRecord)>);

impl ReadSide {
    /// A run's folder or record, several with commas between, or a folder of runs' folders.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let mut runs = Vec::new();
        for place in places(text)? {
            runs.push((place.display().to_string(), read_run(&place)?.0));
        }
        if runs.len() > RUNS_MAX {
            let count = runs.len();
            return Err(Failure::usage(format!(
                "{text}: {count} runs on one side, at most {RUNS_MAX} are compared"
            )));
        }
        Ok(ReadSide(runs))
    }

    /// Its runs.
    pub fn into_runs(self) -> Vec<(String, RunRecord)> {
        self.0
    }

    /// Its runs, under a letter.
    pub fn side(&self, letter: char) -> Side<'_> {
        Side { letter, runs: self.0.iter().map(|(place, run)| (place.clone(), run)).collect() }
    }
}

/// All sides; everything that is wrong with any of them is told at once.
pub fn read_all(texts: &[String]) -> Result<Vec<ReadSide>, Failure> {
    if texts.len() > SIDES_MAX {
        let count = texts.len();
        return Err(Failure::usage(format!(
            "{count} sides to compare, at most {SIDES_MAX} are; compare fewer at a time"
        )));
    }
    let mut sides = Ok(Vec::new());
    for text in texts {
        let read = ReadSide::read(text);
        sides = Failure::both(sides, read).map(|(mut sides, side): (Vec<ReadSide>, ReadSide)| {
            sides.push(side);
            sides
        });
    }
    sides
}

fn places(text: &str) -> Result<Vec<PathBuf>, Failure> {
    let whole = Path::new(text);
    // A comma may well be a part of a path.
    let parts: Vec<&str> = if whole.exists() { vec![text] } else { text.split(',').collect() };
    let mut places = Vec::new();
    for part in parts {
        if part.trim().is_empty() {
            return Err(Failure::usage(format!(
                "RUN {text:?}: nothing beside a comma, expected a run's folder or its {RECORD_FILE}"
            )));
        }
        places.extend(runs_in(Path::new(part))?);
    }
    Ok(places)
}

/// A run, or the runs of a folder that holds none itself.
fn runs_in(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_run = |path: &Path| path.join(RECORD_FILE).exists() || path.join(LOG_FILE).exists();
    if !path.is_dir() || is_run(path) {
        return Ok(vec![path.to_owned()]);
    }
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("{}: the folder cannot be read: {error}; check the path", path.display()))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot)? {
        let inner = entry.map_err(cannot)?.path();
        if is_run(&inner) {
            found.push(inner);
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(Failure::usage(format!(
            "{}: holds neither {RECORD_FILE} nor folders of runs, expected a run's folder, its {RECORD_FILE}, or a folder of runs",
            path.display()
        )));
    }
    Ok(found)
}
