//! The target file by which another process tests an OP that is served here.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use reference_op::{
    AuthenticationServiceSettings, ClientAuthMethod, ClientSettings, DeliveryMode, OpenBankingProfile,
    ReferenceOp, WorkspaceSettings,
};
use url::Host;

use super::op_settings::{HintKey, OpKeys};
use crate::ciba;
use crate::cli::failure::Failure;
use crate::jose::SubjectRule;
use crate::open_banking::{CONSENT_TYPES, ConsentReference, IntentId};
use crate::profile::Correlation;
use crate::target::file::{
    AuthenticationService, ClientEntry, ClientProof, Clients, ConformanceSettings, EmbeddedService,
    FileIdentity, FileKey, FileSecret, HintTokenEntry, LoadPermission, NotificationListener,
    OpenBankingEntry, PollingEnforcement, RegistrationEntry, ServerUrl, SystemClient, SystemPath, TargetFile,
    ThirdParty, TlsEntry, UserCodeEntries,
};
use crate::target::{AssertionAudience, HintTokens};
use crate::tls::{Issued, Roots, TestAuthority};

/// Where the process that tests listens for notifications, when the OP has no ping or push client that says so.
const NOTIFY_URL: &str = "http://127.0.0.1:4020/notify-callback";
/// The grant by which third parties get their own tokens (RFC 6749, 4.4).
const CLIENT_CREDENTIALS: &str = "client_credentials";
/// Scopes that a client of the OP has where its settings name none.
const DEFAULT_SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// The target that the first workspace of an OP is. Clients that sign are left out where their key is not among `keys`.
pub fn target_of(
    op: &ReferenceOp,
    workspace: &WorkspaceSettings,
    keys: &OpKeys,
    authority: Option<&TestAuthority>,
) -> Result<TargetFile, Failure> {
    let issuer = op.issuer(&workspace.id).unwrap_or_default();
    let notified = client(workspace, DeliveryMode::Ping).or(client(workspace, DeliveryMode::Push));
    let endpoint =
        notified.and_then(|client| client.client_notification_endpoint.as_deref()).unwrap_or(NOTIFY_URL);
    Ok(TargetFile {
        open_banking: open_banking(workspace, keys),
        registration: workspace.registration.as_ref().map(|registration| RegistrationEntry {
            initial_access_token: registration
                .initial_access_token
                .as_ref()
                .map(|token| FileSecret::inline(token.expose().to_owned())),
        }),
        issuer: server_url("the issuer", &issuer)?,
        tls: tls(authority)?,
        clients: clients(workspace, keys),
        subject: SubjectRule::Hint,
        correlation: Correlation::Marker,
        login_hint_token: keys.hints.as_ref().map(hint_tokens),
        id_token_hint: true,
        user_codes: user_codes(workspace),
        authentication_service: authentication_service(op, workspace, authority)?,
        manual: false,
        notification: notification(endpoint, authority)?,
        polling: PollingEnforcement::Required,
        load: LoadPermission { allow_load: false, max_rate: None, allowed_users: Vec::new() },
        conformance: ConformanceSettings::default(),
        known_deviations: Vec::new(),
        is_reference: true,
    })
}

/// Open Banking, where the workspace is a bank's: its consents, and the clients that may create them.
fn open_banking(workspace: &WorkspaceSettings, keys: &OpKeys) -> Option<OpenBankingEntry> {
    let reference = match workspace.open_banking.as_ref()?.profile {
        OpenBankingProfile::Uk => ConsentReference::IntentId,
        OpenBankingProfile::Brasil => ConsentReference::DynamicScope,
    };
    let third_party = |client: &ClientSettings| {
        let creates = client.grant_types.iter().any(|grant| grant == CLIENT_CREDENTIALS);
        let delivery_mode = match client.token_delivery_mode.filter(|_| creates)? {
            DeliveryMode::Poll => ciba::DeliveryMode::Poll,
            DeliveryMode::Ping => ciba::DeliveryMode::Ping,
            // Third parties of target files poll or are pinged.
            DeliveryMode::Push => return None,
        };
        // What it asks for follows from the consent: all that it may ask for is too much for any.
        let entry = ClientEntry { scope: None, ..entry(client, keys)? };
        // One with user codes would have to be told them.
        (!client.user_code_parameter).then_some(ThirdParty { delivery_mode, client: entry })
    };
    Some(OpenBankingEntry {
        consents: CONSENT_TYPES.into_iter().filter(|kind| kind.reference == reference).collect(),
        base_url: None,
        intent_id: IntentId::default(),
        system_path: SystemPath::default(),
        third_parties: workspace.clients.iter().filter_map(third_party).collect(),
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

/// Trust in the authority of the OP's own certificate.
fn tls(authority: Option<&TestAuthority>) -> Result<TlsEntry, Failure> {
    let Some(authority) = authority else { return Ok(TlsEntry::default()) };
    let pem = authority.certificate().trim_end().to_owned();
    let roots = Roots::read(&pem).map_err(Failure::internal)?;
    Ok(TlsEntry { roots: Some((FileSecret::inline(pem), roots)), ..TlsEntry::default() })
}

/// A certificate as it stands in the file.
fn identity(issued: &Issued) -> Option<FileIdentity> {
    Some(FileIdentity {
        certificate: FileSecret::inline(issued.certificate.trim_end().to_owned()),
        key: FileSecret::inline(issued.key.expose().trim_end().to_owned()),
        identity: Arc::new(issued.identity().ok()?),
    })
}

/// What a listener of the process that tests shows, where the OP calls it over TLS.
fn listener_identity(
    url: &ServerUrl,
    authority: Option<&TestAuthority>,
) -> Result<Option<FileIdentity>, Failure> {
    let Some(authority) = authority.filter(|_| url.url().scheme() == "https") else { return Ok(None) };
    let issued =
        authority.server(&[url.host().trim_matches(['[', ']']).to_owned()]).map_err(Failure::internal)?;
    Ok(identity(&issued))
}

fn clients(workspace: &WorkspaceSettings, keys: &OpKeys) -> Clients {
    let modes = [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push];
    let [poll, ping, push] = modes.map(|mode| client(workspace, mode));
    let main = poll.or(ping).or(push);
    let second = workspace.clients.iter().find(|other| {
        main.is_some_and(|main| {
            main.token_delivery_mode == other.token_delivery_mode
                && main.client_id != other.client_id
                && !other.user_code_parameter
        })
    });
    let user_code = workspace.clients.iter().find(|client| client.user_code_parameter);
    let unregistered = workspace.clients.iter().find(|client| client.token_delivery_mode.is_none());
    let ciba =
        |client: &&ClientSettings| client.token_delivery_mode == main.and_then(|m| m.token_delivery_mode);
    let by_key =
        |client: &&ClientSettings| client.token_endpoint_auth_method == ClientAuthMethod::PrivateKeyJwt;
    let signs = |client: &&ClientSettings| client.backchannel_authentication_request_signing_alg.is_some();
    let assertion = workspace.clients.iter().filter(ciba).rfind(by_key);
    let signed = workspace.clients.iter().filter(ciba).rfind(signs);
    let certified =
        |client: &&ClientSettings| client.token_endpoint_auth_method == ClientAuthMethod::TlsClientAuth;
    let certificate = workspace.clients.iter().filter(ciba).rfind(certified);
    let named = [poll, ping, push, second, user_code, unregistered, assertion, signed, certificate];
    let [poll, ping, push, second, user_code, unregistered, assertion, signed, certificate] =
        named.map(|client| entry(client?, keys));
    Clients { poll, ping, push, second, user_code, unregistered, assertion, signed, certificate }
}

/// `None` for a client whose private key is not known.
fn entry(client: &ClientSettings, keys: &OpKeys) -> Option<ClientEntry> {
    let key = keys.clients.as_ref();
    let identity = keys.certificates.get(&client.client_id).and_then(identity);
    let secret = FileSecret::inline(client.client_secret.expose().to_owned());
    let key = key.map(|key| FileKey {
        text: FileSecret::inline(key.private_jwk.expose().to_string()),
        key: key.signing_key.clone(),
    });
    let request_key = match client.backchannel_authentication_request_signing_alg {
        Some(_) => Some(key.clone()?),
        None => None,
    };
    Some(ClientEntry {
        client_id: client.client_id.clone(),
        proof: match client.token_endpoint_auth_method {
            ClientAuthMethod::ClientSecretBasic => ClientProof::SecretBasic(secret),
            ClientAuthMethod::ClientSecretPost => ClientProof::SecretPost(secret),
            ClientAuthMethod::ClientSecretJwt => ClientProof::SecretJwt(secret),
            ClientAuthMethod::PrivateKeyJwt => ClientProof::PrivateKeyJwt(key?),
            ClientAuthMethod::TlsClientAuth => ClientProof::Tls(identity.clone()?),
            ClientAuthMethod::SelfSignedTlsClientAuth => ClientProof::SelfSignedTls(identity.clone()?),
        },
        identity,
        assertion_audience: AssertionAudience::default(),
        request_key,
        // What every client of the embedded OP has by default need not be written.
        scope: (client.scopes != DEFAULT_SCOPES).then(|| client.scopes.join(" ")),
        acr_values: None,
        user_code: client.user_code_parameter,
        parameters: Vec::new(),
    })
}

fn hint_tokens(HintKey { issuer, key }: &HintKey) -> HintTokenEntry {
    HintTokenEntry {
        key: FileSecret::inline(key.private_jwk.expose().to_string()),
        signing_alg: None,
        key_id: None,
        signing_key: key.signing_key.clone(),
        issuer: issuer.clone(),
        audience: None,
        lifetime: HintTokens::LIFETIME,
    }
}

fn user_codes(workspace: &WorkspaceSettings) -> UserCodeEntries {
    let code = |code: &reference_op::Secret| FileSecret::inline(code.expose().to_owned());
    UserCodeEntries {
        code: workspace.user_code.as_ref().map(code),
        users: workspace.user_codes.iter().map(|(user, own)| (user.clone(), code(own))).collect(),
    }
}

fn authentication_service(
    op: &ReferenceOp,
    workspace: &WorkspaceSettings,
    authority: Option<&TestAuthority>,
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
        identity: listener_identity(&url, authority)?,
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

fn notification(endpoint: &str, authority: Option<&TestAuthority>) -> Result<NotificationListener, Failure> {
    let url = server_url("the client notification endpoint", endpoint)?;
    let path = url.url().path().to_owned();
    let identity = listener_identity(&url, authority)?;
    // A certificate is for a name, and the address to listen at need not be that.
    let public_url = match identity.is_some() {
        true => {
            Some(server_url("the client notification endpoint", &url.url()[..url::Position::BeforePath])?)
        }
        false => None,
    };
    Ok(NotificationListener { listen: address_of(&url)?, public_url, path, identity })
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

    use super::super::op_settings::{OpSettings, embedded};
    use super::*;
    use crate::cli::secrets::Secrets;
    use crate::target::ClientAuthentication;

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
        let basic = ClientAuthentication::ClientSecretBasic;
        let made =
            embedded(&url("http://localhost:4010"), &url("http://127.0.0.1:4020/cb"), basic, true, None)
                .unwrap();
        let OpSettings { settings, keys } = made;
        let workspace = settings.workspaces[0].clone();
        let target = target_of(&op(settings), &workspace, &keys, None).unwrap();
        let read = TargetFile::parse("t.toml", &target.to_toml(), &Secrets::here()).unwrap();
        assert_eq!(read, target);
        assert_eq!(read.issuer.as_str(), "http://127.0.0.1:4000/default/ciba");
        assert_eq!(read.notification.listen, "127.0.0.1:4020".parse().unwrap());
        assert_eq!(read.notification.path, "/cb");
        let Clients { poll, ping, push, second, user_code, unregistered, assertion, signed, certificate } =
            &read.clients;
        let ids = [poll, ping, push, second, user_code, unregistered, assertion, signed]
            .map(|client| client.as_ref().unwrap().client_id.as_str());
        assert!(certificate.is_none());
        assert_eq!(
            ids[..5],
            ["poll-client", "ping-client", "push-client", "second-client", "user-code-client"]
        );
        assert_eq!(ids[5..], ["client-without-ciba", "assertion-client", "signing-client"]);
        assert!(read.user_codes.codes().of("anybody").is_some() && read.id_token_hint);
        assert_eq!(read.login_hint_token.unwrap().issuer, workspace.login_hint_token_issuers[0].issuer);
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
        let target = target_of(&op(settings), &workspace, &OpKeys::default(), None).unwrap();
        assert_eq!(target.authentication_service, AuthenticationService::None);
        assert!(target.clients.ping.is_none() && target.clients.second.is_none());
    }

    #[test]
    fn a_host_name_is_no_address_to_listen_at() {
        let lines = notification("http://bench.example.com/cb", None).unwrap_err().lines();
        assert!(lines[0].contains("expected an IP address or localhost"), "{lines:?}");
    }
}
