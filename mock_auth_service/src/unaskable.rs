use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most users who cannot be asked at once.
const UNASKABLE_MAX: usize = 1_000;

/// Users whom the service cannot ask for the time being, by its owner's word: their starts are answered 503.
#[derive(Default)]
pub(crate) struct Unaskable(Mutex<HashSet<Box<str>>>);

impl Unaskable {
    /// False when there are [`UNASKABLE_MAX`] already.
    pub(crate) fn add(&self, user: &str) -> bool {
        let mut users = self.users();
        let room = users.len() < UNASKABLE_MAX;
        if room {
            users.insert(user.into());
        }
        room
    }

    pub(crate) fn remove(&self, user: &str) {
        self.users().remove(user);
    }

    pub(crate) fn holds(&self, user: &str) -> bool {
        self.users().contains(user)
    }

    fn users(&self) -> MutexGuard<'_, HashSet<Box<str>>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
