//! The run record: the one thing that everything which talks to a server produces, and everything which writes for
//! people or CI consumes.
//!
//! Floor 1: data with its JSON form (`reports/schema/run.schema.json`), no I/O and no time. What can be derived (rates,
//! ratios, verdicts) is deliberately not here; `analysis` derives it, so that an old record gets a better report.

mod capacity;
#[cfg(test)]
pub(crate) mod capacity_sample;
mod caveat;
mod command_line;
mod counts;
mod environment;
mod exchange;
mod gate;
mod generator;
mod histogram;
mod histogram_reader;
mod histogram_writer;
mod load;
mod poll_gap;
mod polling;
#[cfg(test)]
pub(crate) mod polling_sample;
mod run;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod sample_caveats;
#[cfg(test)]
pub(crate) mod sample_search;
mod scrubber;
mod server_memory;
mod span;
mod suite;
mod tally;
mod violation;

pub use capacity::{
    CapacityOutcome, CapacityRecord, CapacitySearch, Hysteresis, SutDescription, TrialPart, TrialRecord,
    TrialVerdict,
};
pub use caveat::Caveat;
pub use command_line::command_line;
pub use counts::{Answered, Counts, Endpoint, Event, FlowCounts, PingAnswer, Sense};
pub use environment::Environment;
pub use exchange::{Exchange, redact_body};
pub use gate::Gate;
pub use generator::{GeneratorHealth, Stalls};
pub use histogram::{HISTOGRAM_MAX_US, Summary, decode, encode, new_histogram, samples_needed, summaries};
pub use histogram_reader::{HistogramError, HistogramReader};
pub use histogram_writer::HistogramWriter;
pub use load::{Arrivals, ConsentsRecord, IntervalRecord, LoadRecord, PollingSeen, StageRecord};
pub use poll_gap::PollGap;
pub use polling::{
    CurvePoint, PolicyFound, PollSequence, PolledAnswer, PolledOnce, PollingClient, PollingProbe,
    PollingRecord, WindowLength,
};
pub use run::{ConformanceRecord, Ended, RunRecord, SCHEMA, TargetSeen};
pub use scrubber::Scrubber;
pub use server_memory::{MemorySample, ServerMemory};
pub use span::Span;
pub use suite::{
    AUTH_SERVICE_STANDARD, Baseline, CheckExchange, CheckRecord, DeviationRecord, DeviationState, Finding,
    LeftOut, POLLING_SECTION, RequirementRecord, RequirementState, Selection, StepRecord, SuiteRecord,
    Verdict,
};
pub use tally::Tally;
pub use violation::{Example, Violation};
