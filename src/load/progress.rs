use crate::ciba::Outcome;
use crate::record::Tally;
use std::time::Duration;

/// How a run is getting on. Rates and percentiles are those of the last interval.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Time since the first flow was due.
    pub elapsed: Duration,
    /// Length of all stages together, without the drain.
    pub length: Duration,
    /// The stage.
    pub stage: String,
    /// Load that the profile asks for now: flows per second (open) or concurrent flows (closed).
    pub asked: f64,
    /// Flows begun per second.
    pub started_per_s: f64,
    /// Flows under way.
    pub in_flight: u64,
    /// Starts dropped so far.
    pub dropped: u64,
    /// Outcomes so far.
    pub outcomes: Tally<Outcome>,
    /// 99th percentile of `ack`, in µs, of the last interval that has enough samples.
    pub ack_p99_us: Option<u64>,
    /// The same of `notify`.
    pub notify_p99_us: Option<u64>,
    /// Breaches of binding rules so far.
    pub violations: u64,
}
