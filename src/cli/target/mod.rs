//! `ciba-bench target`: target files.

mod answers;
mod command;
mod console;
mod dialogue;
mod example;
mod first;
mod here;
mod init;
mod question;
mod questions;

pub use command::{Command, run};
