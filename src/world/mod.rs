//! Brings the parties of a CIBA deployment together: the embedded OP, the mock authentication service and the client
//! notification endpoint.
//!
//! Floor 5. [`Embedded`] runs them on sockets, on threads of their own so that they cannot stall whoever sends load;
//! [`InProcess`] runs them in one thread without sockets, under paused time if there is such. Against a server of
//! somebody else's only [`AuthServiceServer`] and [`NotificationServer`] are needed, on one [`Runtime`]. [`CallingOp`] is
//! the OP beside somebody else's authentication service. Nothing is measured here and no flow is run.

mod auth_service_server;
mod bank;
mod calling_op;
mod embedded;
mod error;
mod in_process;
mod known_client;
mod notification_server;
mod op_server;
mod peer;
mod runtime;
mod server;
mod settings;
mod way_out;

pub use auth_service_server::AuthServiceServer;
pub use calling_op::{CallingOp, CallingOpSettings, SystemServer};
pub use embedded::{Embedded, EmbeddedSettings};
pub use error::WorldError;
pub use in_process::{DEADLINE, InProcess, Party};
pub use known_client::KnownClient;
pub use notification_server::{NOTIFICATION_PATH, NotificationServer};
pub use op_server::{OP_CONNECTIONS_MAX, OpServer};
pub use runtime::{Listener, Runtime};
pub use server::CLOSE_GRACE;
pub use settings::WorldSettings;
pub use way_out::of_auth_service as out_of_auth_service;
