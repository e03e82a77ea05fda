//! `ciba-bench serve`: the embedded parts alone, for another process to talk to.

mod auth_service;
mod command;
mod op;
mod op_bank;
mod op_capacity;
mod op_settings;
mod op_target;
mod tls;

pub use command::{Command, run};
