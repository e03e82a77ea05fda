use crate::record::{
    Arrivals, GeneratorHealth, IntervalRecord, PollingSeen, RunRecord, ServerMemory, Violation,
};
use serde::{Deserialize, Serialize};

/// The first frame: what is known when the first flow is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The record as far as it is known: without load, and as if nothing had happened.
    pub record: RunRecord,
    /// The load model.
    pub arrivals: Arrivals,
    /// When the first flow was due, as wall time since the Unix epoch, in ms.
    pub begun_ms: u64,
    /// The stages that the run is going to have.
    pub stages: Vec<StagePlan>,
    /// The kind of consents that the flows begin with, and whether such can be deleted (Open Banking).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consents: Option<(String, bool)>,
}

/// A stage that is going to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StagePlan {
    /// Its name.
    pub name: String,
    /// Whether its figures count.
    pub measured: bool,
    /// Start, in seconds since the run's start.
    pub start_s: f64,
    /// End; nothing where the last flow ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_s: Option<f64>,
    /// Load asked for at its start.
    pub asked_from: f64,
    /// Load asked for at its end.
    pub asked_to: f64,
}

/// Every further frame: one interval, and what has come to light in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The interval.
    pub interval: IntervalRecord,
    /// Load asked for at its end.
    pub asked: f64,
    /// Rules that were broken in it: how often so far, with the examples that are new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Violation>,
    /// What was seen of polling so far.
    pub polling: PollingSeen,
    /// The memory of the system under test, where it is asked for: the samples that are new, and all failures so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_memory: Option<ServerMemory>,
    /// Consents that were created so far.
    #[serde(default)]
    pub consents: u64,
    /// How the generator has done so far.
    pub generator: GeneratorHealth,
}
