//! The settings of an OP that is served by itself.

use std::path::{Path, PathBuf};

use reference_op::{AuthenticationServiceSettings, ClientAuthMethod, ClientSettings, DeliveryMode, Settings};

use crate::cli::failure::Failure;
use crate::cli::input;
use crate::cli::secrets::random_text;
use crate::target::file::ServerUrl;

/// The user name with which the OP authenticates at the authentication service.
const BASIC_USER: &str = "embedded-op";

/// Settings without a file: one workspace, clients for poll and ping, a second one and one without CIBA, all secrets random.
pub fn embedded(auth_service_url: &ServerUrl, notify_url: &ServerUrl) -> Settings {
    let service = AuthenticationServiceSettings::External {
        url: auth_service_url.as_str().to_owned(),
        user: BASIC_USER.to_owned(),
        password: random_text().into(),
    };
    let second = ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
        ..ClientSettings::poll("second-client", random_text())
    };
    let clients = vec![
        ClientSettings::poll("poll-client", random_text()),
        ClientSettings::ping("ping-client", random_text(), notify_url.as_str()),
        second,
        ClientSettings {
            grant_types: vec!["client_credentials".to_owned()],
            token_delivery_mode: None,
            ..ClientSettings::poll("client-without-ciba", random_text())
        },
    ];
    Settings::embedded(service, clients)
}

/// Settings for a person in front of the simulator's page: one workspace, one client that polls, with a random secret.
pub fn simulator() -> Settings {
    let client = ClientSettings::poll("simulator-client", random_text());
    let mut settings = Settings::embedded(AuthenticationServiceSettings::Simulator, vec![client]);
    for workspace in &mut settings.workspaces {
        // The SIMULATOR serves poll clients only.
        workspace.token_delivery_modes_supported = vec![DeliveryMode::Poll];
    }
    settings
}

/// Settings from a file.
pub fn from_file(path: &Path) -> Result<Settings, Failure> {
    let text = input::text(path, "the OP's settings")?;
    Settings::from_toml(&text).map_err(|error| {
        let lines = Failure::usage(error).lines().join("\n");
        Failure::usage(format!("{}: {lines}", path.display()))
    })
}

/// The same settings with an access log.
pub fn with_access_log(settings: Settings, file: Option<&Path>) -> Settings {
    let access_log_file: Option<PathBuf> = file.map(Path::to_owned).or(settings.access_log_file.clone());
    Settings { access_log_file, ..settings }
}
