use serde::{Deserialize, Serialize};

/// Resident memory of the system under test while a load went on, as the operator's own command told it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerMemory {
    /// The command.
    pub command: String,
    /// What it told, in the order of time.
    pub samples: Vec<MemorySample>,
    /// How often it told nothing that could be used.
    #[serde(default)]
    pub failures: u64,
    /// Why, the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What the command told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemorySample {
    /// When it was asked, in ms since the first flow was due; 0 before.
    pub at_ms: u64,
    /// Flows that were under way then.
    pub in_flight: u64,
    /// Flows that had begun until then, as counted about once a second; 0 in records that do not tell.
    #[serde(default)]
    pub started: u64,
    /// Resident memory, in bytes.
    pub bytes: u64,
}
