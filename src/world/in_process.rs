use super::bank::consent_types;
use super::peer::with_peer;
use super::settings::{Acquainted, first};
use super::{KnownClient, NOTIFICATION_PATH, WorldError, WorldSettings, way_out};
use crate::ciba::DeliveryMode;
use crate::clock::Clock;
use crate::notification::{ConnectionReset, NotificationSink, Receiver};
use crate::open_banking::ConsentType;
use crate::target::{HintTokens, UserCodes};
use crate::tls::ShownCertificate;
use crate::transport::{self, ConnectionLost, Transport};
use axum::Router;
use axum::response::Response;
use mock_auth_service::{AuthService, Observer};
use reference_op::{AccessCounts, ReferenceOp};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::error::Elapsed;
use tower::util::MapResponseLayer;
use url::Url;

/// Longest time, by the world's own clock, that a scenario may take. Under paused time one that never ends would go
/// round and round without ever waiting.
pub const DEADLINE: Duration = Duration::from_secs(60 * 60);

/// Wall time at which every world begins: 2026-01-01T00:00:00Z.
pub(super) const BEGINNING: Duration = Duration::from_secs(1_767_225_600);
/// Host names of the parties.
const OP: &str = "op.localhost";
const AUTH_SERVICE: &str = "authentication-service.localhost";
const CLIENT: &str = "client.localhost";

/// A host of an [`InProcess`] world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The OP.
    Op,
    /// The mock authentication service.
    AuthenticationService,
    /// The client, with its notification endpoint.
    Client,
}

impl Party {
    fn host(self) -> &'static str {
        match self {
            Party::Op => OP,
            Party::AuthenticationService => AUTH_SERVICE,
            Party::Client => CLIENT,
        }
    }
}

/// OP, mock authentication service and notification endpoint in one thread: no sockets, no threads, a fixed wall time.
/// Under paused tokio time minutes of protocol take milliseconds.
///
/// Dropping it breaks the cycle in which the parties hold each other.
pub struct InProcess {
    network: transport::InProcess,
    transport: Arc<dyn Transport>,
    clock: Clock,
    op: ReferenceOp,
    auth_service: AuthService,
    receiver: Receiver,
    clients: Vec<KnownClient>,
    user_code_client: Option<KnownClient>,
    unregistered_client: Option<KnownClient>,
    hint_tokens: Option<HintTokens>,
    user_codes: UserCodes,
    consent_types: Vec<&'static ConsentType>,
    issuer: Url,
    notification_url: Url,
    notification_certificate: ShownCertificate,
}

impl InProcess {
    /// Makes a world that begins now. `observer` is told what the authentication service sees, `sink` what is notified.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn new(
        settings: WorldSettings,
        observer: Arc<dyn Observer>,
        sink: Arc<dyn NotificationSink>,
    ) -> Result<Self, WorldError> {
        let wall = Self::beginning();
        let clock = Clock::starting_at(wall);
        let network = transport::InProcess::new(clock);
        let transport: Arc<dyn Transport> = Arc::new(network.clone());
        let (auth_url, notification_url) =
            (format!("http://{AUTH_SERVICE}"), format!("https://{CLIENT}{NOTIFICATION_PATH}"));
        let notification_certificate = ShownCertificate::own();
        network.exchange_certificate(CLIENT, notification_certificate.clone());
        let known = Acquainted::new(settings.op, &auth_url, &notification_url, true)?;
        let op = ReferenceOp::new(
            &format!("http://{OP}"),
            known.op.clone(),
            settings.faults,
            reference_op::Clock::starting_at(wall),
            way_out::of_op(Arc::clone(&transport), Arc::new(network.unverified())),
        )?;
        let auth_service = AuthService::new(
            known.auth_service(&op, settings.plan)?,
            mock_auth_service::Clock::starting_at(wall),
            way_out::of_auth_service(Arc::clone(&transport)),
            observer,
        )?;
        let receiver = Receiver::new(NOTIFICATION_PATH, clock, sink);
        let issuer = known.issuer(&op)?;
        let hint_tokens = known.hint_tokens(&issuer);
        let consent_types = consent_types(&known.op);
        let Acquainted { clients, user_code_client, unregistered_client, user_codes, .. } = known;
        let notification_url = Url::parse(&notification_url)
            .map_err(|error| WorldError::Workspace(format!("has no notification endpoint: {error}")))?;
        let world = InProcess {
            network,
            transport,
            clock,
            op,
            auth_service,
            receiver,
            clients,
            user_code_client,
            unregistered_client,
            hint_tokens,
            user_codes,
            consent_types,
            issuer,
            notification_url,
            notification_certificate,
        };
        for party in [Party::Op, Party::AuthenticationService, Party::Client] {
            world.intercept(party, |router| router);
        }
        Ok(world)
    }

    /// Wall time at which every world begins.
    pub fn beginning() -> SystemTime {
        UNIX_EPOCH + BEGINNING
    }

    /// Runs a scenario within [`DEADLINE`].
    ///
    /// # Errors
    /// It took longer.
    pub async fn within_deadline<F: Future>(&self, scenario: F) -> Result<F::Output, Elapsed> {
        tokio::time::timeout(DEADLINE, scenario).await
    }

    /// Puts something between a party and everybody who calls it: delays, losses, a proxy of any kind.
    pub fn intercept(&self, party: Party, wrap: impl FnOnce(Router) -> Router) {
        let router = match party {
            Party::Op => with_peer(self.op.router()),
            Party::AuthenticationService => self.auth_service.router(),
            Party::Client => self.receiver.router().layer(MapResponseLayer::new(lose)),
        };
        self.network.serve(party.host(), wrap(router));
    }

    /// What carries calls to the parties.
    pub fn transport(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.transport)
    }

    /// The world's clock.
    pub fn clock(&self) -> Clock {
        self.clock
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

    /// The consents that clients can create, where the OP is a bank's (Open Banking).
    pub fn consent_types(&self) -> &[&'static ConsentType] {
        &self.consent_types
    }

    /// The OP.
    pub fn op(&self) -> &ReferenceOp {
        &self.op
    }

    /// What the OP has answered so far.
    pub fn access_counts(&self) -> AccessCounts {
        self.op.access_counts()
    }

    /// The mock authentication service.
    pub fn auth_service(&self) -> &AuthService {
        &self.auth_service
    }

    /// Where the notification endpoint is called.
    pub fn notification_url(&self) -> &Url {
        &self.notification_url
    }

    /// The certificate that the notification endpoint shows.
    pub fn notification_certificate(&self) -> &ShownCertificate {
        &self.notification_certificate
    }

    /// The notification endpoint.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.network.clear();
    }
}

/// A connection that the notification endpoint resets is one that the network loses.
fn lose(mut response: Response) -> Response {
    if response.extensions().get::<ConnectionReset>().is_some() {
        response.extensions_mut().insert(ConnectionLost);
    }
    response
}
