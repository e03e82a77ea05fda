//! The table `[authentication_service]`: who makes the decisions, and in which dialect the server asks for them.

use std::net::SocketAddr;

use url::Url;

use super::commented::{Text, quoted};
use super::parse::{ANY_FREE_LOOPBACK_PORT, Secrets, address, text, url};
use super::{AuthenticationService, EmbeddedService, FileIdentity, FileSecret, ServerUrl, SystemClient};
use crate::profile::document::{Mismatch, Reader, Section};

/// Keycloak's callback, below the issuer.
const CALLBACK: &str = "/protocol/openid-connect/ext/ciba/auth/callback";
/// What stands for values in an approval URL.
const PLACES: [&str; 2] = ["{auth_req_id}", "{action}"];
/// Longest approval URL, in characters.
const LONGEST_TEMPLATE: usize = 4_096;
const DEFAULT_APPROVE: &str = "allow";
const DEFAULT_DENY: &str = "deny";

/// Who makes the decisions, in words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Embedded,
    Manual,
    None,
}

/// How the server asks, in words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    SecureAuth,
    Keycloak,
    ApprovalUrl,
}

const KINDS: [(&str, Kind); 3] =
    [("embedded", Kind::Embedded), ("manual", Kind::Manual), ("none", Kind::None)];
const DIALECTS: [(&str, Dialect); 3] = [
    ("secureauth", Dialect::SecureAuth),
    ("keycloak", Dialect::Keycloak),
    ("approval_url", Dialect::ApprovalUrl),
];

/// Our authentication service as the end of Keycloak's HTTP authentication channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeycloakService {
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Its URL as the server sees it.
    pub public_url: Option<ServerUrl>,
    /// Where decisions go, where that does not follow from the issuer.
    pub callback: Option<ServerUrl>,
    /// How a denial is told.
    pub denial: Denial,
}

/// How Keycloak is told of a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The user refused.
    Unauthorized,
    /// The user broke it off.
    Cancelled,
}

/// A URL that is called to approve and to deny.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalUrl {
    /// The template, with `{auth_req_id}` and `{action}`. It may hold a secret.
    pub url: FileSecret,
    /// How it is called.
    pub method: ApprovalMethod,
    /// `{action}` of an approval.
    pub approve: String,
    /// `{action}` of a denial.
    pub deny: String,
}

/// How an approval URL is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalMethod {
    /// By POST, with an empty body.
    Post,
    /// By GET.
    Get,
}

impl Denial {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 2] =
        [("UNAUTHORIZED", Self::Unauthorized), ("CANCELLED", Self::Cancelled)];
}

impl ApprovalMethod {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 2] = [("POST", Self::Post), ("GET", Self::Get)];
}

impl KeycloakService {
    /// Where decisions go.
    #[must_use]
    pub fn callback(&self, issuer: &ServerUrl) -> String {
        match &self.callback {
            Some(url) => url.as_str().to_owned(),
            None => format!("{}{CALLBACK}", issuer.as_str().trim_end_matches('/')),
        }
    }
}

impl Secrets<'_> {
    /// Who makes the decisions, and whether a person does.
    pub(super) fn read_authentication_service(
        &self,
        root: &Section<'_>,
    ) -> Option<(AuthenticationService, bool)> {
        let section = root.table("authentication_service");
        if !section.is_present() {
            return Some((AuthenticationService::None, false));
        }
        // With a kind or a dialect that is not understood, nothing useful can be said about the rest.
        let kind = if section.has("kind") {
            section.optional("kind", &Reader::choice(&KINDS))?
        } else {
            Kind::Embedded
        };
        if kind == Kind::None {
            section.finish();
            return Some((AuthenticationService::None, false));
        }
        let dialect = if section.has("dialect") {
            section.optional("dialect", &Reader::choice(&DIALECTS))?
        } else {
            section.or("dialect", &Reader::choice(&DIALECTS), Dialect::SecureAuth)
        };
        let service = match dialect {
            Dialect::SecureAuth => {
                self.read_secureauth(&section).map(Box::new).map(AuthenticationService::Embedded)
            }
            Dialect::Keycloak => Some(AuthenticationService::Keycloak(Box::new(read_keycloak(&section)))),
            Dialect::ApprovalUrl => {
                self.read_approval_url(&section).map(Box::new).map(AuthenticationService::ApprovalUrl)
            }
        };
        section.finish();
        Some((service?, kind == Kind::Manual))
    }

    fn read_secureauth(&self, section: &Section<'_>) -> Option<EmbeddedService> {
        let listen = section.or("listen", &address(), ANY_FREE_LOOPBACK_PORT);
        let public_url = section.optional("public_url", &url());
        let identity = FileIdentity::read(section, self, false);
        let username = section.required("username", &text());
        let password = section.required("password", &self.secret());
        let api_base = section.optional("api_base", &url());
        let system = if section.has("system") {
            self.read_system(section.table("system"))
        } else {
            section.missing("system", "the client_id, client_secret and token_endpoint for the system APIs");
            None
        };
        let (username, password, system) = (username?, password?, system?);
        Some(EmbeddedService { listen, public_url, identity, username, password, system, api_base })
    }

    fn read_system(&self, section: Section<'_>) -> Option<SystemClient> {
        let client_id = section.required("client_id", &text());
        let client_secret = section.required("client_secret", &self.secret());
        let token_endpoint = section.required("token_endpoint", &url());
        section.finish();
        Some(SystemClient {
            client_id: client_id?,
            client_secret: client_secret?,
            token_endpoint: token_endpoint?,
        })
    }

    fn read_approval_url(&self, section: &Section<'_>) -> Option<ApprovalUrl> {
        let template = Reader::text(1..=LONGEST_TEMPLATE).hidden().and_then(|text| {
            // It may hold a secret and need not, so it may stand here whatever the issuer.
            let template = FileSecret::resolve(&text, self.source).map_err(Mismatch::Because)?;
            let text = template.value.expose();
            let filled = PLACES.iter().fold(text.clone(), |filled, place| filled.replace(place, "x"));
            if PLACES.iter().all(|place| text.contains(place)) && is_http(&filled) {
                return Ok(template);
            }
            Err(Mismatch::BecauseHidden(
                "expected an absolute http or https URL with {auth_req_id} and {action} in it".to_owned(),
            ))
        });
        let url = section.required("url", &template);
        let method = section.or("method", &Reader::choice(&ApprovalMethod::WORDS), ApprovalMethod::Post);
        let approve = section.or("approve", &text(), DEFAULT_APPROVE.to_owned());
        let deny = section.or("deny", &text(), DEFAULT_DENY.to_owned());
        Some(ApprovalUrl { url: url?, method, approve, deny })
    }
}

/// Whether a text is an absolute http or https URL.
fn is_http(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn read_keycloak(section: &Section<'_>) -> KeycloakService {
    KeycloakService {
        listen: section.or("listen", &address(), ANY_FREE_LOOPBACK_PORT),
        public_url: section.optional("public_url", &url()),
        callback: section.optional("callback", &url()),
        denial: section.or("denial", &Reader::choice(&Denial::WORDS), Denial::Unauthorized),
    }
}

/// Writes the table.
pub(super) fn write_service(text: &mut Text, service: &AuthenticationService, manual: bool) {
    text.table("authentication_service");
    let dialect = match service {
        AuthenticationService::None => return text.key("kind", quoted("none")),
        AuthenticationService::Embedded(_) => Dialect::SecureAuth,
        AuthenticationService::Keycloak(_) => Dialect::Keycloak,
        AuthenticationService::ApprovalUrl(_) => Dialect::ApprovalUrl,
    };
    text.key("kind", quoted(if manual { "manual" } else { "embedded" }));
    text.word("dialect", &DIALECTS, dialect, Dialect::SecureAuth);
    match service {
        AuthenticationService::None => {}
        AuthenticationService::Embedded(service) => write_secureauth(text, service),
        AuthenticationService::Keycloak(service) => {
            text.address("listen", service.listen);
            text.optional_url("public_url", service.public_url.as_ref());
            text.optional_url("callback", service.callback.as_ref());
            text.word("denial", &Denial::WORDS, service.denial, Denial::Unauthorized);
        }
        AuthenticationService::ApprovalUrl(service) => {
            text.key("url", quoted(&service.url.expose_text()));
            text.word("method", &ApprovalMethod::WORDS, service.method, ApprovalMethod::Post);
            text.or("approve", quoted(&service.approve), quoted(DEFAULT_APPROVE));
            text.or("deny", quoted(&service.deny), quoted(DEFAULT_DENY));
        }
    }
}

fn write_secureauth(text: &mut Text, service: &EmbeddedService) {
    text.address("listen", service.listen);
    text.optional_url("public_url", service.public_url.as_ref());
    FileIdentity::write(service.identity.as_ref(), text);
    text.key("username", quoted(&service.username));
    text.key("password", quoted(&service.password.expose_text()));
    text.optional_url("api_base", service.api_base.as_ref());
    text.table("authentication_service.system");
    text.key("client_id", quoted(&service.system.client_id));
    text.key("client_secret", quoted(&service.system.client_secret.expose_text()));
    text.key("token_endpoint", quoted(service.system.token_endpoint.as_str()));
}
