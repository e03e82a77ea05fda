use super::server::Server;
use super::{CLOSE_GRACE, Listener, Runtime, WorldError, way_out};
use crate::clock::Clock;
use crate::transport::{Http, HttpSettings, ServerTls};
use mock_auth_service::{AuthService, FaultSet, Observer, ServiceSettings};
use std::net::SocketAddr;
use std::sync::Arc;

/// The mock authentication service on sockets.
#[derive(Debug)]
pub struct AuthServiceServer {
    service: AuthService,
    public: Server,
    management: Server,
}

impl AuthServiceServer {
    /// Starts a service on two listeners that were bound with `runtime`.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn start(
        runtime: &Runtime,
        listener: Listener,
        management: Listener,
        settings: impl Into<ServiceSettings>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, WorldError> {
        Self::with_faults(runtime, [listener, management], settings, FaultSet::NONE, observer)
    }

    /// Like [`Self::start`], but a service that does something wrong. The first listener is for what the OP calls, the second
    /// for the management API.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn with_faults(
        runtime: &Runtime,
        listeners: [Listener; 2],
        settings: impl Into<ServiceSettings>,
        faults: FaultSet,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, WorldError> {
        Self::trusting(runtime, listeners, (settings, faults), observer, ServerTls::default())
    }

    /// Like [`Self::with_faults`], but a service that trusts others than the system does when it calls.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn trusting(
        runtime: &Runtime,
        [listener, management]: [Listener; 2],
        (settings, faults): (impl Into<ServiceSettings>, FaultSet),
        observer: Arc<dyn Observer>,
        trust: ServerTls,
    ) -> Result<Self, WorldError> {
        let settings = settings.into();
        // As many as decisions under way: none may wait for a connection once it is stamped as sent.
        let connections_max = settings.limits.concurrent;
        let http = Http::over_tls(HttpSettings { connections_max }, trust, Clock::system())?;
        let out = way_out::of_auth_service(Arc::new(http));
        let clock = mock_auth_service::Clock::system();
        let service = AuthService::with_faults(settings, faults, clock, out, observer)?;
        // Decisions belong to these threads, whoever brings the first login.
        let deciding = service.clone();
        runtime.spawn(async move { deciding.start_deciding() });
        let public = Server::start(runtime, listener, service.router());
        let management = Server::start(runtime, management, service.management_router());
        Ok(AuthServiceServer { service, public, management })
    }

    /// The service itself: its plan, its counters, its history.
    pub fn service(&self) -> &AuthService {
        &self.service
    }

    /// Address of what the OP calls.
    pub fn address(&self) -> SocketAddr {
        self.public.address
    }

    /// Address of the management API.
    pub fn management_address(&self) -> SocketAddr {
        self.management.address
    }

    /// Decides nothing any more, waits for decisions under way and lets requests finish; each within [`CLOSE_GRACE`].
    /// Gives the number of decisions that were still under way at the end.
    pub async fn close(&self) -> usize {
        let unfinished = self.service.drain(CLOSE_GRACE).await;
        self.public.close().await;
        self.management.close().await;
        unfinished
    }
}
