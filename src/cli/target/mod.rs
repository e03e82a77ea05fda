//! `ciba-bench target`: target files.

mod command;
mod first;

pub use command::{Command, run};
