use serde::{Deserialize, Serialize};

/// One threshold of the profile, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The expression as the profile has it, for example `notify p99 < 250ms`.
    pub expression: String,
    /// The value that was measured, in the unit that people read (`238 ms`, `96.2 %`); absent without samples.
    pub measured: Option<String>,
    /// Samples behind the value.
    pub samples: u64,
    /// Whether it holds. Without samples it does not.
    pub met: bool,
    /// Why it does not hold, where the value alone does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
