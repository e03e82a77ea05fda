use crate::ciba::{CIBA_GRANT_TYPE, DeliveryMode};
use crate::target::file::{AuthenticationService, ClientEntry, EmbeddedService, ServerUrl, TargetFile};
use crate::transport::Failure;
use mock_auth_service::CHANNEL_PATH;
use std::net::SocketAddr;
use url::Url;

/// What remedies name: the target file's values, and our own URLs.
#[derive(Debug, Clone)]
pub(in super::super) struct Known {
    /// The target file's path.
    pub(in super::super) file: String,
    pub(in super::super) target: TargetFile,
    /// URL of our authentication service, as the server has to be told it.
    pub(in super::super) service_url: Option<Url>,
    /// URL of our notification endpoint, as it has to be registered.
    pub(in super::super) notification_url: Option<Url>,
}

impl Known {
    /// The settings of our authentication service, where the server asks it in the dialect `secureauth`.
    pub(super) fn service(&self) -> Option<&EmbeddedService> {
        match &self.target.authentication_service {
            AuthenticationService::Embedded(service) => Some(service),
            AuthenticationService::Keycloak(_)
            | AuthenticationService::ApprovalUrl(_)
            | AuthenticationService::None => None,
        }
    }

    /// Where our authentication service listens for the server, and its URL as the target file has it.
    pub(super) fn listens(&self) -> Option<(SocketAddr, Option<&ServerUrl>)> {
        match &self.target.authentication_service {
            AuthenticationService::Embedded(service) => Some((service.listen, service.public_url.as_ref())),
            AuthenticationService::Keycloak(service) => Some((service.listen, service.public_url.as_ref())),
            AuthenticationService::ApprovalUrl(_) | AuthenticationService::None => None,
        }
    }

    /// A path that our authentication service serves to the server alone.
    pub(in super::super) fn service_path(&self) -> &'static str {
        if self.is_keycloak() { CHANNEL_PATH } else { "/user/verify" }
    }

    /// Whether the server asks by Keycloak's authentication channel.
    pub(super) fn is_keycloak(&self) -> bool {
        matches!(self.target.authentication_service, AuthenticationService::Keycloak(_))
    }

    /// Whether nobody is asked, and a URL of the server's is called.
    pub(super) fn calls_approval_url(&self) -> bool {
        matches!(self.target.authentication_service, AuthenticationService::ApprovalUrl(_))
    }

    /// Where the server has to be told how to reach the authentication service.
    pub(super) fn service_address(&self) -> String {
        let url = self.service_url.as_ref().map_or_else(|| "of our own".to_owned(), shown);
        if self.is_keycloak() {
            return format!(
                "server's start options: HTTP authentication channel URI {}{CHANNEL_PATH}; network: the server has to reach it \
                 (authentication_service.listen and public_url of the target file)",
                url.trim_end_matches('/')
            );
        }
        format!(
            "server's console: authentication service EXTERNAL, URL {url}; network: the server has to reach it \
             (authentication_service.listen and public_url of the target file)"
        )
    }

    /// Where both sides of the HTTP Basic credentials stand.
    pub(super) fn basic_credentials(&self) -> String {
        let user = self.service().map_or("", |service| service.username.as_str());
        format!(
            "server's console: authentication service, user {user:?} and its password; target file: \
             authentication_service.username and password; they have to be the same on both sides"
        )
    }

    /// How the ping client has to be registered.
    pub(super) fn ping_registration(&self) -> String {
        match &self.target.clients.ping {
            Some(client) => self.registration(client, DeliveryMode::Ping),
            None => "target file: [clients.ping]".to_owned(),
        }
    }

    /// How the push client has to be registered.
    pub(super) fn push_registration(&self) -> String {
        match &self.target.clients.push {
            Some(client) => self.registration(client, DeliveryMode::Push),
            None => "target file: [clients.push]".to_owned(),
        }
    }

    /// How a client has to be registered for a delivery mode.
    pub(super) fn registration(&self, client: &ClientEntry, mode: DeliveryMode) -> String {
        let endpoint = match (mode, &self.notification_url) {
            (DeliveryMode::Ping | DeliveryMode::Push, Some(url)) => {
                format!(", client notification endpoint {}", shown(url))
            }
            (DeliveryMode::Ping | DeliveryMode::Poll | DeliveryMode::Push, _) => String::new(),
        };
        format!("{}{endpoint}", registration(client, mode))
    }
}

/// A URL as a person writes it: without the slash that stands for no path at all.
pub(super) fn shown(url: &Url) -> String {
    match (url.path(), url.query()) {
        ("/", None) => url.as_str().trim_end_matches('/').to_owned(),
        _ => url.as_str().to_owned(),
    }
}

/// The key of a delivery mode's client in the target file.
pub(super) fn client_key(mode: DeliveryMode) -> String {
    format!("clients.{}", mode.name())
}

/// How a client has to be registered for a delivery mode.
pub(super) fn registration(client: &ClientEntry, mode: DeliveryMode) -> String {
    format!(
        "server's console: client {:?}, grant type {CIBA_GRANT_TYPE}, token delivery mode {}",
        client.client_id,
        mode.name()
    )
}

/// What to look after where there was no answer.
pub(super) fn unanswered(url: &Url, failure: &Failure) -> String {
    let host = match (url.host_str(), url.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.to_string(),
    };
    match failure {
        Failure::Connect(_) | Failure::Blocked(_) => format!(
            "network: no connection to {host}; see that the server runs, that scheme, host and port are right, that nothing \
             in between blocks it, and, for https, that this machine trusts its certificate"
        ),
        Failure::TimedOut(_) => format!(
            "server's log: whether the request arrived at {host} and what it waits for; network: a firewall that drops \
             packets looks the same"
        ),
        Failure::Broken(_) => format!(
            "network: what answers at {host} is no HTTP, or breaks off; see that scheme (http or https) and port are right"
        ),
        Failure::TooLarge => {
            format!("network: something else than the server answers at {host}; check the URL")
        }
    }
}

/// So many of something, in words.
pub(super) fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}
