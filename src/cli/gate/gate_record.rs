//! One record of both parts.

use super::Arguments;
use super::job::GateJob;
use super::parts::{LoadPart, Parts};
use crate::analysis::caveats;
use crate::cli::conformance::{self, SuiteRun};
use crate::cli::failure::Failure;
use crate::cli::results::rfc3339;
use crate::cli::run;
use crate::profile::Threshold;
use crate::record::{Caveat, Ended, Gate, RunRecord};

/// The whole record. `descriptors` is the limit in force, `wall_drift_s` how far the wall clock moved against the
/// monotonic one, in seconds.
pub fn gate_record(
    job: &GateJob,
    arguments: &Arguments,
    parts: Parts,
    descriptors: u64,
    wall_drift_s: f64,
) -> Result<RunRecord, Failure> {
    let command = command(job, arguments);
    let suite = job.suite.as_ref().zip(parts.suite);
    let (mut record, left_out) = match (parts.load, &job.load, suite) {
        (LoadPart::Ran(measured), Some(load), suite) => {
            let record = run::run_record(load, command, *measured, descriptors);
            (
                match suite {
                    Some((_, suite)) => with_suite(record, suite),
                    None => record,
                },
                None,
            )
        }
        (LoadPart::LeftOut { ended, reason }, Some(load), Some((job, suite))) => {
            let record = conformance::run_record(job, command, suite, descriptors);
            (without_load(record, ended, load, &reason), Some(reason))
        }
        (LoadPart::NotAsked, None, Some((job, suite))) => {
            (conformance::run_record(job, command, suite, descriptors), None)
        }
        (LoadPart::Ran(_) | LoadPart::LeftOut { .. } | LoadPart::NotAsked, _, _) => {
            return Err(Failure::internal("no part of the gate ran"));
        }
    };
    record.name.clone_from(&job.name);
    record.caveats = caveats(&record, wall_drift_s);
    let told = record.caveats.iter().any(|caveat| matches!(caveat, Caveat::StoppedEarly { .. }));
    if let Some(reason) = left_out.filter(|_| !told) {
        record.caveats.push(Caveat::StoppedEarly { reason });
    }
    Ok(record)
}

/// The record of the load, begun with the checks.
fn with_suite(mut record: RunRecord, run: SuiteRun) -> RunRecord {
    record.started_at = rfc3339(run.begun);
    record.elapsed_s += run.suite.took_ms / 1e3;
    record.conformance.get_or_insert_default().suite = Some(run.suite);
    record
}

/// The record of the checks, with every threshold not met: nothing shows that they are.
fn without_load(mut record: RunRecord, ended: Ended, load: &run::Job, reason: &str) -> RunRecord {
    record.ended = ended;
    record.seed = load.profile.seed;
    record.profile.clone_from(&load.profile_text);
    record.gates = load.profile.thresholds.iter().map(|threshold| not_judged(threshold, reason)).collect();
    record
}

fn not_judged(threshold: &Threshold, reason: &str) -> Gate {
    Gate {
        expression: threshold.expression.clone(),
        measured: None,
        samples: 0,
        met: false,
        reason: Some(reason.to_owned()),
    }
}

/// The command line that repeats the gate, the load's seed included.
pub fn command(job: &GateJob, arguments: &Arguments) -> Vec<String> {
    let mut words = vec!["ciba-bench".to_owned(), "gate".to_owned(), arguments.gate.display().to_string()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(target) = &arguments.target {
        option("--target", target.display().to_string());
    }
    if let Some(load) = &job.load {
        option("--seed", load.profile.seed.to_string());
    }
    words
}
