//! Time is read here and nowhere else in this crate.

use std::time::SystemTime;

use tokio::time::Instant;

/// A monotonic clock (tokio's, so that paused time works) with a wall clock that is derived from it.
///
/// The wall clock never steps: it is the wall time at the start plus the monotonic time since.
#[derive(Clone, Debug)]
pub struct Clock {
    base: SystemTime,
    start: Instant,
}

impl Clock {
    /// A clock that shows this machine's wall time.
    #[expect(clippy::disallowed_methods, reason = "this is the one file that reads the time")]
    pub fn system() -> Self {
        Self::starting_at(SystemTime::now())
    }

    /// A clock whose wall time is `base` now.
    #[expect(clippy::disallowed_methods, reason = "this is the one file that reads the time")]
    pub fn starting_at(base: SystemTime) -> Self {
        Self { base, start: Instant::now() }
    }

    /// The monotonic instant now.
    #[expect(clippy::disallowed_methods, reason = "this is the one file that reads the time")]
    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// The wall time that belongs to `instant`; instants before the clock's start count as its start.
    pub fn wall_at(&self, instant: Instant) -> SystemTime {
        self.base + instant.saturating_duration_since(self.start)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::Clock;

    #[tokio::test(start_paused = true)]
    async fn the_wall_clock_moves_with_tokio_time() {
        let base = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let clock = Clock::starting_at(base);
        let begin = clock.now();
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(clock.wall_at(begin), base);
        assert_eq!(clock.wall_at(clock.now()), base + Duration::from_secs(5));
    }
}
