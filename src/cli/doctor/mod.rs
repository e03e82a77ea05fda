//! `ciba-bench doctor`: whether a target can be used with its target file, and whether a profile fits this machine, before any
//! load or check is run.

mod arguments;
mod command;
mod machine;
mod parties;
mod report;

pub use arguments::Arguments;
pub use command::run;
