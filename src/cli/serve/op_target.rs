//! The target file by which another process tests an OP that is served here.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use reference_op::{
    AuthenticationServiceSettings, ClientAuthMethod, ClientSettings, DeliveryMode, ReferenceOp,
    WorkspaceSettings,
};
use url::Host;

use crate::cli::failure::Failure;
use crate::jose::SubjectRule;
use crate::profile::Correlation;
use crate::target::ClientAuthentication;
use crate::target::file::{
    AuthenticationService, ClientEntry, Clients, ConformanceSettings, EmbeddedService, FileSecret,
    LoadPermission, NotificationListener, PollingEnforcement, ServerUrl, SystemClient, TargetFile,
};

/// Where the process that tests listens for notifications, when the OP has no ping client that says so.
const NOTIFY_URL: &str = "http://127.0.0.1:4020/notify-callback";
/// Scopes that a client of the OP has where its settings name none.
const DEFAULT_SCOPES: [&str; 2] = ["openid", "profile"];

/// The target that the first workspace of an OP is.
pub fn target_of(op: &ReferenceOp, workspace: &WorkspaceSettings) -> Result<TargetFile, Failure> {
    let issuer = op.issuer(&workspace.id).unwrap_or_default();
    let ping = client(workspace, DeliveryMode::Ping);
    let endpoint = ping.and_then(|ping| ping.client_notification_endpoint.as_deref()).unwrap_or(NOTIFY_URL);
    Ok(TargetFile {
        issuer: server_url("the issuer", &issuer)?,
        clients: clients(workspace),
        subject: SubjectRule::Hint,
        correlation: Correlation::Marker,
        authentication_service: authentication_service(op, workspace)?,
        notification: notification(endpoint)?,
        polling: PollingEnforcement::Required,
        load: LoadPermission { allow_load: false, max_rate: None, allowed_users: Vec::new() },
        conformance: ConformanceSettings::default(),
        known_deviations: Vec::new(),
        is_reference: true,
    })
}

/// Writes a file that only this user may read, since it holds secrets.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    let partial = Path::new(&name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(partial, path)
}

fn client(workspace: &WorkspaceSettings, mode: DeliveryMode) -> Option<&ClientSettings> {
    workspace.clients.iter().find(|client| client.token_delivery_mode == Some(mode))
}

fn clients(workspace: &WorkspaceSettings) -> Clients {
    let [poll, ping] = [DeliveryMode::Poll, DeliveryMode::Ping].map(|mode| client(workspace, mode));
    let main = poll.or(ping);
    let second = workspace.clients.iter().find(|other| {
        main.is_some_and(|main| {
            main.token_delivery_mode == other.token_delivery_mode && main.client_id != other.client_id
        })
    });
    let unregistered = workspace.clients.iter().find(|client| client.token_delivery_mode.is_none());
    let [poll, ping, second, unregistered] =
        [poll, ping, second, unregistered].map(|client| client.map(entry));
    Clients { poll, ping, second, unregistered }
}

fn entry(client: &ClientSettings) -> ClientEntry {
    ClientEntry {
        client_id: client.client_id.clone(),
        client_secret: FileSecret::inline(client.client_secret.expose().to_owned()),
        authentication: match client.token_endpoint_auth_method {
            ClientAuthMethod::ClientSecretBasic => ClientAuthentication::ClientSecretBasic,
            ClientAuthMethod::ClientSecretPost => ClientAuthentication::ClientSecretPost,
        },
        // What every client of the embedded OP has by default need not be written.
        scope: (client.scopes != DEFAULT_SCOPES).then(|| client.scopes.join(" ")),
    }
}

fn authentication_service(
    op: &ReferenceOp,
    workspace: &WorkspaceSettings,
) -> Result<AuthenticationService, Failure> {
    let system = op.authentication_service_client(&workspace.id);
    let (Some(AuthenticationServiceSettings::External { url, user, password }), Some(system)) =
        (&workspace.authentication_service, system)
    else {
        return Ok(AuthenticationService::None);
    };
    let url = server_url("the authentication service's URL", url)?;
    Ok(AuthenticationService::Embedded(Box::new(EmbeddedService {
        listen: address_of(&url)?,
        public_url: Some(url),
        username: user.clone(),
        password: FileSecret::inline(password.expose().to_owned()),
        system: SystemClient {
            client_id: system.client_id.clone(),
            client_secret: FileSecret::inline(system.client_secret.expose().to_owned()),
            token_endpoint: server_url("the token endpoint", &system.token_endpoint)?,
        },
        api_base: None,
    })))
}

fn notification(endpoint: &str) -> Result<NotificationListener, Failure> {
    let url = server_url("the client notification endpoint", endpoint)?;
    let path = url.url().path().to_owned();
    Ok(NotificationListener { listen: address_of(&url)?, public_url: None, path })
}

fn server_url(what: &str, text: &str) -> Result<ServerUrl, Failure> {
    ServerUrl::parse(text).map_err(|error| Failure::usage(format!("{what} is {text:?}, expected {error}")))
}

/// Where a process has to listen to be reached at a URL.
fn address_of(url: &ServerUrl) -> Result<SocketAddr, Failure> {
    let port = url.url().port_or_known_default().unwrap_or_default();
    let ip = match url.url().host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain("localhost")) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(Host::Domain(_)) | None => {
            return Err(Failure::usage(format!(
                "{url}: expected an IP address or localhost as host, since the target file says where to listen"
            )));
        }
    };
    Ok(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use reference_op::{Clock, FaultSet, Outgoing, Settings};
    use tower::service_fn;

    use super::super::op_settings::embedded;
    use super::*;
    use crate::cli::secrets::Secrets;

    fn op(settings: Settings) -> ReferenceOp {
        let unreachable =
            service_fn(|_| async { Err::<http::Response<bytes::Bytes>, _>("no network".into()) });
        ReferenceOp::new(
            "http://127.0.0.1:4000",
            settings,
            FaultSet::NONE,
            Clock::system(),
            Outgoing::new(unreachable),
        )
        .unwrap()
    }

    #[test]
    fn the_file_holds_everything_that_another_process_needs() {
        let url = |text: &str| ServerUrl::parse(text).unwrap();
        let settings = embedded(&url("http://localhost:4010"), &url("http://127.0.0.1:4020/cb"));
        let workspace = settings.workspaces[0].clone();
        let target = target_of(&op(settings), &workspace).unwrap();
        let read = TargetFile::parse("t.toml", &target.to_toml(), &Secrets::here()).unwrap();
        assert_eq!(read, target);
        assert_eq!(read.issuer.as_str(), "http://127.0.0.1:4000/default/ciba");
        assert_eq!(read.notification.listen, "127.0.0.1:4020".parse().unwrap());
        assert_eq!(read.notification.path, "/cb");
        let Clients { poll, ping, second, unregistered } = &read.clients;
        let ids =
            [poll, ping, second, unregistered].map(|client| client.as_ref().unwrap().client_id.as_str());
        assert_eq!(ids, ["poll-client", "ping-client", "second-client", "client-without-ciba"]);
        assert_eq!(poll.as_ref().unwrap().scope, None);
        let AuthenticationService::Embedded(service) = read.authentication_service else {
            panic!("no service")
        };
        assert_eq!(service.listen, "127.0.0.1:4010".parse().unwrap());
        assert_eq!(
            service.system.token_endpoint.as_str(),
            "http://127.0.0.1:4000/default/system/oauth2/token"
        );
    }

    #[test]
    fn a_simulated_authentication_service_is_nobody_s_to_run() {
        let mut settings = Settings::embedded(AuthenticationServiceSettings::Simulator, Vec::new());
        settings.workspaces[0].clients = vec![ClientSettings::poll("only", "secret")];
        let workspace = settings.workspaces[0].clone();
        let target = target_of(&op(settings), &workspace).unwrap();
        assert_eq!(target.authentication_service, AuthenticationService::None);
        assert!(target.clients.ping.is_none() && target.clients.second.is_none());
    }

    #[test]
    fn a_host_name_is_no_address_to_listen_at() {
        let lines = notification("http://bench.example.com/cb").unwrap_err().lines();
        assert!(lines[0].contains("expected an IP address or localhost"), "{lines:?}");
    }
}
