//! The report for a terminal: what decides first, then what explains it.

mod capacity;
mod caution;
mod conformance;
mod exchanges;
mod files;
mod grid;
mod head;
mod page;
mod render;
mod server;
mod spans;
mod suite;
mod throughput;

pub(super) use grid::Grid;
pub(super) use page::{Page, Tone};
pub(super) use render::FORMAT;
