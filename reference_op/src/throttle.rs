//! Polling pace (CIBA Core 1.0, 7.3 and 11).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::fault::{Fault, FaultSet};

/// What each `slow_down` adds to the interval (CIBA Core 1.0, 11).
const SLOW_DOWN_STEP: Duration = Duration::from_secs(5);
/// By what each `slow_down` multiplies the interval under a fault.
const SLOW_DOWN_FACTOR: u32 = 4;

/// The pace of one authentication request: its own, or under two faults one that it shares with others.
#[derive(Debug)]
pub(crate) enum Pace {
    Own(Throttle),
    Shared(Arc<Mutex<Throttle>>),
}

/// The paces that requests share, by whose they are. They are few: one for each client.
#[derive(Default)]
pub(crate) struct SharedPaces(Mutex<HashMap<String, Arc<Mutex<Throttle>>>>);

/// When the next poll may come.
#[derive(Debug)]
pub(crate) struct Throttle {
    interval: Duration,
    last_accepted: Option<Instant>,
    slow_down: SlowDown,
}

/// What an early poll does to the interval.
#[derive(Clone, Copy, Debug)]
enum SlowDown {
    Lengthens,
    Multiplies,
    /// A pace that others share stays as it is, for nobody knows whom a longer one would hit.
    Nothing,
    /// There are no early polls.
    Never,
}

impl Pace {
    /// The pace of a request that came at `received_at`.
    pub(crate) fn new(
        interval: Duration,
        client_id: &str,
        received_at: Instant,
        shared: &SharedPaces,
        faults: FaultSet,
    ) -> Self {
        if faults.has(Fault::ThrottleGlobal) {
            return Pace::Shared(shared.of("", interval));
        }
        if faults.has(Fault::ThrottlePerClient) {
            return Pace::Shared(shared.of(client_id, interval));
        }
        let mut throttle = Throttle::new(interval, SlowDown::of(faults));
        if faults.has(Fault::FirstPollThrottled) {
            throttle.last_accepted = Some(received_at);
        }
        Pace::Own(throttle)
    }

    /// Judges a poll; see [`Throttle::accept`].
    pub(crate) fn accept(&mut self, now: Instant) -> bool {
        self.with(|throttle| throttle.accept(now))
    }

    /// Whether a poll at `now` keeps the interval from the last accepted one, or from `start` if there is none.
    pub(crate) fn is_kept_since(&mut self, start: Instant, now: Instant) -> bool {
        self.with(|throttle| {
            now.saturating_duration_since(throttle.last_accepted.unwrap_or(start)) >= throttle.interval
        })
    }

    /// Lengthens the interval as an early poll does.
    pub(crate) fn slow_down(&mut self) {
        self.with(Throttle::slow_down);
    }

    fn with<T>(&mut self, use_it: impl FnOnce(&mut Throttle) -> T) -> T {
        match self {
            Pace::Own(throttle) => use_it(throttle),
            // No code that can panic runs under the lock.
            Pace::Shared(throttle) => use_it(&mut throttle.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

impl SharedPaces {
    fn of(&self, whose: &str, interval: Duration) -> Arc<Mutex<Throttle>> {
        // No code that can panic runs under the lock.
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Mutex::new(Throttle::new(interval, SlowDown::Nothing)));
        Arc::clone(paces.entry(whose.to_owned()).or_insert_with(new))
    }
}

impl Throttle {
    fn new(interval: Duration, slow_down: SlowDown) -> Self {
        Self { interval, last_accepted: None, slow_down }
    }

    /// Judges a poll: the first is free, later ones must keep the interval from the last poll that was accepted, and
    /// each early one makes the interval longer for good. Returns whether the poll is accepted.
    fn accept(&mut self, now: Instant) -> bool {
        let early =
            self.last_accepted.is_some_and(|last| now.saturating_duration_since(last) < self.interval);
        if early && !matches!(self.slow_down, SlowDown::Never) {
            self.slow_down();
            return false;
        }
        self.last_accepted = Some(now);
        true
    }

    fn slow_down(&mut self) {
        self.interval = match self.slow_down {
            SlowDown::Lengthens => self.interval + SLOW_DOWN_STEP,
            SlowDown::Multiplies => self.interval.saturating_mul(SLOW_DOWN_FACTOR),
            SlowDown::Nothing | SlowDown::Never => self.interval,
        };
    }
}

impl SlowDown {
    fn of(faults: FaultSet) -> Self {
        if faults.has(Fault::NeverThrottles) {
            SlowDown::Never
        } else if faults.has(Fault::SlowDownDoubles) {
            SlowDown::Multiplies
        } else {
            SlowDown::Lengthens
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_window_runs_from_the_last_accepted_poll_and_grows() {
        let mut throttle = Throttle::new(Duration::from_secs(5), SlowDown::Lengthens);
        let start = crate::Clock::system().now();
        // (milliseconds after the first poll, accepted)
        for (at, accepted) in [
            (0, true),
            (5_000, true),
            (9_999, false),
            (14_999, false),
            (19_999, false),
            (25_000, true),
            (45_000, true),
        ] {
            let now = start + Duration::from_millis(at);
            assert_eq!(throttle.accept(now), accepted, "at {at} ms");
        }
    }
}
