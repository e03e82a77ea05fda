//! What happened so far, in numbers.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What happened since the service was made. Each counter is incremented where the thing happens.
///
/// `start.accepted = decisions.accepted + denied + failed + expired + abandoned + (ignored - resumed) + those still waiting or
/// under way`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// `/user/verify`.
    pub verify: VerifyCounts,
    /// `/authentication/start`.
    pub start: StartCounts,
    /// Decisions.
    pub decisions: DecisionCounts,
    /// Fetching scope grants before a decision.
    pub details: DetailsCounts,
    /// Getting tokens for the system APIs.
    pub token: TokenCounts,
}

/// Answers of `/user/verify`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyCounts {
    /// Known users.
    pub valid: u64,
    /// Unknown users, and requests without a user.
    pub invalid: u64,
    /// Bodies that could not be read.
    pub malformed: u64,
    /// Missing or wrong credentials.
    pub unauthorized: u64,
}

/// Answers of `/authentication/start`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartCounts {
    /// New logins.
    pub accepted: u64,
    /// Logins that had been acknowledged before.
    pub repeated: u64,
    /// Bodies that could not be read.
    pub malformed: u64,
    /// Missing or wrong credentials.
    pub unauthorized: u64,
    /// Refused with 503: too many pending decisions, or the service is being drained.
    pub refused: u64,
}

/// What became of the decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionCounts {
    /// Approvals that the server took (2xx).
    pub accepted: u64,
    /// Denials that the server took (2xx).
    pub denied: u64,
    /// Requests left without a decision by plan.
    pub ignored: u64,
    /// Of the ignored ones, those that were decided by hand later.
    pub resumed: u64,
    /// Decisions that the server refused or did not answer, and those for which no token was to be had.
    pub failed: u64,
    /// Decisions that were not sent since their request had expired by then.
    #[serde(default)]
    pub expired: u64,
    /// Decisions dropped by draining before their time had come.
    pub abandoned: u64,
    /// Requests sent again after 403, 404 or a failed connect.
    pub retried: u64,
    /// Requests sent again with a new token after 401.
    pub reauthorized: u64,
    /// Decisions that began later than 10 ms after their time: this service was the bottleneck.
    pub late: u64,
}

/// Fetching scope grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailsCounts {
    /// Answered with 2xx.
    pub fetched: u64,
    /// Refused or not answered; the decision was sent nevertheless.
    pub failed: u64,
}

/// Getting tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCounts {
    /// Tokens received.
    pub fetched: u64,
    /// Requests without one.
    pub failed: u64,
}

/// The counters behind a lock that is held for an addition only.
#[derive(Default)]
pub(crate) struct Counters(Mutex<Counts>);

impl Counters {
    pub(crate) fn add(&self, increment: impl FnOnce(&mut Counts)) {
        increment(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn snapshot(&self) -> Counts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
