//! Clients.

use bytes::Bytes;

use crate::certificate;
use crate::client_authentication::{Credentials, Leniency};
use crate::jws::{JwsAlg, PublicKey};
use crate::secret::Secret;
use crate::settings::{CLIENT_CREDENTIALS_GRANT, ClientAuthMethod, ClientSettings, DeliveryMode, has_ciba};

/// An application of a workspace.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) ciba: bool,
    pub(crate) client_credentials: bool,
    pub(crate) delivery: DeliveryMode,
    /// Present for every ping client and every push client.
    pub(crate) notification_endpoint: Option<String>,
    /// Whether a push holds a refresh token.
    pub(crate) pushes_refresh_token: bool,
    /// Whether the client is registered for user codes.
    pub(crate) user_code: bool,
    /// Empty for a client that has none.
    pub(crate) secret: Secret,
    pub(crate) method: ClientAuthMethod,
    /// The keys that it registered.
    pub(crate) keys: Vec<PublicKey>,
    /// The certificates that it registered, in DER.
    pub(crate) certificates: Vec<Bytes>,
    /// The subject of its certificate, where an authority issues it.
    pub(crate) subject_dn: Option<String>,
    /// The DNS name of its certificate, where an authority issues it.
    pub(crate) san_dns: Option<String>,
    /// Whether its access tokens are bound to its certificate.
    pub(crate) bound_tokens: bool,
    /// The only algorithm of its assertions.
    pub(crate) assertion_alg: Option<JwsAlg>,
    /// Present for a client that signs its authentication requests.
    pub(crate) request_alg: Option<JwsAlg>,
    /// Whether its requests need a binding message.
    pub(crate) binding_message_required: bool,
    /// Whose subjects the client shares, where they are pairwise (OpenID Connect Core 1.0, 8.1).
    pub(crate) sector: Option<String>,
    /// Whether its name is enough, which only a fault lets it be.
    pub(crate) is_open: bool,
}

impl Client {
    pub(crate) fn new(settings: &ClientSettings) -> Self {
        Self {
            id: settings.client_id.clone(),
            name: settings.client_name.clone(),
            scopes: settings.scopes.clone(),
            ciba: has_ciba(&settings.grant_types),
            client_credentials: settings.grant_types.iter().any(|grant| grant == CLIENT_CREDENTIALS_GRANT),
            delivery: settings.token_delivery_mode.unwrap_or(DeliveryMode::Poll),
            notification_endpoint: settings.client_notification_endpoint.clone(),
            pushes_refresh_token: settings.pushes_refresh_token,
            user_code: settings.user_code_parameter,
            secret: settings.client_secret.clone(),
            method: settings.token_endpoint_auth_method,
            keys: settings.jwks.iter().filter_map(PublicKey::read).collect(),
            certificates: settings.jwks.iter().filter_map(certificate::of_jwk).collect(),
            subject_dn: settings.tls_client_auth_subject_dn.clone(),
            san_dns: settings.tls_client_auth_san_dns.clone(),
            bound_tokens: settings.tls_client_certificate_bound_access_tokens,
            assertion_alg: settings.token_endpoint_auth_signing_alg,
            binding_message_required: settings.binding_message_required,
            request_alg: settings.backchannel_authentication_request_signing_alg,
            sector: None,
            is_open: false,
        }
    }

    /// Whether it proves itself by the certificate of its connections.
    pub(crate) fn is_by_certificate(&self) -> bool {
        match self.method {
            ClientAuthMethod::TlsClientAuth | ClientAuthMethod::SelfSignedTlsClientAuth => true,
            ClientAuthMethod::ClientSecretBasic
            | ClientAuthMethod::ClientSecretPost
            | ClientAuthMethod::ClientSecretJwt
            | ClientAuthMethod::PrivateKeyJwt => false,
        }
    }

    /// Whether these are the client's credentials, presented by its registered method.
    pub(crate) fn accepts(&self, credentials: &Credentials, leniency: Leniency) -> bool {
        // The secret is compared first, so that a wrong method takes as long as a right one.
        let secret = !self.secret.expose().is_empty() && self.secret.matches(credentials.secret.expose());
        (secret || leniency.any_secret) && (self.method == credentials.method || leniency.any_method)
    }
}
