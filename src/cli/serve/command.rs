use std::net::SocketAddr;

use super::{auth_service, op};
use crate::analysis::Exit;
use crate::cli::failure::Failure;

/// Parts that can be served.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Run the embedded OP: an OpenID Provider with CIBA, for testing only
    Op(Box<op::Arguments>),
    /// Run the mock authentication service beside any server
    AuthService(Box<auth_service::Arguments>),
}

/// Serves until Ctrl-C or SIGTERM, which is how a server ends: exit code 0.
pub fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Op(arguments) => op::run(arguments),
        Command::AuthService(arguments) => auth_service::run(arguments),
    }
}

/// Refuses an address that others can reach.
pub(super) fn only_loopback(option: &str, address: SocketAddr, remedy: &str) -> Result<(), Failure> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{option} {address}: expected a loopback address such as 127.0.0.1:{}; {remedy}",
        address.port()
    )))
}

/// Waits for work on a runtime of this thread.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
    runtime.block_on(work)
}
