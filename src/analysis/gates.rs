use super::unanswered::{measured, unanswered};
use super::unit;
use crate::profile::{Metric, Quantity, Statistic, Threshold};
use crate::record::{
    Answered, Arrivals, ConformanceRecord, Counts, Event, Gate, LoadRecord, PingAnswer, Span, StageRecord,
    Summary, decode, samples_needed,
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

/// What stands for a time that only failed requests have.
const FAILED: &str = "a failed request";

/// A value, in the threshold's unit, and the samples behind it; or why there is none.
struct Measured {
    value: Result<f64, String>,
    samples: u64,
    /// Requests without a time, which are slower than all samples.
    unanswered: u64,
}

impl Measured {
    fn new(value: Result<f64, String>, samples: u64) -> Self {
        Measured { value, samples, unanswered: 0 }
    }
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
        Err(reason) => Measured::new(Err(reason), 0),
    };
    let (shown, met, reason) = match measured.value {
        Ok(value) if value.is_infinite() => {
            let (failed, requests) = (measured.unanswered, measured.samples + measured.unanswered);
            let share = unit::percent(failed as f64 / requests as f64);
            let reason =
                format!("{} of {} requests failed ({share})", unit::count(failed), unit::count(requests));
            (Some(FAILED.to_owned()), threshold.op.holds(value, threshold.value), Some(reason))
        }
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
            let stages = || load.stages.iter().filter(|stage| stage.measured);
            return Ok(Stretch {
                counts: measured(load),
                spans: &load.spans,
                began: stages().map(|stage| stage.counts.flows.started).sum(),
                asked: stages().map(asked).sum(),
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
    let counts = &stretch.counts;
    let of = |span| time(span, threshold.statistic, stretch.spans.get(&span), unanswered(span, counts));
    let none = |of_what: &str| format!("there were no {of_what}");
    let number = |n: u64, of: u64, of_what: &str| {
        Measured::new(if of > 0 { Ok(n as f64) } else { Err(none(of_what)) }, of)
    };
    let share = |part: u64, whole: u64, of_what: &str| {
        Measured::new(unit::ratio(part, whole).ok_or_else(|| none(of_what)), whole)
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
        Metric::Throttled => number(throttled(counts), counts.token.total(), "token requests"),
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

/// A statistic of a span. Requests without a time are slower than all that have one: a percentile is that of all of them, and
/// infinite where it would be one of theirs.
fn time(span: Span, statistic: Statistic, summary: Option<&Summary>, unanswered: u64) -> Measured {
    let Some(summary) = summary.filter(|summary| summary.count > 0) else {
        return Measured::new(Err(format!("{span} has no samples")), 0);
    };
    let requests = summary.count + unanswered;
    let quantile = |q: f64| {
        if requests < samples_needed(q) {
            return Err(format!(
                "{} needs {} samples, {span} has {}",
                statistic.name(),
                unit::count(samples_needed(q)),
                unit::count(summary.count)
            ));
        }
        // The sample at this place, of those that have a time; a little less, since 0.99 is no binary fraction.
        let place = (q * requests as f64 - 1e-6).ceil();
        if place > summary.count as f64 {
            return Ok(f64::INFINITY);
        }
        let histogram = decode(&summary.histogram);
        let histogram = histogram.map_err(|error| format!("the histogram of {span} {error}"))?;
        Ok(histogram.value_at_quantile((place - 0.5) / summary.count as f64) as f64)
    };
    let of_all = |us: f64| Ok(if unanswered == 0 { us } else { f64::INFINITY });
    let value = match statistic {
        Statistic::P50 => quantile(0.5),
        Statistic::P90 => quantile(0.9),
        Statistic::P95 => quantile(0.95),
        Statistic::P99 => quantile(0.99),
        Statistic::P999 => quantile(0.999),
        Statistic::Max => of_all(summary.max_us as f64),
        Statistic::Min => Ok(summary.min_us as f64),
        Statistic::Mean => of_all(summary.mean_us),
        Statistic::Value => Err("a time needs a statistic, for example p99".to_owned()),
    };
    Measured { value, samples: summary.count, unanswered }
}

/// Breaches of rules that bind; the others are reported and not held against the target.
fn violations(conformance: Option<&ConformanceRecord>) -> Measured {
    match conformance {
        Some(seen) if seen.flows_observed > 0 => {
            let binding = seen.violations.iter().filter(|violation| violation.level.binds());
            let breaches: u64 = binding.map(|violation| violation.count).sum();
            Measured::new(Ok(breaches as f64), seen.flows_observed)
        }
        Some(_) | None => Measured::new(Err("no flow was observed".to_owned()), 0),
    }
}

fn rate(stretch: &Stretch<'_>, arrivals: Arrivals) -> Measured {
    let value = match arrivals {
        Arrivals::Open if stretch.asked > 0.0 => Ok(stretch.began as f64 / stretch.asked),
        Arrivals::Open => Err("no flows were asked for in the measured time".to_owned()),
        Arrivals::Closed => Err("a closed workload asks for concurrent flows, not for a rate".to_owned()),
    };
    Measured::new(value, stretch.began)
}

/// Flows that failed and flows that ended, without those that misbehave on purpose.
pub(super) fn failed(counts: &Counts) -> (u64, u64) {
    let failures = counts.flows.outcomes.iter().filter(|(outcome, _)| outcome.is_failure());
    let failed: u64 = failures.map(|(_, n)| n).sum();
    let deliberate: u64 = Event::BEHAVIOURS.into_iter().map(|event| counts.events.get(event)).sum();
    (
        failed.saturating_sub(counts.events.get(Event::BehaviourFailed)),
        counts.flows.outcomes.total().saturating_sub(deliberate),
    )
}

/// Polls that still said pending after the accept was answered.
pub(super) fn stale(counts: &Counts) -> u64 {
    [Event::StalePoll5Ms, Event::StalePoll20Ms, Event::StalePoll100Ms, Event::StalePollLater]
        .into_iter()
        .map(|event| counts.events.get(event))
        .sum()
}

/// Answers `slow_down` to clients that had kept to the interval.
pub(super) fn throttled(counts: &Counts) -> u64 {
    counts.token.get(Answered::SlowDown).saturating_sub(counts.events.get(Event::SlowDownProvoked))
}

fn shown(threshold: &Threshold, value: f64) -> String {
    match threshold.metric.quantity() {
        Quantity::Time => unit::time_us(value),
        Quantity::Share | Quantity::ShareOfAsked => unit::percent(value),
        Quantity::Count => unit::count(value as u64),
    }
}

#[cfg(test)]
mod tests;
