use serde::{Deserialize, Serialize};

/// How the generator itself did. Its lateness is in the spans `start_lag`, `blocked` and `poll_lateness`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorHealth {
    /// Processor time of this process, in seconds: everything that runs in it, the embedded parts included.
    pub cpu_s: f64,
    /// Processor time over elapsed time and usable cores, 0 to 1.
    pub cpu_share: f64,
    /// Largest resident memory of this process, in MiB.
    pub rss_peak_mib: u64,
    /// Most flows under way at once.
    pub in_flight_peak: u64,
    /// Why the run is not to be believed, in words; empty when it is valid.
    pub invalid: Vec<String>,
}
