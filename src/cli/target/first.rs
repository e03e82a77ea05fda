//! A first target file, made from what a server says of itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::ciba::{DeliveryMode, Secret};
use crate::cli::failure::Failure;
use crate::jose::SubjectRule;
use crate::profile::Correlation;
use crate::target::file::{
    AuthenticationService, ClientEntry, Clients, ConformanceSettings, EmbeddedService, FileSecret,
    LoadPermission, NotificationListener, PollingEnforcement, SecretReference, ServerUrl, SystemClient,
    TargetFile,
};
use crate::target::{ClientAuthentication, TargetFacts};

/// Port of the mock authentication service.
const AUTH_SERVICE_PORT: u16 = 4010;
/// Port of the client notification endpoint.
const NOTIFY_PORT: u16 = 4020;
/// Path of the client notification endpoint.
const NOTIFY_PATH: &str = "/notify-callback";
/// User name of the server at the mock authentication service.
const BASIC_USER: &str = "ciba-bench";

/// The target file for a server, with its secrets in environment variables that are yet to be set.
pub fn first_file(issuer: &ServerUrl, facts: &TargetFacts) -> Result<TargetFile, Failure> {
    if facts.issuer != issuer.as_str() {
        return Err(Failure::target(format!(
            "--issuer {issuer}: the metadata found there name the issuer {:?}, expected the same (OpenID Connect Discovery \
             1.0, 4.3); use the server's own spelling",
            facts.issuer
        )));
    }
    let client = |mode: DeliveryMode| {
        facts.delivery_modes.contains(&mode).then(|| ClientEntry {
            client_id: format!("your-{}-client", mode.name()),
            client_secret: from_env(&format!("CIBA_{}_CLIENT_SECRET", mode.name().to_uppercase())),
            authentication: ClientAuthentication::ClientSecretBasic,
            scope: None,
        })
    };
    let (poll, ping) = (client(DeliveryMode::Poll), client(DeliveryMode::Ping));
    let clients = Clients { poll, ping, second: None, unregistered: None };
    if clients.poll.is_none() && clients.ping.is_none() {
        return Err(Failure::target(format!(
            "{issuer}: the only delivery mode is push, which this tool does not drive; enable poll or ping"
        )));
    }
    let ip = if issuer.is_loopback() { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
    let listen = |port| SocketAddr::new(IpAddr::V4(ip), port);
    Ok(TargetFile {
        issuer: issuer.clone(),
        clients,
        subject: SubjectRule::StablePerUser,
        correlation: Correlation::Marker,
        authentication_service: AuthenticationService::Embedded(Box::new(EmbeddedService {
            listen: listen(AUTH_SERVICE_PORT),
            public_url: None,
            username: BASIC_USER.to_owned(),
            password: from_env("CIBA_AUTH_SERVICE_PASSWORD"),
            system: SystemClient {
                client_id: "your-authentication-service-client".to_owned(),
                client_secret: from_env("CIBA_SYSTEM_CLIENT_SECRET"),
                token_endpoint: system_token_endpoint(facts)?,
            },
            api_base: None,
        })),
        notification: NotificationListener {
            listen: listen(NOTIFY_PORT),
            public_url: None,
            path: NOTIFY_PATH.to_owned(),
        },
        polling: PollingEnforcement::Allowed,
        load: LoadPermission { allow_load: false, max_rate: None, allowed_users: Vec::new() },
        conformance: ConformanceSettings::default(),
        known_deviations: Vec::new(),
        is_reference: false,
    })
}

/// What remains to be done, at the server and here. `path` is the file's.
pub fn console(target: &TargetFile, path: &str) -> String {
    let modes: Vec<&str> = [DeliveryMode::Poll, DeliveryMode::Ping]
        .into_iter()
        .filter(|mode| target.client(*mode).is_some())
        .map(DeliveryMode::name)
        .collect();
    let here = "http://THIS-HOST";
    let applications: Vec<String> = modes.iter().map(|mode| application(mode, here)).collect();
    format!(
        "At the server:\n\
         1. authorization server: allow the CIBA grant, token delivery modes {modes}\n\
         2. CIBA authentication service: EXTERNAL, URL {here}:{AUTH_SERVICE_PORT}, Basic user {BASIC_USER}, a password of \
         your own\n\
         3. {applications}\n\
         Here:\n\
         4. write into {path}: the clients' ids, and the client id and token endpoint that the server shows for its \
         authentication service\n\
         5. export {variables}\n\
         6. off loopback, once the server's owner agreed: [load] allow_load, max_rate, allowed_users\n\
         7. for the conformance suite, as far as you can: [clients.second], another client with the CIBA grant; \
         [clients.unregistered], one without; [conformance] users, test users, off loopback at least two\n\
         8. ciba-bench target check {path}, then ciba-bench run smoke --target {path} or ciba-bench conformance --target \
         {path}",
        modes = modes.join(", "),
        applications = applications.join("\n   "),
        variables = variables(target).join(", "),
    )
}

fn application(mode: &str, here: &str) -> String {
    let endpoint = if mode == DeliveryMode::Ping.name() {
        format!(", client notification endpoint {here}:{NOTIFY_PORT}{NOTIFY_PATH}")
    } else {
        String::new()
    };
    format!(
        "application for {mode}: grant type urn:openid:params:grant-type:ciba, token delivery mode {mode}{endpoint}"
    )
}

/// Every environment variable that the file refers to.
fn variables(target: &TargetFile) -> Vec<String> {
    let Clients { poll, ping, second, unregistered } = &target.clients;
    let clients = [poll, ping, second, unregistered];
    let mut secrets: Vec<&FileSecret> =
        clients.into_iter().flatten().map(|client| &client.client_secret).collect();
    if let AuthenticationService::Embedded(service) = &target.authentication_service {
        secrets.extend([&service.password, &service.system.client_secret]);
    }
    secrets
        .into_iter()
        .filter_map(|secret| match &secret.reference {
            SecretReference::Env(name) => Some(name.clone()),
            SecretReference::File(_) | SecretReference::Inline => None,
        })
        .collect()
}

/// A secret that is not known yet.
fn from_env(name: &str) -> FileSecret {
    FileSecret { reference: SecretReference::Env(name.to_owned()), value: Secret::new(String::new()) }
}

/// `/{tenant}/system/oauth2/token` where the token endpoint is `/{tenant}/{workspace}/oauth2/token`; else the same.
fn system_token_endpoint(facts: &TargetFacts) -> Result<ServerUrl, Failure> {
    let mut url = facts.token_endpoint.clone();
    let segments: Vec<&str> = url.path().split('/').collect();
    if let ["", tenant, _, "oauth2", "token"] = segments[..] {
        let path = format!("/{tenant}/system/oauth2/token");
        url.set_path(&path);
    }
    ServerUrl::parse(url.as_str()).map_err(|error| {
        Failure::target(format!("token_endpoint of the metadata is {url}, expected {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::file::SecretSource;

    struct AllSet;

    impl SecretSource for AllSet {
        fn env(&self, name: &str) -> Result<String, String> {
            Ok(format!("value of {name}"))
        }

        fn file(&self, _path: &str) -> Result<String, String> {
            Err("no files".to_owned())
        }
    }

    fn facts(issuer: &str, modes: &[DeliveryMode]) -> TargetFacts {
        let url = |path: &str| format!("https://acme.example.com{path}").parse().unwrap();
        TargetFacts {
            metadata_url: issuer.parse().unwrap(),
            metadata: serde_json::Value::Null,
            issuer: issuer.to_owned(),
            backchannel_authentication_endpoint: url("/t/w/backchannel/authentication"),
            token_endpoint: url("/t/w/oauth2/token"),
            jwks_uri: url("/t/w/.well-known/jwks.json"),
            userinfo_endpoint: None,
            introspection_endpoint: None,
            delivery_modes: modes.to_vec(),
            lists_ciba_grant: true,
        }
    }

    const ISSUER: &str = "https://acme.example.com/t/w";

    fn first(modes: &[DeliveryMode]) -> Result<TargetFile, Failure> {
        first_file(&ServerUrl::parse(ISSUER).unwrap(), &facts(ISSUER, modes))
    }

    #[test]
    fn the_file_is_in_order_as_soon_as_its_variables_are_set() {
        let file = first(&[DeliveryMode::Poll, DeliveryMode::Ping]).unwrap();
        let text = file.to_toml();
        let read =
            TargetFile::parse("t.toml", &text, &AllSet).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(read.issuer, file.issuer);
        assert!(text.contains("https://acme.example.com/t/system/oauth2/token"), "{text}");
        assert!(!read.load.allow_load);
    }

    #[test]
    fn only_modes_that_the_server_has_get_a_client() {
        let file = first(&[DeliveryMode::Ping]).unwrap();
        assert!(file.clients.poll.is_none() && file.clients.ping.is_some());
        let lines = first(&[DeliveryMode::Push]).unwrap_err().lines();
        assert!(lines[0].contains("the only delivery mode is push"), "{lines:?}");
    }

    #[test]
    fn the_console_is_told_everything() {
        let text = console(&first(&[DeliveryMode::Poll, DeliveryMode::Ping]).unwrap(), "acme.toml");
        for expected in [
            "token delivery modes poll, ping",
            "http://THIS-HOST:4010",
            "client notification endpoint http://THIS-HOST:4020/notify-callback",
            "export CIBA_POLL_CLIENT_SECRET, CIBA_PING_CLIENT_SECRET, CIBA_AUTH_SERVICE_PASSWORD, CIBA_SYSTEM_CLIENT_SECRET",
            "[clients.unregistered], one without",
            "ciba-bench target check acme.toml",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn another_spelling_of_the_issuer_is_refused() {
        let issuer = ServerUrl::parse(&format!("{ISSUER}/")).unwrap();
        let lines = first_file(&issuer, &facts(ISSUER, &[DeliveryMode::Poll])).unwrap_err().lines();
        assert!(lines[0].contains("the metadata found there name the issuer"), "{lines:?}");
    }
}
