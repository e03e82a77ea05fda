use super::{CapacityRecord, Caveat, Environment, Gate, LoadRecord, SuiteRecord, Violation};
use serde::{Deserialize, Serialize};

/// Name and version of the record's form.
pub const SCHEMA: &str = "ciba-bench/run/1";

/// Everything that is known about one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Random, unique.
    pub run_id: String,
    /// Name of the profile.
    pub name: String,
    /// The command line that repeats the run.
    pub command: Vec<String>,
    /// Start in wall time, RFC 3339, UTC.
    pub started_at: String,
    /// Length, in seconds, from the first scheduled start to the last flow's end.
    pub elapsed_s: f64,
    /// How it ended.
    pub ended: Ended,
    /// The seed of everything random.
    pub seed: u64,
    /// Where the generator ran.
    pub environment: Environment,
    /// What was tested.
    pub target: TargetSeen,
    /// The profile as it was read, in TOML.
    pub profile: String,
    /// What the flows showed of the server's conformance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformance: Option<ConformanceRecord>,
    /// What the load measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadRecord>,
    /// What a search for the capacity found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<CapacityRecord>,
    /// The profile's thresholds, judged.
    pub gates: Vec<Gate>,
    /// What a reader must know.
    pub caveats: Vec<Caveat>,
}

impl RunRecord {
    /// What the conformance suite found, where it ran.
    pub fn suite(&self) -> Option<&SuiteRecord> {
        self.conformance.as_ref().and_then(|conformance| conformance.suite.as_ref())
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// As the profile says.
    Completed,
    /// By Ctrl-C or SIGTERM.
    Interrupted,
    /// The target stopped answering for good.
    TargetLost,
    /// The target refused every flow, so that the run was stopped.
    Refused {
        /// In whose words, and what was refused.
        reason: String,
    },
    /// By a threshold of the profile that no longer held.
    Aborted {
        /// Which one, at what value, and when.
        reason: String,
    },
    /// The process was ended before it could write its record, which was rebuilt from the run's log.
    CutOff {
        /// Up to where, and what is missing.
        reason: String,
    },
    /// This tool failed.
    Failed {
        /// How.
        reason: String,
    },
}

/// The target, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSeen {
    /// The issuer.
    pub issuer: String,
    /// Whether it is this tool's own embedded OP.
    pub reference: bool,
    /// The backchannel authentication endpoint.
    pub backchannel_authentication_endpoint: String,
    /// The token endpoint.
    pub token_endpoint: String,
    /// Delivery modes that the metadata list.
    pub delivery_modes: Vec<String>,
    /// Faults that were switched on in the embedded OP.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// Conformance, as far as a run observed it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConformanceRecord {
    /// Flows that were held against the rules.
    pub flows_observed: u64,
    /// Broken rules.
    pub violations: Vec<Violation>,
    /// What the conformance suite found, where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<SuiteRecord>,
}
