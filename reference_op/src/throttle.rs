//! Polling pace (CIBA Core 1.0, 7.3 and 11).

use std::time::Duration;

use tokio::time::Instant;

/// What each `slow_down` adds to the interval (CIBA Core 1.0, 11).
const SLOW_DOWN_STEP: Duration = Duration::from_secs(5);

/// The pace of one authentication request.
#[derive(Debug)]
pub(crate) struct Throttle {
    interval: Duration,
    last_accepted: Option<Instant>,
}

impl Throttle {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, last_accepted: None }
    }

    /// Judges a poll: the first is free, later ones must keep the interval from the last poll that was accepted, and
    /// each early one makes the interval longer for good. Returns whether the poll is accepted.
    pub(crate) fn accept(&mut self, now: Instant) -> bool {
        let early =
            self.last_accepted.is_some_and(|last| now.saturating_duration_since(last) < self.interval);
        if early {
            self.interval += SLOW_DOWN_STEP;
        } else {
            self.last_accepted = Some(now);
        }
        !early
    }

    /// Whether a poll at `now` keeps the interval from the last accepted one, or from `start` if there is none.
    pub(crate) fn is_kept_since(&self, start: Instant, now: Instant) -> bool {
        now.saturating_duration_since(self.last_accepted.unwrap_or(start)) >= self.interval
    }

    /// Lengthens the interval as a `slow_down` does.
    pub(crate) fn slow_down(&mut self) {
        self.interval += SLOW_DOWN_STEP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_window_runs_from_the_last_accepted_poll_and_grows() {
        let mut throttle = Throttle::new(Duration::from_secs(5));
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
