//! Searches for the capacity of an OP whose limit is known, end to end in virtual time: every trial is a load of its own.

use crate::rig::{Ran, assert_books_close, setting};
use ciba_bench::analysis::{Assumed, invalid_reasons, judge_thresholds};
use ciba_bench::capacity::{Campaign, Planned};
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::{Marker, Traces};
use ciba_bench::load::{LoadResult, Measurement, simulate};
use ciba_bench::profile::Profile;
use ciba_bench::record::{
    CapacityOutcome, CapacityRecord, CapacitySearch, Environment, RunRecord, SCHEMA, TargetSeen, TrialPart,
    TrialVerdict,
};
use ciba_bench::world::{InProcess, WorldSettings};
use reference_op::CapacitySettings;
use std::sync::Arc;

const PROFILE: &str = r#"
    thresholds = ["violations == 0", "error_rate < 1%", "ack p90 < 250ms", "notify p90 < 250ms", "redeem p90 < 250ms"]
    [[workload.stages]]
    duration = "5s"
    rate = 10
    [mix]
    ping = 1
    [flow]
    fall_back_to_polling = false
    [decisions]
    delay.uniform = { min = "50ms", max = "150ms" }
"#;

fn search(highest_per_s: f64) -> CapacitySearch {
    CapacitySearch {
        lowest_per_s: 6.0,
        highest_per_s,
        width: 0.05,
        first_trial_s: 5.0,
        last_trial_s: 8.0,
        duration_sum_s: 16.0,
        exceed_ratio: 0.0,
        trials_max: 60,
        time_max_s: 3_600.0,
        settle_s: 1.0,
    }
}

/// One load against an OP with such a limit.
async fn load(planned: &Planned, capacity: &CapacitySettings) -> LoadResult {
    let profile = planned.profile.clone();
    let measurement = Measurement::new(1, Clock::starting_at(InProcess::beginning()));
    let traces = Arc::new(Traces::new(Some(Marker::new(profile.seed)), measurement.clone()));
    let mut settings = WorldSettings { plan: profile.decisions.clone(), ..WorldSettings::default() };
    settings.op.capacity = Some(capacity.clone());
    let world = InProcess::new(settings, traces.clone(), measurement.clone()).unwrap();
    let client = world.client(DeliveryMode::Ping).unwrap();
    let (receiver, clock) = (world.receiver(), world.clock());
    let setting =
        setting(profile, world.issuer(), &[client], world.transport(), traces.clone(), receiver, clock).await;
    let result = world.within_deadline(simulate(measurement, setting)).await.unwrap();
    let ran = Ran {
        result,
        op: world.access_counts(),
        kept: traces.kept(),
        registered: world.receiver().registered(),
    };
    // An answer 503 is counted otherwise by the OP than by its clients.
    if ran.op.get("backchannel_authentication", "temporarily_unavailable") == 0
        && ran.op.get("token", "temporarily_unavailable") == 0
    {
        assert_books_close(&ran);
    }
    ran.result
}

fn record(profile: &Profile, result: LoadResult) -> RunRecord {
    let environment =
        Environment { cores: 1, memory_mib: 1 << 20, descriptors: 1 << 20, ..Environment::default() };
    let LoadResult { mut load, conformance, ended, elapsed_s, .. } = result;
    load.generator.invalid = invalid_reasons(&load, &environment);
    RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: "1".to_owned(),
        name: "test".to_owned(),
        command: Vec::new(),
        started_at: String::new(),
        elapsed_s,
        ended,
        seed: profile.seed,
        environment,
        target: TargetSeen {
            issuer: "http://op.test".to_owned(),
            reference: true,
            backchannel_authentication_endpoint: String::new(),
            token_endpoint: String::new(),
            delivery_modes: Vec::new(),
            faults: Vec::new(),
        },
        profile: PROFILE.to_owned(),
        gates: judge_thresholds(&profile.thresholds, &load, Some(&conformance)),
        conformance: Some(conformance),
        load: Some(load),
        capacity: None,
        caveats: Vec::new(),
    }
}

async fn found(settings: CapacitySearch, capacity: &CapacitySettings) -> CapacityRecord {
    let profile = Profile::parse("test", "test.toml", PROFILE).unwrap();
    let mut campaign = Campaign::new(&profile, settings, &Assumed::default()).unwrap();
    while let Some(planned) = campaign.next() {
        let record = record(&planned.profile, load(&planned, capacity).await);
        campaign.record(&planned, &record);
    }
    assert!(campaign.conformance().flows_observed > 0);
    campaign.record_so_far()
}

/// Each ping flow is one authentication request and one token request.
#[tokio::test(start_paused = true)]
async fn limits_of_requests_and_of_pings_are_found() {
    let bounded = |requests_per_s, pings_per_s| CapacitySettings {
        requests_per_s,
        pings_per_s,
        ..CapacitySettings::default()
    };
    for (capacity, limit, first) in [
        (bounded(Some(24.0), None), 12.0, ["ack p90 < 250ms", TrialVerdict::COMPLETED]),
        (bounded(Some(50.0), None), 25.0, ["ack p90 < 250ms", TrialVerdict::COMPLETED]),
        (bounded(None, Some(16.0)), 16.0, ["notify p90 < 250ms", TrialVerdict::COMPLETED]),
    ] {
        let found = found(search(100.0), &capacity).await;
        let CapacityOutcome::Found { lower_per_s, upper_per_s, conditional_per_s, first_broken } =
            &found.outcome
        else {
            panic!("{capacity:?}: {:?}", found.outcome)
        };
        assert!(upper_per_s / lower_per_s < 1.12, "{capacity:?}: {lower_per_s} to {upper_per_s}");
        for end in [lower_per_s, upper_per_s] {
            assert!((end / limit - 1.0).abs() < 0.10, "{capacity:?}: {lower_per_s} to {upper_per_s}");
        }
        assert!((conditional_per_s / lower_per_s - 1.0).abs() < 0.05, "{conditional_per_s} at {lower_per_s}");
        assert!(first.contains(&first_broken.as_str()), "{capacity:?}: {first_broken}");
        // A queue that is empty again is forgotten.
        let hysteresis = found.hysteresis.clone().unwrap();
        assert_eq!(hysteresis.after, TrialVerdict::Met);
        assert!(hysteresis.overload_per_s > limit * 1.1);
        let [.., overload, descending] = found.trials.as_slice() else { panic!() };
        assert_eq!((overload.part, descending.part), (TrialPart::Overload, TrialPart::Descending));
        assert!(descending.pings_per_s > 0.9 * descending.rate_per_s, "{descending:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_outside_of_the_rates_that_are_allowed_is_not_found() {
    let capacity = CapacitySettings { requests_per_s: Some(200.0), ..CapacitySettings::default() };
    let enough = found(search(16.0), &capacity).await;
    assert!(
        matches!(enough.outcome, CapacityOutcome::AboveMaximum { conditional_per_s } if conditional_per_s > 15.0)
    );
    assert_eq!(enough.hysteresis, None);
    let capacity = CapacitySettings { requests_per_s: Some(6.0), ..CapacitySettings::default() };
    let little = found(search(16.0), &capacity).await;
    let CapacityOutcome::BelowMinimum { first_broken } = &little.outcome else {
        panic!("{:?}", little.outcome)
    };
    assert!(!first_broken.is_empty());
    assert!(little.trials.iter().all(|trial| matches!(trial.verdict, TrialVerdict::Broken { .. })));
}
