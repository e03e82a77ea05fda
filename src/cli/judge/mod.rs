//! `ciba-bench judge`: the checks of authentication services, and load on one, from arguments to record and exit code.
//!
//! As with the conformance suite, everything that can be wrong is found before the first check, and what was learned is
//! written down however the run ended. Without a URL the mock authentication service is judged, which runs in this process.

mod arguments;
mod command;
mod job;
mod load;
mod parties;
mod plan;
mod run_record;

pub use command::{Command, run};
