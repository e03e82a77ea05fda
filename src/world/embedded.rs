use super::bank::consent_types;
use super::settings::{Acquainted, first};
use super::{
    AuthServiceServer, KnownClient, NOTIFICATION_PATH, NotificationServer, OpServer, Runtime, WorldError,
    WorldSettings,
};
use crate::ciba::DeliveryMode;
use crate::clock::Clock;
use crate::notification::{NotificationSink, Receiver};
use crate::open_banking::ConsentType;
use crate::target::{HintTokens, UserCodes};
use crate::tls::Acceptor;
use crate::transport::ServerTls;
use mock_auth_service::{AuthService, FaultSet, Observer};
use reference_op::{AccessCounts, SystemClient};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use url::Url;

/// Any free port of the loopback interface.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What an [`Embedded`] world is to be like.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
    /// The parties.
    pub world: WorldSettings,
    /// Threads of the OP.
    pub op_threads: usize,
    /// Threads of the mock authentication service and the notification endpoint together.
    pub instrument_threads: usize,
    /// Where the OP listens.
    pub op_address: SocketAddr,
    /// What the OP shows where it serves HTTPS, and whom its callers trust then; plain HTTP where absent.
    pub op_tls: Option<(Acceptor, ServerTls)>,
}

impl Default for EmbeddedSettings {
    /// One thread for the OP, one for the instruments, any free ports of the loopback interface.
    fn default() -> Self {
        EmbeddedSettings {
            world: WorldSettings::default(),
            op_threads: 1,
            instrument_threads: 1,
            op_address: ANY_PORT,
            op_tls: None,
        }
    }
}

/// OP, mock authentication service and notification endpoint on sockets of the loopback interface.
///
/// The OP runs on threads of its own, the two instruments on others: a busy OP must not make them stamp late.
/// Dropping it ends everything at once; [`Embedded::close`] does so in order.
#[derive(Debug)]
pub struct Embedded {
    op: OpServer,
    auth_service: AuthServiceServer,
    notifications: NotificationServer,
    clients: Vec<KnownClient>,
    user_code_client: Option<KnownClient>,
    unregistered_client: Option<KnownClient>,
    hint_tokens: Option<HintTokens>,
    user_codes: UserCodes,
    consent_types: Vec<&'static ConsentType>,
    workspace: String,
    issuer: Url,
    // Last, so that the servers above are told to stop first.
    instruments: Runtime,
}

impl Embedded {
    /// Starts all parties. `observer` is told what the authentication service sees, `sink` what is notified.
    ///
    /// # Errors
    /// A port is taken, or the settings cannot work.
    pub fn start(
        settings: EmbeddedSettings,
        clock: Clock,
        observer: Arc<dyn Observer>,
        sink: Arc<dyn NotificationSink>,
    ) -> Result<Self, WorldError> {
        let EmbeddedSettings { world, op_threads, instrument_threads, op_address, op_tls } = settings;
        let (acceptor, trust) = op_tls.unzip();
        let trust = trust.unwrap_or_default();
        let op_runtime = Runtime::start("embedded-op", op_threads)?;
        let instruments = Runtime::start("instruments", instrument_threads)?;
        // Each party's settings name the others' addresses: all are bound before any party is started.
        let op_listener = op_runtime.bind(op_address)?.with_tls(acceptor);
        let op_management = op_runtime.bind(ANY_PORT)?;
        let auth_listener = instruments.bind(ANY_PORT)?;
        let auth_management = instruments.bind(ANY_PORT)?;
        let notification_listener = instruments.bind(ANY_PORT)?;
        let notification_url = format!("{}{NOTIFICATION_PATH}", notification_listener.base_url());
        let known = Acquainted::new(world.op.clone(), &auth_listener.base_url(), &notification_url, false)?;
        let op_listeners = [op_listener, op_management];
        let op = OpServer::trusting(op_runtime, op_listeners, known.op.clone(), world.faults, trust.clone())?;
        let auth_settings = known.auth_service(op.op(), world.plan)?;
        let (auth_listeners, auth_settings) =
            ([auth_listener, auth_management], (auth_settings, FaultSet::NONE));
        let auth_service =
            AuthServiceServer::trusting(&instruments, auth_listeners, auth_settings, observer, trust)?;
        let notifications =
            NotificationServer::start(&instruments, notification_listener, NOTIFICATION_PATH, clock, sink);
        let issuer = known.issuer(op.op())?;
        let hint_tokens = known.hint_tokens(&issuer);
        let consent_types = consent_types(&known.op);
        let Acquainted { clients, user_code_client, unregistered_client, user_codes, workspace, .. } = known;
        Ok(Embedded {
            op,
            auth_service,
            notifications,
            clients,
            user_code_client,
            unregistered_client,
            hint_tokens,
            user_codes,
            consent_types,
            workspace,
            issuer,
            instruments,
        })
    }

    /// Starts a task on the threads of the authentication service and the notification endpoint.
    pub fn beside_instruments(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.instruments.spawn(task);
    }

    /// The issuer.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// All clients of the workspace that use CIBA, and need no user codes for it.
    pub fn clients(&self) -> &[KnownClient] {
        &self.clients
    }

    /// The first client of a delivery mode.
    pub fn client(&self, mode: DeliveryMode) -> Option<&KnownClient> {
        first(&self.clients, mode)
    }

    /// The first client of the workspace that is registered for user codes.
    pub fn user_code_client(&self) -> Option<&KnownClient> {
        self.user_code_client.as_ref()
    }

    /// The first client of the workspace that is not registered for CIBA.
    pub fn unregistered_client(&self) -> Option<&KnownClient> {
        self.unregistered_client.as_ref()
    }

    /// What makes login hint tokens that the OP takes, unless its settings name an issuer of their own.
    pub fn hint_tokens(&self) -> Option<&HintTokens> {
        self.hint_tokens.as_ref()
    }

    /// The codes of the OP's users.
    pub fn user_codes(&self) -> &UserCodes {
        &self.user_codes
    }

    /// The authentication service's own client at the OP.
    pub fn system_client(&self) -> Option<&SystemClient> {
        self.op.op().authentication_service_client(&self.workspace)
    }

    /// The consents that clients can create, where the OP is a bank's (Open Banking).
    pub fn consent_types(&self) -> &[&'static ConsentType] {
        &self.consent_types
    }

    /// The OP.
    pub fn op(&self) -> &OpServer {
        &self.op
    }

    /// What the OP has answered so far; readable after its end.
    pub fn access_counts(&self) -> AccessCounts {
        self.op.access_counts()
    }

    /// The mock authentication service.
    pub fn auth_service(&self) -> &AuthService {
        self.auth_service.service()
    }

    /// The mock authentication service as a server, for its addresses.
    pub fn auth_service_server(&self) -> &AuthServiceServer {
        &self.auth_service
    }

    /// The notification endpoint.
    pub fn receiver(&self) -> &Receiver {
        self.notifications.receiver()
    }

    /// The notification endpoint as a server, for its address.
    pub fn notification_server(&self) -> &NotificationServer {
        &self.notifications
    }

    /// Ends the OP at once, as a killed process ends. Its counters stay readable.
    pub fn kill_op(&self) {
        self.op.kill();
    }

    /// Ends everything in order, each part within [`CLOSE_GRACE`](super::CLOSE_GRACE): first the decisions, then the OP, then
    /// the notification endpoint. Counters stay readable.
    pub async fn close(&self) {
        self.auth_service.close().await;
        self.op.close().await;
        self.notifications.close().await;
    }
}
