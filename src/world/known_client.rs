use crate::ciba::{DeliveryMode, Secret};
use crate::jose::SigningKey;
use crate::target::{Client, Credentials};
use crate::tls::Identity;
use reference_op::{ClientAuthMethod, ClientSettings};
use std::sync::Arc;

/// A client that the embedded OP knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownClient {
    /// `client_id`.
    pub id: String,
    /// How it authenticates, and with what.
    pub credentials: Credentials,
    /// What signs its authentication requests, if it signs them.
    pub request_key: Option<SigningKey>,
    /// How it gets its result; [`DeliveryMode::Poll`] for a client without CIBA, where it means nothing.
    pub delivery_mode: DeliveryMode,
}

/// What clients of a world prove themselves by, beside their secrets.
#[derive(Clone, Copy, Default)]
pub(super) struct OwnKeys<'a> {
    pub(super) key: Option<&'a SigningKey>,
    pub(super) identity: Option<&'a Arc<Identity>>,
}

impl KnownClient {
    /// The client with its credentials prepared.
    pub fn client(&self) -> Client {
        Client::new(&self.id, self.delivery_mode, &self.credentials)
            .signing_requests(self.request_key.clone())
    }

    /// The key that signs its consents (Open Banking Brasil), if it has one.
    pub fn consent_key(&self) -> Option<&SigningKey> {
        match &self.credentials {
            Credentials::PrivateKeyJwt(key) => Some(key),
            Credentials::SecretBasic(_)
            | Credentials::SecretPost(_)
            | Credentials::SecretJwt(_)
            | Credentials::Tls(_)
            | Credentials::SelfSignedTls(_) => self.request_key.as_ref(),
        }
    }

    /// `None` for a client without CIBA, for one that needs user codes, and for one that needs a private key or a certificate that
    /// `own` lacks.
    pub(super) fn of(settings: &ClientSettings, own: OwnKeys<'_>) -> Option<Self> {
        if settings.user_code_parameter { None } else { Self::of_any(settings, own) }
    }

    /// `None` for a client that needs no user codes.
    pub(super) fn with_user_code(settings: &ClientSettings) -> Option<Self> {
        if settings.user_code_parameter { Self::of_any(settings, OwnKeys::default()) } else { None }
    }

    fn of_any(settings: &ClientSettings, own: OwnKeys<'_>) -> Option<Self> {
        let delivery_mode = match settings.token_delivery_mode? {
            reference_op::DeliveryMode::Poll => DeliveryMode::Poll,
            reference_op::DeliveryMode::Ping => DeliveryMode::Ping,
            reference_op::DeliveryMode::Push => DeliveryMode::Push,
        };
        Self::in_mode(settings, delivery_mode, own)
    }

    /// `None` for a client with CIBA.
    pub(super) fn without_ciba(settings: &ClientSettings) -> Option<Self> {
        match settings.token_delivery_mode {
            None => Self::in_mode(settings, DeliveryMode::Poll, OwnKeys::default()),
            Some(_) => None,
        }
    }

    fn in_mode(settings: &ClientSettings, delivery_mode: DeliveryMode, own: OwnKeys<'_>) -> Option<Self> {
        let OwnKeys { key, identity } = own;
        let secret = Secret::new(settings.client_secret.expose().to_owned());
        let credentials = match settings.token_endpoint_auth_method {
            ClientAuthMethod::ClientSecretBasic => Credentials::SecretBasic(secret),
            ClientAuthMethod::ClientSecretPost => Credentials::SecretPost(secret),
            ClientAuthMethod::ClientSecretJwt => Credentials::SecretJwt(secret),
            ClientAuthMethod::PrivateKeyJwt => Credentials::PrivateKeyJwt(key?.clone()),
            ClientAuthMethod::TlsClientAuth => Credentials::Tls(Arc::clone(identity?)),
            ClientAuthMethod::SelfSignedTlsClientAuth => Credentials::SelfSignedTls(Arc::clone(identity?)),
        };
        let request_key = match settings.backchannel_authentication_request_signing_alg {
            Some(_) => Some(key?.clone()),
            None => None,
        };
        Some(KnownClient { id: settings.client_id.clone(), credentials, request_key, delivery_mode })
    }
}
