use crate::jose::GenerationError;
use crate::tls::{AuthorityError, IdentityError};
use crate::transport::TransportSetUpError;
use std::io;
use std::net::SocketAddr;

/// Why a party cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The address cannot be listened at.
    #[error(
        "cannot listen at {address}: {source}; choose another port, or port 0 for any free one, or end the process that \
         has it"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// No threads.
    #[error("cannot start {threads} threads for {name}")]
    Threads {
        /// What they are for.
        name: &'static str,
        /// How many.
        threads: usize,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The OP's settings are wrong.
    #[error("embedded OP: {0}")]
    Op(#[from] reference_op::SettingsError),
    /// The authentication service's settings are wrong.
    #[error("mock authentication service: {0}")]
    AuthService(#[from] mock_auth_service::SettingsError),
    /// No client of the OP's settings can be used.
    #[error("embedded OP: workspaces[0] of its settings {0}")]
    Workspace(String),
    /// No key for the clients that sign.
    #[error("embedded OP: {0}")]
    ClientKey(#[from] GenerationError),
    /// No certificate for the client that authenticates by one.
    #[error("embedded OP: {0}")]
    Authority(#[from] AuthorityError),
    /// That certificate cannot be used.
    #[error("embedded OP: the client's certificate {0}")]
    Identity(#[from] IdentityError),
    /// No HTTP client.
    #[error(transparent)]
    Transport(#[from] TransportSetUpError),
}
