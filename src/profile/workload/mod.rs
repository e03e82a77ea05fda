//! How flows arrive: the load model and its stages.

mod load_model;
mod reading;

pub use load_model::{Stage, Workload};
