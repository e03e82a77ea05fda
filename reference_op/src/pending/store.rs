use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::AuthenticationRequest;
use super::request::EXPIRED_RETENTION;
use crate::fault::{Fault, FaultSet};

/// Requests moved or forgotten for each one that is added: more than one, so that the store shrinks under load.
const SWEEP_BATCH: usize = 32;

/// All requests that somebody may still ask about.
pub(crate) struct PendingStore {
    maps: Mutex<Maps>,
    undecided: AtomicUsize,
    capacity: usize,
}

#[derive(Default)]
struct Maps {
    by_auth_req_id: HashMap<String, Held>,
    by_login: HashMap<String, Arc<AuthenticationRequest>>,
    /// Unexpired requests, the next to expire first.
    by_expiry: BTreeMap<(Instant, u64), Arc<AuthenticationRequest>>,
    /// Expired requests in the order in which they are forgotten.
    expired: VecDeque<(Instant, Arc<AuthenticationRequest>)>,
    next_number: u64,
}

impl Maps {
    /// It looks at all requests, for a fault only.
    fn lacking_its_last_character(&self, auth_req_id: &str) -> Option<&Held> {
        let is_meant =
            |whole: &str| whole.strip_prefix(auth_req_id).is_some_and(|rest| rest.chars().count() == 1);
        self.by_auth_req_id.iter().find(|(whole, _)| is_meant(whole)).map(|(_, held)| held)
    }
}

struct Held {
    number: u64,
    request: Arc<AuthenticationRequest>,
}

/// The store is full.
#[derive(Debug)]
pub(crate) struct Full;

impl PendingStore {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { maps: Mutex::default(), undecided: AtomicUsize::new(0), capacity }
    }

    /// Whether a request could be added now.
    pub(crate) fn has_room(&self, now: Instant) -> bool {
        let mut maps = self.maps();
        self.sweep(&mut maps, now);
        maps.by_expiry.len() < self.capacity
    }

    /// Adds a request unless the store is full.
    pub(crate) fn insert(
        &self,
        request: AuthenticationRequest,
        now: Instant,
    ) -> Result<Arc<AuthenticationRequest>, Full> {
        let request = Arc::new(request);
        let mut maps = self.maps();
        self.sweep(&mut maps, now);
        if maps.by_expiry.len() >= self.capacity {
            return Err(Full);
        }
        let number = maps.next_number;
        maps.next_number += 1;
        let held = Held { number, request: Arc::clone(&request) };
        maps.by_auth_req_id.insert(request.auth_req_id.clone(), held);
        maps.by_login.insert(request.login_id.clone(), Arc::clone(&request));
        maps.by_expiry.insert((request.expires_at, number), Arc::clone(&request));
        self.undecided.fetch_add(1, Ordering::Relaxed);
        Ok(request)
    }

    pub(crate) fn by_auth_req_id(
        &self,
        auth_req_id: &str,
        faults: FaultSet,
    ) -> Option<Arc<AuthenticationRequest>> {
        let maps = self.maps();
        let held = match maps.by_auth_req_id.get(auth_req_id) {
            None if faults.has(Fault::TruncatedIdAccepted) => maps.lacking_its_last_character(auth_req_id),
            found => found,
        };
        held.map(|held| Arc::clone(&held.request))
    }

    /// The newest other request of the same client that is unexpired and unredeemed. It looks at all of them, for a
    /// fault only.
    pub(crate) fn latest_other(&self, request: &AuthenticationRequest) -> Option<Arc<AuthenticationRequest>> {
        let maps = self.maps();
        let others = maps.by_expiry.iter().filter(|(_, other)| {
            Arc::ptr_eq(&other.client, &request.client) && other.login_id != request.login_id
        });
        others.max_by_key(|((_, number), _)| *number).map(|(_, other)| Arc::clone(other))
    }

    pub(crate) fn by_login(&self, login_id: &str) -> Option<Arc<AuthenticationRequest>> {
        self.maps().by_login.get(login_id).cloned()
    }

    /// All requests of a user that are unredeemed and unexpired as far as is known. It looks at all requests, for a person
    /// in front of a page only.
    pub(crate) fn of_user(&self, user_identifier: &str) -> Vec<Arc<AuthenticationRequest>> {
        let maps = self.maps();
        let all = maps.by_expiry.values();
        all.filter(|request| request.demand.user_identifier == user_identifier).map(Arc::clone).collect()
    }

    /// Forgets a request: its identifiers are unknown from now on.
    pub(crate) fn remove(&self, request: &AuthenticationRequest) {
        let mut maps = self.maps();
        if let Some(held) = maps.by_auth_req_id.remove(&request.auth_req_id) {
            maps.by_login.remove(&request.login_id);
            maps.by_expiry.remove(&(request.expires_at, held.number));
        }
        drop(maps);
        self.no_longer_undecided(request);
    }

    /// Takes a request out of the count of undecided ones, once.
    pub(crate) fn no_longer_undecided(&self, request: &AuthenticationRequest) {
        if request.counted.swap(false, Ordering::Relaxed) {
            self.undecided.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Requests that wait for the user, and all that are held: those, the decided and the recently expired ones.
    pub(crate) fn counts(&self, now: Instant) -> (usize, usize) {
        let mut maps = self.maps();
        while self.sweep(&mut maps, now) {}
        (self.undecided.load(Ordering::Relaxed), maps.by_auth_req_id.len())
    }

    /// Expires and forgets a batch of what is due; says whether there may be more.
    fn sweep(&self, maps: &mut Maps, now: Instant) -> bool {
        for _ in 0..SWEEP_BATCH {
            let forget =
                maps.expired.front().is_some_and(|(at, _)| *at <= now || maps.expired.len() > self.capacity);
            if forget {
                if let Some((_, request)) = maps.expired.pop_front() {
                    maps.by_auth_req_id.remove(&request.auth_req_id);
                    maps.by_login.remove(&request.login_id);
                }
                continue;
            }
            let Some(next) = maps.by_expiry.first_entry().filter(|next| next.key().0 <= now) else {
                return false;
            };
            let request = next.remove();
            self.no_longer_undecided(&request);
            maps.expired.push_back((request.expires_at + EXPIRED_RETENTION, request));
        }
        true
    }

    fn maps(&self) -> MutexGuard<'_, Maps> {
        // No code that can panic runs under the lock.
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pending::request::tests::request;

    #[test]
    fn requests_leave_every_map_when_redeemed_or_forgotten() {
        let now = crate::Clock::system().now();
        let store = PendingStore::new(10);
        let late = store.insert(request(60, now), now).ok().unwrap();
        let early = store.insert(request(30, now), now).ok().unwrap();
        let redeemed = store.insert(request(10, now), now).ok().unwrap();
        store.remove(&redeemed);
        store.remove(&redeemed);
        assert!(store.by_login(&redeemed.login_id).is_none());
        assert_eq!(store.counts(now), (2, 2));
        assert_eq!(store.counts(early.expires_at), (1, 2));
        assert_eq!(store.counts(early.expires_at + EXPIRED_RETENTION), (0, 1));
        assert!(
            store.by_auth_req_id(&early.auth_req_id, FaultSet::NONE).is_none()
                && store.by_login(&early.login_id).is_none()
        );
        assert!(store.by_auth_req_id(&late.auth_req_id, FaultSet::NONE).is_some());
        assert_eq!(store.counts(late.expires_at + EXPIRED_RETENTION), (0, 0));
        let maps = store.maps();
        assert_eq!((maps.by_login.len(), maps.by_expiry.len(), maps.expired.len()), (0, 0, 0));
    }
}
