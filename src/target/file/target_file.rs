//! What a target file says.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{
    ApprovalUrl, ConformanceSettings, FileIdentity, FileSecret, HintTokenEntry, KeycloakService,
    KnownDeviation, OpenBankingEntry, RegistrationEntry, ServerUrl, TlsEntry, UserCodeEntries,
};
use crate::ciba::DeliveryMode;
use crate::jose::{SigningKey, SubjectRule};
use crate::profile::Correlation;
use crate::target::{AssertionAudience, Client, ClientAuthentication, Credentials};

/// One target, with its secrets resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetFile {
    /// The issuer, exactly as the server writes it.
    pub issuer: ServerUrl,
    /// How it is reached and trusted over TLS.
    pub tls: TlsEntry,
    /// The clients that are registered for us; one at least for poll or for ping.
    pub clients: Clients,
    /// What `sub` of the ID tokens has to be.
    pub subject: SubjectRule,
    /// How a login can find its flow at this server. Where it is [`Correlation::User`], it wins over the profile.
    pub correlation: Correlation,
    /// What makes login hint tokens, where the server takes them.
    pub login_hint_token: Option<HintTokenEntry>,
    /// Whether the server takes its own ID tokens as hints.
    pub id_token_hint: bool,
    /// What users tell the clients that are registered for user codes.
    pub user_codes: UserCodeEntries,
    /// Open Banking, where the server is a bank's.
    pub open_banking: Option<OpenBankingEntry>,
    /// Whether checks may register clients there.
    pub registration: Option<RegistrationEntry>,
    /// Who makes the decisions, and how the server asks for them.
    pub authentication_service: AuthenticationService,
    /// Whether a person makes them, on the page of our authentication service, instead of simulated users.
    pub manual: bool,
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
    /// Registered for push.
    pub push: Option<ClientEntry>,
    /// Another one, for checks that need two.
    pub second: Option<ClientEntry>,
    /// One that is registered for user codes.
    pub user_code: Option<ClientEntry>,
    /// One that is not registered for CIBA.
    pub unregistered: Option<ClientEntry>,
    /// One that authenticates by `private_key_jwt`, for the checks of assertions.
    pub assertion: Option<ClientEntry>,
    /// One that signs its authentication requests, for the checks of signed requests.
    pub signed: Option<ClientEntry>,
    /// One that authenticates by its certificate, for the checks of mutual TLS.
    pub certificate: Option<ClientEntry>,
}

/// A client as it is registered at the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEntry {
    /// `client_id`.
    pub client_id: String,
    /// How the client authenticates, and with what.
    pub proof: ClientProof,
    /// Whom its assertions are addressed to.
    pub assertion_audience: AssertionAudience,
    /// The certificate that its connections show, if they show one.
    pub identity: Option<FileIdentity>,
    /// What signs its authentication requests, if it signs them.
    pub request_key: Option<FileKey>,
    /// Scopes to ask for with this client, instead of the profile's.
    pub scope: Option<String>,
    /// `acr_values` to ask for with this client, instead of the profile's.
    pub acr_values: Option<String>,
    /// Whether the client is registered for user codes (CIBA Core 1.0, 4: `backchannel_user_code_parameter`).
    pub user_code: bool,
    /// Further parameters of this client's authentication requests.
    pub parameters: Vec<(String, String)>,
}

/// How a client authenticates, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientProof {
    /// `client_secret_basic`, with its `client_secret`.
    SecretBasic(FileSecret),
    /// `client_secret_post`, with its `client_secret`.
    SecretPost(FileSecret),
    /// `client_secret_jwt`, with its `client_secret`.
    SecretJwt(FileSecret),
    /// `private_key_jwt`, with its `private_key`.
    PrivateKeyJwt(FileKey),
    /// `tls_client_auth`, with its certificate.
    Tls(FileIdentity),
    /// `self_signed_tls_client_auth`, with its certificate.
    SelfSignedTls(FileIdentity),
}

/// A private key as a file refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKey {
    /// Where it stands, with its text.
    pub text: FileSecret,
    /// The key, for one algorithm.
    pub key: SigningKey,
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
    /// We run the mock authentication service, and the server asks in the dialect `secureauth`.
    Embedded(Box<EmbeddedService>),
    /// We run it as the end of Keycloak's HTTP authentication channel.
    Keycloak(Box<KeycloakService>),
    /// Nobody is asked: we call a URL of the server's.
    ApprovalUrl(Box<ApprovalUrl>),
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
    /// The certificate that it shows; without one it is plain HTTP.
    pub identity: Option<FileIdentity>,
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
    /// The certificate that it shows; without one it is plain HTTP.
    pub identity: Option<FileIdentity>,
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
    /// The client for flows of that mode.
    #[must_use]
    pub fn client(&self, mode: DeliveryMode) -> Option<&ClientEntry> {
        match mode {
            DeliveryMode::Poll => self.clients.poll.as_ref(),
            DeliveryMode::Ping => self.clients.ping.as_ref(),
            DeliveryMode::Push => self.clients.push.as_ref(),
        }
    }
}

impl Clients {
    /// All of them with their names in the file.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<&ClientEntry>); 9] {
        let Clients { poll, ping, push, second, user_code, unregistered, assertion, signed, certificate } =
            self;
        [
            ("poll", poll),
            ("ping", ping),
            ("push", push),
            ("second", second),
            ("user_code", user_code),
            ("unregistered", unregistered),
            ("assertion", assertion),
            ("signed", signed),
            ("certificate", certificate),
        ]
        .map(|(name, client)| (name, client.as_ref()))
    }
}

impl ClientEntry {
    /// The client with its credentials prepared.
    #[must_use]
    pub fn client(&self, mode: DeliveryMode) -> Client {
        Client::new(&self.client_id, mode, &self.credentials())
            .asserting_to(self.assertion_audience)
            .showing(self.identity.as_ref().map(|own| Arc::clone(&own.identity)))
            .signing_requests(self.request_key.as_ref().map(|request| request.key.clone()))
    }

    /// Its credentials.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        match &self.proof {
            ClientProof::SecretBasic(secret) => Credentials::SecretBasic(secret.value.clone()),
            ClientProof::SecretPost(secret) => Credentials::SecretPost(secret.value.clone()),
            ClientProof::SecretJwt(secret) => Credentials::SecretJwt(secret.value.clone()),
            ClientProof::PrivateKeyJwt(key) => Credentials::PrivateKeyJwt(key.key.clone()),
            ClientProof::Tls(own) => Credentials::Tls(Arc::clone(&own.identity)),
            ClientProof::SelfSignedTls(own) => Credentials::SelfSignedTls(Arc::clone(&own.identity)),
        }
    }
}

impl ClientProof {
    /// The method.
    #[must_use]
    pub fn method(&self) -> ClientAuthentication {
        match self {
            ClientProof::SecretBasic(_) => ClientAuthentication::ClientSecretBasic,
            ClientProof::SecretPost(_) => ClientAuthentication::ClientSecretPost,
            ClientProof::SecretJwt(_) => ClientAuthentication::ClientSecretJwt,
            ClientProof::PrivateKeyJwt(_) => ClientAuthentication::PrivateKeyJwt,
            ClientProof::Tls(_) => ClientAuthentication::TlsClientAuth,
            ClientProof::SelfSignedTls(_) => ClientAuthentication::SelfSignedTlsClientAuth,
        }
    }

    /// The `client_secret`, where the method uses one.
    #[must_use]
    pub fn secret(&self) -> Option<&FileSecret> {
        match self {
            ClientProof::SecretBasic(secret)
            | ClientProof::SecretPost(secret)
            | ClientProof::SecretJwt(secret) => Some(secret),
            ClientProof::PrivateKeyJwt(_) | ClientProof::Tls(_) | ClientProof::SelfSignedTls(_) => None,
        }
    }
}

impl PollingEnforcement {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 3] =
        [("required", Self::Required), ("allowed", Self::Allowed), ("forbidden", Self::Forbidden)];
}
