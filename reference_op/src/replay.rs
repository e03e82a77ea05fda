//! Which assertions were used (RFC 7523, 3; OpenID Connect Core 1.0, 9).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Identifiers remembered at once. Beyond it the oldest are forgotten, used up or not.
const MAX_REMEMBERED: usize = 200_000;

/// The `jti` of assertions until they expire.
#[derive(Default)]
pub(crate) struct Used(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    /// When each expires, in seconds since 1970; by client and `jti`.
    expiries: HashMap<(String, String), u64>,
    /// In the order in which they came.
    order: VecDeque<(String, String)>,
}

impl Used {
    /// Notes an identifier. Whether it is new.
    pub(crate) fn note(&self, client_id: &str, jti: &str, expires_at: u64, now: u64) -> bool {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(oldest) = memory.order.front() {
            let expired = memory.expiries.get(oldest).is_none_or(|expiry| *expiry <= now);
            if !expired && memory.order.len() < MAX_REMEMBERED {
                break;
            }
            if let Some(oldest) = memory.order.pop_front() {
                memory.expiries.remove(&oldest);
            }
        }
        let key = (client_id.to_owned(), jti.to_owned());
        if memory.expiries.get(&key).is_some_and(|expiry| *expiry > now) {
            return false;
        }
        if memory.expiries.insert(key.clone(), expires_at).is_none() {
            memory.order.push_back(key);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_used_once_until_it_expires() {
        let used = Used::default();
        assert!(used.note("a", "1", 100, 0) && used.note("b", "1", 100, 0) && used.note("a", "2", 50, 0));
        assert!(!used.note("a", "1", 100, 99) && !used.note("a", "2", 50, 49));
        assert!(used.note("a", "2", 150, 50) && used.note("a", "1", 200, 100));
        assert!(!used.note("a", "2", 150, 149));
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let used = Used::default();
        for number in 0..=MAX_REMEMBERED {
            assert!(used.note("a", &number.to_string(), u64::MAX, 0));
        }
        assert_eq!(used.0.lock().unwrap().order.len(), MAX_REMEMBERED);
        assert!(used.note("a", "0", u64::MAX, 0) && !used.note("a", "9", u64::MAX, 0));
    }
}
