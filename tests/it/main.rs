//! The suite's integration tests, in one binary: each further one would cost a link.

#![expect(clippy::unwrap_used, reason = "what a test sets up must work")]

mod allocations;
mod cli;
mod cli_help;
mod cli_refusals;
mod cli_runs;
mod disturbed;
mod embedded;
mod faults;
mod floors;
mod flows;
mod in_process;
mod load;
mod rig;
mod scene;
mod simulated;
mod simulation;
mod sources;
mod tidy;
