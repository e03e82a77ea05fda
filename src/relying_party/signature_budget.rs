use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// How many ID tokens have their signatures verified: all of them up to a rate, and above it as many as the rate allows, evenly
/// over time. A second's worth may come at once. All relying parties of a run share one.
#[derive(Debug)]
pub struct SignatureBudget {
    per_s: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: f64,
    at: Instant,
}

impl SignatureBudget {
    /// So many signatures a second.
    pub fn new(per_s: u32, now: Instant) -> Self {
        let per_s = f64::from(per_s);
        SignatureBudget { per_s, state: Mutex::new(State { left: per_s, at: now }) }
    }

    /// Whether one more signature is to be verified now.
    pub(super) fn grants(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(state.at).as_secs_f64();
        state.left = (state.left + since * self.per_s).min(self.per_s);
        state.at = now;
        let grants = state.left >= 1.0;
        if grants {
            state.left -= 1.0;
        }
        grants
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use std::time::Duration;

    /// Signatures granted of so many asked for per second, in each of ten seconds.
    fn granted(asked: u32) -> Vec<u32> {
        let start = Clock::system().start();
        let budget = SignatureBudget::new(1_000, start);
        let mut granted = vec![0; 10];
        for n in 0..asked * 10 {
            let at = Duration::from_secs_f64(f64::from(n) / f64::from(asked));
            if budget.grants(start + at) {
                granted[at.as_secs() as usize] += 1;
            }
        }
        granted
    }

    #[test]
    fn all_are_verified_up_to_the_rate_and_the_rate_above_it() {
        assert_eq!(granted(1_000), vec![1_000; 10]);
        let above = granted(4_000);
        // The first second spends what was saved up.
        assert!((1_990..=2_000).contains(&above[0]), "{above:?}");
        assert!(above[1..].iter().all(|second| (999..=1_001).contains(second)), "{above:?}");
    }

    #[test]
    fn a_burst_of_a_second_s_worth_is_verified_whole() {
        let start = Clock::system().start();
        let budget = SignatureBudget::new(1_000, start);
        assert_eq!((0..1_500).filter(|_| budget.grants(start)).count(), 1_000);
    }
}
