use super::window::{Fate, Moment, Throttle, throttle_of};
use super::{Policy, Precedence, Scope};
use crate::ciba::Named;
use crate::record::{PollSequence, PolledAnswer, PolledOnce, PollingProbe};
use std::collections::BTreeMap;
use std::time::Duration;

/// How far a moment at the server may lie from what is known of it here: after a poll was sent, before an acknowledgement
/// was read. Where an answer took longer than this, its poll may have been looked at until it was read. A poll nearer than
/// that to the end of a window says nothing about that window.
pub const UNCERTAINTY: Duration = Duration::from_millis(250);

/// An observation that a policy does not explain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contradiction {
    probe: String,
    /// Counted from 1.
    flow: usize,
    /// Counted from 1.
    poll: usize,
    at_ms: f64,
    answer: PolledAnswer,
    foretold: Fate,
}

impl Contradiction {
    pub(super) fn words(&self) -> String {
        let Contradiction { probe, flow, poll, at_ms, answer, foretold } = self;
        let expected = match foretold {
            Fate::Throttled => "it throttles there",
            Fate::Accepted | Fate::Unknown => "it does not throttle there",
        };
        let at_s = at_ms / 1e3;
        format!(
            "probe {probe}, flow {flow}, poll {poll} at {at_s:.2} s was answered {answer}, but {expected}"
        )
    }
}

/// Holds a policy with a window of `length_ms` against all probes.
///
/// Where flows share a throttle, probes that did not run alone were disturbed by polls that they do not know.
pub(super) fn replay(policy: Policy, length_ms: f64, probes: &[PollingProbe]) -> Result<(), Contradiction> {
    probes.iter().try_for_each(|probe| {
        let disturbed = policy.scope != Scope::Flow && !probe.alone;
        let over = vec![false; probe.sequences.len()];
        Replayed { policy, length_ms, disturbed, throttles: BTreeMap::new(), over }.run(probe)
    })
}

/// Whether an answer tells if its poll was throttled.
pub(super) fn fate_of(answer: PolledAnswer) -> Fate {
    match answer {
        PolledAnswer::SlowDown
        | PolledAnswer::InvalidRequest
        | PolledAnswer::TooManyRequests
        | PolledAnswer::Unavailable => Fate::Throttled,
        PolledAnswer::Pending | PolledAnswer::Tokens | PolledAnswer::Denied => Fate::Accepted,
        PolledAnswer::Expired | PolledAnswer::InvalidGrant | PolledAnswer::Other | PolledAnswer::None => {
            Fate::Unknown
        }
    }
}

/// Whether the server had the user's decision when this poll came.
pub(super) fn decided(sequence: &PollSequence, poll: &PolledOnce) -> bool {
    ends_with_decision(poll.answer) || sequence.decided_ms.is_some_and(|decided_ms| poll.at_ms > decided_ms)
}

fn ends_with_decision(answer: PolledAnswer) -> bool {
    matches!(answer, PolledAnswer::Tokens | PolledAnswer::Denied)
}

struct Replayed {
    policy: Policy,
    length_ms: f64,
    disturbed: bool,
    throttles: BTreeMap<usize, Throttle>,
    /// Flows whose request is no more: what they are answered has nothing to do with throttling.
    over: Vec<bool>,
}

impl Replayed {
    fn run(mut self, probe: &PollingProbe) -> Result<(), Contradiction> {
        let mut events: Vec<(f64, usize, Option<usize>)> = Vec::new();
        for (flow, sequence) in probe.sequences.iter().enumerate() {
            events.push((sequence.acknowledged_ms, flow, None));
            events
                .extend(sequence.polls.iter().enumerate().map(|(poll, once)| (once.at_ms, flow, Some(poll))));
        }
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (at_ms, flow, poll) in events {
            let sequence = &probe.sequences[flow];
            match poll.map(|poll| (poll, &sequence.polls[poll])) {
                None => {
                    let at = Moment { from: at_ms - uncertainty_ms(), to: at_ms };
                    self.throttle(flow, sequence).acknowledged(at);
                }
                Some((number, poll)) => {
                    self.poll(flow, sequence, poll).map_err(|foretold| Contradiction {
                        probe: probe.name.clone(),
                        flow: flow + 1,
                        poll: number + 1,
                        at_ms,
                        answer: poll.answer,
                        foretold,
                    })?
                }
            }
        }
        Ok(())
    }

    /// Takes in one poll; the error is what was foretold instead.
    fn poll(&mut self, flow: usize, sequence: &PollSequence, poll: &PolledOnce) -> Result<(), Fate> {
        let took_ms = poll.answered_ms - poll.at_ms;
        let now = Moment { from: poll.at_ms, to: poll.at_ms + took_ms.max(uncertainty_ms()) };
        let over = self.over[flow];
        self.over[flow] |= ends_with_decision(poll.answer)
            || matches!(poll.answer, PolledAnswer::Expired | PolledAnswer::InvalidGrant);
        let seen = if over { Fate::Unknown } else { fate_of(poll.answer) };
        let passes_by = self.policy.precedence == Precedence::DecisionFirst && decided(sequence, poll);
        let throttle = self.throttle(flow, sequence);
        let foretold = if passes_by { Fate::Accepted } else { throttle.foretold(now) };
        // A server that looks at the decision first may or may not note the time of the poll that it hands tokens to.
        throttle.polled(now, if passes_by { Fate::Unknown } else { seen });
        if seen == foretold || seen == Fate::Unknown || foretold == Fate::Unknown {
            Ok(())
        } else {
            Err(foretold)
        }
    }

    fn throttle(&mut self, flow: usize, sequence: &PollSequence) -> &mut Throttle {
        let number = throttle_of(self.policy.scope, flow, sequence.client.index());
        let new = || Throttle::new(self.policy, self.length_ms, self.disturbed);
        self.throttles.entry(number).or_insert_with(new)
    }
}

fn uncertainty_ms() -> f64 {
    UNCERTAINTY.as_secs_f64() * 1e3
}
