use super::curve::{CURVE_FRACTIONS, curve_probe};
use crate::ciba::{Decision, Interval};
use crate::record::PollingClient;
use std::time::Duration;

/// What a poll waits on top of the interval where it is meant to be accepted. More than [`UNCERTAINTY`](super::UNCERTAINTY).
pub const GUARD: Duration = Duration::from_millis(300);

/// When an early poll is sent after the poll before it, as a share of the interval: two such steps are longer than one
/// interval, so that a window that is moved by a throttled poll differs from one that is not.
const EARLY: f64 = 0.65;

/// One experiment, to be carried out step by step: an action is over (answered, confirmed, given up) before the next begins.
///
/// All its flows are acknowledged before its first action, and its time line begins at the first acknowledgement. It has a
/// user of its own for each flow.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbePlan {
    /// Stable name.
    pub name: String,
    /// Whose flows it has. A flow of a second client, with its actions, is left out where there is none.
    pub flows: Vec<PollingClient>,
    /// Whether its clients must send no other poll while it runs.
    pub alone: bool,
    /// In order.
    pub actions: Vec<Action>,
}

/// A step of a probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// One poll.
    Poll {
        /// Which of the probe's flows, from 0.
        flow: usize,
        /// When it is sent.
        at: Offset,
    },
    /// The user decides. Left out where decisions cannot be caused.
    Decide {
        /// Which of the probe's flows, from 0.
        flow: usize,
        /// What.
        decision: Decision,
        /// When it is sent.
        at: Offset,
    },
}

/// When an action is due. One whose time has passed when the action before it is over is due at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// After the beginning of the probe's time line.
    Start(Duration),
    /// After the probe's last poll was sent, whichever flow it was of.
    AfterSend(Duration),
    /// After it was answered.
    AfterAnswer(Duration),
    /// After it was answered, and 5 s later for every poll of the probe that was throttled: what a client does that obeys.
    AfterAnswerSlowedDown(Duration),
}

/// What of the probe's last poll matters for the next action; times on the probe's time line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LastPoll {
    /// When it was sent.
    pub sent: Duration,
    /// When it was answered or given up.
    pub answered: Duration,
    /// Number of polls of the probe that were throttled so far.
    pub throttled: u32,
}

impl Offset {
    /// When the action is due, on the probe's time line. Before the first poll `last` is the default.
    pub fn due(self, last: LastPoll) -> Duration {
        match self {
            Offset::Start(after) => after,
            Offset::AfterSend(after) => last.sent + after,
            Offset::AfterAnswer(after) => last.answered + after,
            Offset::AfterAnswerSlowedDown(after) => {
                last.answered + after + Interval::SLOW_DOWN_STEP * last.throttled
            }
        }
    }
}

impl ProbePlan {
    /// How long the probe takes at most where answers come at once: if each poll is throttled.
    pub fn longest(&self) -> Duration {
        let mut last = LastPoll::default();
        for action in &self.actions {
            match action {
                Action::Poll { at, .. } => {
                    let due = at.due(last);
                    last = LastPoll { sent: due, answered: due, throttled: last.throttled + 1 };
                }
                Action::Decide { .. } => {}
            }
        }
        last.sent
    }
}

/// The experiments that tell the known policies apart. They may all run side by side, except those that must be alone.
///
/// `interval` is the one to be tried: the announced one first, and, where the server turns out to have another, that one in
/// a second round. Below about 2 s answers must come faster than 200 ms for every policy to be told.
pub fn probe_plan(interval: Duration) -> Vec<ProbePlan> {
    let share = |share: f64| interval.mul_f64(share);
    let start = |after| Offset::Start(after);
    let at_once = start(Duration::ZERO);
    let early = Offset::AfterSend(share(EARLY));
    let half = Offset::AfterSend(share(0.5));
    let kept = Offset::AfterAnswer(interval + GUARD);
    let obedient = Offset::AfterAnswerSlowedDown(interval + GUARD);
    let mut plan = vec![
        // Keeps the interval from the acknowledgement on: is a conformant client ever throttled?
        polls("conformant", &[start(interval + GUARD), kept, kept]),
        // Is a first poll answered at once, and does a throttled poll move the window?
        polls("moved", &[at_once, early, early, early, early]),
        // Are polls on both sides of a slot's end answered, slots being counted from the first poll ...
        polls("slots", &[at_once, Offset::AfterSend(share(1.0 + EARLY)), early]),
        // ... or from the acknowledgement?
        polls("late-first-poll", &[start(share(0.5)), early]),
        // Is the interval longer after a throttled poll, if only the old one is kept?
        polls("growth", &[at_once, early, kept]),
        // Once it is, does a throttled poll move the window? Longer than the grown interval since the first poll only.
        polls(
            "moved-when-grown",
            &[at_once, early, Offset::AfterSend(share(0.5) + Interval::SLOW_DOWN_STEP + GUARD)],
        ),
        // Does a client converge that adds 5 s, and is the interval as before once it was kept?
        polls("converges", &[at_once, early, obedient, kept]),
        decided("early-after-approval", Decision::Approve, half, obedient),
        decided("early-after-denial", Decision::Deny, half, obedient),
        shared(interval),
    ];
    plan.extend(CURVE_FRACTIONS.map(|fraction| {
        let after = Offset::AfterSend(share(fraction));
        polls(&curve_probe(fraction), &[start(interval + GUARD), after])
    }));
    plan
}

/// A probe of one flow that only polls.
fn polls(name: &str, times: &[Offset]) -> ProbePlan {
    let actions = times.iter().map(|at| Action::Poll { flow: 0, at: *at }).collect();
    ProbePlan { name: name.to_owned(), flows: vec![PollingClient::First], alone: false, actions }
}

/// Is a decision hidden from an early poll?
fn decided(name: &str, decision: Decision, early: Offset, obedient: Offset) -> ProbePlan {
    let mut plan = polls(name, &[Offset::Start(Duration::ZERO), early, obedient]);
    plan.actions.insert(1, Action::Decide { flow: 0, decision, at: Offset::AfterAnswer(Duration::ZERO) });
    plan
}

/// Does one flow's throttle leak to another flow (1) or to another client's (2)? Where it does, other probes disturb each
/// other, so this one shows by itself what moves the window, whether it grows, and whether it comes before the decision.
fn shared(interval: Duration) -> ProbePlan {
    let start = |share: f64| Offset::Start(interval.mul_f64(share));
    let at_once = Offset::AfterAnswer(Duration::ZERO);
    let poll = |flow, at| Action::Poll { flow, at };
    ProbePlan {
        name: "shared".to_owned(),
        flows: vec![PollingClient::First, PollingClient::First, PollingClient::Second],
        alone: true,
        actions: vec![
            poll(0, start(0.0)),
            poll(1, start(EARLY)),
            poll(0, start(2.0 * EARLY)),
            poll(1, at_once),
            poll(2, at_once),
            poll(0, start(4.0 * EARLY)),
            Action::Decide { flow: 0, decision: Decision::Approve, at: at_once },
            // Half an interval after flow 0 was polled, so that the last poll, too, is early, however long the two take.
            poll(1, start(3.1)),
            poll(0, at_once),
        ],
    }
}
