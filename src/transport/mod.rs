//! Carries one request to a server and its answer back, and says when each part of that happened.
//!
//! Floor 2. Two carriers: [`Http`] over sockets by hyper's client, and [`InProcess`], which calls axum routers directly so that
//! a whole world runs in one thread under paused time. Neither knows what it carries: no OAuth, no retries, no counting.
//! [`outgoing`] makes either the way out of a party that brings no HTTP client of its own.

mod address;
mod call;
mod connector;
mod http;
mod in_process;
mod lane;
mod outgoing;
mod reasons;
mod resolver;

pub use address::Address;
pub use call::{Answer, BODY_BYTES_MAX, Call, Exchanged, Failure, Timeline, Transport};
pub use http::{Http, HttpSettings, ServerTls, TransportSetUpError};
pub use in_process::{ConnectionLost, InProcess};
pub use lane::ConnectionSpread;
pub use outgoing::{BoxError, OUTGOING_TIMEOUT, Outgoing, outgoing};
