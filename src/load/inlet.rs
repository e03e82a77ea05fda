use super::measurement::Measurement;
use crate::notification::{Notification, Stranger};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Calls of nobody we know that are kept for a relying party to look at. More are counted and thrown away.
const STRANGERS_MAX: usize = 64;

/// A flow that is to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number in the run.
    pub flow: u64,
    /// When it is meant to begin.
    pub intended: Instant,
}

/// What one relying party has to take in.
#[derive(Debug, Default)]
pub struct Taken {
    /// Flows to begin.
    pub arrivals: VecDeque<Arrival>,
    /// Notifications for its flows. Bounded by the flows: the endpoint knows only their tokens, and duplicates never
    /// come here.
    pub notifications: VecDeque<Notification>,
    /// Calls that may have been meant for its flows.
    pub strangers: VecDeque<Stranger>,
}

/// Where flows and notifications wait until their relying party takes them in. A flow needs one of a bounded number of
/// places before it may wait here, so nothing grows without bound.
pub struct Inlet {
    waiting: Mutex<Taken>,
    wake: Notify,
    places: u64,
    taken: AtomicU64,
}

impl Inlet {
    /// An inlet of a relying party that carries so many flows at once.
    pub fn new(places: u64) -> Self {
        Inlet { waiting: Mutex::default(), wake: Notify::new(), places, taken: AtomicU64::new(0) }
    }

    /// Hands over a flow; false when there is no place for it.
    pub fn offer(&self, arrival: Arrival) -> bool {
        let place = self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
            (taken < self.places).then_some(taken + 1)
        });
        if place.is_err() {
            return false;
        }
        self.lock().arrivals.push_back(arrival);
        self.wake.notify_one();
        true
    }

    /// Gives back the place of a flow that has ended.
    pub fn release(&self) {
        self.taken.fetch_sub(1, Ordering::AcqRel);
    }

    /// Hands over a notification.
    pub fn notify(&self, notification: Notification) {
        self.lock().notifications.push_back(notification);
        self.wake.notify_one();
    }

    /// Hands over a call of a stranger, if there is room.
    pub fn stranger(&self, stranger: &Stranger) {
        let mut waiting = self.lock();
        if waiting.strangers.len() < STRANGERS_MAX {
            waiting.strangers.push_back(stranger.clone());
            self.wake.notify_one();
        }
    }

    /// Exchanges what waits for the empty `into`.
    pub fn take(&self, into: &mut Taken) {
        std::mem::swap(&mut *self.lock(), into);
    }

    /// Counts the flows as dropped that nobody will take in any more.
    pub fn drop_late(&self, measurement: &Measurement) {
        for _ in self.lock().arrivals.drain(..) {
            self.drop_one(measurement);
        }
    }

    /// Counts one flow as dropped that had been handed over and was never begun.
    pub fn drop_one(&self, measurement: &Measurement) {
        measurement.sampler.record(|shard| shard.counts.flows.dropped += 1);
        measurement.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.release();
    }

    /// Until something was handed over.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
