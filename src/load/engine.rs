use self::client_standing::ClientStanding;
use super::alarm::{Alarm, on_grid};
use super::inlet::{Arrival, Inlet, Taken};
use super::measurement::Measurement;
use super::population::Population;
use super::slot::{Slot, taints};
use super::stop::Phase;
use crate::ciba::{AuthReqId, Behaviour, Breach, DeliveryMode, Outcome};
use crate::decision_channel::{Announcer, Traces};
use crate::flow::{Conduct, FlowAction, FlowEvent};
use crate::notification::{Receiver, Stranger};
use crate::profile::Behaviours;
use crate::record::{Answered, Endpoint, Exchange, Span};
use crate::relying_party::{Authenticated, Consented, PushTaken, RelyingParty, TokenAnswered, Used};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use slab::Slab;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

mod client_standing;
mod consenting;
mod counting;
mod ending;
mod exchanging;
mod notified;
mod pushed;
mod redeeming;

/// Exchanges of one relying party that are under way at once. Due polls beyond wait, which shows as poll_lateness.
const EXCHANGES_MAX: usize = 8192;

/// Answers that are handled in one turn before new arrivals get theirs.
const ANSWERS_PER_TURN: usize = 64;

/// Longest sleep of an engine that has nothing to do.
const IDLE: Duration = Duration::from_millis(100);

/// Calls of strangers that are kept until an acknowledgement tells whether they were meant for one of our flows.
const STRANGERS_KEPT_MAX: usize = 64;

/// The step, among those of a flow, whose random share chooses its behaviour; no flow has so many.
const BEHAVIOUR_STEP: u32 = 0xffff;

/// What all relying parties of a run share.
pub(super) struct Shared {
    pub measurement: Arc<Measurement>,
    pub population: Population,
    pub traces: Arc<Traces>,
    pub receiver: Option<Receiver>,
    /// Of a well-behaved flow.
    pub conduct: Conduct,
    pub behaviours: Behaviours,
    pub seed: u64,
    pub use_token: bool,
    /// Whether the decisions are those of our own authentication service, so that outcomes can be held against them.
    pub judges_decisions: bool,
    /// Tells the authentication service of acknowledged flows, where the server does not.
    pub announcer: Option<Announcer>,
    /// Told when a flow has ended; the closed model starts the next one.
    pub flow_ended: Option<std::sync::mpsc::SyncSender<()>>,
}

impl Shared {
    /// How a flow treats the protocol: a pure function of its number and the seed.
    fn behaviour(&self, flow: u64, mode: DeliveryMode) -> Behaviour {
        self.behaviours.of(mode, Population::jitter(self.seed, flow, BEHAVIOUR_STEP))
    }

    fn conduct_of(&self, slot: &Slot) -> Conduct {
        Conduct { behaviour: slot.behaviour, ..self.conduct }
    }
}

/// What came of an exchange. The key is the flow's place in the slab.
enum Done {
    Consented(usize, Option<Consented>),
    Authenticated(usize, Authenticated),
    TokenAnswered(usize, TokenAnswered),
    Raced(usize, Vec<TokenAnswered>),
    RedeemedAgain(usize, TokenAnswered),
    PushTaken(usize, Instant, PushTaken),
    Used(usize, Option<Used>),
    Panicked(usize),
}

/// One relying party at work: thousands of flows in one task. It owns its flows; nothing else touches them, so there are no
/// locks and no tasks per flow.
pub(super) struct Engine {
    shared: Arc<Shared>,
    party: Arc<RelyingParty>,
    inlet: Arc<Inlet>,
    flows: Slab<Slot>,
    /// Flow number to slab key, for notifications.
    keys: rustc_hash::FxHashMap<u64, usize>,
    /// `auth_req_id` to slab key, for calls whose token says nothing; of notified flows only. The server chooses the
    /// identifiers, so these are hashed with a secret.
    ids: HashMap<AuthReqId, usize>,
    due: BinaryHeap<Reverse<(Instant, usize, u32)>>,
    /// When a poll was due last for which there was no exchange left: the server held them all.
    full_at: Instant,
    exchanges: FuturesUnordered<BoxFuture<'static, Done>>,
    strangers: VecDeque<Stranger>,
    /// Of the party's client.
    standing: ClientStanding,
    /// Rows for the table of requests that come out of this turn.
    rows: Vec<Row>,
}

/// One exchange for a table of requests that somebody else keeps.
pub(super) struct Row {
    pub name: &'static str,
    pub took: Duration,
    pub success: bool,
    pub status: Option<u16>,
}

/// A table of requests beside our own books: Goose's.
pub(super) trait RequestTable: Send {
    /// Takes one row.
    fn record(&mut self, row: Row) -> impl Future<Output = ()> + Send;
}

impl Engine {
    pub fn new(shared: Arc<Shared>, party: Arc<RelyingParty>, inlet: Arc<Inlet>) -> Self {
        Engine {
            full_at: shared.measurement.clock.start(),
            shared,
            party,
            inlet,
            flows: Slab::new(),
            keys: Default::default(),
            ids: HashMap::new(),
            due: BinaryHeap::new(),
            exchanges: FuturesUnordered::new(),
            strangers: VecDeque::new(),
            standing: ClientStanding::default(),
            rows: Vec::new(),
        }
    }

    /// What wakes it outside of virtual time.
    pub fn alarm(&self) -> Alarm {
        Alarm::punctual(self.shared.measurement.clock)
    }

    /// Works until the run is over and every flow has ended.
    pub async fn run(&mut self, table: &mut impl RequestTable, alarm: &mut Alarm) {
        let mut phase = self.shared.measurement.stop.watch();
        let mut taken = Taken::default();
        loop {
            let now = self.now();
            let current = *phase.borrow_and_update();
            self.inlet.take(&mut taken);
            self.take_in(&mut taken, current);
            if self.wind_up(current, now) {
                break;
            }
            self.send_due(now);
            let wake = self.next_wake(current, now);
            let answered = tokio::select! {
                biased;
                Some(done) = self.exchanges.next(), if !self.exchanges.is_empty() => Some(done),
                () = self.inlet.woken() => None,
                _ = phase.changed() => None,
                () = alarm.wait(wake) => None,
            };
            if let Some(done) = answered {
                self.answered(done);
                for _ in 1..ANSWERS_PER_TURN {
                    match self.exchanges.next().now_or_never() {
                        Some(Some(done)) => self.answered(done),
                        Some(None) | None => break,
                    }
                }
            }
            self.report(table).await;
        }
        self.report(table).await;
    }

    fn now(&self) -> Instant {
        self.shared.measurement.clock.now()
    }

    fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.shared.measurement.clock.start())
    }

    /// Takes in arrivals, notifications and strangers.
    fn take_in(&mut self, taken: &mut Taken, phase: Phase) {
        for arrival in taken.arrivals.drain(..) {
            match phase {
                Phase::Running | Phase::Finishing { .. } => self.begin(arrival),
                Phase::Leaving { .. } => self.inlet.drop_one(&self.shared.measurement),
            }
        }
        for notification in taken.notifications.drain(..) {
            self.notified(notification);
        }
        for stranger in taken.strangers.drain(..) {
            self.stranger(stranger);
        }
    }

    /// Ends what has to end in this phase. True when nothing is left.
    fn wind_up(&mut self, phase: Phase, now: Instant) -> bool {
        match phase {
            Phase::Running => return false,
            Phase::Finishing { until } if now < until => {}
            Phase::Leaving { until } if now < until => {
                let waiting: Vec<_> =
                    self.flows.iter().filter(|(_, slot)| !slot.is_busy()).map(|(key, _)| key).collect();
                for key in waiting {
                    self.finish(key, Outcome::Abandoned);
                }
            }
            Phase::Finishing { .. } | Phase::Leaving { .. } => self.cancel_all(),
        }
        self.flows.is_empty()
    }

    /// After a panic of the engine itself: its flows cannot be trusted any more.
    pub fn lose_all(&mut self) {
        self.exchanges = FuturesUnordered::new();
        let keys: Vec<_> = self.flows.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.finish(key, Outcome::HarnessPanic);
        }
    }

    /// Ends the run after too many panics: nothing of this engine's flows would be counted any more.
    pub fn give_up(&mut self) {
        self.shared.measurement.stop.leave();
        let mut taken = Taken::default();
        self.inlet.take(&mut taken);
        let phase = self.shared.measurement.stop.phase();
        self.take_in(&mut taken, phase);
        self.lose_all();
    }

    /// Gives up every flow and every exchange.
    fn cancel_all(&mut self) {
        self.exchanges = FuturesUnordered::new();
        let keys: Vec<_> = self.flows.iter().map(|(key, _)| key).collect();
        for key in keys {
            if let Some(endpoint) = self.flows[key].in_flight {
                let sampler = &self.shared.measurement.sampler;
                sampler.record(|shard| shard.counts.answers_mut(endpoint).count(Answered::Cancelled));
            }
            // A flow that only lacks its last step has ended as it would have.
            let outcome = self.flows[key].ending.unwrap_or(Outcome::Abandoned);
            self.finish(key, outcome);
        }
    }

    fn next_wake(&self, phase: Phase, now: Instant) -> Instant {
        let mut wake = now + IDLE;
        if let Some(Reverse((due, ..))) = self.due.peek()
            && self.exchanges.len() < EXCHANGES_MAX
        {
            wake = wake.min(*due);
        }
        match phase {
            Phase::Running => wake,
            Phase::Finishing { until } | Phase::Leaving { until } => wake.min(until),
        }
    }

    /// Sends the polls whose time has come.
    fn send_due(&mut self, now: Instant) {
        loop {
            match self.due.peek() {
                Some(Reverse((at, ..))) if *at <= now => {}
                Some(_) | None => return,
            }
            if self.exchanges.len() >= EXCHANGES_MAX {
                self.full_at = now;
                return;
            }
            let Some(Reverse((at, key, entry))) = self.due.pop() else { return };
            let Some(slot) = self.flows.get_mut(key).filter(|slot| slot.due == entry && !slot.is_busy())
            else {
                continue;
            };
            // What waited because the server holds all exchanges did not wait for this tool.
            slot.due_at = at.max(self.full_at);
            self.step(key, FlowEvent::Tick { at: self.since_start(now) });
        }
    }

    fn begin(&mut self, arrival: Arrival) {
        let shared = self.shared.clone();
        let now = self.now();
        let user = shared.population.user(arrival.flow);
        shared.measurement.sampler.record(|shard| {
            shard.counts.flows.started += 1;
            shard.span(Span::StartLag, now.saturating_duration_since(arrival.intended));
        });
        shared.traces.register(arrival.flow, &user);
        let mode = self.party.client().delivery_mode();
        let behaviour = shared.behaviour(arrival.flow, mode);
        let mut slot = Slot::new(arrival.flow, user, mode, behaviour, arrival.intended);
        let action = match self.party.consent_type() {
            Some(_) => slot.flow.begin_with_consent(),
            None => slot.flow.begin(),
        };
        let key = self.flows.insert(slot);
        self.keys.insert(arrival.flow, key);
        self.act(key, action);
    }

    /// Gives an event to a flow and does what it wants done. A panic loses that flow only.
    fn step(&mut self, key: usize, event: FlowEvent) {
        let shared = self.shared.clone();
        let Some(slot) = self.flows.get_mut(key) else { return };
        let mut breaches = Vec::new();
        let stepped = std::panic::catch_unwind(AssertUnwindSafe(|| {
            slot.flow.handle(event, &shared.conduct_of(slot), &mut breaches)
        }));
        for breach in breaches {
            self.breach(key, breach, None);
        }
        match stepped {
            Ok(action) => self.act(key, action),
            Err(_) => self.finish(key, Outcome::HarnessPanic),
        }
    }

    fn act(&mut self, key: usize, action: FlowAction) {
        match action {
            FlowAction::CreateConsent => self.create_consent(key),
            FlowAction::SendAuthenticationRequest => self.authenticate(key),
            FlowAction::SendTokenRequest => self.request_tokens(key),
            FlowAction::WaitUntil(until) | FlowAction::AwaitNotification { until } => {
                let at = self.shared.measurement.clock.start() + on_grid(until);
                if let Some(slot) = self.flows.get_mut(key) {
                    slot.due = slot.due.wrapping_add(1);
                    self.due.push(Reverse((at, key, slot.due)));
                }
            }
            FlowAction::AwaitAnswer => {}
            FlowAction::Finish(outcome) => self.finish(key, outcome),
        }
    }

    pub(super) fn breach(&mut self, key: usize, breach: Breach, exchange: Option<&Exchange>) {
        let at_ms = self.shared.measurement.ms_since_begun(self.now());
        let Some(slot) = self.flows.get_mut(key) else { return };
        slot.tainted |= taints(breach.rule);
        self.shared.measurement.breaches.note(breach, slot.number, at_ms, exchange);
    }

    /// Queues a row for the table of requests.
    fn row(
        &mut self,
        answered: Answered,
        endpoint: Endpoint,
        took: Duration,
        exchange: &Option<Box<Exchange>>,
    ) {
        let (name, usual_status) = super::goose_rows::row(endpoint, answered);
        let status = exchange.as_ref().map_or(usual_status, |exchange| exchange.status);
        self.rows.push(Row { name, took, success: !answered.is_failure(), status });
    }

    async fn report(&mut self, table: &mut impl RequestTable) {
        for row in self.rows.drain(..) {
            table.record(row).await;
        }
    }
}
