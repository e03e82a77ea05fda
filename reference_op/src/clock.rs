//! The only place that reads the time.
//!
//! The wall clock is derived from the monotonic one, so that paused tokio time moves both together.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A monotonic clock with a wall-clock reading at its origin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    base: SystemTime,
    origin: Instant,
}

impl Clock {
    /// The wall clock of this machine, read once, now.
    #[expect(clippy::disallowed_methods, reason = "the one file that reads the time")]
    pub fn system() -> Self {
        Self::starting_at(SystemTime::now())
    }

    /// A clock whose wall-clock reading is `base` now and advances with tokio's time, paused or not.
    #[expect(clippy::disallowed_methods, reason = "the one file that reads the time")]
    pub fn starting_at(base: SystemTime) -> Self {
        Self { base, origin: Instant::now() }
    }

    /// The monotonic time.
    #[expect(clippy::disallowed_methods, reason = "the one file that reads the time")]
    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// The wall clock at a monotonic instant; instants before the origin count as the origin.
    pub fn wall_at(&self, instant: Instant) -> SystemTime {
        self.base + instant.saturating_duration_since(self.origin)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z at a monotonic instant (a JWT NumericDate).
    pub fn unix_seconds_at(&self, instant: Instant) -> u64 {
        since_epoch(self.wall_at(instant)).as_secs()
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, now.
    pub fn unix_millis(&self) -> u128 {
        since_epoch(self.wall_at(self.now())).as_millis()
    }

    /// RFC 3339 in UTC with whole seconds, such as `2026-05-29T10:49:34Z`.
    pub fn rfc3339_at(&self, instant: Instant) -> String {
        rfc3339(self.unix_seconds_at(instant))
    }
}

fn since_epoch(wall: SystemTime) -> Duration {
    wall.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Days are turned into a civil date by counting 400-year eras that begin on 1 March, so that the leap day is last.
fn rfc3339(unix_seconds: u64) -> String {
    let (days, seconds) = (unix_seconds / 86_400, unix_seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_are_right_around_leap_days() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_780_051_774, "2026-05-29T10:49:34Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(unix), text);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_wall_clock_follows_paused_time() {
        let clock = Clock::starting_at(UNIX_EPOCH + Duration::from_secs(1_000));
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(clock.unix_seconds_at(clock.now()), 1_060);
    }
}
