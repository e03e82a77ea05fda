use crate::analysis::capacity::outcome_sentence;
use crate::record::{CapacityRecord, Environment, RunRecord, SutDescription};
use serde::Serialize;

/// A search that was held against the others: where it comes from, and how to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Searched {
    /// Where its record was read from.
    pub place: String,
    /// Index of its size.
    pub size: usize,
    /// What it came to, in a sentence.
    pub outcome: String,
    /// The thresholds that had to hold.
    pub thresholds: Vec<String>,
    /// The server's issuer.
    pub issuer: String,
    /// Start in wall time, RFC 3339, UTC.
    pub started_at: String,
    /// The machine that the generator ran on.
    pub generator: Environment,
    /// The command line that repeats it.
    pub command: Vec<String>,
    /// What the operator's own command said about the system under test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sut: Option<SutDescription>,
}

impl Searched {
    pub(super) fn new(place: &str, size: usize, run: &RunRecord, capacity: &CapacityRecord) -> Self {
        let outcome = match outcome_sentence(capacity) {
            Ok(text) | Err(text) => text,
        };
        Searched {
            place: place.to_owned(),
            size,
            outcome,
            thresholds: capacity.thresholds.clone(),
            issuer: run.target.issuer.clone(),
            started_at: run.started_at.clone(),
            generator: run.environment.clone(),
            command: run.command.clone(),
            sut: capacity.sut.clone(),
        }
    }
}
