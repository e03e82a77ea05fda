//! Servers that throttle, written without a look at the models, and a prober with jitter.

use super::{Action, LastPoll, ProbePlan};
use crate::ciba::{Decision, Named};
use crate::record::{PollSequence, PolledAnswer, PolledOnce, PollingProbe};
use std::collections::HashMap;
use std::time::Duration;

/// Longest that a poll is late, that it is under way, and that its answer is under way, each.
const JITTER_MS: f64 = 200.0;

/// A poll as it arrives; times in ms since the server's start.
pub(super) struct Arriving {
    pub(super) flow: usize,
    pub(super) client: usize,
    pub(super) acknowledged: f64,
    pub(super) now: f64,
    pub(super) decided: bool,
}

/// Whether the poll is throttled.
pub(super) type Server = Box<dyn FnMut(&Arriving) -> bool>;

pub(super) fn none() -> Server {
    Box::new(|_| false)
}

pub(super) fn slots(w: f64) -> Server {
    let mut used = HashMap::new();
    Box::new(move |poll| {
        let slot = ((poll.now - poll.acknowledged) / w) as u64;
        !poll.decided && used.insert(poll.flow, slot) == Some(slot)
    })
}

pub(super) fn sliding(w: f64) -> Server {
    let mut last = HashMap::new();
    Box::new(move |poll| {
        let early = last.insert(poll.flow, poll.now).is_some_and(|before| poll.now - before < w);
        early && !poll.decided
    })
}

pub(super) fn from_accepted(w: f64) -> Server {
    let mut accepted: HashMap<usize, f64> = HashMap::new();
    Box::new(move |poll| {
        if poll.decided {
            return false;
        }
        let early = accepted.get(&poll.flow).is_some_and(|before| poll.now - before < w);
        if !early {
            accepted.insert(poll.flow, poll.now);
        }
        early
    })
}

/// better-auth, where `before_decision`.
pub(super) fn ratchet(w: f64, before_decision: bool) -> Server {
    let mut paces: HashMap<usize, (f64, f64)> = HashMap::new();
    Box::new(move |poll| {
        if poll.decided && !before_decision {
            return false;
        }
        let (next, interval) = paces.entry(poll.flow).or_insert((0.0, w));
        if poll.now < *next {
            *interval += 5000.0;
            *next += 5000.0;
            return true;
        }
        *next = poll.now + *interval;
        false
    })
}

/// Abblix, before its first poll was freed.
pub(super) fn first_poll_throttled(w: f64) -> Server {
    let mut next: HashMap<usize, f64> = HashMap::new();
    Box::new(move |poll| {
        let next = next.entry(poll.flow).or_insert(poll.acknowledged + w);
        if poll.decided || poll.now < *next {
            return !poll.decided;
        }
        *next = poll.now + w;
        false
    })
}

/// Keycloak.
pub(super) fn before_decision(w: f64) -> Server {
    let mut free_from: HashMap<usize, f64> = HashMap::new();
    Box::new(move |poll| {
        let from = free_from.entry(poll.flow).or_default();
        let early = poll.now < *from;
        if !early {
            *from = poll.now + w;
        }
        early
    })
}

/// Duende.
pub(super) fn sliding_before_decision(w: f64) -> Server {
    let mut last = HashMap::new();
    Box::new(move |poll| last.insert(poll.flow, poll.now).is_some_and(|before| poll.now < before + w))
}

pub(super) fn per_client(w: f64) -> Server {
    let mut clients: HashMap<usize, f64> = HashMap::new();
    Box::new(move |poll| {
        if poll.decided {
            return false;
        }
        match clients.get(&poll.client) {
            Some(accepted) if accepted + w > poll.now => true,
            _ => {
                clients.insert(poll.client, poll.now);
                false
            }
        }
    })
}

/// Authrim.
pub(super) fn always() -> Server {
    Box::new(|poll| !poll.decided)
}

pub(super) fn every_third() -> Server {
    let mut polls: HashMap<usize, u32> = HashMap::new();
    Box::new(move |poll| {
        let polls = polls.entry(poll.flow).or_default();
        *polls += 1;
        polls.is_multiple_of(3)
    })
}

pub(super) fn by_chance(seed: u64) -> Server {
    let mut chance = Chance(seed);
    Box::new(move |_| chance.below(1.0) < 0.3)
}

/// SplitMix64.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1u64 << 53) as f64 * bound
    }
}

/// One probe under way.
struct Running<'a> {
    plan: &'a ProbePlan,
    /// Beginning of its time line at the server.
    zero: f64,
    next: usize,
    decision: Option<Decision>,
    last: LastPoll,
    seen: PollingProbe,
}

impl<'a> Running<'a> {
    fn new(plan: &'a ProbePlan, began: f64, chance: &mut Chance) -> Self {
        let sequence =
            |client| PollSequence { client, acknowledged_ms: 0.0, decided_ms: None, polls: Vec::new() };
        let sequences = plan.flows.iter().copied().map(sequence).collect();
        let seen = PollingProbe { name: plan.name.clone(), alone: plan.alone, sequences };
        // The acknowledgement, too, takes its time.
        let zero = began + chance.below(JITTER_MS);
        Running { plan, zero, next: 0, decision: None, last: LastPoll::default(), seen }
    }

    /// When the next action is due on the server's time line.
    fn due(&self) -> f64 {
        let at = match self.plan.actions[self.next] {
            Action::Poll { at, .. } | Action::Decide { at, .. } => at,
        };
        self.zero + ms(at.due(self.last).max(self.last.answered))
    }

    fn is_over(&self) -> bool {
        self.next == self.plan.actions.len()
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Carries out the whole plan: first what must be alone, then all else side by side against the same server.
pub(super) fn probed(
    plan: &[ProbePlan],
    server: &mut Server,
    with: PolledAnswer,
    seed: u64,
) -> Vec<PollingProbe> {
    let mut chance = Chance(seed);
    let mut seen = Vec::new();
    let mut end = 0.0;
    let (alone, others): (Vec<_>, Vec<_>) = plan.iter().partition(|probe| probe.alone);
    let rounds = alone.into_iter().map(|probe| vec![probe]).chain([others]);
    let mut flows = 0;
    for round in rounds {
        let began = end + 60_000.0;
        let mut running: Vec<_> =
            round.into_iter().map(|plan| (Running::new(plan, began, &mut chance), began)).collect();
        let first_flow = flows;
        flows += 10 * running.len();
        // In the order of arrival; an arrival is drawn once.
        let mut arrivals: Vec<(f64, f64)> =
            running.iter().map(|(probe, _)| arrival(probe, &mut chance)).collect();
        while let Some(number) = (0..running.len())
            .filter(|number| !running[*number].0.is_over())
            .min_by(|a, b| arrivals[*a].1.total_cmp(&arrivals[*b].1))
        {
            let (probe, acknowledged) = &mut running[number];
            let flow = first_flow + 10 * number;
            step(probe, (flow, *acknowledged), arrivals[number], server, with, &mut chance);
            end = f64::max(end, arrivals[number].1);
            if !probe.is_over() {
                arrivals[number] = arrival(probe, &mut chance);
            }
        }
        seen.extend(running.into_iter().map(|(probe, _)| probe.seen));
    }
    seen
}

/// When the next action is sent, and when it arrives.
fn arrival(probe: &Running<'_>, chance: &mut Chance) -> (f64, f64) {
    let sent = probe.due() + chance.below(JITTER_MS);
    (sent, sent + chance.below(JITTER_MS))
}

fn step(
    probe: &mut Running<'_>,
    (first_flow, acknowledged): (usize, f64),
    (sent, now): (f64, f64),
    server: &mut Server,
    with: PolledAnswer,
    chance: &mut Chance,
) {
    let answered = now + chance.below(JITTER_MS) - probe.zero;
    let at_ms = sent - probe.zero;
    let action = probe.plan.actions[probe.next];
    probe.next += 1;
    match action {
        Action::Decide { flow, decision, .. } => {
            probe.decision = Some(decision);
            probe.seen.sequences[flow].decided_ms = Some(answered);
        }
        Action::Poll { flow, .. } => {
            let sequence = &mut probe.seen.sequences[flow];
            let decided = sequence.decided_ms.is_some();
            let client = sequence.client.index();
            let throttled = server(&Arriving { flow: first_flow + flow, client, acknowledged, now, decided });
            let answer = match probe.decision.filter(|_| decided) {
                _ if throttled => with,
                Some(Decision::Approve) => PolledAnswer::Tokens,
                Some(Decision::Deny) => PolledAnswer::Denied,
                Some(Decision::Ignore) | None => PolledAnswer::Pending,
            };
            let retry_after_s = (answer == PolledAnswer::TooManyRequests).then_some(5);
            sequence.polls.push(PolledOnce { at_ms, answered_ms: answered, answer, retry_after_s });
            probe.last = LastPoll {
                sent: Duration::from_secs_f64(at_ms / 1e3),
                answered: Duration::from_secs_f64(answered / 1e3),
                throttled: probe.last.throttled + u32::from(throttled),
            };
        }
    }
}
