use crate::record::{Answered, Arrivals, Counts, LoadRecord, PingAnswer, Sense, Span, StageRecord, Summary};

/// What went through, per stage. All rates are per second.
#[derive(Debug, Clone, PartialEq)]
pub struct Throughput {
    /// The stages in order, the warm-up and the drain included.
    pub stages: Vec<StageThroughput>,
    /// The measured stages taken together; `None` where there are none.
    pub measured: Option<StageThroughput>,
}

/// What went through in one stage. All rates are per second.
#[derive(Debug, Clone, PartialEq)]
pub struct StageThroughput {
    /// Name of the stage.
    pub name: String,
    /// Whether its figures count.
    pub measured: bool,
    /// Length, in seconds.
    pub length_s: f64,
    /// Asked on average: flows per second (open), or concurrent flows (closed).
    pub asked: f64,
    /// Flows that began.
    pub started: f64,
    /// Flows that began over flows asked for; `None` in the closed model, and where nothing was asked.
    pub of_asked: Option<f64>,
    /// Flows that ended, however they did.
    pub ended: f64,
    /// Acknowledgements.
    pub acknowledgements: f64,
    /// Token requests, by what they were answered.
    pub polls: PollRates,
    /// Notifications accepted.
    pub pings: f64,
    /// Token answers.
    pub tokens: f64,
    /// Token requests for each token answer; `None` where there were no tokens.
    pub polls_per_token: Option<f64>,
    /// Flows under way by Little's law: flows per second times their mean length.
    pub in_flight_predicted: Option<f64>,
    /// Flows under way, the mean over the log's intervals.
    pub in_flight_observed: Option<f64>,
}

/// Token requests per second by answer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PollRates {
    /// All of them.
    pub all: f64,
    /// `authorization_pending`.
    pub pending: f64,
    /// `slow_down`.
    pub slow_down: f64,
    /// Tokens.
    pub tokens: f64,
    /// `access_denied`.
    pub denied: f64,
    /// `expired_token`.
    pub expired: f64,
    /// Any other error in the protocol's words.
    pub refused: f64,
    /// No usable answer.
    pub failed: f64,
}

/// What went through.
pub fn throughput(load: &LoadRecord) -> Throughput {
    let stages = load
        .stages
        .iter()
        .enumerate()
        .map(|(index, stage)| of_stage(load, stage, |at| at == index))
        .collect();
    Throughput { stages, measured: measured(load) }
}

/// The measured stages as if they were one.
fn measured(load: &LoadRecord) -> Option<StageThroughput> {
    let measured: Vec<&StageRecord> = load.stages.iter().filter(|stage| stage.measured).collect();
    let first = measured.first()?;
    let length_s: f64 = measured.iter().map(|stage| stage.length_s).sum();
    let area: f64 = measured.iter().map(|stage| asked(stage) * stage.length_s).sum();
    let mut counts = Counts::default();
    for stage in &measured {
        counts.merge(&stage.counts);
    }
    let average = if length_s > 0.0 { area / length_s } else { 0.0 };
    let together = StageRecord {
        name: "measured".to_owned(),
        measured: true,
        start_s: first.start_s,
        length_s,
        asked_from: average,
        asked_to: average,
        counts,
        spans: load.spans.clone(),
    };
    let is_measured = |index: usize| load.stages.get(index).is_some_and(|stage| stage.measured);
    Some(of_stage(load, &together, is_measured))
}

fn of_stage(load: &LoadRecord, stage: &StageRecord, holds: impl Fn(usize) -> bool) -> StageThroughput {
    let rate = |n: u64| if stage.length_s > 0.0 { n as f64 / stage.length_s } else { 0.0 };
    let counts = &stage.counts;
    let tokens = counts.token.get(Answered::Tokens);
    let started = rate(counts.flows.started);
    let asked = asked(stage);
    let length_of_flow = stage.spans.get(&Span::Flow).map(|summary: &Summary| summary.mean_us / 1e6);
    let in_flight: Vec<u64> = load
        .intervals
        .iter()
        .filter(|interval| holds(interval.stage))
        .map(|interval| interval.in_flight)
        .collect();
    StageThroughput {
        name: stage.name.clone(),
        measured: stage.measured,
        length_s: stage.length_s,
        asked,
        started,
        of_asked: match load.arrivals {
            Arrivals::Open => (asked > 0.0 && stage.length_s > 0.0).then(|| started / asked),
            Arrivals::Closed => None,
        },
        ended: rate(counts.flows.outcomes.total()),
        acknowledgements: rate(counts.backchannel_authentication.get(Answered::Acknowledged)),
        polls: poll_rates(counts, rate),
        pings: rate(counts.pings.get(PingAnswer::Accepted)),
        tokens: rate(tokens),
        polls_per_token: (tokens > 0).then(|| counts.token.total() as f64 / tokens as f64),
        in_flight_predicted: length_of_flow.map(|length| started * length),
        in_flight_observed: (!in_flight.is_empty())
            .then(|| in_flight.iter().sum::<u64>() as f64 / in_flight.len() as f64),
    }
}

/// The mean of a stage whose load changes linearly.
fn asked(stage: &StageRecord) -> f64 {
    f64::midpoint(stage.asked_from, stage.asked_to)
}

fn poll_rates(counts: &Counts, rate: impl Fn(u64) -> f64) -> PollRates {
    let mut rates = PollRates { all: rate(counts.token.total()), ..PollRates::default() };
    for (answer, n) in counts.token.iter() {
        *class(&mut rates, answer) += rate(n);
    }
    rates
}

fn class(rates: &mut PollRates, answer: Answered) -> &mut f64 {
    if answer == Answered::Tokens {
        return &mut rates.tokens;
    }
    match answer.sense() {
        Sense::Refusal if answer == Answered::AuthorizationPending => &mut rates.pending,
        Sense::Refusal if answer == Answered::SlowDown => &mut rates.slow_down,
        Sense::Refusal if answer == Answered::AccessDenied => &mut rates.denied,
        Sense::Refusal if answer == Answered::ExpiredToken => &mut rates.expired,
        // What succeeds at another endpoint never comes from this one.
        Sense::Refusal | Sense::Success => &mut rates.refused,
        Sense::Failure | Sense::Cancelled => &mut rates.failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    #[test]
    fn rates_are_counts_over_the_stages_length() {
        let record = sample::complete();
        let mut load = record.load.unwrap();
        (load.intervals[1].in_flight, load.intervals[2].in_flight) = (450, 697);
        let Throughput { stages, measured } = throughput(&load);
        let measured = measured.unwrap();
        assert_eq!(stages.len(), load.stages.len());
        let steady = &stages[1];
        let started = 55.0 * 20.0 / 30.0;
        assert_eq!((steady.name.as_str(), steady.asked, steady.started), ("steady", 50.0, started));
        assert!(steady.of_asked.is_some_and(|share| (share - started / 50.0).abs() < 1e-9));
        assert_eq!(steady.polls_per_token, Some(219.0 / 40.0));
        assert_eq!((steady.acknowledgements, steady.pings), (40.0 * 20.0 / 30.0, 4.0 * 20.0 / 30.0));
        assert_eq!(stages[2].asked, 125.0);
        // 30 s at 50 and 20 s at 125 on average.
        assert_eq!((measured.asked, measured.length_s), (80.0, 50.0));
        assert_eq!(measured.started, f64::from(55 * (20 + 31)) / 50.0);
        assert_eq!(measured.in_flight_observed, Some(f64::from(450 + 697) / 2.0));
    }

    #[test]
    fn the_classes_of_polls_add_up() {
        let load = sample::complete().load.unwrap();
        for stage in throughput(&load).stages {
            let PollRates { all, pending, slow_down, tokens, denied, expired, refused, failed } = stage.polls;
            let sum = pending + slow_down + tokens + denied + expired + refused + failed;
            assert!((sum - all).abs() < 1e-9 && all > 0.0 && failed > 0.0 && refused > 0.0, "{stage:?}");
        }
    }

    #[test]
    fn littles_law_is_rate_times_mean_length() {
        let mut load = sample::passed().load.unwrap();
        let flow = load.stages[1].spans.get_mut(&Span::Flow).unwrap();
        flow.mean_us = 2_500_000.0;
        assert_eq!(throughput(&load).stages[1].in_flight_predicted, Some(125.0));
    }

    #[test]
    fn what_cannot_be_divided_is_absent_and_never_nan() {
        let mut load = sample::passed().load.unwrap();
        load.intervals.clear();
        for stage in &mut load.stages {
            stage.length_s = 0.0;
            stage.spans.clear();
            stage.counts.token.clear();
        }
        for stage in throughput(&load).stages {
            assert_eq!((stage.started, stage.of_asked, stage.polls_per_token), (0.0, None, None));
            assert_eq!((stage.in_flight_predicted, stage.in_flight_observed), (None, None));
        }
        assert!(throughput(&load).measured.unwrap().asked.is_finite());
        load.arrivals = Arrivals::Closed;
        load.stages[1].length_s = 10.0;
        assert_eq!(throughput(&load).stages[1].of_asked, None);
        load.stages.clear();
        assert_eq!(throughput(&load).measured, None);
    }
}
