//! The record of a run, put together from what was asked, who was there and what was measured.

use super::job::Job;
use super::{Arguments, measure::Measured};
use crate::analysis::{caveats, invalid_reasons, judge_thresholds};
use crate::cli::machine::environment;
use crate::cli::results::{rfc3339, target_seen};
use crate::load::LoadResult;
use crate::record::{ConformanceRecord, Ended, RunRecord, SCHEMA, TargetSeen};

/// What stands in a record whatever was measured.
#[derive(Debug, Clone)]
pub struct Known {
    /// The run's name.
    pub name: String,
    /// The command line that repeats it.
    pub command: Vec<String>,
    /// The limit of descriptors in force.
    pub descriptors: u64,
    /// What the checks showed that ran before.
    pub conformance: Option<ConformanceRecord>,
}

/// The whole record. `command` repeats the run, `descriptors` is the limit in force.
pub fn run_record(job: &Job, command: Vec<String>, measured: Measured, descriptors: u64) -> RunRecord {
    let Measured { run, result, facts, reference, decisions, wall_drift_s } = measured;
    let LoadResult { mut load, conformance, ended, begun, elapsed_s } = result;
    load.decisions = decisions;
    load.generator.invalid = invalid_reasons(&load, &environment(descriptors));
    let gates = judge_thresholds(&job.profile.thresholds, &load, Some(&conformance));
    let known =
        Known { name: job.profile.name.clone(), command, descriptors, conformance: Some(conformance) };
    let mut record = RunRecord {
        started_at: rfc3339(begun),
        elapsed_s,
        ended,
        load: Some(load),
        gates,
        ..before(job, known, run, target_seen(&facts, reference, job.faults))
    };
    record.caveats = caveats(&record, wall_drift_s);
    record
}

/// The record as far as it is known before the load begins: as if the run had been cut off there.
pub fn before(job: &Job, known: Known, run: u64, target: TargetSeen) -> RunRecord {
    let Known { name, command, descriptors, conformance } = known;
    RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: format!("{run:016x}"),
        name,
        command,
        started_at: String::new(),
        elapsed_s: 0.0,
        ended: Ended::CutOff { reason: String::new() },
        seed: job.profile.seed,
        environment: environment(descriptors),
        target,
        profile: job.profile_text.clone(),
        conformance,
        load: None,
        capacity: None,
        gates: Vec::new(),
        caveats: Vec::new(),
    }
}

/// The command line that repeats the run, its seed included.
pub fn command(job: &Job, arguments: &Arguments) -> Vec<String> {
    let mut words = vec!["ciba-bench".to_owned(), "run".to_owned(), arguments.profile.clone()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(target) = &arguments.target {
        option("--target", target.display().to_string());
    }
    if !arguments.fault.is_empty() {
        option("--fault", arguments.fault.join(","));
    }
    if let Some(command) = &arguments.sut_memory {
        option("--sut-memory", command.clone());
    }
    option("--seed", job.profile.seed.to_string());
    words
}
