use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::afterlife::Afterlife;
use super::demand::{Demand, Standing};
use super::poll::{PingHold, Poll, UnderWay};
use crate::auth_req_id;
use crate::client::Client;
use crate::fault::Fault;
use crate::settings::DeliveryMode;
use crate::throttle::Pace;
use crate::workspace::Workspace;

mod pushed;

/// How long an expired request still answers `expired_token`; afterwards its identifier is unknown.
pub(super) const EXPIRED_RETENTION: Duration = Duration::from_secs(60);
/// What lies between two steps that should be one: long enough for polls that are on their way.
const STEP: Duration = Duration::from_millis(50);
/// By how much a ping can precede its decision under a fault.
const PING_LEAD: Duration = Duration::from_secs(1);

/// One authentication request.
pub(crate) struct AuthenticationRequest {
    pub(crate) auth_req_id: String,
    pub(crate) login_id: String,
    pub(crate) login_state: String,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) client: Arc<Client>,
    pub(crate) demand: Demand,
    pub(crate) received_at: Instant,
    pub(crate) expires_at: Instant,
    progress: Mutex<Progress>,
    /// Whether the request is still counted as undecided.
    pub(super) counted: AtomicBool,
    /// Polls that are under way; counted under a fault only.
    under_way: AtomicUsize,
}

struct Progress {
    state: State,
    /// When a decision begins to show; in the past, but for a fault.
    visible_from: Instant,
    pace: Pace,
    /// Polls that were accepted while the request was undecided.
    accepted: u32,
    ping: PingHold,
    /// The fault `slow-down-to-conformant-poller` strikes once for each request.
    slowed: bool,
    /// Whether the next poll is refused.
    refuses_next: bool,
    /// Whether a push left its approval unredeemed.
    left_over: bool,
}

#[derive(Debug)]
enum State {
    Undecided,
    Approved(Approval),
    Denied,
    Redeemed(Option<Afterlife>),
}

/// What the user approved.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    pub(crate) granted_scopes: Vec<String>,
    pub(crate) at: Instant,
    redeemable_until: Instant,
}

impl AuthenticationRequest {
    pub(crate) fn new(
        workspace: Arc<Workspace>,
        client: Arc<Client>,
        demand: Demand,
        received_at: Instant,
    ) -> Self {
        let faults = workspace.faults;
        let pace = Pace::new(workspace.interval, &client.id, received_at, &workspace.shared_paces, faults);
        let lifetime = match faults.has(Fault::ExpiresEarly) {
            false => demand.expires_in,
            true => demand.expires_in / 2,
        };
        Self {
            auth_req_id: auth_req_id::mint(&client.id, &demand, faults),
            login_id: crate::random::hexadecimal(),
            login_state: crate::random::hexadecimal(),
            workspace,
            client,
            demand,
            received_at,
            expires_at: received_at + lifetime,
            progress: Mutex::new(Progress {
                state: State::Undecided,
                visible_from: received_at,
                pace,
                accepted: 0,
                ping: PingHold::Free,
                slowed: false,
                refuses_next: false,
                left_over: false,
            }),
            counted: AtomicBool::new(true),
            under_way: AtomicUsize::new(0),
        }
    }

    /// Judges a token request of the owning client and redeems an approval. Terminal states come before the interval:
    /// whoever is approved gets the tokens, however early the poll.
    pub(crate) fn poll(&self, now: Instant) -> Poll {
        let mut progress = self.progress();
        if std::mem::take(&mut progress.refuses_next) {
            return Poll::Refused;
        }
        let answer = match self.is_slowed_down(&mut progress, now) {
            true => Poll::SlowDown,
            false => self.judge(&mut progress, now),
        };
        progress.refuses_next =
            matches!(answer, Poll::SlowDown) && self.workspace.faults.has(Fault::SlowDownKills);
        answer
    }

    /// The same in two steps, between which others may come.
    pub(crate) async fn poll_in_two_steps(&self, now: Instant) -> Poll {
        let Some(approval) = self.redeemable(now) else {
            return self.poll(now);
        };
        tokio::time::sleep(STEP).await;
        self.redeem(&mut self.progress(), approval, now)
    }

    fn redeemable(&self, now: Instant) -> Option<Approval> {
        match self.progress().shown(now) {
            State::Approved(approval) => Some(approval.clone()).filter(|held| now < held.redeemable_until),
            State::Undecided | State::Denied | State::Redeemed(_) => None,
        }
    }

    fn judge(&self, progress: &mut Progress, now: Instant) -> Poll {
        let faults = self.workspace.faults;
        match progress.shown(now) {
            State::Redeemed(None) => Poll::Redeemed(None),
            State::Redeemed(Some(afterlife)) => match &afterlife.again {
                Some((approval, until)) if now < *until => Poll::Tokens(approval.clone()),
                Some(_) | None => Poll::Redeemed(afterlife.revoked()),
            },
            State::Denied if faults.has(Fault::TokensAfterDenial) => {
                let everything = self.approval(self.demand.scopes.clone(), now);
                self.redeem(progress, everything, now)
            }
            State::Denied => {
                if faults.has(Fault::DenialForgotten) {
                    progress.state = State::Undecided;
                }
                Poll::AccessDenied
            }
            State::Approved(approval) if now < approval.redeemable_until => {
                let approval = approval.clone();
                self.redeem(progress, approval, now)
            }
            State::Approved(_) => Poll::ExpiredToken,
            State::Undecided => self.judge_undecided(progress, now),
        }
    }

    fn judge_undecided(&self, progress: &mut Progress, now: Instant) -> Poll {
        let faults = self.workspace.faults;
        if now >= self.expires_at && !faults.has(Fault::NeverExpires) {
            return Poll::ExpiredToken;
        }
        if !progress.pace.accept(now) {
            return Poll::SlowDown;
        }
        progress.accepted += 1;
        if faults.has(Fault::TokensBeforeDecision) && progress.accepted > 1 {
            let everything = self.approval(self.demand.scopes.clone(), now);
            return self.redeem(progress, everything, now);
        }
        Poll::AuthorizationPending
    }

    /// Whether a poll is slowed down before anybody looks at the decision: never, but for three faults.
    fn is_slowed_down(&self, progress: &mut Progress, now: Instant) -> bool {
        let faults = self.workspace.faults;
        if faults.has(Fault::SlowDownToConformantPoller)
            && !progress.slowed
            && !matches!(progress.state, State::Redeemed(_))
            && progress.pace.is_kept_since(self.received_at, now)
        {
            progress.slowed = true;
            progress.pace.slow_down();
            return true;
        }
        let checks_interval = match progress.shown(now) {
            State::Approved(_) => faults.has(Fault::ThrottleHidesTokens),
            State::Denied => faults.has(Fault::ThrottleHidesDenial),
            State::Undecided | State::Redeemed(_) => false,
        };
        checks_interval && !progress.pace.accept(now)
    }

    fn redeem(&self, progress: &mut Progress, approval: Approval, now: Instant) -> Poll {
        progress.state = State::Redeemed(Afterlife::of(&approval, now, self.workspace.faults));
        Poll::Tokens(approval)
    }

    /// Counts a poll of somebody else for the interval.
    pub(crate) fn disturb(&self, now: Instant) {
        self.progress().pace.accept(now);
    }

    /// Holds a poll up for a moment; `false` when another one is being held up.
    pub(crate) async fn is_alone(&self) -> bool {
        let poll = UnderWay::new(&self.under_way);
        if poll.is_first {
            tokio::time::sleep(STEP).await;
        }
        poll.is_first
    }

    /// Whether nobody needs to find the request any more.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.progress().state, State::Redeemed(None))
    }

    /// Notes the access token that was issued, for what comes after a redemption.
    pub(crate) fn note_access_token(&self, access_token: &Arc<str>) {
        if let State::Redeemed(Some(afterlife)) = &mut self.progress().state {
            afterlife.note(access_token);
        }
    }

    /// Records an approval; `false` when the request is decided or expired already.
    pub(crate) fn approve(&self, granted_scopes: Vec<String>, now: Instant) -> bool {
        self.decide(State::Approved(self.approval(granted_scopes, now)), self.can_be_approved(now), now)
    }

    /// Records a denial; `false` when the request is decided or expired already.
    pub(crate) fn deny(&self, now: Instant) -> bool {
        self.decide(State::Denied, now < self.expires_at, now)
    }

    fn decide(&self, decision: State, in_time: bool, now: Instant) -> bool {
        let mut progress = self.progress();
        let open = matches!(progress.state, State::Undecided) && in_time;
        if open {
            progress.state = decision;
            let pinged = self.client.delivery == DeliveryMode::Ping;
            if pinged && self.workspace.faults.has(Fault::PingBeforeVisible) {
                progress.visible_from = now + PING_LEAD;
            }
        }
        open
    }

    fn approval(&self, granted_scopes: Vec<String>, now: Instant) -> Approval {
        // Only a fault lets an approval come after the expiry.
        let revives = now >= self.expires_at;
        let redeemable_until = match revives || self.workspace.faults.has(Fault::ApprovalOutlivesExpiry) {
            false => self.expires_at,
            true => self.expires_at + EXPIRED_RETENTION,
        };
        Approval { granted_scopes, at: now, redeemable_until }
    }

    fn can_be_approved(&self, now: Instant) -> bool {
        now < self.expires_at || self.workspace.faults.has(Fault::ApprovedAfterExpiry)
    }

    /// Whether the user has decided, and how.
    pub(crate) fn standing(&self) -> Standing {
        match self.progress().state {
            State::Undecided => Standing::Undecided,
            State::Approved(_) | State::Redeemed(_) => Standing::Approved,
            State::Denied => Standing::Denied,
        }
    }

    /// Whether a decision can still be taken.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.can_be_approved(now) && self.standing() == Standing::Undecided
    }

    /// What the ping that is under way means for polls.
    pub(crate) fn ping_hold(&self) -> PingHold {
        self.progress().ping
    }

    /// Says what the ping that begins or ends means for polls.
    pub(crate) fn set_ping_hold(&self, hold: PingHold) {
        self.progress().ping = hold;
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // No code that can panic runs under the lock.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    /// The state as polls see it.
    fn shown(&self, now: Instant) -> &State {
        if now < self.visible_from { &State::Undecided } else { &self.state }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::fault::FaultSet;
    use crate::settings::{ClientSettings, WorkspaceSettings};

    pub(in crate::pending) fn request(expires_in: u64, now: Instant) -> AuthenticationRequest {
        let demand = Demand {
            peer: None,
            user_identifier: "john".into(),
            scopes: vec!["openid".into()],
            acr_values: None,
            binding_message: None,
            notification_token: None,
            intent: None,
            expires_in: Duration::from_secs(expires_in),
        };
        let workspace =
            Arc::new(Workspace::new("http://op.test", "t", &WorkspaceSettings::new("w"), FaultSet::NONE));
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
                        if matches!(request.poll(now), Poll::Tokens(_)) {
                            redeemed.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
            });
            assert_eq!(redeemed.into_inner(), 1);
        }
    }
}
