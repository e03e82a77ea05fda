//! The last finished decisions.

use std::collections::VecDeque;

use serde::Serialize;

use crate::plan::Decision;

/// One finished decision, or one request that was ignored by plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// The login.
    pub login_id: Box<str>,
    /// The user.
    pub user_identifier: Box<str>,
    /// The binding message, if there was one.
    pub binding_message: Option<Box<str>>,
    /// The requesting client.
    pub client_id: Box<str>,
    /// What the user decided.
    pub decision: Decision,
    /// The status of the final answer; absent for an ignored request and when there was no answer.
    pub status: Option<u16>,
    /// How often the decision was sent.
    pub attempts: u32,
    /// Why it failed, if it did.
    pub problem: Option<String>,
    /// When `/authentication/start` arrived: milliseconds since 1970.
    pub started_at_ms: u64,
    /// When it was finished: milliseconds since 1970.
    pub finished_at_ms: u64,
}

/// A ring: the oldest entry makes room.
pub(crate) struct History {
    entries: VecDeque<HistoryEntry>,
    capacity: usize,
}

impl History {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), capacity }
    }

    pub(crate) fn push(&mut self, entry: HistoryEntry) {
        if self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The newest `limit` entries, oldest first.
    pub(crate) fn newest(&self, limit: usize) -> Vec<HistoryEntry> {
        let skip = self.entries.len().saturating_sub(limit);
        self.entries.iter().skip(skip).cloned().collect()
    }
}
