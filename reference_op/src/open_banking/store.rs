use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::consent::Consent;

/// Consents forgotten for each one that is added: more than one, so that the store shrinks under load.
const SWEEP_BATCH: usize = 32;

/// The consents of a workspace until they expire, bounded.
#[derive(Debug)]
pub(super) struct ConsentStore {
    held: Mutex<Held>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Held {
    by_id: HashMap<String, Arc<Consent>>,
    /// The next to expire first, in seconds since 1970.
    by_expiry: BTreeMap<(u64, u64), Arc<Consent>>,
    next_number: u64,
}

impl ConsentStore {
    pub(super) fn new(capacity: usize) -> Self {
        Self { held: Mutex::default(), capacity }
    }

    /// Adds a consent; `None` when there is no room. `now` is in seconds since 1970.
    pub(super) fn insert(&self, consent: Consent, now: u64) -> Option<Arc<Consent>> {
        let mut held = self.held();
        for _ in 0..SWEEP_BATCH {
            let Some(next) = held.by_expiry.first_entry().filter(|next| next.key().0 <= now) else { break };
            let expired = next.remove();
            held.by_id.remove(&expired.id);
        }
        if held.by_id.len() >= self.capacity {
            return None;
        }
        let consent = Arc::new(consent);
        let number = held.next_number;
        held.next_number += 1;
        held.by_id.insert(consent.id.clone(), Arc::clone(&consent));
        held.by_expiry.insert((consent.expires_at, number), Arc::clone(&consent));
        Some(consent)
    }

    /// A consent that has not expired.
    pub(super) fn find(&self, id: &str, now: u64) -> Option<Arc<Consent>> {
        self.held().by_id.get(id).filter(|consent| now < consent.expires_at).cloned()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // No code that can panic runs under the lock.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::super::consent::Asked;
    use super::super::kind::Kind;
    use super::*;

    fn consent(id: &str, expires_at: u64) -> Consent {
        let asked = Asked { data: Map::new(), risk: Value::Null, expires_at: None, addressee: None };
        Consent::new((id.into(), Kind::AccountAccess, "c".into()), asked, String::new(), expires_at)
    }

    #[test]
    fn consents_expire_and_make_room() {
        let store = ConsentStore::new(2);
        assert!(store.insert(consent("a", 10), 0).is_some() && store.insert(consent("b", 20), 0).is_some());
        assert!(store.insert(consent("c", 30), 9).is_none());
        assert!(store.find("a", 9).is_some() && store.find("a", 10).is_none());
        assert!(store.insert(consent("c", 30), 10).is_some());
        assert!(store.find("b", 10).is_some() && store.find("c", 10).is_some());
        assert!(store.insert(consent("d", 99), 50).is_some());
        let held = store.held();
        assert_eq!((held.by_id.len(), held.by_expiry.len()), (1, 1));
    }
}
