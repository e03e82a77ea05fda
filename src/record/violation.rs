use super::Exchange;
use crate::ciba::{Level, Rule};
use serde::{Deserialize, Serialize};

/// A rule of the standard that was broken during the run: how often, and what it looked like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The clause, `CIBA Core 1.0, 10.2`: kept in words so that a record can be read without this tool.
    pub clause: String,
    /// What the clause asks for.
    pub sentence: String,
    /// How strongly.
    pub level: Level,
    /// Number of breaches.
    pub count: u64,
    /// The first few.
    pub examples: Vec<Example>,
}

/// One breach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Number of the flow in the run.
    pub flow: u64,
    /// When, in ms since the run's start.
    pub at_ms: u64,
    /// What was expected and what came.
    pub detail: String,
    /// The exchange that showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
}
