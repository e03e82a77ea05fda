use super::RelyingParty;
use crate::ciba::Secret;
use crate::target::Addressee;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Assertions of one relying party that are kept ready at most: what a burst of polls takes in a quarter of a second, at the rate
/// that a core can sign with RSA.
const READY_MAX: usize = 256;

/// An assertion that has waited longer is thrown away: two thirds of its life belong to the request and the server's clock.
const AGE_MAX: Duration = Duration::from_secs(20);

/// Assertions that were signed before their requests are due, so that no request waits for a signature and no other flow waits
/// for it meanwhile (RFC 7523, 2.2). Each is used once. They are addressed as those for the token endpoint are.
#[derive(Default)]
pub(super) struct AssertionStock {
    ready: Mutex<VecDeque<Ready>>,
    ahead: AtomicU64,
    late: AtomicU64,
}

struct Ready {
    /// Wall time at which it was made.
    signed: Duration,
    assertion: Secret<String>,
}

/// How many requests found their assertion signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AssertionsUsed {
    /// Requests whose assertion was there.
    pub ahead: u64,
    /// Requests that had to wait for a signature.
    pub late: u64,
}

impl AssertionStock {
    /// The oldest that is young enough.
    fn take(&self, now: Duration) -> Option<Secret<String>> {
        let mut ready = self.lock();
        discard_old(&mut ready, now);
        ready.pop_front().map(|ready| ready.assertion)
    }

    /// Whether there is room for another one.
    fn has_room(&self, now: Duration) -> bool {
        let mut ready = self.lock();
        discard_old(&mut ready, now);
        ready.len() < READY_MAX
    }

    fn put(&self, assertion: Secret<String>, signed: Duration) {
        self.lock().push_back(Ready { signed, assertion });
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Ready>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn discard_old(ready: &mut VecDeque<Ready>, now: Duration) {
    while ready.front().is_some_and(|oldest| now.saturating_sub(oldest.signed) > AGE_MAX) {
        ready.pop_front();
    }
}

impl RelyingParty {
    /// Signs one assertion ahead, if its client signs with a private key and there is room for it. For one thread at a time.
    pub fn sign_ahead(&self) -> bool {
        let addressee = self.addressee(&self.facts.token_endpoint);
        if !self.signs_ahead() || !self.assertions.has_room(addressee.now) {
            return false;
        }
        // Signed outside the lock: a request that finds nothing signs for itself and does not wait.
        let assertion = self.client.assertion_ahead(&addressee);
        assertion.map(|assertion| self.assertions.put(assertion, addressee.now)).is_some()
    }

    /// Whether its client signs with a private key.
    pub fn signs_ahead(&self) -> bool {
        self.client.signs_assertions_slowly()
    }

    /// How many requests found their assertion signed.
    pub fn assertions_used(&self) -> AssertionsUsed {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        AssertionsUsed { ahead: count(&self.assertions.ahead), late: count(&self.assertions.late) }
    }

    /// An assertion for this request, if one is ready that is addressed as it has to be.
    pub(super) fn ready_assertion(&self, addressee: &Addressee<'_>) -> Option<Secret<String>> {
        if !self.signs_ahead() {
            return None;
        }
        let kept_for =
            self.client.assertion_audience(&Addressee { endpoint: &self.facts.token_endpoint, ..*addressee });
        let fits = self.client.assertion_audience(addressee) == kept_for;
        let ready = fits.then(|| self.assertions.take(addressee.now)).flatten();
        let counter = if ready.is_some() { &self.assertions.ahead } else { &self.assertions.late };
        counter.fetch_add(1, Ordering::Relaxed);
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(stock: &AssertionStock, name: &str, at: u64) {
        stock.put(Secret::new(name.to_owned()), Duration::from_secs(at));
    }

    fn taken(stock: &AssertionStock, at: u64) -> Option<String> {
        stock.take(Duration::from_secs(at)).map(|assertion| assertion.expose().clone())
    }

    #[test]
    fn each_is_used_once_and_none_that_is_old() {
        let stock = AssertionStock::default();
        for (name, at) in [("a", 100), ("b", 101), ("c", 110)] {
            put(&stock, name, at);
        }
        assert_eq!(taken(&stock, 105).as_deref(), Some("a"));
        // "b" is 21 s old, "c" 12.
        assert_eq!(taken(&stock, 122).as_deref(), Some("c"));
        assert_eq!(taken(&stock, 122), None);
        // A wall clock that was set back makes nothing older.
        put(&stock, "d", 200);
        assert_eq!(taken(&stock, 10).as_deref(), Some("d"));
    }

    #[test]
    fn it_is_bounded_and_what_is_old_makes_room() {
        let stock = AssertionStock::default();
        let mut kept = 0;
        while stock.has_room(Duration::from_secs(1)) {
            put(&stock, "x", 1);
            kept += 1;
        }
        assert_eq!(kept, READY_MAX);
        assert!(stock.has_room(Duration::from_secs(22)));
    }
}
