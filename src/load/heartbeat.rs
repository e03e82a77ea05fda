use crate::clock::Clock;
use crate::record::Stalls;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

/// A heart beats so often.
const EVERY: Duration = Duration::from_millis(10);

/// A beat that is later than this is a stall: more than the system's scheduler makes anybody wait who wants a moment of a busy
/// processor.
const LATE: Duration = Duration::from_millis(100);

/// Who beats.
#[derive(Debug, Clone, Copy)]
pub(super) enum Heart {
    /// An OS thread that does nothing else: late when the whole process was stopped, or the machine had no time for it.
    Process,
    /// A task among the engines: late as well when something held up all threads that carry flows.
    Engines,
    /// A task among the authentication service's and the notification endpoint's.
    Instruments,
}

/// How late the beats of one heart were.
#[derive(Debug, Default)]
struct Pulse {
    stalls: AtomicU64,
    stalled_us: AtomicU64,
    longest_us: AtomicU64,
}

impl Pulse {
    fn beat(&self, late: Duration) {
        if late > LATE {
            let us = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
            self.stalls.fetch_add(1, Ordering::Relaxed);
            self.stalled_us.fetch_add(us, Ordering::Relaxed);
            self.longest_us.fetch_max(us, Ordering::Relaxed);
        }
    }

    fn seen(&self) -> Stalls {
        Stalls {
            count: self.stalls.load(Ordering::Relaxed),
            stalled_ms: self.stalled_us.load(Ordering::Relaxed) / 1000,
            longest_ms: self.longest_us.load(Ordering::Relaxed) / 1000,
        }
    }
}

/// The hearts of a run, from its first due flow to its last flow's end.
#[derive(Debug, Default)]
pub(super) struct Heartbeats {
    process: Pulse,
    engines: Pulse,
    instruments: Pulse,
    over: AtomicBool,
}

impl Heartbeats {
    fn pulse(&self, heart: Heart) -> &Pulse {
        match heart {
            Heart::Process => &self.process,
            Heart::Engines => &self.engines,
            Heart::Instruments => &self.instruments,
        }
    }

    /// The stalls of one heart so far.
    pub fn stalls(&self, heart: Heart) -> Stalls {
        self.pulse(heart).seen()
    }

    /// The run is over: nobody beats any more.
    pub fn stop(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Beats on this thread until the run is over.
    pub fn beat_here(&self, clock: Clock) {
        let mut due = clock.now() + EVERY;
        while !self.over.load(Ordering::Relaxed) {
            std::thread::sleep(due.saturating_duration_since(clock.now()));
            due = self.beaten(Heart::Process, due, clock.now());
        }
    }

    /// Beats among the tasks of this runtime, from the moment in which the run has `begun`, until it is over.
    pub async fn beat(self: Arc<Self>, heart: Heart, begun: Arc<OnceLock<Instant>>, clock: Clock) {
        let mut due = clock.now() + EVERY;
        while !self.over.load(Ordering::Relaxed) {
            tokio::time::sleep_until(due).await;
            let now = clock.now();
            due = if begun.get().is_some() { self.beaten(heart, due, now) } else { now + EVERY };
        }
    }

    /// Notes a beat, and gives the time of the next one: a long stall is one, and not as many as it lasted beats.
    fn beaten(&self, heart: Heart, due: Instant, now: Instant) -> Instant {
        self.pulse(heart).beat(now.saturating_duration_since(due));
        now + EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_that_is_late_is_a_stall_once() {
        let hearts = Heartbeats::default();
        let start = Clock::system().start();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut due = at(10);
        for now in [10, 21, 131, 431, 445] {
            due = hearts.beaten(Heart::Engines, due, at(now));
        }
        assert_eq!(due, at(455));
        // Late by 0, 1, 100, 290 and 4 ms.
        assert_eq!(hearts.stalls(Heart::Engines), Stalls { count: 1, stalled_ms: 290, longest_ms: 290 });
        assert_eq!(hearts.stalls(Heart::Process), Stalls::default());
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_beats_from_the_begin_of_the_run_to_its_end() {
        let (hearts, begun, clock) =
            (Arc::new(Heartbeats::default()), Arc::new(OnceLock::new()), Clock::system());
        let beating = tokio::spawn(hearts.clone().beat(Heart::Instruments, begun.clone(), clock));
        tokio::task::yield_now().await;
        // Nobody looks at the clock while time goes on in one step.
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(hearts.stalls(Heart::Instruments).count, 0, "the run has not begun");
        tokio::task::yield_now().await;
        begun.set(clock.now()).unwrap();
        tokio::time::advance(Duration::from_millis(500)).await;
        tokio::task::yield_now().await;
        assert_eq!(hearts.stalls(Heart::Instruments), Stalls { count: 1, stalled_ms: 490, longest_ms: 490 });
        hearts.stop();
        tokio::time::advance(Duration::from_secs(1)).await;
        beating.await.unwrap();
    }
}
