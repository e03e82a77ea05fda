//! How the server treats polls that come too early: the experiments of `analysis::polling` carried out.

mod probe;
mod probing;

pub use probing::{PROBE_MAX, asks_for_policy, probe, run_and_probe};
