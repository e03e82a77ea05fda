//! What a target file says.

use std::net::SocketAddr;

use super::{ConformanceSettings, FileSecret, KnownDeviation, ServerUrl};
use crate::ciba::DeliveryMode;
use crate::jose::SubjectRule;
use crate::profile::Correlation;
use crate::target::ClientAuthentication;

/// One target, with its secrets resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetFile {
    /// The issuer, exactly as the server writes it.
    pub issuer: ServerUrl,
    /// The clients that are registered for us; one at least for poll or for ping.
    pub clients: Clients,
    /// What `sub` of the ID tokens has to be.
    pub subject: SubjectRule,
    /// How a login can find its flow at this server. Where it is [`Correlation::User`], it wins over the profile.
    pub correlation: Correlation,
    /// Who makes the decisions.
    pub authentication_service: AuthenticationService,
    /// Where notifications are received.
    pub notification: NotificationListener,
    /// What to expect when a client polls too fast.
    pub polling: PollingEnforcement,
    /// What the server's owner has agreed to. Without meaning on loopback.
    pub load: LoadPermission,
    /// Whom the checks may use, and how many at once.
    pub conformance: ConformanceSettings,
    /// Failures that are accepted for the time being.
    pub known_deviations: Vec<KnownDeviation>,
    /// Whether the server is our own embedded OP, so that figures are not taken for those of a product.
    pub is_reference: bool,
}

/// The registered clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clients {
    /// Registered for poll.
    pub poll: Option<ClientEntry>,
    /// Registered for ping.
    pub ping: Option<ClientEntry>,
    /// Another one, for checks that need two.
    pub second: Option<ClientEntry>,
    /// One that is not registered for CIBA.
    pub unregistered: Option<ClientEntry>,
}

/// A client as it is registered at the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEntry {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: FileSecret,
    /// How the client authenticates.
    pub authentication: ClientAuthentication,
    /// Scopes to ask for with this client, instead of the profile's.
    pub scope: Option<String>,
}

/// What the server does with a client that polls faster than the interval allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollingEnforcement {
    /// It has to answer `slow_down` or refuse.
    Required,
    /// It may.
    Allowed,
    /// It must not.
    Forbidden,
}

/// Who makes the decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthenticationService {
    /// We run the mock authentication service.
    Embedded(Box<EmbeddedService>),
    /// Somebody else.
    None,
}

/// The authentication service that we run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedService {
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Its URL as the server sees it.
    pub public_url: Option<ServerUrl>,
    /// The name with which the server authenticates to it.
    pub username: String,
    /// The password with which the server authenticates to it.
    pub password: FileSecret,
    /// The client with which it authenticates to the server.
    pub system: SystemClient,
    /// Base of the server's system APIs, where it does not follow from the token endpoint.
    pub api_base: Option<ServerUrl>,
}

/// The client of the authentication service at the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemClient {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: FileSecret,
    /// Token endpoint of the system workspace.
    pub token_endpoint: ServerUrl,
}

/// Where notifications are received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationListener {
    /// Where we listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The base URL as the server sees it.
    pub public_url: Option<ServerUrl>,
    /// Path of the endpoint, with its slash.
    pub path: String,
}

/// What the server's owner has agreed to.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadPermission {
    /// Whether load may be sent at all.
    pub allow_load: bool,
    /// Highest rate of flows per second.
    pub max_rate: Option<f64>,
    /// Users who may be asked to approve: names, or beginnings of names with a `*` at the end.
    pub allowed_users: Vec<String>,
}

impl TargetFile {
    /// The client for flows of that mode. Push has none.
    #[must_use]
    pub fn client(&self, mode: DeliveryMode) -> Option<&ClientEntry> {
        match mode {
            DeliveryMode::Poll => self.clients.poll.as_ref(),
            DeliveryMode::Ping => self.clients.ping.as_ref(),
            DeliveryMode::Push => None,
        }
    }
}

impl PollingEnforcement {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 3] =
        [("required", Self::Required), ("allowed", Self::Allowed), ("forbidden", Self::Forbidden)];
}
