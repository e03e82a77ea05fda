use super::Verdict;
use crate::ciba::Level;
use crate::record::Exchange;
use serde::{Deserialize, Serialize};

/// One check, as it was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRecord {
    /// Stable name, for example `ciba/10.1.1/single-use`.
    pub id: String,
    /// The group of the report that it belongs to, for example `10.1 Token request`.
    pub section: String,
    /// The claim, as a sentence.
    pub title: String,
    /// How strongly the specification asks for it; with the verdict this gives the severity.
    pub level: Level,
    /// Why the check is graded softer than its sentence reads, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub softer: Option<String>,
    /// Ids of the requirements that it observes.
    pub covers: Vec<String>,
    /// What it came to.
    pub verdict: Verdict,
    /// When it began, in ms since the suite's start.
    pub started_ms: f64,
    /// How long it took, in ms.
    pub took_ms: f64,
    /// The place in which it ran: checks of one slot ran one after another.
    pub slot: usize,
    /// Its script, step by step.
    pub script: Vec<StepRecord>,
    /// What went over the wire, redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<CheckExchange>,
    /// What else was seen and is worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One step of a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// The step in words.
    pub text: String,
    /// When it began, in ms since the check's start; absent when it was not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<f64>,
}

/// One exchange of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckExchange {
    /// Index of the step in the script.
    pub step: usize,
    /// When it was sent, in ms since the check's start.
    pub at_ms: f64,
    /// How long the answer took, in ms.
    pub took_ms: f64,
    /// The exchange, redacted.
    pub exchange: Exchange,
    /// Why there is no answer, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}
