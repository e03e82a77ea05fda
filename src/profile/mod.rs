//! A load profile: how much load, by whom, with which decisions, and what counts as good enough.
//!
//! A profile is a TOML file. It is parsed once into [`Profile`], which is plain data: whoever holds one knows that
//! every value was within its bounds and that the settings fit together. Everything that is wrong with a file is
//! reported at once, as [`Problems`].
//!
//! Floor 1. Deliberately not here: the target (a file of its own, [`crate::target`]), reading of files (whoever parses a
//! profile hands in what reads those that it names), the environment, time.

mod abort;
mod behaviours;
mod builtin;
mod decisions;
pub mod document;
mod engine_settings;
mod files;
mod flow_settings;
mod hints;
mod mix;
mod parameters;
mod parse;
mod resolved;
mod threshold;
mod user_file;
mod users;
mod workload;

pub use abort::Abort;
pub use behaviours::Behaviours;
pub use document::{Problem, Problems};
pub use engine_settings::EngineSettings;
pub use files::{Files, no_files};
pub use flow_settings::{Correlation, FlowSettings};
pub use hints::HintMix;
pub use mix::Mix;
pub use parameters::{acr_values, read_parameters};
pub use resolved::{Answer, Profile};
pub use threshold::{Metric, Op, Quantity, Statistic, Threshold, ThresholdError};
pub(crate) use threshold::{Word, Words};
pub use users::{HotUsers, Names, Users};
pub use workload::{Spacing, Stage, StartTimes, Workload};
