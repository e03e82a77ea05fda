use super::known_client::OwnKeys;
use super::server::Server;
use super::{KnownClient, Listener, Runtime, WorldError};
use crate::ciba::Secret;
use crate::clock::Clock;
use crate::target::Client;
use crate::transport::{Transport, outgoing};
use axum::Router;
use reference_op::{
    AuthenticationServiceSettings, ClientSettings, FaultSet, ReferenceOp, Settings, SystemClientSettings,
    WorkspaceSettings,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use url::Url;

/// The only workspace.
const WORKSPACE: &str = "ciba";
/// Its only client.
const CLIENT_ID: &str = "poll-client";
/// Shortest time between two polls, in seconds: whoever polls here is this tool itself.
const INTERVAL_S: u64 = 1;

/// What the embedded OP has to know to call somebody else's authentication service.
#[derive(Debug, Clone)]
pub struct CallingOpSettings {
    /// Where the service reaches the OP, without a path.
    pub public_url: String,
    /// Where the OP reaches the service; the paths of its operations are appended.
    pub service_url: String,
    /// User name with which the OP authenticates there.
    pub username: String,
    /// Password with which the OP authenticates there.
    pub password: Secret<String>,
    /// The service's own client at the OP.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret<String>,
    /// Lifetime of an authentication request.
    pub expires_in: Duration,
}

/// The embedded OP beside an authentication service that is not ours. It keeps the standard: here it is no accused.
#[derive(Debug)]
pub struct CallingOp {
    op: ReferenceOp,
    client: KnownClient,
    issuer: Url,
}

impl CallingOp {
    /// The usual lifetime of an authentication request.
    pub const EXPIRES_IN: Duration = Duration::from_secs(120);

    /// Makes one. `transport` carries what it sends to the service.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn new(
        settings: CallingOpSettings,
        clock: Clock,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, WorldError> {
        let secret = super::settings::random_secret();
        let client = ClientSettings::poll(CLIENT_ID, secret);
        let known = KnownClient::of(&client, OwnKeys::default())
            .ok_or_else(|| WorldError::Workspace("has no client that uses CIBA".to_owned()))?;
        let mut workspace = WorkspaceSettings::new(WORKSPACE);
        workspace.interval = INTERVAL_S;
        workspace.expires_in = settings.expires_in.as_secs();
        workspace.clients = vec![client];
        workspace.authentication_service = Some(AuthenticationServiceSettings::External {
            url: settings.service_url,
            user: settings.username,
            password: settings.password.expose().clone().into(),
        });
        workspace.authentication_service_client = Some(SystemClientSettings {
            client_id: settings.client_id,
            client_secret: settings.client_secret.expose().clone().into(),
        });
        let wall = UNIX_EPOCH + clock.wall(clock.now());
        let op = ReferenceOp::new(
            &settings.public_url,
            Settings::new(vec![workspace]),
            FaultSet::NONE,
            reference_op::Clock::starting_at(wall),
            outgoing(transport),
        )?;
        let issuer = op.issuer(WORKSPACE).unwrap_or_default();
        let issuer = Url::parse(&issuer)
            .map_err(|error| WorldError::Workspace(format!("has issuer {issuer:?}: {error}")))?;
        Ok(CallingOp { op, client: known, issuer })
    }

    /// Everything that it serves.
    pub fn router(&self) -> Router {
        self.op.router()
    }

    /// The issuer.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// The client, for poll.
    pub fn client(&self) -> Client {
        self.client.client()
    }

    /// The backchannel authentication endpoint.
    pub fn backchannel_authentication_endpoint(&self) -> Url {
        self.below_issuer("/backchannel/authentication")
    }

    /// The token endpoint of clients.
    pub fn token_endpoint(&self) -> Url {
        self.below_issuer("/oauth2/token")
    }

    /// Where the service gets its token.
    pub fn system_token_endpoint(&self) -> String {
        let client = self.op.authentication_service_client(WORKSPACE);
        client.map(|client| client.token_endpoint.clone()).unwrap_or_default()
    }

    /// Root of the system API; `/scope-grants/{login}/accept` and `/reject` are below it.
    pub fn system_api(&self) -> String {
        self.op.system_api()
    }

    fn below_issuer(&self, path: &str) -> Url {
        let mut url = self.issuer.clone();
        url.set_path(&format!("{}{path}", self.issuer.path().trim_end_matches('/')));
        url
    }
}

/// A router that is served on a socket, until it is closed or dropped.
#[derive(Debug)]
pub struct SystemServer(Server);

impl SystemServer {
    /// Serves a router on a listener that was bound with `runtime`.
    pub fn start(runtime: &Runtime, listener: Listener, router: Router) -> Self {
        SystemServer(Server::start(runtime, listener, router))
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Takes no more connections and lets requests under way finish, within a bound.
    pub async fn close(&self) {
        self.0.close().await;
    }
}
