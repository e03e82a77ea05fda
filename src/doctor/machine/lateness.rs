use crate::clock::{Clock, sharpen_timers};
use std::time::Duration;

/// Wake-ups that are looked at: enough for a 99th percentile.
const WAKES: usize = 400;

/// Time between two of them.
const EVERY: Duration = Duration::from_millis(1);

/// How late a thread wakes that sleeps until evenly spaced times, as the pacer of a run does: 99th percentile, in µs.
pub(super) fn wakes_late_p99_us(clock: Clock) -> u64 {
    sharpen_timers();
    let mut late = Vec::with_capacity(WAKES);
    let mut due = clock.now();
    for _ in 0..WAKES {
        due += EVERY;
        std::thread::sleep(due.saturating_duration_since(clock.now()));
        let now = clock.now();
        late.push(now.saturating_duration_since(due).as_micros());
        // One pause is one late wake-up, not all that were due in it.
        due = due.max(now);
    }
    late.sort_unstable();
    let p99 = late.get(WAKES * 99 / 100).copied().unwrap_or(0);
    u64::try_from(p99).unwrap_or(u64::MAX)
}
