//! The suite's integration tests, in one binary: each further one would cost a link.

#![expect(clippy::unwrap_used, reason = "what a test sets up must work")]

mod allocations;
mod auth_service_suite;
mod browser;
mod by_hand;
mod canaries;
mod careless_service;
mod checks_page;
mod cli;
mod cli_conformance;
mod cli_doctor;
mod cli_explain;
mod cli_gate;
mod cli_help;
mod cli_init;
mod cli_judge;
mod cli_keys;
mod cli_refusals;
mod cli_runs;
mod client_methods;
mod conformance;
mod contract;
mod disturbed;
mod doctor;
mod embedded;
mod fault_matrix;
mod faults;
mod floors;
mod flows;
mod golden;
mod hints;
mod in_process;
mod load;
mod look;
mod polling_policy;
mod rig;
mod scene;
mod server_errors;
mod simulated;
mod simulation;
mod simulator;
mod sources;
mod strange_servers;
mod tidy;
mod verdicts;
