use super::unit;
use crate::profile::{Metric, Quantity, Statistic, Threshold};
use crate::record::{
    Answered, Arrivals, ConformanceRecord, Counts, Event, Gate, LoadRecord, PingAnswer, Span, StageRecord,
    Summary, samples_needed,
};
use std::collections::BTreeMap;

/// Judges a profile's thresholds, in their order. What has no samples is not met, and says why.
///
/// Without `for stage`, the rate is that of the measured stages; times, counters and shares are those of the whole run
/// without its warm-up, since what began in a measured stage may end in the drain. Shares:
///
/// * `error_rate`: flows that ended `transport_failed`, `violation`, `consent_refused`, `refused` or `harness_panic`, of the flows
///   that ended;
/// * `stale_polls`: polls that still said pending after the accept was answered, of these and the polls that were answered
///   with tokens or `access_denied`: the polls that could have seen the decision;
/// * `rate`: flows that began, of the flows that the profile asks for (open model only).
pub fn judge_thresholds(
    thresholds: &[Threshold],
    load: &LoadRecord,
    conformance: Option<&ConformanceRecord>,
) -> Vec<Gate> {
    thresholds.iter().map(|threshold| judge(threshold, load, conformance)).collect()
}

/// A value, in the threshold's unit, and the samples behind it; or why there is none.
struct Measured {
    value: Result<f64, String>,
    samples: u64,
}

/// The stretch of the run that a threshold is about.
struct Stretch<'r> {
    counts: Counts,
    spans: &'r BTreeMap<Span, Summary>,
    /// Flows that began in the stages that the rate is about.
    began: u64,
    /// Flows asked for in them.
    asked: f64,
}

fn judge(threshold: &Threshold, load: &LoadRecord, conformance: Option<&ConformanceRecord>) -> Gate {
    let measured = match Stretch::of(load, threshold.stage.as_deref()) {
        Ok(stretch) => measure(threshold, &stretch, load.arrivals, conformance),
        Err(reason) => Measured { value: Err(reason), samples: 0 },
    };
    let (shown, met, reason) = match measured.value {
        Ok(value) => {
            let met = threshold.op.holds(value, threshold.value);
            let text = shown(threshold, value);
            // Rounding must not make a missed threshold look met.
            let exact = !met && text == shown(threshold, threshold.value);
            let reason = exact.then(|| format!("exactly {value} against {}", threshold.value));
            (Some(text), met, reason)
        }
        Err(reason) => (None, false, Some(reason)),
    };
    Gate { expression: threshold.expression.clone(), measured: shown, samples: measured.samples, met, reason }
}

impl<'r> Stretch<'r> {
    fn of(load: &'r LoadRecord, stage: Option<&str>) -> Result<Self, String> {
        let Some(name) = stage else {
            let counted = load.stages.iter().filter(|stage| stage.name != StageRecord::WARM_UP);
            let measured = || load.stages.iter().filter(|stage| stage.measured);
            let mut counts = Counts::default();
            counted.for_each(|stage| counts.merge(&stage.counts));
            return Ok(Stretch {
                counts,
                spans: &load.spans,
                began: measured().map(|stage| stage.counts.flows.started).sum(),
                asked: measured().map(asked).sum(),
            });
        };
        let names = || load.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = load.stages.iter().find(|stage| stage.name == name);
        let stage = found.ok_or_else(|| format!("no stage {name:?} in this run, there are: {}", names()))?;
        Ok(Stretch {
            counts: stage.counts.clone(),
            spans: &stage.spans,
            began: stage.counts.flows.started,
            asked: asked(stage),
        })
    }
}

fn asked(stage: &StageRecord) -> f64 {
    f64::midpoint(stage.asked_from, stage.asked_to) * stage.length_s
}

fn measure(
    threshold: &Threshold,
    stretch: &Stretch<'_>,
    arrivals: Arrivals,
    conformance: Option<&ConformanceRecord>,
) -> Measured {
    let of = |span| time(span, threshold.statistic, stretch.spans.get(&span));
    let counts = &stretch.counts;
    let number = |n: u64, of: u64, of_what: &str| Measured {
        value: if of > 0 { Ok(n as f64) } else { Err(format!("there were no {of_what}")) },
        samples: of,
    };
    let share = |part: u64, whole: u64, of_what: &str| Measured {
        value: unit::ratio(part, whole).ok_or_else(|| format!("there were no {of_what}")),
        samples: whole,
    };
    match threshold.metric {
        Metric::Violations => violations(conformance),
        Metric::ErrorRate => {
            let (failed, ended) = failed(counts);
            share(failed, ended, "flows that ended")
        }
        Metric::StalePolls => {
            let stale = stale(counts);
            let informed = counts.token.get(Answered::Tokens) + counts.token.get(Answered::AccessDenied);
            share(stale, stale + informed, "polls after a decision")
        }
        Metric::Rate => rate(stretch, arrivals),
        Metric::Dropped => number(counts.flows.dropped, counts.flows.scheduled, "intended starts"),
        Metric::Throttled => {
            let unprovoked = counts
                .token
                .get(Answered::SlowDown)
                .saturating_sub(counts.events.get(Event::SlowDownProvoked));
            number(unprovoked, counts.token.total(), "token requests")
        }
        Metric::PingMissing => {
            let missing = counts.events.get(Event::PingMissing);
            number(missing, missing + counts.pings.get(PingAnswer::Accepted), "pings, and none was due")
        }
        Metric::StartLag => of(Span::StartLag),
        Metric::Blocked => of(Span::Blocked),
        Metric::Connect => of(Span::Connect),
        Metric::Consent => of(Span::Consent),
        Metric::Ack => of(Span::Ack),
        Metric::Verify => of(Span::Verify),
        Metric::Start => of(Span::Start),
        Metric::VerifyAnswer => of(Span::VerifyAnswer),
        Metric::StartAnswer => of(Span::StartAnswer),
        Metric::Decide => of(Span::Decide),
        Metric::Details => of(Span::Details),
        Metric::DecisionDelay => of(Span::DecisionDelay),
        Metric::Accept => of(Span::Accept),
        Metric::Notify => of(Span::Notify),
        Metric::PollPending => of(Span::PollPending),
        Metric::PollSlowDown => of(Span::PollSlowDown),
        Metric::PollDenied => of(Span::PollDenied),
        Metric::PollExpired => of(Span::PollExpired),
        Metric::PollError => of(Span::PollError),
        Metric::Poll => of(Span::Poll),
        Metric::PollLateness => of(Span::PollLateness),
        Metric::Pacing => of(Span::Pacing),
        Metric::Redeem => of(Span::Redeem),
        Metric::ApproveToToken => of(Span::ApproveToToken),
        Metric::UseToken => of(Span::UseToken),
        Metric::Flow => of(Span::Flow),
        Metric::NotificationAnswer => of(Span::NotificationAnswer),
        Metric::ServiceAnswer => of(Span::ServiceAnswer),
    }
}

fn time(span: Span, statistic: Statistic, summary: Option<&Summary>) -> Measured {
    let Some(summary) = summary.filter(|summary| summary.count > 0) else {
        return Measured { value: Err(format!("{span} has no samples")), samples: 0 };
    };
    let quantile = |q: f64| match summary.quantile_us(q) {
        Ok(Some(us)) => Ok(us as f64),
        Ok(None) => Err(format!(
            "{} needs {} samples, {span} has {}",
            statistic.name(),
            unit::count(samples_needed(q)),
            unit::count(summary.count)
        )),
        Err(error) => Err(format!("the histogram of {span} {error}")),
    };
    let value = match statistic {
        Statistic::P50 => quantile(0.5),
        Statistic::P90 => quantile(0.9),
        Statistic::P95 => quantile(0.95),
        Statistic::P99 => quantile(0.99),
        Statistic::P999 => quantile(0.999),
        Statistic::Max => Ok(summary.max_us as f64),
        Statistic::Min => Ok(summary.min_us as f64),
        Statistic::Mean => Ok(summary.mean_us),
        Statistic::Value => Err("a time needs a statistic, for example p99".to_owned()),
    };
    Measured { value, samples: summary.count }
}

/// Breaches of rules that bind; the others are reported and not held against the target.
fn violations(conformance: Option<&ConformanceRecord>) -> Measured {
    match conformance {
        Some(seen) if seen.flows_observed > 0 => {
            let binding = seen.violations.iter().filter(|violation| violation.level.binds());
            let breaches: u64 = binding.map(|violation| violation.count).sum();
            Measured { value: Ok(breaches as f64), samples: seen.flows_observed }
        }
        Some(_) | None => Measured { value: Err("no flow was observed".to_owned()), samples: 0 },
    }
}

fn rate(stretch: &Stretch<'_>, arrivals: Arrivals) -> Measured {
    let value = match arrivals {
        Arrivals::Open if stretch.asked > 0.0 => Ok(stretch.began as f64 / stretch.asked),
        Arrivals::Open => Err("no flows were asked for in the measured time".to_owned()),
        Arrivals::Closed => Err("a closed workload asks for concurrent flows, not for a rate".to_owned()),
    };
    Measured { value, samples: stretch.began }
}

/// Flows that failed and flows that ended, without those that misbehave on purpose.
fn failed(counts: &Counts) -> (u64, u64) {
    let failures = counts.flows.outcomes.iter().filter(|(outcome, _)| outcome.is_failure());
    let failed: u64 = failures.map(|(_, n)| n).sum();
    let deliberate: u64 = Event::BEHAVIOURS.into_iter().map(|event| counts.events.get(event)).sum();
    (
        failed.saturating_sub(counts.events.get(Event::BehaviourFailed)),
        counts.flows.outcomes.total().saturating_sub(deliberate),
    )
}

fn stale(counts: &Counts) -> u64 {
    [Event::StalePoll5Ms, Event::StalePoll20Ms, Event::StalePoll100Ms, Event::StalePollLater]
        .into_iter()
        .map(|event| counts.events.get(event))
        .sum()
}

fn shown(threshold: &Threshold, value: f64) -> String {
    match threshold.metric.quantity() {
        Quantity::Time => unit::time_us(value),
        Quantity::Share | Quantity::ShareOfAsked => unit::percent(value),
        Quantity::Count => unit::count(value as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    fn judged(expressions: &[&str], change: impl FnOnce(&mut LoadRecord)) -> Vec<Gate> {
        let thresholds: Vec<Threshold> = expressions.iter().map(|text| text.parse().unwrap()).collect();
        let record = sample::complete();
        let mut load = record.load.unwrap();
        change(&mut load);
        judge_thresholds(&thresholds, &load, record.conformance.as_ref())
    }

    fn one(expression: &str, change: impl FnOnce(&mut LoadRecord)) -> Gate {
        judged(&[expression], change).remove(0)
    }

    #[test]
    fn each_metric_is_measured_in_its_unit() {
        // Expression, measured, samples, met. The stages of the sample hold 2, 20, 31 and 1 of everything.
        let table = [
            ("ack mean < 60m", "9.27 ms", 1_800, true),
            ("ack p50 < 400us", "509 µs", 1_800, false),
            ("ack p90 > 20ms", "26.6 ms", 1_800, true),
            ("ack p95 > 20ms", "61.6 ms", 1_800, true),
            ("ack p99 < 98ms", "129 ms", 1_800, false),
            ("ack max < 1s", "157 ms", 1_800, true),
            ("ack min >= 180us", "225 µs", 1_800, true),
            ("violations == 0", "1,603", 2_970, false),
            // (3 violation + 4 transport_failed + 5 refused + 6 consent_refused + 1 harness_panic) of 55, without the warm-up.
            ("error_rate < 30%", "36.0 %", 2_600, false),
            ("stale_polls < 5%", "8.89 %", 2_340, false),
            ("rate >= 95% of asked", "70.1 %", 2_805, false),
            ("dropped == 156", "156", 3_016, true),
            ("throttled <= 10", "2,028", 11_388, false),
            ("ping_missing == 0", "52", 260, false),
            ("dropped == 60 for stage steady", "60", 1_160, true),
            ("rate >= 95% of asked for stage steady", "73.3 %", 1_100, false),
            ("flow p50 < 60m for stage drain", "5.44 s", 80, true),
        ];
        let gates = judged(&table.map(|row| row.0), |_| ());
        let got: Vec<_> = gates
            .iter()
            .map(|gate| {
                (gate.expression.as_str(), gate.measured.as_deref().unwrap_or(""), gate.samples, gate.met)
            })
            .collect();
        assert_eq!(got, table);
    }

    #[test]
    fn what_has_no_samples_is_not_met_and_says_why() {
        let empty = |load: &mut LoadRecord| {
            load.stages.iter_mut().for_each(|stage| stage.counts.clear());
            load.stages.iter_mut().for_each(|stage| stage.asked_to = -stage.asked_from);
        };
        for (expression, reason) in [
            ("details p99 < 60m", "details has no samples"),
            ("connect p99 < 60m", "p99 needs 300 samples, connect has 64"),
            ("ack p99 < 60m for stage warm-up", "ack has no samples"),
            (
                "ack p99 < 60m for stage noon",
                "no stage \"noon\" in this run, there are: warm-up, steady, peak, drain",
            ),
            ("error_rate < 100%", "no flows that ended"),
            ("stale_polls < 100%", "no polls after a decision"),
            ("rate >= 0% of asked", "no flows were asked for"),
            ("dropped == 0", "no intended starts"),
            ("throttled == 0", "no token requests"),
            ("ping_missing == 0", "there were no pings, and none was due"),
        ] {
            let gate = one(expression, empty);
            assert!(!gate.met && gate.measured.is_none(), "{gate:?}");
            assert!(gate.reason.as_ref().unwrap().contains(reason), "{gate:?}");
        }
        for conformance in [None, Some(&ConformanceRecord::default())] {
            let load = sample::passed().load.unwrap();
            let gates = judge_thresholds(&["violations == 0".parse().unwrap()], &load, conformance);
            assert_eq!((gates[0].met, gates[0].samples), (false, 0));
        }
    }

    #[test]
    fn a_closed_workload_has_no_rate() {
        let gate = one("rate >= 1% of asked", |load| load.arrivals = Arrivals::Closed);
        assert!(!gate.met && gate.reason.unwrap().contains("closed"));
    }

    #[test]
    fn a_broken_histogram_is_no_sample() {
        let gate = one("ack p99 < 60m", |load| {
            load.spans.get_mut(&Span::Ack).unwrap().histogram = "AAAA".to_owned();
        });
        assert!(!gate.met && gate.reason.unwrap().contains("histogram of ack"));
    }

    #[test]
    fn rounding_does_not_hide_a_miss() {
        let gate = one("ack max < 250ms", |load| load.spans.get_mut(&Span::Ack).unwrap().max_us = 250_001);
        assert_eq!(gate.measured.as_deref(), Some("250 ms"));
        assert_eq!((gate.met, gate.reason.as_deref()), (false, Some("exactly 250001 against 250000")));
    }
}
