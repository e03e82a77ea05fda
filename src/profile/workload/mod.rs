//! How flows arrive: the load model and its stages.

mod load_model;
mod reading;
mod spacing;

pub use load_model::{Stage, Workload};
pub use spacing::{Spacing, StartTimes};
