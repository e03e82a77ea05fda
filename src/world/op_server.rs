use super::peer::with_peer;
use super::server::Server;
use super::{Listener, Runtime, WorldError, way_out};
use crate::clock::Clock;
use crate::transport::{Http, HttpSettings, ServerTls};
use reference_op::{AccessCounts, FaultSet, ReferenceOp, Settings};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Connections that the embedded OP opens at most, to the authentication service and to notification endpoints together.
pub const OP_CONNECTIONS_MAX: usize = 256;

/// Longest time that an OP which is closed waits for the answers to its pings and pushes.
const ANSWERS_GRACE: Duration = Duration::from_secs(1);

/// The embedded OP on sockets. It has its threads to itself, so that it can be ended as a process is.
#[derive(Debug)]
pub struct OpServer {
    op: ReferenceOp,
    public: Server,
    management: Server,
    runtime: Mutex<Runtime>,
}

impl OpServer {
    /// Starts an OP on two listeners that were bound with `runtime`.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn start(
        runtime: Runtime,
        listener: Listener,
        management: Listener,
        settings: Settings,
        faults: FaultSet,
    ) -> Result<Self, WorldError> {
        Self::trusting(runtime, [listener, management], settings, faults, ServerTls::default())
    }

    /// Like [`Self::start`], but an OP that trusts others than the system does when it calls. The first listener is the public
    /// one.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn trusting(
        runtime: Runtime,
        [listener, management]: [Listener; 2],
        settings: Settings,
        faults: FaultSet,
        trust: ServerTls,
    ) -> Result<Self, WorldError> {
        let connections = HttpSettings { connections_max: OP_CONNECTIONS_MAX };
        let careless = ServerTls { unverified: true, ..trust.clone() };
        let [verified, unverified] =
            [trust, careless].map(|tls| Http::over_tls(connections, tls, Clock::system()));
        let out = way_out::of_op(Arc::new(verified?), Arc::new(unverified?));
        let base_url = listener.base_url();
        let op = ReferenceOp::new(&base_url, settings, faults, reference_op::Clock::system(), out)?;
        let public = Server::start(&runtime, listener, with_peer(op.router()));
        let management = Server::start(&runtime, management, op.management_router());
        Ok(OpServer { op, public, management, runtime: Mutex::new(runtime) })
    }

    /// The provider itself: its counters stay readable when the server is gone.
    pub fn op(&self) -> &ReferenceOp {
        &self.op
    }

    /// What was answered so far.
    pub fn access_counts(&self) -> AccessCounts {
        self.op.access_counts()
    }

    /// The public listener's address.
    pub fn address(&self) -> SocketAddr {
        self.public.address
    }

    /// The management listener's address: `GET /access-log`, `/pending-count`, `/health`.
    pub fn management_address(&self) -> SocketAddr {
        self.management.address
    }

    /// Takes no more connections, lets requests under way finish, within [`CLOSE_GRACE`](super::CLOSE_GRACE), and waits a moment
    /// for clients that were told something: a push is counted when it was answered, and its flow may have ended before.
    pub async fn close(&self) {
        self.public.close().await;
        self.management.close().await;
        drop(tokio::time::timeout(ANSWERS_GRACE, self.op.notifications_answered()).await);
        self.kill();
    }

    /// Ends at once, as a killed process does: connections are cut, requests under way and everything planned are gone.
    pub fn kill(&self) {
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }
}
