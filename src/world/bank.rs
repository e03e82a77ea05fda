//! The embedded OP as a bank: Open Banking, with many third parties.

use super::WorldSettings;
use super::settings::random_secret;
use crate::ciba::CIBA_GRANT_TYPE;
use crate::open_banking::{CONSENT_TYPES, ConsentReference, ConsentType};
use reference_op::{
    ClientAuthMethod, ClientSettings, JwsAlg, OpenBankingProfile, OpenBankingSettings, Settings,
    WorkspaceSettings,
};
use serde_json::Value;

/// Third parties of each delivery mode, beside the clients that every world has.
const THIRD_PARTIES_PER_MODE: usize = 3;
/// The grant by which third parties get their own tokens (RFC 6749, 4.4).
const CLIENT_CREDENTIALS: &str = "client_credentials";
/// What third parties may ask for.
const SCOPES: [&str; 6] = ["openid", "profile", "offline_access", "accounts", "payments", "consents"];

impl WorldSettings {
    /// A world whose OP is a bank that has consents of this kind. The clients that it gets when it has none may then create
    /// consents, and there are further third parties, which authenticate by `private_key_jwt`; every second one of these signs
    /// its requests.
    #[must_use]
    pub fn of_bank(kind: &ConsentType) -> Self {
        let mut settings = Self::default();
        if let Some(workspace) = settings.op.workspaces.first_mut() {
            let profile = match kind.reference {
                ConsentReference::IntentId => OpenBankingProfile::Uk,
                ConsentReference::DynamicScope => OpenBankingProfile::Brasil,
            };
            workspace.open_banking = Some(OpenBankingSettings::new(profile));
        }
        settings
    }
}

/// The consents that the first workspace has.
pub(super) fn consent_types(settings: &Settings) -> Vec<&'static ConsentType> {
    let consents = settings.workspaces.first().and_then(|workspace| workspace.open_banking.as_ref());
    let reference = consents.map(|consents| match consents.profile {
        OpenBankingProfile::Uk => ConsentReference::IntentId,
        OpenBankingProfile::Brasil => ConsentReference::DynamicScope,
    });
    CONSENT_TYPES.into_iter().filter(|kind| Some(kind.reference) == reference).collect()
}

/// Lets the workspace's clients create consents and adds third parties whose public key is `jwk`; only where it is a bank's.
pub(super) fn introduce_third_parties(
    workspace: &mut WorkspaceSettings,
    notification_url: &str,
    jwk: &Value,
) {
    if workspace.open_banking.is_none() {
        return;
    }
    if !workspace.allowed_grant_types.iter().any(|grant| grant == CLIENT_CREDENTIALS) {
        workspace.allowed_grant_types.push(CLIENT_CREDENTIALS.to_owned());
    }
    for client in workspace.clients.iter_mut().filter(|client| client.token_delivery_mode.is_some()) {
        *client = admitted(client.clone());
    }
    for number in 1..=THIRD_PARTIES_PER_MODE {
        for client in [
            ClientSettings::poll(format!("third-party-poll-{number}"), random_secret()),
            ClientSettings::ping(format!("third-party-ping-{number}"), random_secret(), notification_url),
        ] {
            let signs = number.is_multiple_of(2);
            workspace.clients.push(ClientSettings {
                token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
                token_endpoint_auth_signing_alg: Some(JwsAlg::Ps256),
                backchannel_authentication_request_signing_alg: signs.then_some(JwsAlg::Ps256),
                jwks: vec![jwk.clone()],
                ..admitted(client)
            });
        }
    }
}

fn admitted(client: ClientSettings) -> ClientSettings {
    ClientSettings {
        grant_types: vec![CIBA_GRANT_TYPE.to_owned(), CLIENT_CREDENTIALS.to_owned()],
        scopes: SCOPES.map(str::to_owned).to_vec(),
        ..client
    }
}
