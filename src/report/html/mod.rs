//! The report as one HTML file that needs nothing else: no network, no font, no second file.
//!
//! `document` is the shell with its styles, scripts and their digests; `plot` and `figures` are what plots and tables are made
//! of; the other files are one section each, in the order of the page. What a plot shows is worked out here and handed to
//! `page/plots.js` as data; nothing is computed there but where it lies on the screen.

mod approval;
mod capacity;
mod comparison;
mod document;
mod environment;
mod figures;
mod findings;
mod flights;
mod generator;
mod head;
mod heat;
mod plot;
mod polls;
mod render;
mod server;
mod size_plots;
mod sizing;
mod spans;
mod suite;
#[cfg(test)]
mod tests;
mod throughput;
mod timeline;
mod traceability;
mod trial_plot;
mod waterfall;

pub(super) use comparison::COMPARISON;
pub(super) use render::FORMAT;
pub(super) use sizing::SIZING;
