use std::time::Duration;

/// The least time between two token requests of one flow (CIBA Core 1.0, 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(Duration);

impl Interval {
    /// What holds when the acknowledgement names none (7.3).
    pub const DEFAULT: Interval = Interval(Duration::from_secs(5));
    /// What one `slow_down` adds, for this and every later request (11).
    pub const SLOW_DOWN_STEP: Duration = Duration::from_secs(5);
    /// Longest interval this tool follows; a server that names a longer one is polled after this time.
    pub const MAX: Interval = Interval(Duration::from_secs(6 * 60 * 60));

    /// An interval of whole seconds, cut at [`Interval::MAX`].
    pub fn from_secs(seconds: u64) -> Self {
        Interval(Duration::from_secs(seconds)).min(Interval::MAX)
    }

    /// The interval after one more `slow_down`.
    #[must_use]
    pub fn slowed_down(self) -> Self {
        Interval(self.0 + Self::SLOW_DOWN_STEP).min(Interval::MAX)
    }

    /// The interval as a length of time.
    pub fn as_duration(self) -> Duration {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_down_adds_five_seconds_each_time_up_to_the_bound() {
        let twice = Interval::DEFAULT.slowed_down().slowed_down();
        assert_eq!(twice.as_duration(), Duration::from_secs(15));
        assert_eq!(Interval::MAX.slowed_down(), Interval::MAX);
        assert_eq!(Interval::from_secs(u64::MAX / 4), Interval::MAX);
    }
}
