//! What the provider is told at start: tenant, workspaces, clients, and how it behaves where servers differ.

mod behaviour;
mod capacity;
mod defaults;
mod delivery_mode;
mod hints;
mod open_banking;
mod problem;
mod registration;
mod validation;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

pub use behaviour::{PingOrder, StartOrder, StateField};
pub use capacity::CapacitySettings;
pub use delivery_mode::DeliveryMode;
pub use hints::HintIssuerSettings;
pub use open_banking::{OpenBankingProfile, OpenBankingSettings};
pub use problem::{Problem, SettingsError};
pub use registration::RegistrationSettings;
pub(crate) use validation::{check, credential_problems, has_ciba};

use crate::jws::JwsAlg;
use crate::secret::Secret;

/// The grant type of CIBA (CIBA Core 1.0, 10.1).
pub(crate) const CIBA_GRANT: &str = "urn:openid:params:grant-type:ciba";
/// The grant type of RFC 6749, 4.4.
pub(crate) const CLIENT_CREDENTIALS_GRANT: &str = "client_credentials";
/// Grant type of refresh tokens (RFC 6749, 6).
pub(crate) const REFRESH_TOKEN_GRANT: &str = "refresh_token";

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Tenant identifier, the first segment of every public path.
    #[serde(default = "defaults::tenant")]
    pub tenant: String,
    /// The authorization servers of the tenant.
    pub workspaces: Vec<WorkspaceSettings>,
    /// Authentication requests that may be unredeemed and unexpired at once; beyond it 503 with Retry-After.
    #[serde(default = "defaults::max_pending")]
    pub max_pending: usize,
    /// Access tokens remembered at once; the oldest are forgotten first.
    #[serde(default = "defaults::max_access_tokens")]
    pub max_access_tokens: usize,
    /// Lifetime of access tokens in seconds.
    #[serde(default = "defaults::access_token_expires_in")]
    pub access_token_expires_in: u64,
    /// File that receives one JSON line for each answer, unbuffered; none by default.
    #[serde(default)]
    pub access_log_file: Option<PathBuf>,
    /// A bound on what the provider gets done; none by default.
    #[serde(default)]
    pub capacity: Option<CapacitySettings>,
}

/// One authorization server ("workspace").
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceSettings {
    /// Identifier, the second segment of its public paths.
    pub id: String,
    /// Grant types that the workspace offers.
    #[serde(default = "defaults::allowed_grant_types")]
    pub allowed_grant_types: Vec<String>,
    /// Delivery modes that the workspace offers; at least one when CIBA is allowed.
    #[serde(default = "defaults::token_delivery_modes_supported")]
    pub token_delivery_modes_supported: Vec<DeliveryMode>,
    /// Minimum seconds between two polls (CIBA Core 1.0, 7.3).
    #[serde(default = "defaults::interval")]
    pub interval: u64,
    /// Lifetime of an authentication request in seconds, unless the client asks for another.
    #[serde(default = "defaults::expires_in")]
    pub expires_in: u64,
    /// Algorithm of ID tokens.
    #[serde(default)]
    pub id_token_signing_alg: SigningAlg,
    /// Lifetime of ID tokens in seconds.
    #[serde(default = "defaults::id_token_expires_in")]
    pub id_token_expires_in: u64,
    /// Whose login hint tokens are trusted; nobody's by default.
    #[serde(default)]
    pub login_hint_token_issuers: Vec<HintIssuerSettings>,
    /// Whether clients can be registered for user codes (CIBA Core 1.0, 4).
    #[serde(default)]
    pub user_code_parameter_supported: bool,
    /// The code of every user who has none of their own.
    #[serde(default)]
    pub user_code: Option<Secret>,
    /// Codes by user. A user without any code is spared.
    #[serde(default)]
    pub user_codes: BTreeMap<String, Secret>,
    /// The consents that clients create before they ask a user; none by default.
    #[serde(default)]
    pub open_banking: Option<OpenBankingSettings>,
    /// Who verifies users and asks them; needed when CIBA is allowed.
    pub authentication_service: Option<AuthenticationServiceSettings>,
    /// Name of the member of `/authentication/start` that the decision must echo.
    #[serde(default)]
    pub state_field: StateField,
    /// When `/authentication/start` is sent.
    #[serde(default)]
    pub start_order: StartOrder,
    /// When the ping of an accept or a reject is sent. A push never holds an answer up.
    #[serde(default)]
    pub ping_order: PingOrder,
    /// Credentials of the authentication service's own client; generated when absent.
    pub authentication_service_client: Option<SystemClientSettings>,
    /// Whose certificates clients with `tls_client_auth` may show: certificates in PEM.
    #[serde(default)]
    pub client_certificate_authorities: Vec<String>,
    /// Whether clients can register themselves, and how (RFC 7591); they cannot by default.
    #[serde(default)]
    pub registration: Option<RegistrationSettings>,
    /// Applications of the workspace.
    #[serde(default)]
    pub clients: Vec<ClientSettings>,
}

/// One application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSettings {
    /// OAuth client identifier.
    pub client_id: String,
    /// OAuth client secret; needed unless the client authenticates by a key or a certificate.
    #[serde(default = "defaults::no_secret")]
    pub client_secret: Secret,
    /// Name shown to the user.
    #[serde(default)]
    pub client_name: String,
    /// Grant types that the client may use.
    #[serde(default = "defaults::client_grant_types")]
    pub grant_types: Vec<String>,
    /// Scopes that the client may ask for.
    #[serde(default = "defaults::scopes")]
    pub scopes: Vec<String>,
    /// How the client gets its result; needed for the CIBA grant.
    pub token_delivery_mode: Option<DeliveryMode>,
    /// Where pings and pushes go; needed for ping and push.
    pub client_notification_endpoint: Option<String>,
    /// Whether a push holds a refresh token even where `offline_access` was not asked for.
    #[serde(default)]
    pub pushes_refresh_token: bool,
    /// Whether the client is registered for user codes.
    #[serde(default)]
    pub user_code_parameter: bool,
    /// How the client authenticates.
    #[serde(default)]
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// The only algorithm of its assertions; any that fits its method when absent.
    #[serde(default)]
    pub token_endpoint_auth_signing_alg: Option<JwsAlg>,
    /// The algorithm by which the client signs its authentication requests; absent for a client that does not sign.
    #[serde(default)]
    pub backchannel_authentication_request_signing_alg: Option<JwsAlg>,
    /// Whether its requests need a binding message (FAPI-CIBA, 5.2.2, 2).
    #[serde(default)]
    pub binding_message_required: bool,
    /// Its public keys (RFC 7517).
    #[serde(default)]
    pub jwks: Vec<serde_json::Value>,
    /// The subject of the certificate by which it authenticates; needed for `tls_client_auth` unless the next one is there.
    #[serde(default)]
    pub tls_client_auth_subject_dn: Option<String>,
    /// The DNS name of that certificate instead.
    #[serde(default)]
    pub tls_client_auth_san_dns: Option<String>,
    /// Whether its access tokens are bound to the certificate of its token requests (RFC 8705, 3.4).
    #[serde(default)]
    pub tls_client_certificate_bound_access_tokens: bool,
}

/// Fixed credentials for the authentication service's own client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemClientSettings {
    /// OAuth client identifier in the system workspace.
    pub client_id: String,
    /// OAuth client secret in the system workspace.
    pub client_secret: Secret,
}

/// Who verifies users and asks them.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "UPPERCASE", deny_unknown_fields)]
pub enum AuthenticationServiceSettings {
    /// Requests go to `{url}/user/verify` and `{url}/authentication/start` with HTTP Basic authentication.
    External {
        /// Base URL; the two paths are appended.
        url: String,
        /// Basic authentication user.
        user: String,
        /// Basic authentication password.
        password: Secret,
    },
    /// Every hint is a valid user and nobody is called; poll clients only.
    Simulator,
}

/// Algorithm of ID tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SigningAlg {
    /// ECDSA with P-256 and SHA-256.
    #[default]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

/// How a client authenticates (RFC 6749, 2.3.1; OpenID Connect Core 1.0, 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// HTTP Basic authentication.
    #[default]
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// An assertion by HS256 with the secret.
    ClientSecretJwt,
    /// An assertion by a key of the client's.
    PrivateKeyJwt,
    /// A certificate that one of the workspace's authorities has issued to the client's name (RFC 8705, 2.1).
    TlsClientAuth,
    /// A certificate that a key of the client's set holds as `x5c` (RFC 8705, 2.2).
    SelfSignedTlsClientAuth,
}

impl ClientAuthMethod {
    /// The value on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            ClientAuthMethod::ClientSecretBasic => "client_secret_basic",
            ClientAuthMethod::ClientSecretPost => "client_secret_post",
            ClientAuthMethod::ClientSecretJwt => "client_secret_jwt",
            ClientAuthMethod::PrivateKeyJwt => "private_key_jwt",
            ClientAuthMethod::TlsClientAuth => "tls_client_auth",
            ClientAuthMethod::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }

    /// Whether it is by the client secret.
    pub(crate) const fn uses_secret(self) -> bool {
        match self {
            ClientAuthMethod::ClientSecretBasic
            | ClientAuthMethod::ClientSecretPost
            | ClientAuthMethod::ClientSecretJwt => true,
            ClientAuthMethod::PrivateKeyJwt
            | ClientAuthMethod::TlsClientAuth
            | ClientAuthMethod::SelfSignedTlsClientAuth => false,
        }
    }
}

impl Settings {
    /// Parses TOML.
    ///
    /// # Errors
    /// [`SettingsError::Toml`] for unknown keys, wrong types and syntax. Values are checked by `ReferenceOp::new`.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(SettingsError::Toml)
    }

    /// The default set-up of the suite: tenant `default`, one workspace `ciba` with poll and ping, an external
    /// authentication service, and the given clients.
    pub fn embedded(
        authentication_service: AuthenticationServiceSettings,
        clients: Vec<ClientSettings>,
    ) -> Self {
        let mut workspace = WorkspaceSettings::new("ciba");
        workspace.authentication_service = Some(authentication_service);
        workspace.clients = clients;
        Self::new(vec![workspace])
    }

    /// Tenant `default` with the given workspaces; everything else has its default.
    pub fn new(workspaces: Vec<WorkspaceSettings>) -> Self {
        Self {
            tenant: defaults::tenant(),
            workspaces,
            max_pending: defaults::max_pending(),
            max_access_tokens: defaults::max_access_tokens(),
            access_token_expires_in: defaults::access_token_expires_in(),
            access_log_file: None,
            capacity: None,
        }
    }
}

impl WorkspaceSettings {
    /// A workspace with CIBA in poll and ping mode, no authentication service yet and no clients.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            allowed_grant_types: defaults::allowed_grant_types(),
            token_delivery_modes_supported: defaults::token_delivery_modes_supported(),
            interval: defaults::interval(),
            expires_in: defaults::expires_in(),
            id_token_signing_alg: SigningAlg::default(),
            id_token_expires_in: defaults::id_token_expires_in(),
            login_hint_token_issuers: Vec::new(),
            user_code_parameter_supported: false,
            user_code: None,
            user_codes: BTreeMap::new(),
            open_banking: None,
            authentication_service: None,
            state_field: StateField::default(),
            start_order: StartOrder::default(),
            ping_order: PingOrder::default(),
            authentication_service_client: None,
            client_certificate_authorities: Vec::new(),
            registration: None,
            clients: Vec::new(),
        }
    }
}

impl ClientSettings {
    /// A client with the CIBA grant in poll mode, scopes `openid` and `profile`, and `client_secret_basic`.
    pub fn poll(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        let client_id = client_id.into();
        Self {
            client_name: client_id.clone(),
            client_id,
            client_secret: client_secret.into(),
            grant_types: defaults::client_grant_types(),
            scopes: defaults::scopes(),
            token_delivery_mode: Some(DeliveryMode::Poll),
            client_notification_endpoint: None,
            pushes_refresh_token: false,
            user_code_parameter: false,
            token_endpoint_auth_method: ClientAuthMethod::default(),
            token_endpoint_auth_signing_alg: None,
            backchannel_authentication_request_signing_alg: None,
            binding_message_required: false,
            jwks: Vec::new(),
            tls_client_auth_subject_dn: None,
            tls_client_auth_san_dns: None,
            tls_client_certificate_bound_access_tokens: false,
        }
    }

    /// The same in ping mode, notified at `endpoint`.
    pub fn ping(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        endpoint: impl Into<String>,
    ) -> Self {
        Self {
            token_delivery_mode: Some(DeliveryMode::Ping),
            client_notification_endpoint: Some(endpoint.into()),
            ..Self::poll(client_id, client_secret)
        }
    }

    /// The same in push mode, with a refresh token in each push. Its workspace has to support push.
    pub fn push(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        endpoint: impl Into<String>,
    ) -> Self {
        Self {
            token_delivery_mode: Some(DeliveryMode::Push),
            pushes_refresh_token: true,
            ..Self::ping(client_id, client_secret, endpoint)
        }
    }
}
