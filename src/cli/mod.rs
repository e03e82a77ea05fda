//! The command line: arguments in, files and text out, one exit code.
//!
//! Floor 7, and the only module that prints, reads arguments or the environment, handles signals or ends the process.
//! One file or folder per command. What a command does is elsewhere: here its inputs are found and checked, its parts put
//! together, and its errors said in words that tell what to do.

mod arguments;
mod choices;
mod columns;
mod descriptors;
mod entry;
mod exit_codes;
mod failure;
mod input;
mod interrupt;
mod list;
mod log_lines;
mod machine;
mod output;
mod profile;
mod report;
mod run;
mod secrets;
mod serve;
mod target;

pub use entry::main;
