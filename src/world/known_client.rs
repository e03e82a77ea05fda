use crate::ciba::{DeliveryMode, Secret};
use crate::target::{Client, ClientAuthentication};
use reference_op::{ClientAuthMethod, ClientSettings};

/// A client that the embedded OP knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: Secret<String>,
    /// How it gets its result; [`DeliveryMode::Poll`] for a client without CIBA, where it means nothing.
    pub delivery_mode: DeliveryMode,
    /// How it authenticates.
    pub authentication: ClientAuthentication,
}

impl KnownClient {
    /// The client with its credentials prepared.
    pub fn client(&self) -> Client {
        Client::new(&self.id, &self.secret, self.delivery_mode, self.authentication)
    }

    /// `None` for a client without CIBA.
    pub(super) fn of(settings: &ClientSettings) -> Option<Self> {
        let delivery_mode = match settings.token_delivery_mode? {
            reference_op::DeliveryMode::Poll => DeliveryMode::Poll,
            reference_op::DeliveryMode::Ping => DeliveryMode::Ping,
        };
        Some(Self::in_mode(settings, delivery_mode))
    }

    /// `None` for a client with CIBA.
    pub(super) fn without_ciba(settings: &ClientSettings) -> Option<Self> {
        settings.token_delivery_mode.is_none().then(|| Self::in_mode(settings, DeliveryMode::Poll))
    }

    fn in_mode(settings: &ClientSettings, delivery_mode: DeliveryMode) -> Self {
        let authentication = match settings.token_endpoint_auth_method {
            ClientAuthMethod::ClientSecretBasic => ClientAuthentication::ClientSecretBasic,
            ClientAuthMethod::ClientSecretPost => ClientAuthentication::ClientSecretPost,
        };
        KnownClient {
            id: settings.client_id.clone(),
            secret: Secret::new(settings.client_secret.expose().to_owned()),
            delivery_mode,
            authentication,
        }
    }
}
