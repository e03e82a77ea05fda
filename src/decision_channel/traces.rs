use super::Marker;
use crate::ciba::{Breach, Decision, Outcome, Rule};
use crate::record::{Event, Span};
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Locks over which flows, users and logins are spread.
const SHARDS: usize = 16;

/// Takes what is measured on the authentication service's side alone.
pub trait SpanSink: Send + Sync {
    /// A span.
    fn span(&self, span: Span, took: Duration);
    /// Something to count.
    fn event(&self, event: Event);
}

/// What the authentication service saw of one flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// `/user/verify` arrived.
    pub verify: Option<Instant>,
    /// `/authentication/start` arrived.
    pub start: Option<Instant>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// The decision was sent.
    pub decision_sent: Option<Instant>,
    /// The decision was answered.
    pub decision_answered: Option<Instant>,
    /// Whether that answer was 2xx.
    pub decision_taken: bool,
    /// The user had another pending flow, so that what was seen could not be told apart.
    pub ambiguous: bool,
    login: Option<Box<str>>,
}

impl Trace {
    /// When the server said yes to the decision.
    pub fn taken_at(&self) -> Option<Instant> {
        self.decision_answered.filter(|_| self.decision_taken)
    }

    /// Holds how a flow ended against what its user decided. `None` where they agree, or the trace cannot say.
    pub fn judge(&self, ended: Outcome) -> Option<Breach> {
        let (rule, detail) = match (ended, self.decision) {
            _ if self.ambiguous => return None,
            (Outcome::Tokens, Some(Decision::Deny)) => {
                (Rule::TokensAfterDenial, "tokens were issued although the user refused")
            }
            (Outcome::Tokens, None) => {
                (Rule::TokensBeforeDecision, "tokens were issued and no decision had been sent")
            }
            (Outcome::Denied, Some(Decision::Approve)) if self.decision_taken => {
                (Rule::DeniedAfterApproval, "access_denied although the user agreed and the server took it")
            }
            (_, _) => return None,
        };
        Some(Breach { rule, detail: detail.to_owned() })
    }
}

struct Login {
    flow: u64,
    start: Instant,
    sent: Option<Instant>,
}

struct UserFlows {
    /// The latest.
    flow: u64,
    pending: u32,
}

/// The flows that are under way, as the authentication service sees them. Memory per pending flow is a few hundred bytes;
/// everything is removed when the flow ends, but for a decision that is still being answered.
pub struct Traces {
    /// `None`: flows are found by their user.
    marker: Option<Marker>,
    flows: [Mutex<FxHashMap<u64, Trace>>; SHARDS],
    users: [Mutex<HashMap<Box<str>, UserFlows>>; SHARDS],
    logins: [Mutex<HashMap<Box<str>, Login>>; SHARDS],
    sink: Arc<dyn SpanSink>,
}

impl Traces {
    /// No flows yet. With a marker flows are found by their binding message, without one by their user.
    pub fn new(marker: Option<Marker>, sink: Arc<dyn SpanSink>) -> Self {
        Traces {
            marker,
            flows: Default::default(),
            users: Default::default(),
            logins: Default::default(),
            sink,
        }
    }

    /// The binding message that a flow has to send.
    pub fn binding_message(&self, flow: u64) -> Option<String> {
        self.marker.map(|marker| marker.of(flow))
    }

    /// A flow is about to send its authentication request.
    pub fn register(&self, flow: u64, user: &str) {
        let mut trace = Trace::default();
        {
            let mut users = self.users(user);
            match users.get_mut(user) {
                Some(known) => {
                    known.pending += 1;
                    trace.ambiguous = self.marker.is_none();
                    let other = std::mem::replace(&mut known.flow, flow);
                    if trace.ambiguous
                        && let Some(other) = self.flows(other).get_mut(&other)
                    {
                        other.ambiguous = true;
                    }
                }
                None => {
                    users.insert(user.into(), UserFlows { flow, pending: 1 });
                }
            }
        }
        self.flows(flow).insert(flow, trace);
    }

    /// When the server said yes to the flow's decision, if it has.
    pub fn taken_at(&self, flow: u64) -> Option<Instant> {
        self.flows(flow).get(&flow).and_then(Trace::taken_at)
    }

    /// The flow is over: gives what was seen of it and forgets it.
    pub fn take(&self, flow: u64, user: &str) -> Trace {
        let mut trace = self.flows(flow).remove(&flow).unwrap_or_default();
        {
            let mut users = self.users(user);
            if let Some(known) = users.get_mut(user) {
                known.pending -= 1;
                if known.pending == 0 {
                    users.remove(user);
                }
            }
        }
        // A decision that is under way removes its login when it is answered.
        if let Some(login) = trace.login.take().filter(|_| trace.decision_sent.is_none()) {
            self.logins(&login).remove(&login);
        }
        trace
    }

    /// Flows that are being traced.
    pub fn len(&self) -> usize {
        self.flows.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whatever is still kept, flows, users and logins alike. Zero once every flow has ended and every decision was answered.
    pub fn kept(&self) -> usize {
        self.len()
            + self.users.iter().map(|shard| lock(shard).len()).sum::<usize>()
            + self.logins.iter().map(|shard| lock(shard).len()).sum::<usize>()
    }

    pub(super) fn saw_verify(&self, user: &str, at: Instant) {
        let flow = {
            let users = self.users(user);
            match users.get(user) {
                Some(known) if known.pending == 1 => known.flow,
                Some(_) => return,
                None => return self.sink.event(Event::DecisionStray),
            }
        };
        if let Some(trace) = self.flows(flow).get_mut(&flow) {
            trace.verify.get_or_insert(at);
        }
    }

    /// A login began; `announced` where we said so ourselves, so that it tells nothing about when the server did.
    pub(super) fn saw_start(
        &self,
        login: &str,
        user: &str,
        binding_message: Option<&str>,
        (at, announced): (Instant, bool),
    ) {
        let found = match self.marker {
            Some(marker) => binding_message.and_then(|message| marker.flow(message)),
            None => self.users(user).get(user).map(|known| known.flow),
        };
        let Some(flow) = found else { return self.sink.event(Event::DecisionStray) };
        {
            let mut flows = self.flows(flow);
            let Some(trace) = flows.get_mut(&flow) else { return self.sink.event(Event::DecisionStray) };
            if trace.ambiguous || trace.login.is_some() {
                return;
            }
            trace.start = (!announced).then_some(at);
            trace.login = Some(login.into());
        }
        self.logins(login).insert(login.into(), Login { flow, start: at, sent: None });
    }

    pub(super) fn saw_details(&self, sent: Instant, answered: Instant) {
        self.sink.span(Span::Details, answered.saturating_duration_since(sent));
    }

    pub(super) fn saw_answered(&self, read: Instant, ready: Instant) {
        self.sink.span(Span::ServiceAnswer, ready.saturating_duration_since(read));
    }

    pub(super) fn saw_decision_sent(&self, login: &str, decision: Decision, at: Instant) {
        let flow = {
            let mut logins = self.logins(login);
            let Some(known) = logins.get_mut(login) else { return };
            if known.sent.is_none() {
                self.sink.span(Span::DecisionDelay, at.saturating_duration_since(known.start));
            }
            known.sent = Some(at);
            known.flow
        };
        if let Some(trace) = self.flows(flow).get_mut(&flow) {
            trace.decision = Some(decision);
            trace.decision_sent = Some(at);
        }
    }

    pub(super) fn saw_decision_answered(&self, login: &str, status: Option<u16>, at: Instant) {
        let Some(known) = self.logins(login).remove(login) else { return };
        let taken = status.is_some_and(|status| (200..300).contains(&status));
        if let (Some(sent), true) = (known.sent, status.is_some()) {
            self.sink.span(Span::Accept, at.saturating_duration_since(sent));
        }
        if let Some(trace) = self.flows(known.flow).get_mut(&known.flow) {
            trace.decision_answered = Some(at);
            trace.decision_taken = taken;
        }
    }

    fn flows(&self, flow: u64) -> MutexGuard<'_, FxHashMap<u64, Trace>> {
        lock(&self.flows[flow as usize % SHARDS])
    }

    fn users(&self, user: &str) -> MutexGuard<'_, HashMap<Box<str>, UserFlows>> {
        lock(&self.users[shard(user)])
    }

    fn logins(&self, login: &str) -> MutexGuard<'_, HashMap<Box<str>, Login>> {
        lock(&self.logins[shard(login)])
    }
}

fn shard(name: &str) -> usize {
    name.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % SHARDS
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[derive(Default)]
    struct Seen {
        spans: Mutex<Vec<(Span, Duration)>>,
        events: Mutex<Vec<Event>>,
    }

    impl SpanSink for Seen {
        fn span(&self, span: Span, took: Duration) {
            lock(&self.spans).push((span, took));
        }
        fn event(&self, event: Event) {
            lock(&self.events).push(event);
        }
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn traces(marker: bool) -> (Traces, Arc<Seen>, Instant) {
        let seen = Arc::new(Seen::default());
        (Traces::new(marker.then(|| Marker::new(9)), seen.clone()), seen, Clock::system().now())
    }

    #[test]
    fn a_flow_is_found_by_its_marker_and_its_spans_are_told() {
        let (traces, seen, zero) = traces(true);
        traces.register(7, "alice");
        let message = traces.binding_message(7).unwrap();
        traces.saw_verify("alice", zero + ms(1));
        traces.saw_start("login-1", "alice", Some(&message), (zero + ms(3), false));
        traces.saw_decision_sent("login-1", Decision::Approve, zero + ms(10));
        assert_eq!(traces.taken_at(7), None);
        traces.saw_decision_answered("login-1", Some(200), zero + ms(14));
        assert_eq!(traces.taken_at(7), Some(zero + ms(14)));
        let trace = traces.take(7, "alice");
        assert_eq!(
            (trace.verify, trace.start, trace.decision),
            (Some(zero + ms(1)), Some(zero + ms(3)), Some(Decision::Approve))
        );
        assert_eq!(*lock(&seen.spans), [(Span::DecisionDelay, ms(7)), (Span::Accept, ms(4))]);
        assert_eq!((lock(&seen.events).len(), traces.kept()), (0, 0));
    }

    #[test]
    fn a_decision_answered_after_the_flow_ended_still_counts_and_leaves_nothing() {
        let (traces, seen, zero) = traces(true);
        traces.register(7, "alice");
        traces.saw_start("login-1", "alice", traces.binding_message(7).as_deref(), (zero, false));
        traces.saw_decision_sent("login-1", Decision::Approve, zero + ms(1));
        assert_eq!(traces.take(7, "alice").decision_sent, Some(zero + ms(1)));
        assert_eq!(traces.kept(), 1);
        traces.saw_decision_answered("login-1", Some(200), zero + ms(4));
        assert_eq!((lock(&seen.spans).last().copied(), traces.kept()), (Some((Span::Accept, ms(3))), 0));
    }

    #[test]
    fn an_ending_is_held_against_the_decision() {
        use Decision::{Approve, Deny};
        for (ended, decision, taken, ambiguous, expected) in [
            (Outcome::Tokens, Some(Approve), true, false, None),
            // The server may issue tokens before its answer to the decision is read.
            (Outcome::Tokens, Some(Approve), false, false, None),
            (Outcome::Tokens, Some(Deny), true, false, Some(Rule::TokensAfterDenial)),
            (Outcome::Tokens, None, false, false, Some(Rule::TokensBeforeDecision)),
            (Outcome::Tokens, None, false, true, None),
            (Outcome::Denied, Some(Deny), true, false, None),
            (Outcome::Denied, Some(Approve), true, false, Some(Rule::DeniedAfterApproval)),
            (Outcome::Denied, Some(Approve), false, false, None),
            (Outcome::Expired, None, false, false, None),
        ] {
            let trace = Trace { decision, decision_taken: taken, ambiguous, ..Trace::default() };
            let rule = trace.judge(ended).map(|breach| breach.rule);
            assert_eq!(rule, expected, "{ended:?} {decision:?} {taken} {ambiguous}");
        }
    }

    #[test]
    fn without_a_marker_a_user_with_two_flows_is_ambiguous() {
        let (traces, _, zero) = traces(false);
        traces.register(1, "alice");
        traces.saw_start("login-1", "alice", None, (zero, false));
        traces.register(2, "alice");
        traces.register(3, "bob");
        traces.saw_start("login-2", "alice", None, (zero, false));
        traces.saw_start("login-3", "bob", None, (zero, false));
        traces.saw_verify("alice", zero);
        let (first, second, third) =
            (traces.take(1, "alice"), traces.take(2, "alice"), traces.take(3, "bob"));
        assert_eq!((first.ambiguous, second.ambiguous, third.ambiguous), (true, true, false));
        assert_eq!((second.start, second.verify, third.start), (None, None, Some(zero)));
        assert_eq!(traces.kept(), 0);
    }

    #[test]
    fn strangers_are_counted_and_change_nothing() {
        let (traces, seen, zero) = traces(true);
        traces.register(1, "alice");
        traces.saw_verify("mallory", zero);
        traces.saw_start("login-9", "alice", Some("another message"), (zero, false));
        traces.saw_start("login-9", "alice", Some(&Marker::new(8).of(1)), (zero, false));
        traces.saw_start("login-9", "alice", Some(&Marker::new(9).of(99)), (zero, false));
        traces.saw_decision_sent("login-9", Decision::Deny, zero);
        traces.saw_decision_answered("login-9", Some(200), zero);
        assert_eq!(*lock(&seen.events), [Event::DecisionStray; 4]);
        assert_eq!(traces.take(1, "alice"), Trace::default());
        assert_eq!(traces.kept(), 0);
    }
}
