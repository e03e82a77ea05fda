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
        tokio::time::timeout(timeout, async {
            loop {
                // Listens before it looks, so that nothing slips in between.
                let mut arrived = std::pin::pin!(self.arrived.notified());
                arrived.as_mut().enable();
                if let Some(notification) = self.take(flow) {
                    return notification;
                }
                arrived.await;
            }
        })
        .await
        .ok()
    }

    /// Takes the oldest notification of a flow, if there is one.
    pub fn take(&self, flow: u64) -> Option<Notification> {
        let notifications = &mut self.lock().notifications;
        let at = notifications.iter().position(|notification| notification.flow == flow)?;
        notifications.remove(at)
    }

    /// Takes the calls that belonged to no registered flow, oldest first.
    pub fn take_strangers(&self) -> Vec<Stranger> {
        std::mem::take(&mut self.lock().strangers)
    }

    /// Takes the oldest call that belonged to no registered flow and names this `auth_req_id`.
    pub fn take_stranger(&self, auth_req_id: &str) -> Option<Stranger> {
        let strangers = &mut self.lock().strangers;
        let at =
            strangers.iter().position(|stranger| stranger.auth_req_id.as_deref() == Some(auth_req_id))?;
        Some(strangers.remove(at))
    }

    /// How many calls were not kept because the inbox was full.
    pub fn overflowed(&self) -> u64 {
        self.lock().overflowed
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
    }
}
