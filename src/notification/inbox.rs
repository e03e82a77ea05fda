use super::sink::{Notification, NotificationSink, Stranger};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Most notifications, and most strangers, that an inbox keeps; later ones are counted only.
pub const INBOX_MAX: usize = 10_000;

/// A sink that keeps notifications until somebody asks for them: for scenarios with a handful of flows, not for load.
#[derive(Debug, Default)]
pub struct Inbox {
    kept: Mutex<Kept>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    notifications: VecDeque<Notification>,
    strangers: Vec<Stranger>,
    overflowed: u64,
}

impl Inbox {
    /// An empty inbox.
    pub fn new() -> Self {
        Inbox::default()
    }

    /// Takes the oldest notification of a flow; waits for one if there is none. `None` when none came in time.
    pub async fn wait(&self, flow: u64, timeout: Duration) -> Option<Notification> {
        self.wait_for(timeout, || self.take(flow)).await
    }

    /// Takes the oldest notification that is wanted; waits for one if there is none. `None` when none came in time.
    pub async fn wait_notification(
        &self,
        wanted: impl Fn(&Notification) -> bool,
        timeout: Duration,
    ) -> Option<Notification> {
        self.wait_for(timeout, || self.take_where(&wanted)).await
    }

    /// Takes the oldest stranger that is wanted; waits for one if there is none. `None` when none came in time.
    pub async fn wait_stranger(
        &self,
        wanted: impl Fn(&Stranger) -> bool,
        timeout: Duration,
    ) -> Option<Stranger> {
        self.wait_for(timeout, || self.take_stranger_where(&wanted)).await
    }

    /// Takes the oldest notification of a flow, if there is one.
    pub fn take(&self, flow: u64) -> Option<Notification> {
        self.take_where(|notification| notification.flow == flow)
    }

    /// Takes the calls that belonged to no registered flow, oldest first.
    pub fn take_strangers(&self) -> Vec<Stranger> {
        std::mem::take(&mut self.lock().strangers)
    }

    /// Takes the oldest call that names this `auth_req_id` and whose bearer token was wrong: see
    /// [`Cause::concerns_bearer`](super::Cause::concerns_bearer).
    pub fn take_wrong_bearer(&self, auth_req_id: &str) -> Option<Stranger> {
        self.take_stranger_where(|stranger| {
            stranger.cause.concerns_bearer() && stranger.auth_req_id.as_deref() == Some(auth_req_id)
        })
    }

    /// Takes the strangers that came to this path, oldest first. Paths are compared as they are kept, that is, within
    /// [`PATH_SHOWN`](super::PATH_SHOWN).
    pub fn take_strangers_at(&self, path: &str) -> Vec<Stranger> {
        self.lock().strangers.extract_if(.., |stranger| *stranger.path == *path).collect()
    }

    /// How many calls were not kept because the inbox was full.
    pub fn overflowed(&self) -> u64 {
        self.lock().overflowed
    }

    async fn wait_for<T>(&self, timeout: Duration, look: impl Fn() -> Option<T>) -> Option<T> {
        tokio::time::timeout(timeout, async {
            loop {
                // Listens before it looks, so that nothing slips in between.
                let mut arrived = std::pin::pin!(self.arrived.notified());
                arrived.as_mut().enable();
                if let Some(found) = look() {
                    return found;
                }
                arrived.await;
            }
        })
        .await
        .ok()
    }

    fn take_where(&self, wanted: impl Fn(&Notification) -> bool) -> Option<Notification> {
        let notifications = &mut self.lock().notifications;
        let at = notifications.iter().position(wanted)?;
        notifications.remove(at)
    }

    fn take_stranger_where(&self, wanted: impl Fn(&Stranger) -> bool) -> Option<Stranger> {
        let strangers = &mut self.lock().strangers;
        let at = strangers.iter().position(wanted)?;
        Some(strangers.remove(at))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NotificationSink for Inbox {
    fn notified(&self, notification: Notification) {
        let mut kept = self.lock();
        if kept.notifications.len() < INBOX_MAX {
            kept.notifications.push_back(notification);
        } else {
            kept.overflowed += 1;
        }
        drop(kept);
        self.arrived.notify_waiters();
    }

    fn stranger(&self, stranger: Stranger) {
        let mut kept = self.lock();
        if kept.strangers.len() < INBOX_MAX {
            kept.strangers.push(stranger);
        } else {
            kept.overflowed += 1;
        }
        drop(kept);
        self.arrived.notify_waiters();
    }
}
