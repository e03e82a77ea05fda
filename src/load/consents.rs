use crate::ciba::Outcome;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// So many refusals, and not one consent created, end a run: it would never reach a user.
const REFUSED_TO_STOP: u64 = 20;
/// Different refusals that are kept in words.
const WORDS_KEPT: usize = 5;

/// What the consent API did in a run (Open Banking).
#[derive(Debug, Default)]
pub(super) struct ConsentsSeen {
    created: AtomicU64,
    refused: AtomicU64,
    words: Mutex<Vec<String>>,
}

impl ConsentsSeen {
    pub fn created(&self) {
        self.created.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a consent was not created, and why. Gives the reason when the run should end by it.
    pub fn not_created(&self, outcome: Outcome, said: String) -> Option<String> {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() < WORDS_KEPT && !words.contains(&said) {
            words.push(said);
        }
        let first = words.first().cloned().unwrap_or_default();
        drop(words);
        // A server that is down or overloaded refuses nothing; that it is lost shows elsewhere.
        if outcome != Outcome::ConsentRefused {
            return None;
        }
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        (refused >= REFUSED_TO_STOP && self.created.load(Ordering::Relaxed) == 0)
            .then(|| format!("every consent was refused, {refused} of them; the server said: {first}"))
    }

    pub fn count(&self) -> u64 {
        self.created.load(Ordering::Relaxed)
    }

    pub fn words(&self) -> Vec<String> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_when_nothing_but_refusals_came() {
        let refused = |seen: &ConsentsSeen| seen.not_created(Outcome::ConsentRefused, "no".to_owned());
        let seen = ConsentsSeen::default();
        assert!((1..REFUSED_TO_STOP).all(|_| refused(&seen).is_none()));
        assert_eq!(refused(&seen).unwrap(), "every consent was refused, 20 of them; the server said: no");
        let seen = ConsentsSeen::default();
        seen.created();
        assert!((0..2 * REFUSED_TO_STOP).all(|_| refused(&seen).is_none()));
        let down = ConsentsSeen::default();
        let words = (0..100).map(|n| format!("connection {n} broke"));
        assert!(words.into_iter().all(|said| down.not_created(Outcome::TransportFailed, said).is_none()));
        assert_eq!(down.words().len(), WORDS_KEPT);
    }
}
