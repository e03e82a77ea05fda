use crate::clock::Clock;
use std::time::Duration;
use tokio::time::Instant;

/// Nanoseconds between the moments at which something can fall due; a second holds a whole number of them. All that is due at one
/// moment shares a wake-up: one for each poll would take more processor time from the polls than it gives them punctuality.
const GRID_NS: u32 = 1_000_000;

/// The first moment of the grid that is not before this one, both counted from the clock's start.
pub(super) fn on_grid(until: Duration) -> Duration {
    let over = until.subsec_nanos() % GRID_NS;
    if over == 0 { until } else { until + Duration::from_nanos(u64::from(GRID_NS - over)) }
}

/// Wakes an engine when something is due.
pub(super) enum Alarm {
    /// By the runtime's timer, which knows whole milliseconds, and virtual time.
    Runtime,
    /// By a timer of the operating system.
    #[cfg(target_os = "linux")]
    System(SystemTimer),
}

impl Alarm {
    /// The most punctual alarm that there is. Needs a runtime with I/O, in real time.
    pub fn punctual(clock: Clock) -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(timer) = SystemTimer::new(clock) {
            return Alarm::System(timer);
        }
        Alarm::Runtime
    }

    /// Returns at `due` or a little later. It may also return early, once, when an earlier wait was given up.
    pub async fn wait(&mut self, due: Instant) {
        match self {
            Alarm::Runtime => tokio::time::sleep_until(due).await,
            #[cfg(target_os = "linux")]
            Alarm::System(timer) => timer.wait(due).await,
        }
    }
}

#[cfg(target_os = "linux")]
pub(super) use system::SystemTimer;

#[cfg(target_os = "linux")]
mod system {
    use super::{Clock, Instant};
    use rustix::fd::OwnedFd;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use std::time::Duration;
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// A timer file descriptor. It is never read: setting it anew takes back that it had fired.
    pub struct SystemTimer {
        descriptor: AsyncFd<OwnedFd>,
        clock: Clock,
        armed: Option<Instant>,
    }

    impl SystemTimer {
        #[expect(
            deprecated,
            reason = "its successor is unsafe; a descriptor that is owned has what that one asks for"
        )]
        pub fn new(clock: Clock) -> std::io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let descriptor = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            let descriptor = AsyncFd::with_interest(descriptor, Interest::READABLE)?;
            Ok(SystemTimer { descriptor, clock, armed: None })
        }

        pub async fn wait(&mut self, due: Instant) {
            if self.arm(due).is_err() {
                return tokio::time::sleep_until(due).await;
            }
            if let Ok(mut ready) = self.descriptor.readable().await {
                ready.clear_ready();
            }
            self.armed = None;
        }

        fn arm(&mut self, due: Instant) -> std::io::Result<()> {
            if self.armed == Some(due) {
                return Ok(());
            }
            // A time of zero would switch it off.
            let left = due.saturating_duration_since(self.clock.now()).max(Duration::from_nanos(1));
            let once = Itimerspec { it_interval: timespec(Duration::ZERO), it_value: timespec(left) };
            timerfd_settime(self.descriptor.get_ref(), TimerfdTimerFlags::empty(), &once)?;
            self.armed = Some(due);
            Ok(())
        }
    }

    fn timespec(length: Duration) -> Timespec {
        Timespec {
            tv_sec: length.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: length.subsec_nanos().into(),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[tokio::test]
        async fn a_timer_fires_when_its_time_has_come_and_can_be_set_again() {
            let clock = Clock::system();
            let mut timer = SystemTimer::new(clock).unwrap();
            for _ in 0..3 {
                let due = clock.now() + Duration::from_millis(2);
                timer.wait(due).await;
                assert!(clock.now() >= due);
            }
        }

        #[tokio::test]
        async fn what_is_long_past_is_due_at_once_and_what_was_given_up_does_not_hold_up_what_follows() {
            let clock = Clock::system();
            let mut timer = SystemTimer::new(clock).unwrap();
            let hour = clock.now() + Duration::from_secs(3600);
            tokio::select! {
                biased;
                () = timer.wait(hour) => unreachable!("an hour has not passed"),
                () = std::future::ready(()) => {}
            }
            timer.wait(clock.start()).await;
            assert!(clock.now() < hour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_never_early() {
        let us = Duration::from_micros;
        for (until, due) in [
            (us(0), us(0)),
            (Duration::from_nanos(1), us(1_000)),
            (us(999), us(1_000)),
            (us(1_000), us(1_000)),
            (us(1_001), us(2_000)),
            (us(999_001), us(1_000_000)),
            (us(86_400_000_001), us(86_400_001_000)),
        ] {
            assert_eq!(on_grid(until), due, "{until:?}");
        }
    }
}
