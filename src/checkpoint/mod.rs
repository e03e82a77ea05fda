//! The log that a run keeps of itself while it goes on, and the record that is rebuilt from it when the run could not write its
//! own.
//!
//! Floor 2: the form of the log and the arithmetic of rebuilding; where the log lies is for its owner to say. A log is a line
//! that names its form, then frames: length, check sum, JSON. The first frame is what is known when the first flow is due, and
//! each further one an interval. A frame is written whole or it is not there: what cannot be read ends the log, and nothing is
//! skipped, so that a rebuilt record is always the true record of the run up to some moment. Deliberately absent: thresholds
//! and everything else that is derived; a rebuilt record is judged as any other.

mod error;
mod frames;
mod log;
mod part;
mod rebuild;
#[cfg(test)]
mod tests;

pub use error::{LogError, RebuildError};
pub use frames::{MAGIC, is_log};
pub use log::{Log, Storage};
pub use part::{Head, Part, StagePlan};
pub use rebuild::{Rebuilt, rebuild};
