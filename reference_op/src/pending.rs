//! Authentication requests between acknowledgement and redemption.
//!
//! Decision, pace and redemption of one request sit behind one lock, so that a request is redeemed exactly once. The
//! store only finds requests; it never looks at all of them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::client::Client;
use crate::fault::{Fault, FaultSet};
use crate::secret::Secret;
use crate::throttle::Throttle;
use crate::workspace::Workspace;

/// How long an expired request still answers `expired_token`; afterwards its identifier is unknown.
const EXPIRED_RETENTION: Duration = Duration::from_secs(60);
/// Requests moved or forgotten for each one that is added: more than one, so that the store shrinks under load.
const SWEEP_BATCH: usize = 32;

/// One authentication request.
pub(crate) struct AuthenticationRequest {
    pub(crate) auth_req_id: String,
    pub(crate) login_id: String,
    pub(crate) login_state: String,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) client: Arc<Client>,
    pub(crate) user_identifier: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) acr_values: Option<Vec<String>>,
    pub(crate) binding_message: Option<String>,
    pub(crate) notification_token: Option<Secret>,
    pub(crate) received_at: Instant,
    pub(crate) expires_at: Instant,
    progress: Mutex<Progress>,
    /// Whether the request is still counted as undecided.
    counted: AtomicBool,
}

struct Progress {
    state: State,
    throttle: Throttle,
    /// The fault `slow-down-to-conformant-poller` strikes once for each request.
    slowed: bool,
}

#[derive(Debug)]
enum State {
    Undecided,
    Approved(Approval),
    Denied,
    Redeemed,
}

/// What the user approved.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    pub(crate) granted_scopes: Vec<String>,
    pub(crate) at: Instant,
}

/// What a request is about; the store adds identifiers.
pub(crate) struct Demand {
    pub(crate) user_identifier: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) acr_values: Option<Vec<String>>,
    pub(crate) binding_message: Option<String>,
    pub(crate) notification_token: Option<Secret>,
    pub(crate) expires_in: Duration,
}

/// The answer to a token request (CIBA Core 1.0, 10.1.1 and 11).
#[derive(Debug)]
pub(crate) enum Poll {
    Tokens(Approval),
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    AccessDenied,
    Redeemed,
}

/// What is known about a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Undecided,
    Approved,
    Denied,
}

impl AuthenticationRequest {
    pub(crate) fn new(
        workspace: Arc<Workspace>,
        client: Arc<Client>,
        demand: Demand,
        received_at: Instant,
    ) -> Self {
        let throttle = Throttle::new(workspace.interval);
        Self {
            auth_req_id: crate::random::unguessable(),
            login_id: crate::random::hexadecimal(),
            login_state: crate::random::hexadecimal(),
            workspace,
            client,
            user_identifier: demand.user_identifier,
            scopes: demand.scopes,
            acr_values: demand.acr_values,
            binding_message: demand.binding_message,
            notification_token: demand.notification_token,
            received_at,
            expires_at: received_at + demand.expires_in,
            progress: Mutex::new(Progress { state: State::Undecided, throttle, slowed: false }),
            counted: AtomicBool::new(true),
        }
    }

    /// Judges a token request of the owning client and redeems an approval. Terminal states come before the interval:
    /// whoever is approved gets the tokens, however early the poll.
    pub(crate) fn poll(&self, now: Instant, faults: FaultSet) -> Poll {
        let mut progress = self.progress();
        let Progress { state, throttle, slowed } = &mut *progress;
        if faults.has(Fault::SlowDownToConformantPoller)
            && !*slowed
            && !matches!(state, State::Redeemed)
            && throttle.is_kept_since(self.received_at, now)
        {
            *slowed = true;
            throttle.slow_down();
            return Poll::SlowDown;
        }
        match &*state {
            State::Redeemed => Poll::Redeemed,
            State::Denied if faults.has(Fault::TokensAfterDenial) => {
                *state = State::Redeemed;
                Poll::Tokens(Approval { granted_scopes: self.scopes.clone(), at: now })
            }
            State::Denied => Poll::AccessDenied,
            State::Approved(_) | State::Undecided if now >= self.expires_at => Poll::ExpiredToken,
            State::Approved(approval) => {
                let approval = approval.clone();
                *state = State::Redeemed;
                Poll::Tokens(approval)
            }
            State::Undecided if throttle.accept(now) => Poll::AuthorizationPending,
            State::Undecided => Poll::SlowDown,
        }
    }

    /// Records an approval; `false` when the request is decided or expired already.
    pub(crate) fn approve(&self, granted_scopes: Vec<String>, now: Instant) -> bool {
        self.decide(State::Approved(Approval { granted_scopes, at: now }), now)
    }

    /// Records a denial; `false` when the request is decided or expired already.
    pub(crate) fn deny(&self, now: Instant) -> bool {
        self.decide(State::Denied, now)
    }

    fn decide(&self, decision: State, now: Instant) -> bool {
        let mut progress = self.progress();
        let open = matches!(progress.state, State::Undecided) && now < self.expires_at;
        if open {
            progress.state = decision;
        }
        open
    }

    /// Whether the user has decided, and how.
    pub(crate) fn standing(&self) -> Standing {
        match self.progress().state {
            State::Undecided => Standing::Undecided,
            State::Approved(_) | State::Redeemed => Standing::Approved,
            State::Denied => Standing::Denied,
        }
    }

    /// Whether a decision can still be taken.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        now < self.expires_at && self.standing() == Standing::Undecided
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // No code that can panic runs under the lock.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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

    pub(crate) fn by_auth_req_id(&self, auth_req_id: &str) -> Option<Arc<AuthenticationRequest>> {
        self.maps().by_auth_req_id.get(auth_req_id).map(|held| Arc::clone(&held.request))
    }

    pub(crate) fn by_login(&self, login_id: &str) -> Option<Arc<AuthenticationRequest>> {
        self.maps().by_login.get(login_id).cloned()
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
    use std::sync::Barrier;

    use super::*;
    use crate::settings::{ClientSettings, WorkspaceSettings};

    fn request(expires_in: u64, now: Instant) -> AuthenticationRequest {
        let demand = Demand {
            user_identifier: "john".into(),
            scopes: vec!["openid".into()],
            acr_values: None,
            binding_message: None,
            notification_token: None,
            expires_in: Duration::from_secs(expires_in),
        };
        let workspace = Arc::new(Workspace::new("http://op.test", "t", &WorkspaceSettings::new("w")));
        AuthenticationRequest::new(
            workspace,
            Arc::new(Client::new(&ClientSettings::poll("c", "s"))),
            demand,
            now,
        )
    }

    #[test]
    fn of_many_simultaneous_polls_one_redeems_even_when_all_found_the_request() {
        let now = crate::Clock::system().now();
        for _ in 0..50 {
            let request = request(60, now);
            assert!(request.approve(vec!["openid".into()], now));
            let barrier = Barrier::new(64);
            let redeemed = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..64 {
                    scope.spawn(|| {
                        barrier.wait();
                        if matches!(request.poll(now, FaultSet::NONE), Poll::Tokens(_)) {
                            redeemed.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
            });
            assert_eq!(redeemed.into_inner(), 1);
        }
    }

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
            store.by_auth_req_id(&early.auth_req_id).is_none() && store.by_login(&early.login_id).is_none()
        );
        assert!(store.by_auth_req_id(&late.auth_req_id).is_some());
        assert_eq!(store.counts(late.expires_at + EXPIRED_RETENTION), (0, 0));
        let maps = store.maps();
        assert_eq!((maps.by_login.len(), maps.by_expiry.len(), maps.expired.len()), (0, 0, 0));
    }
}
