//! What the conformance suite saw and found, check by check.

mod check;
mod deviation;
#[cfg(test)]
pub(crate) mod sample;
mod suite_record;
mod verdict;

pub use check::{CheckExchange, CheckRecord, StepRecord};
pub use deviation::{Baseline, DeviationRecord, DeviationState};
pub use suite_record::{
    AUTH_SERVICE_STANDARD, LeftOut, POLLING_SECTION, RequirementRecord, RequirementState, Selection,
    SuiteRecord,
};
pub use verdict::{Finding, Verdict};
