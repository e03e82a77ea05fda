//! Records of capacity searches, for tests.

use super::*;

/// Searches of seven sizes of one deployment; the largest one was limited by the generator.
pub(crate) fn searches() -> Vec<(String, RunRecord)> {
    let sizes = [
        ("2", 1.2, found(98.0, 103.0)),
        ("4", 2.4, found(188.0, 197.0)),
        ("6", 3.6, found(266.0, 280.0)),
        ("8", 4.8, found(335.0, 352.0)),
        ("12", 7.2, found(447.0, 470.0)),
        ("16", 9.6, found(530.0, 556.0)),
        (
            "24",
            14.4,
            CapacityOutcome::GeneratorBound {
                at_per_s: 700.0,
                met_per_s: Some(620.0),
                reason: "polls were 80 ms late".to_owned(),
            },
        ),
    ];
    sizes
        .into_iter()
        .map(|(vcpu, cost, outcome)| (format!("vcpu-{vcpu}"), search(&[("vcpu", vcpu)], Some(cost), outcome)))
        .collect()
}

/// The record of a search; where it has found something, with the trials at both ends of the bracket.
pub(crate) fn search(labels: &[(&str, &str)], cost: Option<f64>, outcome: CapacityOutcome) -> RunRecord {
    let trial = |rate: f64, length_s: f64, verdict: TrialVerdict| TrialRecord {
        part: TrialPart::Deciding,
        rate_per_s: rate,
        length_s,
        warmup_s: 1.0,
        started_at: "2026-11-23T12:00:00Z".to_owned(),
        elapsed_s: length_s,
        verdict,
        completed_per_s: rate,
        authentication_requests_per_s: rate,
        polls_per_s: 2.0 * rate,
        pings_per_s: 0.5 * rate,
        in_flight_peak: (10.0 * rate) as u64,
        cpu_share: 0.1,
        rss_peak_mib: 50,
        folder: format!("trial-{rate}"),
        server_memory: Some(ServerMemory {
            command: "cat rss".to_owned(),
            samples: (0..12).map(|at| memory(at, (10.0 * rate) as u64)).collect(),
            ..ServerMemory::default()
        }),
    };
    let trials = match &outcome {
        CapacityOutcome::Found { lower_per_s, upper_per_s, .. } => vec![
            trial(*lower_per_s, 5.0, TrialVerdict::Met),
            trial(*lower_per_s, 60.0, TrialVerdict::Met),
            trial(
                *upper_per_s,
                60.0,
                TrialVerdict::Broken { threshold: "ack p99 < 250ms".to_owned(), value: "300 ms".to_owned() },
            ),
        ],
        CapacityOutcome::GeneratorBound { .. }
        | CapacityOutcome::BelowMinimum { .. }
        | CapacityOutcome::AboveMaximum { .. }
        | CapacityOutcome::Unfinished { .. } => Vec::new(),
    };
    let mut record = sample::passed();
    record.capacity = Some(CapacityRecord {
        thresholds: vec!["ack p99 < 250ms".to_owned()],
        search: CapacitySearch {
            lowest_per_s: 1.0,
            highest_per_s: 10_000.0,
            width: 0.05,
            first_trial_s: 5.0,
            last_trial_s: 60.0,
            duration_sum_s: 60.0,
            exceed_ratio: 0.25,
            trials_max: 50,
            time_max_s: 3_600.0,
            settle_s: 2.0,
        },
        labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        cost_per_hour: cost,
        sut: None,
        outcome,
        hysteresis: None,
        trials,
    });
    record
}

/// The `at`th of twelve samples of a server that takes 2.5 kB for each pending flow, up to so many of them.
fn memory(at: u64, in_flight_peak: u64) -> MemorySample {
    let in_flight = in_flight_peak * at / 11;
    let bytes = 200_000_000 + 2_500 * in_flight + 20_000 * (at % 3);
    MemorySample { at_ms: at * 2_000, in_flight, started: in_flight, bytes }
}

/// A limit between two rates.
pub(crate) fn found(lower: f64, upper: f64) -> CapacityOutcome {
    CapacityOutcome::Found {
        lower_per_s: lower,
        upper_per_s: upper,
        conditional_per_s: lower,
        first_broken: "ack p99 < 250ms".to_owned(),
    }
}
