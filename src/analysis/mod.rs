//! Every figure and judgement that is derived from a record: verdict, severities, gates, throughput, validity of the run; and
//! what a profile will demand.
//!
//! Floor 2, pure: no I/O, no clock. An old record gets a better report when this gets better. Formats of reports are not
//! here, except how a figure is written with its unit, so that all of them write it alike.

pub mod capacity;
mod caveats;
pub mod comparison;
mod costs;
mod courses;
mod critical_path;
mod exit;
mod gates;
mod in_flight;
mod load_plan;
mod owner;
pub mod polling;
mod server_memory;
mod severity;
pub mod sizing;
mod standing;
mod student;
mod suite;
mod suite_verdict;
mod throughput;
mod unanswered;
pub mod unit;
mod validity;
mod verdict;

pub use caveats::{
    AUTH_SERVICE_FAILURES, CLOCK_STEP_S, CPU_SHARE_SATURATED, DECISIONS_LATE_MAX, START_LAG_LATE_US, caveats,
};
pub use costs::{
    CORES_USED, Costs, EXCHANGE_US, ID_TOKEN_US, PENDING_FLOW_BYTES, PeakRates, RSA_SIGNATURE_US,
    STANDING_BYTES,
};
pub use courses::Assumed;
pub use exit::Exit;
pub use gates::judge_thresholds;
pub use in_flight::InFlightCurve;
pub use load_plan::{LoadPlan, PlannedStage};
pub use owner::Owner;
pub use server_memory::{
    MEMORY_RISING, MEMORY_SAMPLES_MIN, MEMORY_SPREAD_MIN, MEMORY_UNCERTAINTY_MAX, MemoryUse, PerFlow, Slope,
    memory_use,
};
pub use severity::{Severity, severity};
pub use standing::{JudgedCheck, Standing};
pub use suite::{Coverage, SectionSummary, SuiteSummary, suite_summary};
pub use throughput::{PollRates, StageThroughput, Throughput, throughput};
pub use unanswered::{UNANSWERED_TOLD, unanswered};
pub use validity::{
    CPU_SHARE_MAX, DECISIONS_LATE_INVALID, DESCRIPTORS_SHARE_MAX, MEMORY_SHARE_MAX, OWN_ANSWER_MAX_US,
    POLL_LATENESS_MAX_US, STALLED_MAX_MS, STALLED_SHARE_MAX, START_LAG_MAX_US, START_LAG_MAX_WHEN_BUSY_US,
    WAITED_SHARE_MAX, invalid_reasons,
};
pub use verdict::{RunVerdict, verdict};
