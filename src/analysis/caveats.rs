use super::unanswered::{UNANSWERED_TOLD, measured, unanswered};
use crate::record::{Caveat, Ended, Event, LoadRecord, RunRecord, Span, StageRecord, samples_needed};

/// Share of the usable cores above which the generator is called saturated, 0 to 1.
pub const CPU_SHARE_SATURATED: f64 = 0.70;

/// 99th percentile of `start_lag`, in µs, above which a run is called behind its schedule.
pub const START_LAG_LATE_US: u64 = 5_000;

/// Movement of the wall clock against the monotonic one, in seconds, above which it was stepped, not slewed.
pub const CLOCK_STEP_S: f64 = 0.5;

/// Counters of the authentication service that mean that a decision was not handed on: refused or unanswered, or its login
/// turned away.
pub const AUTH_SERVICE_FAILURES: [&str; 2] = ["decisions.failed", "start.refused"];

/// Share of the decisions that may begin late (more than 10 ms after their time) before the authentication service is
/// called a bottleneck, 0 to 1.
pub const DECISIONS_LATE_MAX: f64 = 0.01;

/// Share of the requests with an assertion that may wait for its signature before a reader is told, 0 to 1.
pub const ASSERTIONS_LATE_MAX: f64 = 0.01;

/// Assertions without which their lateness says nothing: each relying party begins with none in stock.
const ASSERTIONS_MIN: u64 = 1_000;

/// What a reader must know before believing a record's figures. The record's own list of caveats is not looked at.
///
/// `wall_drift_s` is how far the wall clock moved against the monotonic one during the run, in seconds.
pub fn caveats(record: &RunRecord, wall_drift_s: f64) -> Vec<Caveat> {
    let mut found = Vec::new();
    if let Some(load) = &record.load {
        generator(load, &mut found);
        samples(load, &mut found);
        if let Some(consents) = load.created_consents.as_ref().filter(|consents| consents.left > 0) {
            found.push(Caveat::ConsentsLeft { left: consents.left, created: consents.created });
        }
    }
    server_memory(record, &mut found);
    if wall_drift_s.abs() > CLOCK_STEP_S {
        found.push(Caveat::ClockStepped { by_ms: (wall_drift_s * 1e3).round() as i64 });
    }
    if record.target.reference {
        found.push(Caveat::TargetIsReference);
    }
    let early = match &record.ended {
        Ended::Completed => None,
        Ended::Interrupted => Some("it was interrupted".to_owned()),
        Ended::TargetLost => Some("the target stopped answering".to_owned()),
        Ended::Refused { reason } | Ended::Aborted { reason } | Ended::CutOff { reason } => {
            Some(reason.clone())
        }
        Ended::Failed { reason } => Some(format!("this tool failed: {reason}")),
    };
    found.extend(early.map(|reason| Caveat::StoppedEarly { reason }));
    if record.environment.build == "debug" {
        found.push(Caveat::DebugBuild);
    }
    found
}

/// What the command of `--sut-memory` did not tell, in the load or in all trials of a search together.
fn server_memory(record: &RunRecord, found: &mut Vec<Caveat>) {
    let of_load = record.load.as_ref().and_then(|load| load.server_memory.as_ref());
    let trials = record.capacity.iter().flat_map(|capacity| &capacity.trials);
    let (mut failures, mut asked, mut reason) = (0_u64, 0_u64, None);
    for memory in of_load.into_iter().chain(trials.filter_map(|trial| trial.server_memory.as_ref())) {
        failures = failures.saturating_add(memory.failures);
        asked = asked.saturating_add(memory.failures).saturating_add(memory.samples.len() as u64);
        reason = memory.failure.clone().or(reason);
    }
    if failures > 0 {
        found.push(Caveat::ServerMemoryMissed { failures, asked, reason: reason.unwrap_or_default() });
    }
}

fn generator(load: &LoadRecord, found: &mut Vec<Caveat>) {
    let cpu_share = load.generator.cpu_share;
    if cpu_share > CPU_SHARE_SATURATED {
        found.push(Caveat::GeneratorSaturated { cpu_share });
    }
    if let Some(start_lag_p99_us) = load.spans.get(&Span::StartLag).and_then(|summary| summary.p99_us)
        && start_lag_p99_us > START_LAG_LATE_US
    {
        found.push(Caveat::BehindSchedule { start_lag_p99_us });
    }
    let flows = &load.counts.flows;
    if flows.dropped > 0 {
        found.push(Caveat::Dropped { dropped: flows.dropped, scheduled: flows.scheduled });
    }
    let (left_out, verified) =
        (load.counts.events.get(Event::IdTokenSampledOut), load.counts.events.get(Event::IdTokenVerified));
    if left_out > 0 {
        found.push(Caveat::SignaturesSampled { left_out, verified });
    }
    let (late, signed) = (load.generator.assertions_late, load.generator.assertions);
    if late as f64 > ASSERTIONS_LATE_MAX * signed as f64 && signed >= ASSERTIONS_MIN {
        found.push(Caveat::AssertionsLate { late, signed });
    }
    let decisions = |name: &str| load.decisions.get(name).copied().unwrap_or(0);
    let mut lost = AUTH_SERVICE_FAILURES.iter().map(|name| decisions(name)).sum::<u64>();
    let late = decisions("decisions.late");
    if late as f64 > DECISIONS_LATE_MAX * decisions("start.accepted") as f64 {
        lost += late;
    }
    if lost > 0 {
        found.push(Caveat::AuthServiceWasBottleneck { decisions: lost });
    }
}

fn samples(load: &LoadRecord, found: &mut Vec<Caveat>) {
    if !load.stages.iter().any(|stage| stage.name == StageRecord::WARM_UP) {
        found.push(Caveat::WarmupMissing);
    }
    let counts = measured(load);
    for (span, summary) in &load.spans {
        let missing = unanswered(*span, &counts);
        let requests = summary.count + missing;
        if missing as f64 > UNANSWERED_TOLD * requests as f64 {
            found.push(Caveat::TimesMissing { span: span.to_string(), missing, requests });
        }
    }
    let needed = samples_needed(0.99);
    for (span, summary) in load.spans.iter().filter(|(_, summary)| summary.count < needed) {
        found.push(Caveat::TooFewSamples { span: span.to_string(), samples: summary.count, needed });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample::{passed, spread};
    use crate::record::{Answered, ServerMemory};

    fn of(change: impl FnOnce(&mut RunRecord)) -> Vec<Caveat> {
        let mut record = passed();
        record.target.reference = false;
        record.load.as_mut().unwrap().spans.remove(&Span::Connect);
        change(&mut record);
        caveats(&record, 0.0)
    }

    fn of_load(change: impl FnOnce(&mut LoadRecord)) -> Vec<Caveat> {
        of(|record| change(record.load.as_mut().unwrap()))
    }

    #[test]
    fn a_clean_run_against_a_server_has_none() {
        assert_eq!(of(|_| ()), []);
        assert_eq!(of(|record| record.load = None), []);
    }

    #[test]
    fn each_caveat_has_its_cause_and_its_numbers() {
        let cpu = |share: f64| of_load(|load| load.generator.cpu_share = share);
        assert_eq!(cpu(CPU_SHARE_SATURATED), []);
        assert_eq!(cpu(0.71), [Caveat::GeneratorSaturated { cpu_share: 0.71 }]);
        let lag = |us: f64| {
            of_load(|load| {
                load.spans.insert(Span::StartLag, spread(300, us, us));
            })
        };
        assert_eq!(lag(4_990.0), []);
        assert_eq!(lag(6_000.0).len(), 1);
        assert!(matches!(lag(6_000.0)[0], Caveat::BehindSchedule { start_lag_p99_us: 6_000.. }));
        assert_eq!(
            of_load(|load| load.counts.flows.dropped = 3),
            [Caveat::Dropped { dropped: 3, scheduled: 750 }]
        );
        assert_eq!(
            of_load(|load| {
                load.spans.insert(Span::Ack, spread(299, 1.0, 9.0));
            }),
            [Caveat::TooFewSamples { span: "ack".to_owned(), samples: 299, needed: 300 }]
        );
        for (failed, found) in [
            (0, vec![]),
            (1, vec![Caveat::TimesMissing { span: "ack".to_owned(), missing: 1, requests: 601 }]),
        ] {
            let failing = |load: &mut LoadRecord| {
                load.stages[1].counts.backchannel_authentication.add(Answered::Unavailable, failed);
            };
            assert_eq!(of_load(failing), found, "{failed} requests failed");
        }
        assert_eq!(
            of_load(|load| {
                load.stages.remove(0);
            }),
            [Caveat::WarmupMissing]
        );
        assert_eq!(
            of_load(|load| {
                load.decisions.insert("decisions.failed".to_owned(), 2);
            }),
            [Caveat::AuthServiceWasBottleneck { decisions: 2 }]
        );
        for (late, found) in [(10, vec![]), (11, vec![Caveat::AuthServiceWasBottleneck { decisions: 11 }])] {
            let decisions = [("start.accepted".to_owned(), 1000), ("decisions.late".to_owned(), late)];
            assert_eq!(of_load(|load| load.decisions.extend(decisions)), found, "{late} of 1000 were late");
        }
        let memory = |failures: u64| {
            let failure = Some("no such process".to_owned());
            of_load(|load| {
                load.server_memory = Some(ServerMemory { failures, failure, ..ServerMemory::default() })
            })
        };
        assert_eq!(memory(0), []);
        let missed =
            Caveat::ServerMemoryMissed { failures: 3, asked: 3, reason: "no such process".to_owned() };
        assert_eq!(memory(3), [missed]);
        assert_eq!(of(|record| record.target.reference = true), [Caveat::TargetIsReference]);
        assert_eq!(of(|record| record.environment.build = "debug".to_owned()), [Caveat::DebugBuild]);
    }

    #[test]
    fn an_early_end_says_why() {
        for (ended, part) in [
            (Ended::Interrupted, "interrupted"),
            (Ended::TargetLost, "stopped answering"),
            (Ended::Refused { reason: "no consent".to_owned() }, "no consent"),
            (Ended::Aborted { reason: "ack p99 < 1s does not hold".to_owned() }, "ack p99 < 1s"),
            (Ended::CutOff { reason: "killed".to_owned() }, "killed"),
            (Ended::Failed { reason: "disk full".to_owned() }, "disk full"),
        ] {
            let found = of(|record| record.ended = ended);
            assert!(
                matches!(&found[..], [Caveat::StoppedEarly { reason }] if reason.contains(part)),
                "{part}: {found:?}"
            );
        }
    }

    #[test]
    fn a_stepped_clock_is_told_from_a_slewed_one() {
        let mut record = passed();
        record.target.reference = false;
        record.load = None;
        assert_eq!(caveats(&record, CLOCK_STEP_S), []);
        assert_eq!(caveats(&record, -1.5), [Caveat::ClockStepped { by_ms: -1_500 }]);
    }
}
