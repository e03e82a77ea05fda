//! Trials that an earlier search has left in its folder.

use std::fs;
use std::path::Path;

use crate::capacity::Planned;
use crate::cli::failure::Failure;
use crate::cli::report::{RECORD_FILE, read_run};
use crate::cli::run::Job;
use crate::record::{CapacityOutcome, CapacityRecord, Ended, RunRecord};

/// What becomes of the record of a search that goes on.
const BEFORE: &str = "record.before.json";

/// Opens the folder of a search that is to go on: what it has said so far gives way to what it will say.
pub fn reopen(folder: &Path) -> Result<Option<CapacityRecord>, Failure> {
    if !folder.is_dir() {
        let problem = format!("--resume {}: no such folder; give that of a search", folder.display());
        return Err(Failure::usage(problem));
    }
    let record = folder.join(RECORD_FILE);
    if !record.exists() {
        return Ok(None);
    }
    let (known, _) = read_run(&record)?;
    let Some(capacity) = known.capacity else {
        return Err(Failure::usage(format!(
            "--resume {}: holds the record of another kind of run; give the folder of a search",
            folder.display()
        )));
    };
    if !matches!(capacity.outcome, CapacityOutcome::Unfinished { .. }) {
        return Err(Failure::usage(format!(
            "--resume {}: this search has come to its end; `ciba-bench report` shows it",
            folder.display()
        )));
    }
    fs::rename(&record, folder.join(BEFORE)).map_err(|error| {
        Failure::usage(format!("--resume {}: {RECORD_FILE} cannot be replaced: {error}", folder.display()))
    })?;
    Ok(Some(capacity))
}

/// The record of a trial that was carried out before, if it was to its end. What is left of one that was not is taken away.
pub fn earlier(folder: &Path, planned: &Planned, job: &Job) -> Result<Option<RunRecord>, Failure> {
    let place = folder.join(&planned.folder);
    if !place.exists() {
        return Ok(None);
    }
    let record = match place.join(RECORD_FILE).exists() {
        true => Some(read_run(&place)?.0).filter(|record| was_carried_out(&record.ended)),
        false => None,
    };
    let Some(record) = record else {
        return fs::remove_dir_all(&place).map(|()| None).map_err(|error| {
            Failure::usage(format!("{}: what is left of a trial cannot be removed: {error}", place.display()))
        });
    };
    let differs = |what: &str| {
        Failure::usage(format!(
            "{}: this trial was one of another search: its {what} differs; give the same arguments as before, or another folder",
            place.display()
        ))
    };
    if record.profile != job.profile_text {
        return Err(differs("profile"));
    }
    if record.seed != planned.profile.seed {
        return Err(differs("seed"));
    }
    let issuer = job.target.as_ref().map(|target| target.file.issuer.as_str());
    if issuer.is_some_and(|issuer| issuer != record.target.issuer)
        || record.target.reference != job.is_reference()
    {
        return Err(differs("target"));
    }
    let asked =
        record.load.as_ref().and_then(|load| load.stages.first()).map_or(0.0, |stage| stage.asked_from);
    if (asked - planned.rate).abs() > planned.rate * 1e-6 {
        return Err(differs("rate"));
    }
    Ok(Some(record))
}

/// Whether a load came to the end that it was to have.
pub fn was_carried_out(ended: &Ended) -> bool {
    match ended {
        Ended::Completed | Ended::TargetLost | Ended::Aborted { .. } => true,
        Ended::Interrupted | Ended::Refused { .. } | Ended::CutOff { .. } | Ended::Failed { .. } => false,
    }
}
