use super::server::Server;
use super::{Listener, Runtime};
use crate::clock::Clock;
use crate::notification::{NotificationSink, Receiver};
use crate::tls::{Acceptor, ShownCertificate};
use std::net::SocketAddr;
use std::sync::Arc;

/// Path of the client notification endpoint, unless a target file names another.
pub const NOTIFICATION_PATH: &str = "/notify-callback";

/// The client notification endpoint on a socket.
#[derive(Debug)]
pub struct NotificationServer {
    receiver: Receiver,
    certificate: Option<ShownCertificate>,
    server: Server,
}

impl NotificationServer {
    /// Starts an endpoint at `path` on a listener that was bound with `runtime`.
    pub fn start(
        runtime: &Runtime,
        listener: Listener,
        path: &str,
        clock: Clock,
        sink: Arc<dyn NotificationSink>,
    ) -> Self {
        let receiver = Receiver::new(path, clock, sink);
        let certificate = listener.tls.as_ref().map(Acceptor::shown);
        let server = Server::start(runtime, listener, receiver.router());
        NotificationServer { receiver, certificate, server }
    }

    /// The endpoint itself, where flows register their tokens.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// The certificate that it shows, where it is served over TLS.
    pub fn certificate(&self) -> Option<&ShownCertificate> {
        self.certificate.as_ref()
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Takes no more connections and lets calls under way finish, within [`CLOSE_GRACE`](super::CLOSE_GRACE).
    pub async fn close(&self) {
        self.server.close().await;
    }
}
