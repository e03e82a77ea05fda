//! The one place that reads the time. Everything else is handed a [`Clock`] or an instant.
//!
//! Instants are tokio's, so that the whole in-process world stands still and jumps under tokio's paused time; outside a
//! paused runtime they are the operating system's monotonic clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Processor time that this thread has used.
pub fn thread_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(used.tv_sec).unwrap_or(0), u32::try_from(used.tv_nsec).unwrap_or(0))
}

/// Lets this thread's sleeps end when they should, not up to 50 µs later.
pub fn sharpen_timers() {
    #[cfg(target_os = "linux")]
    {
        // Without the right to do so the sleeps are a little longer, which shows where they are measured.
        let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    }
}

/// A monotonic clock with a known relation to wall time.
///
/// Wall time is the base plus what the monotonic clock has counted since: a step of the system's clock during a run
/// changes no figure (it is noticed by [`Clock::wall_drift`]).
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    wall_at_start: SystemTime,
}

impl Clock {
    /// A clock that starts now, at the system's wall time.
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the time")]
    pub fn system() -> Self {
        Clock { start: Instant::now(), wall_at_start: SystemTime::now() }
    }

    /// A clock that starts now and calls this moment `wall`: for reproducible worlds.
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the time")]
    pub fn starting_at(wall: SystemTime) -> Self {
        Clock { start: Instant::now(), wall_at_start: wall }
    }

    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the time")]
    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// When the clock was made.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// Wall time of an instant, as time since the Unix epoch; zero for a wall clock set before 1970.
    pub fn wall(&self, at: Instant) -> Duration {
        let base = self.wall_at_start.duration_since(UNIX_EPOCH).unwrap_or_default();
        base + at.saturating_duration_since(self.start)
    }

    /// How far the system's wall clock has moved against this one since the start, in seconds; positive when the
    /// system's clock runs ahead. More than a fraction of a second means that it was stepped.
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the time")]
    pub fn wall_drift(&self) -> f64 {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        system.as_secs_f64() - self.wall(Instant::now()).as_secs_f64()
    }
}
