use super::waiting::{FoundBy, Queue, Sought, Ticket};
use super::{Confirmed, Decided, NotConfirmed};
use crate::ciba::Decision;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Most starts, and most verifications, that are kept; then the oldest makes room and is counted.
pub const LOGINS_MAX: usize = 4_096;

/// What `/authentication/start` told about a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The login, by which it is decided.
    pub login_id: String,
    /// The user; empty when the request named none.
    pub user: String,
    /// The binding message, unless empty.
    pub binding_message: Option<String>,
    /// The client that asks; empty when the request named none.
    pub client_id: String,
    /// The requested scopes.
    pub requested_scopes: Vec<String>,
    /// The consent that it is about (Open Banking).
    pub intent_id: Option<String>,
    /// When it arrived for the first time.
    pub at: Instant,
}

/// The login of one flow. No other flow is given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// What was told about it.
    pub start: Started,
    /// How sure it is that it belongs to the flow.
    pub found_by: FoundBy,
}

/// Keeps what the authentication service sees until somebody asks for it: for scenarios with a handful of flows, not for
/// load, which has [`Traces`](super::Traces).
#[derive(Debug, Default)]
pub struct Logins {
    kept: Mutex<Kept>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    /// Each with whether it is claimed.
    starts: VecDeque<(Started, bool)>,
    verifies: VecDeque<(Box<str>, Instant)>,
    queue: Queue,
    decisions: VecDeque<DecisionSeen>,
    dropped: u64,
}

/// A decision on its way; the latest of a login counts.
#[derive(Debug)]
struct DecisionSeen {
    login_id: Box<str>,
    decision: Decision,
    sent: Instant,
    /// Status and time of the final answer.
    answered: Option<(Option<u16>, Instant)>,
}

impl Logins {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Logins::default()
    }

    /// Claims the login of a flow; waits for it if it is not there yet. `None` when none came in time.
    ///
    /// A login that carries the sought binding message is the flow's. Failing that, the oldest one of the user is, unless
    /// it carries a message and another was sought: the first start belongs to the first flow. Flows that wait at the same
    /// time are served in the order of their `after`, then in the order in which they began to wait, however the runtime
    /// wakes them. [`Login::found_by`] tells whether that was a choice.
    pub async fn claim(&self, sought: &Sought<'_>, within: Duration) -> Option<Login> {
        let place = Place { logins: self, ticket: self.lock().queue.join(sought) };
        tokio::time::timeout(within, async {
            loop {
                // Listens before it looks, so that nothing slips in between.
                let mut changed = std::pin::pin!(self.changed.notified());
                changed.as_mut().enable();
                if let Some(login) = place.claim() {
                    return login;
                }
                changed.await;
            }
        })
        .await
        .ok()
    }

    /// Waits until a login is decided, by whomever, and the decision is answered. `None` when neither happened in time.
    pub async fn decided(&self, login_id: &str, within: Duration) -> Option<Decided> {
        tokio::time::timeout(within, async {
            loop {
                let mut changed = std::pin::pin!(self.changed.notified());
                changed.as_mut().enable();
                if let Some(decided) = self.decision(login_id) {
                    return decided;
                }
                changed.await;
            }
        })
        .await
        .ok()
    }

    fn decision(&self, login_id: &str) -> Option<Decided> {
        let kept = self.lock();
        let seen = kept.decisions.iter().find(|seen| *seen.login_id == *login_id)?;
        let (status, answered) = seen.answered?;
        let answered = match status {
            Some(status @ 200..300) => Ok(Confirmed { status, sent: seen.sent, answered }),
            _ => {
                let reason = status.map_or_else(
                    || "the server did not answer the decision".to_owned(),
                    |status| format!("the server answered the decision {status}"),
                );
                Err(NotConfirmed { status, sent: Some(seen.sent), reason })
            }
        };
        Some(Decided { decision: seen.decision, answered })
    }

    /// Every start of a user that is kept, claimed or not, oldest first. A start that was repeated is one.
    pub fn starts(&self, user: &str) -> Vec<Started> {
        let kept = self.lock();
        kept.starts.iter().filter(|(start, _)| start.user == user).map(|(start, _)| start.clone()).collect()
    }

    /// When `/user/verify` arrived for a user, as far as that is kept, oldest first.
    pub fn verifies(&self, user: &str) -> Vec<Instant> {
        self.lock().verifies.iter().filter(|(seen, _)| **seen == *user).map(|(_, at)| *at).collect()
    }

    /// Number of starts that are kept for a user.
    pub fn count_starts(&self, user: &str) -> usize {
        self.lock().starts.iter().filter(|(start, _)| start.user == user).count()
    }

    /// How many starts and verifications were dropped to make room.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    pub(super) fn saw_verify(&self, user: &str, at: Instant) {
        let mut kept = self.lock();
        if kept.verifies.len() >= LOGINS_MAX {
            kept.verifies.pop_front();
            kept.dropped += 1;
        }
        kept.verifies.push_back((user.into(), at));
    }

    pub(super) fn saw_start(&self, start: Started) {
        let mut kept = self.lock();
        if kept.starts.iter().any(|(known, _)| known.login_id == start.login_id) {
            return;
        }
        if kept.starts.len() >= LOGINS_MAX {
            kept.starts.pop_front();
            kept.dropped += 1;
        }
        kept.starts.push_back((start, false));
        drop(kept);
        self.changed.notify_waiters();
    }

    pub(super) fn saw_decision_sent(&self, login_id: &str, decision: Decision, at: Instant) {
        let mut kept = self.lock();
        kept.decisions.retain(|seen| *seen.login_id != *login_id);
        if kept.decisions.len() >= LOGINS_MAX {
            kept.decisions.pop_front();
        }
        kept.decisions.push_back(DecisionSeen {
            login_id: login_id.into(),
            decision,
            sent: at,
            answered: None,
        });
    }

    pub(super) fn saw_decision_answered(&self, login_id: &str, status: Option<u16>, at: Instant) {
        let mut kept = self.lock();
        if let Some(seen) = kept.decisions.iter_mut().find(|seen| *seen.login_id == *login_id) {
            seen.answered = Some((status, at));
        }
        drop(kept);
        self.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A flow's place among those that wait; it is left when the flow has its login or gives up.
struct Place<'a> {
    logins: &'a Logins,
    ticket: Ticket,
}

impl Place<'_> {
    fn claim(&self) -> Option<Login> {
        let mut kept = self.logins.lock();
        let free: Vec<(usize, &Started)> = kept
            .starts
            .iter()
            .enumerate()
            .filter_map(|(at, (start, claimed))| (!claimed).then_some((at, start)))
            .collect();
        let (at, found_by) = kept.queue.share_of(self.ticket, &free)?;
        let (start, claimed) = kept.starts.get_mut(at)?;
        *claimed = true;
        Some(Login { start: start.clone(), found_by })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.logins.lock().queue.leave(self.ticket);
        // What would have been this flow's may be another's now.
        self.logins.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use std::sync::Arc;

    const SOON: Duration = Duration::from_secs(1);

    fn start(login: &str, user: &str, message: Option<&str>, at: Instant) -> Started {
        Started {
            login_id: login.to_owned(),
            user: user.to_owned(),
            binding_message: message.map(str::to_owned),
            client_id: "rp".to_owned(),
            requested_scopes: vec!["openid".to_owned()],
            intent_id: None,
            at,
        }
    }

    async fn claim(
        logins: &Logins,
        user: &str,
        binding_message: Option<&str>,
        after: Instant,
    ) -> Option<(String, FoundBy)> {
        let found = logins.claim(&Sought { user, binding_message, after }, SOON).await?;
        Some((found.start.login_id, found.found_by))
    }

    fn found(login: &str, by: FoundBy) -> Option<(String, FoundBy)> {
        Some((login.to_owned(), by))
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_is_found_by_its_message_or_else_by_its_user_and_given_once() {
        let (zero, logins) = (Clock::system().now(), Logins::new());
        for (login, user, message, second) in [
            ("old", "alice", None, 0),
            ("first", "alice", None, 5),
            ("other", "alice", Some("m2"), 6),
            ("second", "alice", None, 7),
            ("mapped", "alice-internal", Some("m1"), 8),
        ] {
            logins.saw_start(start(login, user, message, zero + Duration::from_secs(second)));
        }
        let after = zero + Duration::from_secs(5);
        assert_eq!(
            claim(&logins, "alice", Some("m1"), after).await,
            found("mapped", FoundBy::BindingMessage)
        );
        assert_eq!(claim(&logins, "alice", Some("m1"), after).await, found("first", FoundBy::FirstOfUser));
        assert_eq!(claim(&logins, "alice", Some("m3"), after).await, found("second", FoundBy::OnlyOfUser));
        assert_eq!(claim(&logins, "alice", Some("m3"), after).await, None, "another flow's message");
        assert_eq!(claim(&logins, "alice", None, after).await, found("other", FoundBy::OnlyOfUser));
        assert_eq!(claim(&logins, "alice", None, after).await, None, "each is given once");
        assert_eq!(claim(&logins, "bob", None, zero).await, None);
        assert_eq!(claim(&logins, "alice", None, zero).await, found("old", FoundBy::OnlyOfUser));
        assert_eq!((logins.count_starts("alice"), logins.starts("alice-internal").len()), (4, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn flows_that_wait_together_are_served_in_their_own_order() {
        let zero = Clock::system().now();
        let ms = |ms| zero + Duration::from_millis(ms);
        // The later flow waits first, and is woken first.
        for reversed in [false, true] {
            let logins = Arc::new(Logins::new());
            let flows = [("alice", None, ms(1)), ("alice", None, ms(2)), ("alice", Some("m"), ms(3))];
            let mut waiting = Vec::new();
            let order: Vec<usize> = if reversed { vec![2, 1, 0] } else { vec![0, 1, 2] };
            for flow in order {
                let ((user, message, after), logins) = (flows[flow], logins.clone());
                let claimed = async move { claim(&logins, user, message, after).await };
                waiting.push((flow, tokio::spawn(claimed)));
                tokio::task::yield_now().await;
            }
            logins.saw_start(start("one", "alice", None, ms(10)));
            logins.saw_start(start("message", "alice", Some("m"), ms(11)));
            tokio::task::yield_now().await;
            logins.saw_start(start("two", "alice", None, ms(12)));
            for (flow, task) in waiting {
                let expected = [
                    found("one", FoundBy::FirstOfUser),
                    found("two", FoundBy::OnlyOfUser),
                    found("message", FoundBy::BindingMessage),
                ];
                assert_eq!(task.await.unwrap(), expected[flow], "flow {flow}, reversed: {reversed}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_leaves_its_turn_to_the_next() {
        let (zero, logins) = (Clock::system().now(), Logins::new());
        let later = zero + Duration::from_secs(5);
        let first = Sought { user: "alice", binding_message: None, after: zero };
        assert_eq!(logins.claim(&first, SOON).await, None);
        let patient = Sought { user: "alice", binding_message: None, after: zero + SOON };
        let (impatient, login, ()) =
            tokio::join!(logins.claim(&first, SOON), logins.claim(&patient, SOON * 9), async {
                tokio::time::sleep(SOON * 2).await;
                logins.saw_start(start("l", "alice", None, later));
            });
        assert_eq!(impatient, None);
        assert_eq!(login.unwrap().start.at, later);
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_repeated_start_is_one() {
        let (zero, logins) = (Clock::system().now(), Logins::new());
        for number in 0..LOGINS_MAX + 2 {
            for _ in 0..2 {
                logins.saw_start(start(&number.to_string(), "alice", None, zero));
            }
            logins.saw_verify("alice", zero);
        }
        assert_eq!(logins.count_starts("alice"), LOGINS_MAX);
        assert_eq!(logins.verifies("alice").len(), LOGINS_MAX);
        assert_eq!((logins.dropped(), logins.starts("alice")[0].login_id.as_str()), (4, "2"));
    }
}
