use serde::{Deserialize, Serialize};

/// How the generator itself did. Its lateness is in the spans `start_lag`, `blocked` and `poll_lateness`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorHealth {
    /// Processor time of this process, in seconds: everything that runs in it, the embedded parts included.
    pub cpu_s: f64,
    /// Processor time over elapsed time and usable cores, 0 to 1.
    pub cpu_share: f64,
    /// Time for which threads of this process could have run and had no processor, in seconds, all threads together.
    #[serde(default)]
    pub waited_s: f64,
    /// Resident memory of this process when the first flow was due, in MiB.
    #[serde(default)]
    pub rss_start_mib: u64,
    /// Largest resident memory of this process, in MiB.
    pub rss_peak_mib: u64,
    /// Most file descriptors that were open at once, once per interval.
    #[serde(default)]
    pub descriptors_peak: u64,
    /// Beats of the process's own heart that were late.
    #[serde(default)]
    pub stalls: Stalls,
    /// The same among the engines, which carry the flows.
    #[serde(default)]
    pub engine_stalls: Stalls,
    /// The same among the authentication service and the notification endpoint.
    #[serde(default)]
    pub instrument_stalls: Stalls,
    /// Client assertions that were signed by private keys.
    #[serde(default)]
    pub assertions: u64,
    /// Those of them that a request had to wait for.
    #[serde(default)]
    pub assertions_late: u64,
    /// Most flows under way at once.
    pub in_flight_peak: u64,
    /// Why the run is not to be believed, in words; empty when it is valid.
    pub invalid: Vec<String>,
}

/// Beats of a heart, one every 10 ms, that came more than 100 ms late: for so long nothing was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stalls {
    /// How many.
    pub count: u64,
    /// All together, in ms.
    pub stalled_ms: u64,
    /// The longest, in ms.
    pub longest_ms: u64,
}
