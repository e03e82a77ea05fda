//! The record of a run, put together from what was asked, who was there and what was measured.

use jiff::Timestamp;
use std::time::Duration;

use super::job::Job;
use super::{Arguments, measure::Measured};
use crate::analysis::{caveats, invalid_reasons, judge_thresholds};
use crate::cli::machine::environment;
use crate::load::LoadResult;
use crate::record::{RunRecord, SCHEMA, TargetSeen};

/// The whole record. `descriptors` is the limit in force.
pub fn run_record(job: &Job, arguments: &Arguments, measured: Measured, descriptors: u64) -> RunRecord {
    let Measured { run, result, facts, reference, decisions, wall_drift_s } = measured;
    let LoadResult { mut load, conformance, ended, begun, elapsed_s } = result;
    load.decisions = decisions;
    load.generator.invalid = invalid_reasons(&load);
    let gates = judge_thresholds(&job.profile.thresholds, &load, Some(&conformance));
    let mut record = RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: format!("{run:016x}"),
        name: job.profile.name.clone(),
        command: command(job, arguments),
        started_at: rfc3339(begun),
        elapsed_s,
        ended,
        seed: job.profile.seed,
        environment: environment(descriptors),
        target: TargetSeen {
            issuer: facts.issuer.clone(),
            reference,
            backchannel_authentication_endpoint: facts.backchannel_authentication_endpoint.to_string(),
            token_endpoint: facts.token_endpoint.to_string(),
            delivery_modes: facts.delivery_modes.iter().map(|mode| mode.name().to_owned()).collect(),
            faults: job.faults.iter().map(|fault| fault.name().to_owned()).collect(),
        },
        profile: job.profile_text.clone(),
        conformance: Some(conformance),
        load: Some(load),
        gates,
        caveats: Vec::new(),
    };
    record.caveats = caveats(&record, wall_drift_s);
    record
}

/// The command line that repeats the run, its seed included.
fn command(job: &Job, arguments: &Arguments) -> Vec<String> {
    let mut words = vec!["ciba-bench".to_owned(), "run".to_owned(), arguments.profile.clone()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(target) = &arguments.target {
        option("--target", target.display().to_string());
    }
    if !arguments.fault.is_empty() {
        option("--fault", arguments.fault.join(","));
    }
    option("--seed", job.profile.seed.to_string());
    words
}

/// Wall time as RFC 3339 in UTC, to the second.
fn rfc3339(since_epoch: Duration) -> String {
    format(since_epoch, "%Y-%m-%dT%H:%M:%SZ")
}

/// Wall time as it stands in names of folders.
pub fn folder_time(since_epoch: Duration) -> String {
    format(since_epoch, "%Y%m%dT%H%M%SZ")
}

fn format(since_epoch: Duration, form: &str) -> String {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or_default().strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        let time = Duration::from_millis(1_773_480_413_900);
        assert_eq!(rfc3339(time), "2026-03-14T09:26:53Z");
        assert_eq!(folder_time(time), "20260314T092653Z");
    }
}
