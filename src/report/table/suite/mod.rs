//! The conformance suite for a terminal: where it stands, what must be repaired and why, what is only told, and what was
//! not looked at.

mod coverage;
mod deviations;
mod findings;
mod matrix;
mod polling;
mod selection;
mod timing;
mod write;

pub(super) use selection::selection;
pub(super) use write::write;
