//! The record of a search.

use std::time::Duration;

use super::Arguments;
use super::search::Carried;
use crate::analysis::{RunVerdict, caveats};
use crate::capacity::Campaign;
use crate::cli::machine::environment;
use crate::cli::results::rfc3339;
use crate::cli::run::Job;
use crate::cli::secrets::random_number;
use crate::record::{CapacityRecord, RunRecord, SCHEMA, SutDescription};
use serde::Serialize;

/// What stands in the record whatever was found.
pub struct Around {
    /// The command line that repeats the search.
    pub command: Vec<String>,
    /// The limit of descriptors in force.
    pub descriptors: u64,
    /// Start in wall time, since 1970.
    pub begun: Duration,
    /// Length, in seconds.
    pub elapsed_s: f64,
    /// How far the wall clock moved against the monotonic one, in seconds.
    pub wall_drift_s: f64,
    /// What the operator's command said.
    pub sut: Option<SutDescription>,
}

/// The whole record.
pub fn search_record(
    job: &Job,
    arguments: &Arguments,
    campaign: &Campaign,
    carried: Carried,
    around: Around,
) -> RunRecord {
    let capacity = CapacityRecord {
        labels: arguments.label.iter().cloned().collect(),
        cost_per_hour: arguments.cost,
        sut: around.sut,
        ..campaign.record_so_far()
    };
    let mut record = RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: format!("{:016x}", random_number()),
        name: job.profile.name.clone(),
        command: around.command,
        started_at: rfc3339(around.begun),
        elapsed_s: around.elapsed_s,
        ended: carried.ended,
        seed: job.profile.seed,
        environment: environment(around.descriptors),
        target: carried.target,
        profile: job.profile_text.clone(),
        conformance: Some(campaign.conformance().clone()),
        load: None,
        capacity: Some(capacity),
        gates: Vec::new(),
        caveats: Vec::new(),
    };
    record.caveats = caveats(&record, around.wall_drift_s);
    record
}

/// The command line that repeats the search, its seed included.
pub fn command(job: &Job, arguments: &Arguments) -> Vec<String> {
    let mut words = ["ciba-bench", "capacity", &arguments.profile].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    let time = mock_auth_service::duration::format;
    if let Some(target) = &arguments.target {
        option("--target", target.display().to_string());
    }
    if !arguments.fault.is_empty() {
        option("--fault", arguments.fault.join(","));
    }
    option("--from", format!("{}/s", arguments.from));
    option("--to", format!("{}/s", arguments.to));
    option("--width", arguments.width.to_string());
    option("--first-trial", time(arguments.first_trial));
    option("--trial", time(arguments.trial));
    option("--repeat", arguments.repeat.to_string());
    option("--exceed-ratio", arguments.exceed_ratio.to_string());
    option("--settle", time(arguments.settle));
    option("--within", time(arguments.within));
    if !arguments.label.is_empty() {
        let labels = arguments.label.iter().map(|(name, value)| format!("{name}={value}"));
        option("--label", labels.collect::<Vec<_>>().join(","));
    }
    if let Some(cost) = arguments.cost {
        option("--cost", format!("{cost}/h"));
    }
    if let Some(command) = &arguments.sut_describe {
        option("--sut-describe", command.clone());
    }
    if let Some(command) = &arguments.sut_memory {
        option("--sut-memory", command.clone());
    }
    option("--seed", job.profile.seed.to_string());
    words
}

/// What was found, for `--json`.
#[derive(Debug, Serialize)]
pub struct Summary<'r> {
    run_id: &'r str,
    name: &'r str,
    issuer: &'r str,
    verdict: &'static str,
    exit_code: u8,
    reasons: &'r [String],
    folder: &'r str,
    capacity: Option<&'r CapacityRecord>,
}

impl<'r> Summary<'r> {
    /// Sums a record up. `folder` is where its files are.
    pub fn of(record: &'r RunRecord, verdict: &'r RunVerdict, folder: &'r str) -> Self {
        Summary {
            run_id: &record.run_id,
            name: &record.name,
            issuer: &record.target.issuer,
            verdict: verdict.exit.word(),
            exit_code: verdict.exit.code(),
            reasons: &verdict.reasons,
            folder,
            capacity: record.capacity.as_ref(),
        }
    }
}
