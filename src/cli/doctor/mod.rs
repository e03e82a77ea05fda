//! `ciba-bench doctor`: whether a target can be used with its target file, before any load or check is run.

mod arguments;
mod command;
mod parties;
mod report;

pub use arguments::Arguments;
pub use command::run;
