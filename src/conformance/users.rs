use std::sync::{Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The target's users. Each check has its own as long as it runs, so that no check's throttle, prompt or subject is another
/// one's.
#[derive(Debug)]
pub struct Users {
    free: Mutex<Vec<String>>,
    permits: Semaphore,
    count: usize,
}

/// Users that one check has for itself; given back when it is over, however it ends.
#[derive(Debug)]
pub struct Lease<'a> {
    users: &'a Users,
    names: Vec<String>,
}

impl Users {
    /// These users.
    pub fn new(names: Vec<String>) -> Self {
        let count = names.len();
        // Taken from the end: the first name is the first to be used.
        let free = names.into_iter().rev().collect();
        Users { free: Mutex::new(free), permits: Semaphore::new(count), count }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes so many users, as soon as they are free; `None` when there are not that many at all.
    pub async fn lease(&self, count: usize) -> Option<Lease<'_>> {
        if count > self.count {
            return None;
        }
        let permits = self.permits.acquire_many(u32::try_from(count).ok()?).await.ok()?;
        permits.forget();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let from = free.len().saturating_sub(count);
        let names = free.split_off(from).into_iter().rev().collect();
        drop(free);
        Some(Lease { users: self, names })
    }
}

impl Lease<'_> {
    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let returned = self.names.len();
        let mut free = self.users.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.extend(self.names.drain(..).rev());
        drop(free);
        self.users.permits.add_permits(returned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn nobody_has_two_leases_and_everybody_comes_back() {
        let users = Users::new(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        let first = users.lease(2).await.unwrap();
        assert_eq!(first.names(), ["a", "b"]);
        let second = users.lease(1).await.unwrap();
        assert_eq!(second.names(), ["c"]);
        assert!(users.lease(4).await.is_none());
        assert!(tokio::time::timeout(Duration::from_secs(1), users.lease(1)).await.is_err());
        drop(first);
        assert_eq!(users.lease(2).await.unwrap().names(), ["a", "b"]);
    }
}
