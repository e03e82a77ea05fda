//! A load profile: how much load, by whom, with which decisions, and what counts as good enough.
//!
//! A profile is a TOML file. It is parsed once into [`Profile`], which is plain data: whoever holds one knows that
//! every value was within its bounds and that the settings fit together. Everything that is wrong with a file is
//! reported at once, as [`Problems`].
//!
//! Floor 1. Deliberately not here: the target (a file of its own, [`crate::target`]), reading of files, the environment,
//! time.

mod abort;
mod builtin;
mod decisions;
pub mod document;
mod engine_settings;
mod flow_settings;
mod mix;
mod parameters;
mod parse;
mod resolved;
mod threshold;
mod users;
mod workload;

pub use abort::Abort;
pub use document::{Problem, Problems};
pub use engine_settings::EngineSettings;
pub use flow_settings::{Correlation, FlowSettings};
pub use mix::Mix;
pub use parameters::{acr_values, read_parameters};
pub use resolved::Profile;
pub use threshold::{Metric, Op, Quantity, Statistic, Threshold, ThresholdError};
pub use users::Users;
pub use workload::{Stage, Workload};
