use super::{curve, infer, sentences};
use crate::record::{PollingProbe, PollingRecord};
use std::time::Duration;

/// All that the probes show, put together. `announced`: whether the acknowledgement named the interval.
pub fn measured(interval: Duration, announced: bool, probes: Vec<PollingProbe>) -> PollingRecord {
    let policy = infer(interval, &probes);
    let sentences = sentences(interval, announced, &probes, &policy);
    PollingRecord {
        interval_s: interval.as_secs_f64(),
        announced,
        curve: curve(&probes),
        probes,
        policy,
        sentences,
    }
}
