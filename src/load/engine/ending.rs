use super::Engine;
use crate::ciba::{Behaviour, Breach, DeliveryMode, Outcome, Rule};
use crate::decision_channel::Trace;
use crate::load::slot::Slot;
use crate::record::{Event, Span};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// A decision is this old before a missing notification is held against the server.
const PING_PATIENCE: Duration = Duration::from_secs(2);

impl Engine {
    /// Ends a flow: what is known of it from both sides is put together, judged and counted.
    pub(super) fn finish(&mut self, key: usize, outcome: Outcome) {
        let shared = self.shared.clone();
        let now = self.now();
        let Some(slot) = self.flows.get(key) else { return };
        let trace = shared.traces.take(slot.number, &slot.user);
        for breach in self.judge(slot, outcome, &trace, now) {
            self.breach(key, breach, None);
        }
        let Some(slot) = self.flows.try_remove(key) else { return };
        self.keys.remove(&slot.number);
        if let Some(id) = &slot.auth_req_id {
            self.ids.remove(id);
        }
        if let Some(receiver) = shared.receiver.as_ref().filter(|_| slot.flow.mode() != DeliveryMode::Poll) {
            receiver.forget(slot.number);
        }
        let outcome = if outcome == Outcome::Tokens && slot.tainted { Outcome::Violation } else { outcome };
        let took = now.saturating_duration_since(slot.intended);
        shared.measurement.sampler.record(|shard| {
            shard.counts.flows.outcomes.count(outcome);
            if let Some(event) = behaved(slot.behaviour) {
                shard.counts.events.count(event);
                if outcome.is_failure() {
                    shard.counts.events.count(Event::BehaviourFailed);
                }
            }
            if outcome != Outcome::Abandoned && outcome != Outcome::HarnessPanic {
                shard.span(Span::Flow, took);
            }
            for Ends { span, from, to } in spans(&slot, &trace) {
                let (Some(from), Some(to)) = (from, to) else { continue };
                match to.checked_duration_since(from) {
                    Some(took) => shard.span(span, took),
                    // The end came first: counted, never recorded as 0.
                    None => shard.counts.events.count(Event::SpanOutOfOrder),
                }
            }
            if trace.ambiguous {
                shard.counts.events.count(Event::FlowAmbiguous);
            }
            if slot.flow.fell_back() {
                shard.counts.events.count(Event::FellBackToPolling);
            }
            if missing_ping(&slot, outcome, &trace, now) {
                shard.counts.events.count(Event::PingMissing);
            }
            if notified_before(&slot, &trace, trace.decision_answered) {
                shard.counts.events.count(Event::PingBeforeAccepted);
            }
        });
        shared.measurement.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.inlet.release();
        if let Some(ended) = &shared.flow_ended {
            // The channel holds one place per user of the closed model, so it is never full.
            let _ = ended.try_send(());
        }
    }

    /// Holds the flow's end against what the user decided.
    fn judge(&self, slot: &Slot, outcome: Outcome, trace: &Trace, now: Instant) -> Vec<Breach> {
        let mut breaches = Vec::new();
        if !self.shared.judges_decisions || trace.ambiguous {
            return breaches;
        }
        breaches.extend(trace.judge(if slot.tokens.is_some() { Outcome::Tokens } else { outcome }));
        let mut breach = |rule, detail: &str| breaches.push(Breach { rule, detail: detail.to_owned() });
        // What is pushed too early is judged as the flow's outcome.
        if slot.flow.mode() == DeliveryMode::Ping && notified_before(slot, trace, trace.decision_sent) {
            breach(Rule::PingBeforeDecision, "the notification came before a decision had been sent");
        }
        if missing_ping(slot, outcome, trace, now) {
            let rule = match slot.flow.mode() {
                DeliveryMode::Push => Rule::PushMissing,
                DeliveryMode::Ping | DeliveryMode::Poll => Rule::PingMissing,
            };
            breach(rule, "no notification although the server had taken the decision");
        }
        breaches
    }
}

/// A span that begins and ends on different sides of a flow, as far as both ends were seen.
struct Ends {
    span: Span,
    from: Option<Instant>,
    to: Option<Instant>,
}

fn spans(slot: &Slot, trace: &Trace) -> impl Iterator<Item = Ends> {
    let all = [
        Ends { span: Span::Verify, from: slot.asked, to: trace.verify },
        Ends { span: Span::Start, from: slot.asked, to: trace.start },
        Ends { span: Span::Notify, from: trace.decision_sent, to: slot.pinged },
        Ends { span: Span::Pacing, from: trace.taken_at(), to: slot.paced },
        Ends { span: Span::ApproveToToken, from: trace.decision_sent, to: slot.tokens },
    ];
    // The user was asked about at once; what came later may belong to another flow of the same user.
    let ambiguous = trace.ambiguous;
    // What an endpoint in trouble does to its own notifications is not the others' figure.
    let in_trouble = matches!(slot.behaviour, Behaviour::SlowEndpoint(_));
    let of_notification = |span| matches!(span, Span::Notify | Span::Pacing | Span::ApproveToToken);
    all.into_iter()
        .filter(move |ends| !ambiguous || ends.span == Span::Verify)
        .filter(move |ends| !in_trouble || !of_notification(ends.span))
}

/// What is counted of a flow that misbehaves on purpose.
fn behaved(behaviour: Behaviour) -> Option<Event> {
    match behaviour {
        Behaviour::Conformant => None,
        Behaviour::Impatient(_) => Some(Event::BehaviourImpatient),
        Behaviour::Abandon => Some(Event::BehaviourAbandon),
        Behaviour::RedeemAgain => Some(Event::BehaviourRedeemAgain),
        Behaviour::RedeemRace(_) => Some(Event::BehaviourRedeemRace),
        Behaviour::SlowEndpoint(_) => Some(Event::BehaviourSlowEndpoint),
    }
}

/// Whether the flow was notified before this happened. What is pushed without a decision tells of something else: that the
/// request expired, or failed.
fn notified_before(slot: &Slot, trace: &Trace, happened: Option<Instant>) -> bool {
    let undecided_push = slot.flow.mode() == DeliveryMode::Push && trace.decision_sent.is_none();
    slot.pinged.is_some_and(|pinged| happened.is_none_or(|at| pinged < at)) && !undecided_push
}

/// A ping or a push client whose user decided a while ago and who has heard nothing.
fn missing_ping(slot: &Slot, outcome: Outcome, trace: &Trace, now: Instant) -> bool {
    slot.flow.mode() != DeliveryMode::Poll
        && slot.pinged.is_none()
        && outcome != Outcome::Abandoned
        && trace.taken_at().is_some_and(|taken| now.saturating_duration_since(taken) > PING_PATIENCE)
}
