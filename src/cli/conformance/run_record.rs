//! The record of a run of the suite alone.

use super::Arguments;
use super::job::SuiteJob;
use super::suite::SuiteRun;
use crate::analysis::caveats;
use crate::ciba::Level;
use crate::cli::machine::environment;
use crate::cli::results::rfc3339;
use crate::record::{ConformanceRecord, RunRecord, SCHEMA};

/// The whole record. `command` repeats the run, `descriptors` is the limit in force.
pub fn run_record(job: &SuiteJob, command: Vec<String>, run: SuiteRun, descriptors: u64) -> RunRecord {
    let mut record = RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: format!("{:016x}", run.run),
        name: job.standard.name().to_owned(),
        command,
        started_at: rfc3339(run.begun),
        elapsed_s: run.suite.took_ms / 1e3,
        ended: run.ended,
        seed: job.order_seed.unwrap_or_default(),
        environment: environment(descriptors),
        target: run.target,
        profile: String::new(),
        conformance: Some(ConformanceRecord { suite: Some(run.suite), ..ConformanceRecord::default() }),
        load: None,
        capacity: None,
        gates: Vec::new(),
        caveats: Vec::new(),
    };
    record.caveats = caveats(&record, run.wall_drift_s);
    record
}

/// The command line that repeats the run, a drawn seed included.
pub fn command(job: &SuiteJob, arguments: &Arguments) -> Vec<String> {
    let mut words = vec!["ciba-bench".to_owned(), "conformance".to_owned()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(target) = &arguments.target {
        option("--target", target.display().to_string());
    }
    if !arguments.fault.is_empty() {
        option("--fault", arguments.fault.join(","));
    }
    option("--standard", job.standard.name().to_owned());
    for pattern in &arguments.only {
        option("--only", pattern.clone());
    }
    if job.chosen.level != Level::May {
        option("--level", job.chosen.level.name().to_lowercase());
    }
    if job.fail_on != Level::Must {
        option("--fail-on", job.fail_on.name().to_lowercase());
    }
    if let Some(baseline) = &arguments.baseline {
        option("--baseline", baseline.display().to_string());
    }
    if let Some(budget) = job.budget {
        option("--budget", mock_auth_service::duration::format(budget));
    }
    option("--jobs", job.jobs.to_string());
    if let Some(seed) = job.order_seed {
        option("--random-order", seed.to_string());
    }
    if job.strict {
        words.push("--strict".to_owned());
    }
    words
}
