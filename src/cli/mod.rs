//! The command line: arguments in, files and text out, one exit code.
//!
//! Floor 7, and the only module that prints, reads arguments or the environment, handles signals or ends the process.
//! One file or folder per command. What a command does is elsewhere: here its inputs are found and checked, its parts put
//! together, and its errors said in words that tell what to do.

mod arguments;
mod capacity;
mod check_names;
mod choices;
mod columns;
mod compare;
mod conformance;
mod descriptors;
mod doctor;
mod entry;
mod exit_codes;
mod explain;
mod failure;
mod gate;
mod input;
mod instruments;
mod interrupt;
mod judge;
mod keys;
mod list;
mod log_lines;
mod machine;
mod next_steps;
mod output;
mod plan;
mod ports;
mod profile;
mod quantities;
mod report;
mod results;
mod run;
mod secrets;
mod selftest;
mod serve;
mod system_under_test;
mod target;
mod unreadable;

pub use entry::main;
