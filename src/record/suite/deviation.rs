use serde::{Deserialize, Serialize};

/// A failure that the target file announces, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviationRecord {
    /// The check.
    pub check: String,
    /// Why the failure is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it is accepted, `2027-01-31`.
    pub until: String,
    /// What became of it.
    pub state: DeviationState,
}

/// What became of an announced failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviationState {
    /// The check failed, as announced: not held against the server.
    Known,
    /// The check failed, but the day has passed: held against the server.
    Expired,
    /// The check passes: the entry must be taken out.
    NoLongerHappens,
    /// The check was not run, or came to no verdict.
    NotSeen,
}

/// An earlier run whose failures are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The earlier run.
    pub run_id: String,
    /// Checks that failed in it.
    pub failed: Vec<String>,
    /// Checks that passed in it.
    pub passed: Vec<String>,
}
