use super::answer::Answer;
use super::texts::{TextRefused, Texts};
use super::token::{NotificationToken, SecretPart, parse};
use crate::ciba::Secret;
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use subtle::ConstantTimeEq as _;

/// Most flows that are registered at once; each costs about 100 bytes.
pub const REGISTERED_MAX: usize = 1 << 20;
/// Locks that registered flows are spread over; neighbouring flow numbers never share one.
const SHARDS: usize = 64;

/// No further flow can be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "notification endpoint already waits for {REGISTERED_MAX} flows, its bound: lower the rate or max_in_flight"
)]
pub struct RegistryFull;

/// The tokens that are waited for, and what scenarios want answered.
pub(super) struct Registry {
    shards: [Mutex<FxHashMap<u64, Entry>>; SHARDS],
    registered: AtomicUsize,
    texts: Texts,
    plans: Plans,
}

struct Entry {
    secret: SecretPart,
    presented: bool,
    awaits_push: bool,
}

/// A known token was presented.
pub(super) struct Known {
    pub(super) flow: u64,
    pub(super) duplicate: bool,
    /// Whether the call is to be a push.
    pub(super) awaits_push: bool,
}

impl Registry {
    pub(super) fn new() -> Self {
        Registry {
            shards: std::array::from_fn(|_| Mutex::default()),
            registered: AtomicUsize::new(0),
            texts: Texts::default(),
            plans: Plans::default(),
        }
    }

    pub(super) fn register(&self, token: &NotificationToken, awaits_push: bool) -> Result<(), RegistryFull> {
        let entry = Entry { secret: token.secret_part(), presented: false, awaits_push };
        let mut shard = self.shard(token.flow());
        // Checked and counted under different locks: the bound may be passed by a few, one for each shard at most.
        if self.registered.load(Ordering::Relaxed) >= REGISTERED_MAX {
            return Err(RegistryFull);
        }
        if shard.insert(token.flow(), entry).is_none() {
            self.registered.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    pub(super) fn register_text(&self, flow: u64, token: &Secret<String>) -> Result<(), TextRefused> {
        self.texts.register(flow, token)
    }

    pub(super) fn forget(&self, flow: u64) {
        if self.shard(flow).remove(&flow).is_some() {
            self.registered.fetch_sub(1, Ordering::Relaxed);
        }
        self.texts.forget(flow);
        self.plans.forget(flow);
    }

    pub(super) fn registered(&self) -> usize {
        self.registered.load(Ordering::Relaxed) + self.texts.registered()
    }

    /// Whose token this is. It counts as presented from now on.
    pub(super) fn present(&self, token: &[u8]) -> Option<Known> {
        self.find(token, true)
    }

    /// A call that broke off counts for nothing: the next one is no repetition of it.
    pub(super) fn forgive(&self, flow: u64) {
        if let Some(entry) = self.shard(flow).get_mut(&flow) {
            entry.presented = false;
        }
    }

    /// Whose token this is, without leaving a trace.
    pub(super) fn whose(&self, token: &[u8]) -> Option<u64> {
        self.find(token, false).map(|known| known.flow)
    }

    fn find(&self, token: &[u8], mark: bool) -> Option<Known> {
        self.find_numbered(token, mark).or_else(|| self.texts.find(token, mark))
    }

    /// Finds the flow by the token's public part and compares the secret part in constant time.
    fn find_numbered(&self, token: &[u8], mark: bool) -> Option<Known> {
        let (flow, secret) = parse(token)?;
        let mut shard = self.shard(flow);
        let entry = shard.get_mut(&flow)?;
        if !bool::from(entry.secret.ct_eq(secret)) {
            return None;
        }
        let known = Known { flow, duplicate: entry.presented, awaits_push: entry.awaits_push };
        entry.presented |= mark;
        Some(known)
    }

    pub(super) fn plans(&self) -> &Plans {
        &self.plans
    }

    fn shard(&self, flow: u64) -> MutexGuard<'_, FxHashMap<u64, Entry>> {
        lock(&self.shards[(flow % SHARDS as u64) as usize])
    }
}

/// What scenarios want answered. A load run has no plans, and then none is looked for.
#[derive(Default)]
pub(super) struct Plans {
    any: AtomicBool,
    plans: Mutex<PlanTable>,
}

#[derive(Default)]
struct PlanTable {
    everybody: Option<Arc<Answer>>,
    flows: FxHashMap<u64, Arc<Answer>>,
}

impl Plans {
    pub(super) fn set(&self, flow: Option<u64>, answer: Answer) {
        let answer = Arc::new(answer);
        let mut plans = lock(&self.plans);
        match flow {
            Some(flow) => drop(plans.flows.insert(flow, answer)),
            None => plans.everybody = Some(answer),
        }
        self.any.store(true, Ordering::Release);
    }

    pub(super) fn of(&self, flow: u64) -> Option<Arc<Answer>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let plans = lock(&self.plans);
        plans.flows.get(&flow).or(plans.everybody.as_ref()).map(Arc::clone)
    }

    fn forget(&self, flow: u64) {
        if self.any.load(Ordering::Acquire) {
            lock(&self.plans).flows.remove(&flow);
        }
    }
}

/// A poisoned lock is taken all the same: no code panics between two changes that belong together.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::RANDOM_BYTES;

    fn token(flow: u64, byte: u8) -> NotificationToken {
        NotificationToken::new(flow, &[byte; RANDOM_BYTES])
    }

    #[test]
    fn a_registered_flow_costs_little() {
        // A hash table's buckets are at worst 7/16 full, each with one byte of its own.
        assert!((size_of::<(u64, Entry)>() + 1) * 16 / 7 <= 200);
    }

    #[test]
    fn only_the_right_token_speaks_for_a_flow_until_it_is_forgotten() {
        let registry = Registry::new();
        registry.register(&token(5, 1), false).unwrap();
        registry.register(&token(69, 2), true).unwrap();
        registry.register(&token(69, 2), true).unwrap();
        assert_eq!(registry.registered(), 2);
        let present = |token: NotificationToken| {
            registry.present(token.expose().as_bytes()).map(|known| (known.flow, known.duplicate))
        };
        assert_eq!(present(token(5, 2)), None);
        assert_eq!(present(token(6, 1)), None);
        assert_eq!(present(token(5, 1)), Some((5, false)));
        assert_eq!(present(token(5, 1)), Some((5, true)));
        assert_eq!(present(token(69, 2)), Some((69, false)));
        registry.forget(5);
        registry.forget(5);
        assert_eq!(present(token(5, 1)), None);
        assert_eq!(registry.registered(), 1);
    }
}
