//! Records of searches for tests: one with everything that such a record can hold, and one for each other outcome.

use super::sample;
use super::{
    CapacityOutcome, CapacityRecord, CapacitySearch, ConformanceRecord, Hysteresis, MemorySample, RunRecord,
    ServerMemory, SutDescription, TrialPart, TrialRecord, TrialVerdict,
};

/// A search that found its bracket, with an inconsistent trial, an invalid one and hysteresis.
pub(crate) fn found() -> RunRecord {
    let broken = |value: &str| TrialVerdict::Broken {
        threshold: "notify p99 < 250ms".to_owned(),
        value: value.to_owned(),
    };
    let stalled =
        TrialVerdict::Invalid { reason: "the generator stood still: for 1.20 s in 3 stalls".to_owned() };
    let trials = [
        (TrialPart::Rough, 50.0, 5.0, TrialVerdict::Met),
        (TrialPart::Rough, 100.0, 5.0, TrialVerdict::Met),
        (TrialPart::Rough, 200.0, 5.0, broken("1.31 s")),
        (TrialPart::Narrowing, 141.4, 7.0, stalled),
        (TrialPart::Narrowing, 141.4, 7.0, TrialVerdict::Met),
        (TrialPart::Deciding, 147.0, 10.0, TrialVerdict::Met),
        (TrialPart::Deciding, 154.0, 10.0, broken("612 ms")),
        (TrialPart::Overload, 192.5, 10.0, broken("2.20 s")),
        (TrialPart::Descending, 147.0, 10.0, broken("318 ms")),
    ];
    let outcome = CapacityOutcome::Found {
        lower_per_s: 147.0,
        upper_per_s: 154.0,
        conditional_per_s: 146.9,
        first_broken: "notify p99 < 250ms".to_owned(),
    };
    let mut record = searched(outcome, &trials);
    if let Some(capacity) = &mut record.capacity {
        capacity.labels =
            [("size".to_owned(), "4cpu".to_owned()), ("nodes".to_owned(), "3".to_owned())].into();
        capacity.cost_per_hour = Some(1.2);
        capacity.sut = Some(SutDescription {
            command: "kubectl get nodes -o name".to_owned(),
            said: "node/a\nnode/b\nnode/c\n".to_owned(),
        });
        for (at, trial) in (0..).zip(&mut capacity.trials) {
            trial.server_memory = Some(memory(trial.in_flight_peak, at));
        }
        capacity.hysteresis =
            Some(Hysteresis { overload_per_s: 192.5, lower_per_s: 147.0, after: broken("318 ms") });
    }
    record
}

/// A server that takes about 3 kB for each flow that is under way, asked five times while they become more.
fn memory(in_flight_peak: u64, trial: u64) -> ServerMemory {
    let sample = |at_ms: u64, in_flight: u64| MemorySample {
        at_ms,
        in_flight,
        started: in_flight,
        bytes: 180_000_000 + 3_000 * in_flight + 7_000 * (trial % 3),
    };
    ServerMemory {
        command: "echo $(ps -o rss= -p 4711) KiB".to_owned(),
        samples: (0..5).map(|at| sample(at * 2_000, in_flight_peak * at / 4)).collect(),
        failures: u64::from(trial == 4),
        failure: (trial == 4).then(|| "was not over after 5 s".to_owned()),
    }
}

/// One record for each outcome that is no bracket.
pub(crate) fn not_found() -> Vec<RunRecord> {
    let first_broken = "ack p99 < 500ms".to_owned();
    [
        CapacityOutcome::GeneratorBound {
            at_per_s: 800.0,
            met_per_s: Some(400.0),
            reason: "flows began late: start_lag p99 is 81.0 ms".to_owned(),
        },
        CapacityOutcome::BelowMinimum { first_broken },
        CapacityOutcome::AboveMaximum { conditional_per_s: 1_999.2 },
        CapacityOutcome::Unfinished {
            lower_per_s: Some(100.0),
            upper_per_s: Some(200.0),
            reason: "no time was left for another trial".to_owned(),
        },
    ]
    .into_iter()
    .map(|outcome| searched(outcome, &[(TrialPart::Rough, 50.0, 5.0, TrialVerdict::Met)]))
    .collect()
}

fn searched(outcome: CapacityOutcome, trials: &[(TrialPart, f64, f64, TrialVerdict)]) -> RunRecord {
    let trials = trials.iter().enumerate().map(|(at, (part, rate, length_s, verdict))| TrialRecord {
        part: *part,
        rate_per_s: *rate,
        length_s: *length_s,
        warmup_s: 1.5,
        started_at: "2026-03-14T09:26:53Z".to_owned(),
        elapsed_s: length_s + 2.4,
        verdict: verdict.clone(),
        completed_per_s: rate * 0.999,
        authentication_requests_per_s: *rate,
        polls_per_s: *rate,
        pings_per_s: *rate,
        in_flight_peak: *rate as u64,
        cpu_share: 0.2,
        rss_peak_mib: 48,
        folder: format!("trials/{:03}", at + 1),
        server_memory: None,
    });
    let capacity = CapacityRecord {
        thresholds: vec!["violations == 0".to_owned(), "notify p99 < 250ms".to_owned()],
        search: CapacitySearch {
            lowest_per_s: 50.0,
            highest_per_s: 2_000.0,
            width: 0.05,
            first_trial_s: 5.0,
            last_trial_s: 10.0,
            duration_sum_s: 30.0,
            exceed_ratio: 0.0,
            trials_max: 60,
            time_max_s: 600.0,
            settle_s: 2.0,
        },
        labels: Default::default(),
        cost_per_hour: None,
        sut: None,
        outcome,
        hysteresis: None,
        trials: trials.collect(),
    };
    RunRecord {
        name: "capacity".to_owned(),
        command: ["ciba-bench", "capacity", "capacity", "--seed", "42"].map(str::to_owned).to_vec(),
        conformance: Some(ConformanceRecord { flows_observed: 9_000, ..ConformanceRecord::default() }),
        load: None,
        gates: Vec::new(),
        caveats: Vec::new(),
        capacity: Some(capacity),
        ..sample::passed()
    }
}
