use super::breaches::Breaches;
use super::consents::ConsentsSeen;
use super::heartbeat::{Heart, Heartbeats};
use super::identifiers::Identifiers;
use super::inlet::Inlet;
use super::population::Population;
use super::sampler::Sampler;
use super::server_memory::ServerMemorySeen;
use super::stop::StopHandle;
use super::{Progress, polling::Polling};
use crate::ciba::Rule;
use crate::clock::Clock;
use crate::decision_channel::SpanSink;
use crate::notification::{Notification, NotificationSink, Stranger};
use crate::record::{Event, MemorySample, PollingSeen, ServerMemory, Span};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The instruments of one run. They are made first, since the authentication service and the notification endpoint
/// report into them.
pub struct Measurement {
    pub(super) sampler: Sampler,
    pub(super) breaches: Breaches,
    pub(super) identifiers: Identifiers,
    pub(super) consents: ConsentsSeen,
    /// Why the run was stopped, if it was because the server refuses what all of it stands on.
    pub(super) refused: OnceLock<String>,
    pub(super) polling: Polling,
    pub(super) server_memory: ServerMemorySeen,
    pub(super) stop: StopHandle,
    pub(super) clock: Clock,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) in_flight: AtomicU64,
    /// Where notifications go, once the relying parties are there.
    pub(super) routes: OnceLock<Routes>,
    /// When the first flow was due.
    pub(super) begun: Arc<OnceLock<Instant>>,
    pub(super) hearts: Arc<Heartbeats>,
}

/// Which relying party a flow belongs to.
pub(super) struct Routes {
    pub population: Population,
    pub inlets: Vec<Arc<Inlet>>,
}

impl Measurement {
    /// Instruments for a machine with so many cores.
    pub fn new(cores: usize, clock: Clock) -> Arc<Self> {
        Arc::new(Measurement {
            sampler: Sampler::new(cores + 2),
            breaches: Breaches::default(),
            identifiers: Identifiers::default(),
            consents: ConsentsSeen::default(),
            refused: OnceLock::new(),
            polling: Polling::default(),
            server_memory: ServerMemorySeen::default(),
            stop: StopHandle::new(clock),
            clock,
            progress: watch::Sender::new(Progress::default()),
            in_flight: AtomicU64::new(0),
            routes: OnceLock::new(),
            begun: Arc::default(),
            hearts: Arc::default(),
        })
    }

    /// A heart that beats as a task of the runtime on which this is spawned, until the run is over.
    pub(super) fn heartbeat(&self, heart: Heart) -> impl Future<Output = ()> + Send + use<> {
        self.hearts.clone().beat(heart, self.begun.clone(), self.clock)
    }

    /// The heart of the authentication service and the notification endpoint, for the threads that carry these.
    pub fn instruments_heartbeat(&self) -> impl Future<Output = ()> + Send + use<> {
        self.heartbeat(Heart::Instruments)
    }

    /// Ends the run because the server refuses a client of it, or every consent; the first reason is kept.
    pub(super) fn refuse(&self, reason: String) {
        let _ = self.refused.set(reason);
        self.stop.leave();
    }

    /// What was seen of polling so far.
    pub(super) fn polling_seen(&self) -> PollingSeen {
        let throttled = |rule| self.breaches.of(rule);
        self.polling.record(throttled(Rule::ConformantPollerThrottled), throttled(Rule::FirstPollThrottled))
    }

    /// From now on the memory of the system under test is asked for by this command.
    pub fn server_memory_asked(&self, command: &str) {
        self.server_memory.asked_by(command);
    }

    /// Notes the system's resident memory in bytes at this moment, or why it is not known, together with the load there was then.
    pub fn server_memory_told(&self, at: Instant, in_flight: u64, bytes: Result<u64, String>) {
        let started = self.progress.borrow().counts.flows.started;
        let sample = bytes.map(|bytes| MemorySample { at_ms: 0, in_flight, started, bytes });
        self.server_memory.note(at, sample);
    }

    /// The samples of the system's memory that somebody was not told yet, with all failures so far.
    pub(super) fn server_memory_since(&self, told: &mut usize) -> Option<ServerMemory> {
        self.server_memory.since(told, |at| self.ms_since_begun(at))
    }

    /// Milliseconds since the first flow was due.
    pub(super) fn ms_since_begun(&self, at: Instant) -> u64 {
        let begun = self.begun.get().copied().unwrap_or(at);
        u64::try_from(at.saturating_duration_since(begun).as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends the run before its time.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Flows that are under way.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// How the run is getting on; changes about once a second.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }
}

impl SpanSink for Measurement {
    fn span(&self, span: Span, took: Duration) {
        self.sampler.record(|shard| shard.span(span, took));
    }

    fn event(&self, event: Event) {
        self.sampler.record(|shard| shard.counts.events.count(event));
    }
}

impl NotificationSink for Measurement {
    fn notified(&self, notification: Notification) {
        self.sampler.record(|shard| shard.counts.pings.count(notification.counts_as()));
        if notification.duplicate {
            return;
        }
        if let Some(routes) = self.routes.get()
            && let Some(inlet) = routes.inlets.get(routes.population.party(notification.flow))
        {
            inlet.notify(notification);
        }
    }

    fn answered(&self, took: Duration) {
        self.sampler.record(|shard| shard.span(Span::NotificationAnswer, took));
    }

    fn stranger(&self, stranger: Stranger) {
        self.sampler.record(|shard| shard.counts.pings.count(stranger.counts_as()));
        // Only such a call can break a rule; and then for the flow alone that its body names.
        if stranger.cause.concerns_bearer()
            && stranger.auth_req_id.is_some()
            && let Some(routes) = self.routes.get()
        {
            for inlet in &routes.inlets {
                inlet.stranger(&stranger);
            }
        }
    }
}
