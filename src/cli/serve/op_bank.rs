//! An OP that is a bank's: consents of Open Banking, and third parties that create them.

use reference_op::{
    ClientAuthMethod, ClientSettings, JwsAlg, OpenBankingProfile, OpenBankingSettings, WorkspaceSettings,
};

use super::op_settings::OpSettings;
use crate::ciba::CIBA_GRANT_TYPE;
use crate::cli::secrets::random_text;

/// The words of `--open-banking`.
pub const PROFILES: [(&str, OpenBankingProfile); 2] =
    [("uk", OpenBankingProfile::Uk), ("brasil", OpenBankingProfile::Brasil)];
/// Third parties of each delivery mode.
const THIRD_PARTIES_PER_MODE: usize = 2;
/// The grant by which third parties get tokens of their own (RFC 6749, 4.4).
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The same OP as a bank. Beside clients with keys come third parties, which authenticate by the same key and of which every
/// second one signs its requests; where there is no key, all clients become third parties.
pub fn of_bank(mut made: OpSettings, profile: OpenBankingProfile) -> OpSettings {
    let key = made.keys.clients.as_ref().map(|key| key.public_jwk.clone());
    for workspace in &mut made.settings.workspaces {
        workspace.open_banking = Some(OpenBankingSettings::new(profile));
        match &key {
            Some(jwk) => add_third_parties(workspace, profile, jwk),
            None => {
                for client in &mut workspace.clients {
                    *client = third_party(client.clone(), profile);
                }
            }
        }
    }
    made
}

fn add_third_parties(
    workspace: &mut WorkspaceSettings,
    profile: OpenBankingProfile,
    jwk: &serde_json::Value,
) {
    let notified = workspace.clients.iter().find_map(|client| client.client_notification_endpoint.clone());
    let mut added = Vec::new();
    for number in 1..=THIRD_PARTIES_PER_MODE {
        let poll = ClientSettings::poll(format!("third-party-poll-{number}"), random_text());
        let ping = notified.as_deref().map(|endpoint| {
            ClientSettings::ping(format!("third-party-ping-{number}"), random_text(), endpoint)
        });
        for client in [Some(poll), ping].into_iter().flatten() {
            added.push(ClientSettings {
                client_secret: "".into(),
                token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
                token_endpoint_auth_signing_alg: Some(JwsAlg::Ps256),
                backchannel_authentication_request_signing_alg: number
                    .is_multiple_of(2)
                    .then_some(JwsAlg::Ps256),
                jwks: vec![jwk.clone()],
                ..third_party(client, profile)
            });
        }
    }
    // Behind the clients of regular flows and before those that sign: what takes the first or the last of a kind finds the same
    // one as without a bank.
    let place = workspace.clients.iter().position(|client| !client.jwks.is_empty());
    let place = place.unwrap_or(workspace.clients.len());
    workspace.clients.splice(place..place, added);
}

fn third_party(client: ClientSettings, profile: OpenBankingProfile) -> ClientSettings {
    let first = match profile {
        OpenBankingProfile::Uk => "accounts",
        OpenBankingProfile::Brasil => "consents",
    };
    ClientSettings {
        grant_types: vec![CIBA_GRANT_TYPE.to_owned(), CLIENT_CREDENTIALS.to_owned()],
        scopes: ["openid", "profile", first, "payments"].map(str::to_owned).to_vec(),
        ..client
    }
}

#[cfg(test)]
mod tests {
    use super::super::op_settings::{embedded, simulator};
    use super::*;
    use crate::target::ClientAuthentication;
    use crate::target::file::ServerUrl;

    #[test]
    fn a_bank_has_third_parties_beside_the_clients_of_regular_flows() {
        let url = |text: &str| ServerUrl::parse(text).unwrap();
        for method in [ClientAuthentication::ClientSecretBasic, ClientAuthentication::PrivateKeyJwt] {
            let made = || {
                embedded(&url("http://127.0.0.1:4010"), &url("http://127.0.0.1:4020/cb"), method, false, None)
                    .unwrap()
            };
            let regular = made().settings.workspaces[0].clients.len();
            let bank = of_bank(made(), OpenBankingProfile::Brasil).settings.workspaces.remove(0);
            assert_eq!(bank.open_banking.unwrap().profile, OpenBankingProfile::Brasil);
            assert_eq!(bank.clients.len(), regular + 2 * THIRD_PARTIES_PER_MODE);
            let added: Vec<_> = bank.clients.iter().filter(|c| c.client_id.starts_with("third-")).collect();
            assert!(added.iter().all(|c| c.scopes == ["openid", "profile", "consents", "payments"]));
            let signs =
                added.iter().filter(|c| c.backchannel_authentication_request_signing_alg.is_some()).count();
            assert_eq!((added.len(), signs), (4, 2));
            assert_eq!(bank.clients.last().unwrap().client_id, "signing-client");
        }
        let simulated = of_bank(simulator(), OpenBankingProfile::Uk).settings.workspaces.remove(0);
        assert_eq!(simulated.clients.len(), 1);
        assert_eq!(simulated.clients[0].scopes, ["openid", "profile", "accounts", "payments"]);
        assert!(simulated.clients[0].grant_types.contains(&CLIENT_CREDENTIALS.to_owned()));
    }
}
