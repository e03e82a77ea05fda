//! Logins without a decision yet, in one structure: no task and no timer per login.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::{sync::oneshot, time::Instant};

use crate::{
    open_banking::ConsentApi,
    plan::{Decision, DecisionPlan, Grant},
    secret::Secret,
};

/// Ignored logins that are kept, so that they can still be decided by hand; the oldest makes room.
const IGNORED_KEPT: usize = 16_384;

/// How long they are kept, which is as long as requests live as a rule: a run of days holds no more than its first minutes.
const IGNORED_KEPT_FOR: Duration = Duration::from_secs(10 * 60);

/// Acknowledged logins that are remembered, so that a repeated start does nothing. 32 bytes each.
const LOGINS_REMEMBERED: usize = 262_144;

/// How long they are remembered: a start is repeated soon or not at all.
const LOGINS_REMEMBERED_FOR: Duration = Duration::from_secs(5 * 60);

/// Users whose starts without a binding message are counted. Starts of further users all count as their first.
const USERS_COUNTED: usize = 262_144;

/// What `/authentication/start` told about a login. Kept small: there may be hundreds of thousands.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub login_id: Arc<str>,
    pub login_state: Option<Box<str>>,
    pub user_identifier: Box<str>,
    pub client_id: Box<str>,
    /// What the client is called, if the server says so.
    pub client_name: Option<Box<str>>,
    pub binding_message: Option<Box<str>>,
    pub requested_scopes: Box<[Box<str>]>,
    /// By which API it is decided, if it is about a consent.
    pub consent: Option<ConsentApi>,
    /// When it arrived.
    pub arrived: Instant,
    /// When it expires, as far as that can be told.
    pub expires: Option<Instant>,
    /// What the decision is sent back with, where the server gives one with each login.
    pub bearer: Option<Secret>,
}

/// A login with what is going to happen to it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub login: Login,
    pub plan: Arc<DecisionPlan>,
    pub decision: Decision,
    pub fetch_details: bool,
    /// `None`: nothing is going to happen by itself.
    pub due: Option<Due>,
    /// Set when it was decided by hand.
    pub by_hand: Option<ByHand>,
}

/// What a decision by hand brings with it.
#[derive(Debug)]
pub(crate) struct ByHand {
    /// The scopes that an approval grants; `None` for those of the plan.
    pub grant: Option<Grant>,
    /// Whoever decided waits here.
    pub reply: oneshot::Sender<Decided>,
}

/// When, and a number that keeps decisions due at the same time in the order of their arrival.
pub(crate) type Due = (Instant, u64);

/// How a decision ended.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub status: Option<u16>,
    pub sent: Option<Instant>,
    pub answered: Instant,
    pub problem: Option<String>,
}

pub(crate) struct PendingDecisions {
    by_login: HashMap<Arc<str>, Waiting>,
    due: BTreeMap<Due, Arc<str>>,
    ignored: VecDeque<(Instant, Arc<str>)>,
    remembered: Remembered,
    ordinals: HashMap<Box<str>, u32>,
    next_number: u64,
    limit: usize,
    closed: bool,
}

impl PendingDecisions {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            by_login: HashMap::new(),
            due: BTreeMap::new(),
            ignored: VecDeque::new(),
            remembered: Remembered::default(),
            ordinals: HashMap::new(),
            next_number: 0,
            limit,
            closed: false,
        }
    }

    /// Whether this login has been acknowledged before.
    pub(crate) fn is_known(&self, login_id: &str) -> bool {
        self.by_login.contains_key(login_id) || self.remembered.contains(login_id)
    }

    /// Whether one more may wait.
    pub(crate) fn has_room(&self) -> bool {
        !self.closed && self.due.len() < self.limit
    }

    /// The how-manieth start of `user` without a binding message this is, from 1.
    pub(crate) fn ordinal(&mut self, user: &str) -> u32 {
        if let Some(count) = self.ordinals.get_mut(user) {
            *count = count.saturating_add(1);
            return *count;
        }
        if self.ordinals.len() < USERS_COUNTED {
            self.ordinals.insert(user.into(), 1);
        }
        1
    }

    /// Takes a login in; `at` is when its decision is due, `None` for never. Whether it is the next one due. The caller has
    /// asked [`Self::has_room`].
    pub(crate) fn admit(&mut self, mut waiting: Waiting, at: Option<Instant>) -> bool {
        let (login_id, now) = (Arc::clone(&waiting.login.login_id), waiting.login.arrived);
        self.remembered.insert(&login_id, now);
        waiting.due = at.map(|at| self.schedule(&login_id, at));
        self.forget_ignored(now);
        if waiting.due.is_none() {
            self.ignored.push_back((now, Arc::clone(&login_id)));
        }
        let is_next = waiting.due.is_some_and(|due| self.is_first(due));
        self.by_login.insert(login_id, waiting);
        is_next
    }

    /// When the next decision is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next decision, if its time has come.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Waiting> {
        let first = self.due.first_entry().filter(|first| first.key().0 <= now)?;
        let login_id = first.remove();
        self.by_login.remove(&login_id)
    }

    /// Makes a waiting or ignored login due now, or when it is old enough, with a decision made by hand. `None` if there is
    /// no such login, or it was decided by hand already.
    pub(crate) fn decide_now(
        &mut self,
        login_id: &str,
        decision: Decision,
        (now, least_delay): (Instant, Duration),
        by_hand: ByHand,
    ) -> Option<Resumed> {
        if self.closed {
            return None;
        }
        let (key, waiting) = self.by_login.get_key_value(login_id)?;
        if waiting.by_hand.is_some() {
            return None;
        }
        let (key, former) = (Arc::clone(key), waiting.due);
        let at = now.max(waiting.login.arrived + least_delay);
        if let Some(former) = former {
            self.due.remove(&former);
        }
        let due = self.schedule(&key, at);
        let waiting = self.by_login.get_mut(login_id)?;
        waiting.decision = decision;
        waiting.due = Some(due);
        waiting.by_hand = Some(by_hand);
        Some(Resumed { was_ignored: former.is_none() })
    }

    /// Takes no more, and drops what waits for its time: how many those were.
    pub(crate) fn close(&mut self) -> u64 {
        self.closed = true;
        let mut dropped = 0;
        for login_id in std::mem::take(&mut self.due).into_values() {
            self.by_login.remove(&login_id);
            dropped += 1;
        }
        dropped
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Everything that waits or is ignored, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.by_login.values()
    }

    fn schedule(&mut self, login_id: &Arc<str>, at: Instant) -> Due {
        let due = (at, self.next_number);
        self.next_number += 1;
        self.due.insert(due, Arc::clone(login_id));
        due
    }

    fn is_first(&self, due: Due) -> bool {
        self.due.first_key_value().is_some_and(|(first, _)| *first == due)
    }

    /// Makes room for one more.
    fn forget_ignored(&mut self, now: Instant) {
        while self
            .ignored
            .front()
            .is_some_and(|(kept, _)| self.ignored.len() >= IGNORED_KEPT || *kept + IGNORED_KEPT_FOR <= now)
        {
            if let Some((_, oldest)) = self.ignored.pop_front()
                && self.by_login.get(&oldest).is_some_and(|waiting| waiting.due.is_none())
            {
                self.by_login.remove(&oldest);
            }
        }
    }
}

/// What was there before a decision by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resumed {
    pub was_ignored: bool,
}

/// The last acknowledged logins, by a digest.
#[derive(Default)]
struct Remembered {
    set: HashSet<[u8; 16]>,
    order: VecDeque<(Instant, [u8; 16])>,
}

impl Remembered {
    fn contains(&self, login_id: &str) -> bool {
        self.set.contains(&short_digest(login_id))
    }

    fn insert(&mut self, login_id: &str, now: Instant) {
        while self.order.front().is_some_and(|(since, _)| {
            self.order.len() >= LOGINS_REMEMBERED || *since + LOGINS_REMEMBERED_FOR <= now
        }) {
            if let Some((_, oldest)) = self.order.pop_front() {
                self.set.remove(&oldest);
            }
        }
        let digest = short_digest(login_id);
        if self.set.insert(digest) {
            self.order.push_back((now, digest));
        }
    }
}

fn short_digest(login_id: &str) -> [u8; 16] {
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(digest(&SHA256, login_id.as_bytes()).as_ref()) {
        *to = *from;
    }
    short
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::Instant;

    use super::{
        IGNORED_KEPT, IGNORED_KEPT_FOR, LOGINS_REMEMBERED, LOGINS_REMEMBERED_FOR, Login, PendingDecisions,
        Waiting,
    };
    use crate::{
        clock::Clock,
        plan::{Decision, DecisionPlan},
    };

    fn waiting(login_id: &str, arrived: Instant) -> Waiting {
        Waiting {
            login: Login {
                login_id: login_id.into(),
                login_state: None,
                user_identifier: "user".into(),
                client_id: "client".into(),
                client_name: None,
                binding_message: None,
                requested_scopes: Box::default(),
                consent: None,
                arrived,
                expires: None,
                bearer: None,
            },
            plan: Arc::new(DecisionPlan::default()),
            decision: Decision::Approve,
            fetch_details: false,
            due: None,
            by_hand: None,
        }
    }

    #[test]
    fn decisions_come_out_by_time_then_by_arrival() {
        let now = Clock::system().now();
        let mut pending = PendingDecisions::new(10);
        for (login, millis, is_next) in [("b", 20, true), ("c", 20, false), ("a", 10, true), ("d", 30, false)]
        {
            let at = now + Duration::from_millis(millis);
            assert_eq!(pending.admit(waiting(login, now), Some(at)), is_next);
        }
        assert_eq!(pending.next_due(), Some(now + Duration::from_millis(10)));
        assert!(pending.take_due(now).is_none());
        let later = now + Duration::from_millis(20);
        let order: Vec<_> =
            std::iter::from_fn(|| pending.take_due(later)).map(|waiting| waiting.login.login_id).collect();
        assert_eq!(order.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b", "c"]);
        assert_eq!(pending.close(), 1);
        assert!(!pending.has_room());
    }

    #[test]
    fn what_is_remembered_and_what_is_kept_is_bounded() {
        let now = Clock::system().now();
        let mut pending = PendingDecisions::new(1);
        for number in 0..=LOGINS_REMEMBERED {
            assert!(!pending.admit(waiting(&number.to_string(), now), None));
        }
        assert!(!pending.is_known("0"));
        assert!(pending.is_known("1"));
        assert!(pending.has_room());
        assert_eq!(pending.iter().count(), IGNORED_KEPT);
        assert_eq!((pending.remembered.set.len(), pending.ignored.len()), (LOGINS_REMEMBERED, IGNORED_KEPT));
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let (now, mut pending) = (Clock::system().now(), PendingDecisions::new(1));
        pending.admit(waiting("old", now), None);
        pending.admit(waiting("young", now + LOGINS_REMEMBERED_FOR), None);
        // While it is kept it can be decided, and is known for that.
        assert!(pending.is_known("old") && pending.remembered.set.len() == 1);
        pending.admit(waiting("new", now + IGNORED_KEPT_FOR), None);
        assert_eq!(["old", "young", "new"].map(|login| pending.is_known(login)), [false, true, true]);
        assert_eq!((pending.iter().count(), pending.ignored.len()), (2, 2));
    }

    #[test]
    fn ordinals_count_per_user() {
        let mut pending = PendingDecisions::new(1);
        let ordinals = ["al", "bo", "al", "al", "bo"].map(|user| pending.ordinal(user));
        assert_eq!(ordinals, [1, 1, 2, 3, 2]);
    }

    #[test]
    fn a_waiting_login_is_small() {
        // The struct, its texts of usual length, and its places in the three collections.
        let texts = 32 + 32 + 32 + 32 + 20 + 4 * 24;
        assert!(size_of::<Waiting>() + texts + 3 * 64 + 200 < 1_024, "{}", size_of::<Waiting>());
    }
}
