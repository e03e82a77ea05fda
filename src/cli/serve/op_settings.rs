//! The settings of an OP that is served by itself.

use std::path::{Path, PathBuf};

use reference_op::{
    AuthenticationServiceSettings, ClientAuthMethod, ClientSettings, DeliveryMode, HintIssuerSettings,
    JwsAlg, Settings,
};

use crate::cli::failure::Failure;
use crate::cli::input;
use crate::cli::secrets::random_text;
use crate::jose::{GeneratedKey, SigningAlgorithm};
use crate::target::file::ServerUrl;
use crate::target::{ClientAuthentication, HintTokens};

/// The user name with which the OP authenticates at the authentication service.
const BASIC_USER: &str = "embedded-op";

/// Who signs the login hint tokens that the OP takes.
const HINT_ISSUER: &str = "https://hints.localhost";
/// Lifetime of ID tokens in seconds: short, so that checks need not wait long for one that is over.
const ID_TOKEN_EXPIRES_IN: u64 = 15;

/// Settings, and the keys that were made for them.
pub struct OpSettings {
    /// The settings.
    pub settings: Settings,
    /// The keys.
    pub keys: OpKeys,
}

/// Private keys whose public halves are in settings, as far as they were made here.
#[derive(Default)]
pub struct OpKeys {
    /// Of the clients that sign.
    pub clients: Option<GeneratedKey>,
    /// Of whoever makes login hint tokens.
    pub hints: Option<HintKey>,
}

/// A key that signs login hint tokens.
pub struct HintKey {
    /// Whose it is.
    pub issuer: String,
    /// The key.
    pub key: GeneratedKey,
}

/// Settings without a file: one workspace, clients for poll and ping that authenticate by `method`, a second one, one with user
/// codes, one without CIBA, one that authenticates by a key and one that signs its requests with it, an issuer of login hint
/// tokens; all secrets random.
pub fn embedded(
    auth_service_url: &ServerUrl,
    notify_url: &ServerUrl,
    method: ClientAuthentication,
    push: bool,
) -> Result<OpSettings, Failure> {
    let key = GeneratedKey::make(SigningAlgorithm::Ps256, "embedded-client").map_err(Failure::internal)?;
    let service = AuthenticationServiceSettings::External {
        url: auth_service_url.as_str().to_owned(),
        user: BASIC_USER.to_owned(),
        password: random_text().into(),
    };
    let second = ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
        ..ClientSettings::poll("second-client", random_text())
    };
    let signs = |client: ClientSettings| ClientSettings { jwks: vec![key.public_jwk.clone()], ..client };
    let by_key = |client: ClientSettings| ClientSettings {
        client_secret: "".into(),
        token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
        token_endpoint_auth_signing_alg: Some(JwsAlg::Ps256),
        ..signs(client)
    };
    let by_method = |client: ClientSettings| match method {
        ClientAuthentication::ClientSecretBasic => client,
        ClientAuthentication::ClientSecretPost => {
            ClientSettings { token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost, ..client }
        }
        ClientAuthentication::ClientSecretJwt => {
            ClientSettings { token_endpoint_auth_method: ClientAuthMethod::ClientSecretJwt, ..client }
        }
        ClientAuthentication::PrivateKeyJwt => by_key(client),
    };
    let clients = vec![
        by_method(ClientSettings::poll("poll-client", random_text())),
        by_method(ClientSettings::ping("ping-client", random_text(), notify_url.as_str())),
        second,
        ClientSettings {
            user_code_parameter: true,
            ..ClientSettings::poll("user-code-client", random_text())
        },
        ClientSettings {
            grant_types: vec!["client_credentials".to_owned()],
            token_delivery_mode: None,
            ..ClientSettings::poll("client-without-ciba", random_text())
        },
        by_key(ClientSettings::poll("assertion-client", random_text())),
        ClientSettings {
            backchannel_authentication_request_signing_alg: Some(JwsAlg::Ps256),
            binding_message_required: true,
            ..signs(ClientSettings::poll("signing-client", random_text()))
        },
    ];
    let (_, hint_key) = HintTokens::generated(HINT_ISSUER, "").map_err(Failure::internal)?;
    let mut settings = Settings::embedded(service, clients);
    for workspace in &mut settings.workspaces {
        let issuer = HintIssuerSettings { issuer: HINT_ISSUER.to_owned(), jwk: hint_key.public_jwk.clone() };
        workspace.login_hint_token_issuers.push(issuer);
        workspace.id_token_expires_in = ID_TOKEN_EXPIRES_IN;
        workspace.user_code_parameter_supported = true;
        workspace.user_code = Some(random_text().into());
        if push {
            workspace.token_delivery_modes_supported.push(DeliveryMode::Push);
            let client = ClientSettings::push("push-client", random_text(), notify_url.as_str());
            workspace.clients.push(by_method(client));
        }
    }
    let hints = HintKey { issuer: HINT_ISSUER.to_owned(), key: hint_key };
    Ok(OpSettings { settings, keys: OpKeys { clients: Some(key), hints: Some(hints) } })
}

/// Settings for a person in front of the simulator's page: one workspace, one client that polls, with a random secret.
pub fn simulator() -> OpSettings {
    let client = ClientSettings::poll("simulator-client", random_text());
    let mut settings = Settings::embedded(AuthenticationServiceSettings::Simulator, vec![client]);
    for workspace in &mut settings.workspaces {
        // The SIMULATOR serves poll clients only.
        workspace.token_delivery_modes_supported = vec![DeliveryMode::Poll];
    }
    OpSettings { settings, keys: OpKeys::default() }
}

/// Settings from a file.
pub fn from_file(path: &Path) -> Result<OpSettings, Failure> {
    let text = input::text(path, "the OP's settings")?;
    let settings = Settings::from_toml(&text).map_err(|error| {
        let lines = Failure::usage(error).lines().join("\n");
        Failure::usage(format!("{}: {lines}", path.display()))
    })?;
    Ok(OpSettings { settings, keys: OpKeys::default() })
}

/// The same settings with an access log.
pub fn with_access_log(settings: Settings, file: Option<&Path>) -> Settings {
    let access_log_file: Option<PathBuf> = file.map(Path::to_owned).or(settings.access_log_file.clone());
    Settings { access_log_file, ..settings }
}
