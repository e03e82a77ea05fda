//! `ciba-bench conformance`: the conformance suite against one target, from its arguments to its record and exit code.
//!
//! As with a load run, everything that can be wrong is found before the first check, and what was learned is written down
//! however the suite ended. [`SuiteJob`] and [`start`] know nothing of arguments, so that another command may run the
//! suite as a part of its own.

mod arguments;
mod baseline;
mod command;
mod deviations;
mod job;
mod parties;
mod plan;
mod progress;
mod run_record;
mod suite;
mod suite_record;
mod summary;

pub use arguments::{Arguments, FailOn, JOBS_MAX, LevelName, Standard};
pub use baseline::baseline;
pub use command::{descriptors, run, start};
pub use deviations::check_deviations;
pub use job::{Asked, SuiteJob};
pub use progress::Progress;
pub use run_record::run_record;
pub use suite::SuiteRun;
pub use summary::Summary;
