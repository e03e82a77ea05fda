//! `ciba-bench target`: target files.

mod answers;
mod command;
mod console;
mod dialogue;
mod first;
mod init;
mod question;
mod questions;

pub use command::{Command, run};
