//! The report for a terminal: what decides first, then what explains it.

mod caution;
mod conformance;
mod exchanges;
mod files;
mod grid;
mod head;
mod page;
mod render;
mod spans;
mod suite;
mod throughput;

pub(super) use render::FORMAT;
