use std::net::SocketAddr;

use mock_auth_service::CHANNEL_PATH;

use super::first::api_base;
use super::here::here;
use crate::ciba::{CIBA_GRANT_TYPE, DeliveryMode};
use crate::cli::columns::columns;
use crate::target::TargetFacts;
use crate::target::file::{
    AuthenticationService, ClientEntry, Clients, EmbeddedService, FileSecret, SecretReference, ServerUrl,
    TargetFile,
};

/// What to do at a server whose metadata do not speak of CIBA.
pub const ENABLE_CIBA: &str = "\
its metadata have to name backchannel_authentication_endpoint, list poll or ping in backchannel_token_delivery_modes_supported \
and urn:openid:params:grant-type:ciba in grant_types_supported (CIBA Core 1.0, 4)
in SecureAuth's console: the workspace's OAuth > Authorization Server > General, Allowed grant types: CIBA, Token delivery \
modes supported: poll and ping; then its view CIBA, EXTERNAL, the URL of the authentication service (this tool listens at port \
4010 unless it is told another), a Basic Auth Username and a Basic Auth Password
then run this again";

/// The scope by which decisions are reported.
const SYSTEM_SCOPE: &str = "manage_scope_grants";

/// What remains to be done at the server and here, with the values of the file that lies at `path`.
pub fn remaining(target: &TargetFile, facts: &TargetFacts, path: &str) -> String {
    let secureauth = Workspace::of(facts);
    let mut text = match &secureauth {
        Some(Workspace { tenant, workspace }) => format!(
            "at the server, whose endpoints lie as SecureAuth's do; in that console, tenant {tenant}, workspace {workspace}:\n"
        ),
        None => "at the server:\n".to_owned(),
    };
    let steps = match secureauth {
        Some(_) => console_steps(target),
        None => standard_steps(target),
    };
    for (number, step) in steps.iter().enumerate() {
        text.push_str(&format!("  {}. {step}\n", number + 1));
    }
    text.push_str("\nthe clients, in the words of their registration (client metadata; CIBA Core 1.0, 4):\n");
    for client in registered(target) {
        text.push_str(&format!(
            "  {}\n{}",
            client.entry.client_id,
            columns("    ", &client.metadata(target))
        ));
    }
    if let Some(warning) = plain_http(target) {
        text.push_str(&format!("  {warning}\n"));
    }
    text.push_str(&here(target, path));
    text
}

/// A workspace of a server whose endpoints lie below `/{tenant}/{workspace}` as SecureAuth's do.
struct Workspace {
    tenant: String,
    workspace: String,
}

impl Workspace {
    fn of(facts: &TargetFacts) -> Option<Self> {
        let issuer = facts.issuer.as_str();
        let lies_at = |url: &url::Url, path: &str| url.as_str() == format!("{issuer}{path}");
        if !lies_at(&facts.token_endpoint, "/oauth2/token")
            || !lies_at(&facts.backchannel_authentication_endpoint, "/backchannel/authentication")
        {
            return None;
        }
        let url = url::Url::parse(issuer).ok()?;
        match url.path().split('/').collect::<Vec<_>>()[..] {
            ["", tenant, workspace] if !workspace.is_empty() => {
                Some(Workspace { tenant: tenant.to_owned(), workspace: workspace.to_owned() })
            }
            _ => None,
        }
    }
}

/// A client that has to be registered.
pub(super) struct Registered<'t> {
    pub entry: &'t ClientEntry,
    /// How it gets its results; nothing for one without the CIBA grant.
    mode: Option<DeliveryMode>,
}

pub(super) fn registered(target: &TargetFile) -> Vec<Registered<'_>> {
    let Clients { poll, ping, push, second, user_code, unregistered, assertion, signed, certificate } =
        &target.clients;
    let modes = [(poll, DeliveryMode::Poll), (ping, DeliveryMode::Ping), (push, DeliveryMode::Push)];
    let main = modes.iter().find(|(entry, _)| entry.is_some()).map_or(DeliveryMode::Poll, |(_, mode)| *mode);
    [
        (poll, Some(DeliveryMode::Poll)),
        (ping, Some(DeliveryMode::Ping)),
        (push, Some(DeliveryMode::Push)),
        (second, Some(main)),
        (user_code, Some(main)),
        (unregistered, None),
        (assertion, Some(main)),
        (signed, Some(main)),
        (certificate, Some(main)),
    ]
    .into_iter()
    .filter_map(|(entry, mode)| Some(Registered { entry: entry.as_ref()?, mode }))
    .collect()
}

impl Registered<'_> {
    /// In the words of SecureAuth's console.
    fn console(&self, target: &TargetFile) -> String {
        let view = format!("Applications > {} > OAuth, Grant Types", self.entry.client_id);
        match self.mode {
            None => format!("{view}: not {CIBA_GRANT_TYPE}"),
            Some(mode @ (DeliveryMode::Ping | DeliveryMode::Push)) => format!(
                "{view}: {CIBA_GRANT_TYPE}; Token delivery mode: {}; Client notification endpoint: {}",
                mode.name(),
                notification_url(target)
            ),
            Some(mode) => format!("{view}: {CIBA_GRANT_TYPE}; Token delivery mode: {}", mode.name()),
        }
    }

    /// In the words of client metadata (OpenID Connect Dynamic Client Registration 1.0, 2; CIBA Core 1.0, 4).
    fn metadata(&self, target: &TargetFile) -> Vec<[String; 2]> {
        let method = self.entry.proof.method().name();
        let mut rows = vec![("token_endpoint_auth_method", method.to_owned())];
        match self.mode {
            None => rows.push(("grant_types", format!("others than {CIBA_GRANT_TYPE}"))),
            Some(mode) => {
                let scope = self.entry.scope.as_deref().unwrap_or("openid").to_owned();
                rows.push(("grant_types", CIBA_GRANT_TYPE.to_owned()));
                rows.push(("scope", scope));
                rows.push(("backchannel_token_delivery_mode", mode.name().to_owned()));
            }
        }
        if self.mode.is_some_and(|mode| mode != DeliveryMode::Poll) {
            rows.push(("backchannel_client_notification_endpoint", notification_url(target)));
        }
        rows.into_iter().map(|(name, value)| [name.to_owned(), value]).collect()
    }
}

fn console_steps(target: &TargetFile) -> Vec<String> {
    let mut steps = vec![format!(
        "OAuth > Authorization Server > General, Allowed grant types: CIBA; Token delivery modes supported: {}",
        modes(target)
    )];
    match &target.authentication_service {
        AuthenticationService::Embedded(service) => {
            steps.push(format!(
                "CIBA: EXTERNAL; Authentication service URL: {}; Basic Auth Username: {}; Basic Auth Password: {}",
                service_url(service),
                service.username,
                kept(&service.password)
            ));
            steps.push(format!(
                "CIBA shows the client of the authentication service: {}, its secret: {}, and its token endpoint: {}",
                service.system.client_id,
                kept(&service.system.client_secret),
                service.system.token_endpoint
            ));
        }
        AuthenticationService::Keycloak(_)
        | AuthenticationService::ApprovalUrl(_)
        | AuthenticationService::None => {
            steps.push("CIBA: SIMULATOR, or EXTERNAL with a service that is not this tool's".to_owned())
        }
    }
    steps.extend(registered(target).iter().map(|client| client.console(target)));
    steps
}

fn standard_steps(target: &TargetFile) -> Vec<String> {
    let mut steps = vec![format!("the CIBA grant ({CIBA_GRANT_TYPE}), delivery modes {}", modes(target))];
    match &target.authentication_service {
        AuthenticationService::Embedded(service) => {
            let url = service_url(service);
            let base = service.api_base.as_ref().map(ServerUrl::as_str);
            let system = &service.system;
            let api = api_base(system.token_endpoint.as_str(), base).unwrap_or_default();
            steps.push(format!(
                "its authentication service is {url}: it calls {url}/user/verify and {url}/authentication/start with HTTP Basic, \
                 user {}, password: {}",
                service.username,
                kept(&service.password)
            ));
            steps.push(format!(
                "decisions come to {api}/scope-grants/LOGIN_ID/accept and /reject, with a token that the client {} gets at {} \
                 (grant client_credentials, scope {SYSTEM_SCOPE}, secret: {})",
                system.client_id,
                system.token_endpoint,
                kept(&system.client_secret)
            ));
        }
        AuthenticationService::Keycloak(service) => {
            let url = url_of(service.public_url.as_ref(), service.listen);
            steps.push(format!("its HTTP authentication channel URI is {url}{CHANNEL_PATH}"));
            steps.push(format!("decisions come to {}", service.callback(&target.issuer)));
        }
        AuthenticationService::ApprovalUrl(service) => {
            steps.push(format!("decisions come by the approval URL, which is {}", kept(&service.url)));
        }
        AuthenticationService::None => {
            steps.push("somebody decides for the users there: this tool only waits".to_owned());
        }
    }
    let ids: Vec<&str> = registered(target).iter().map(|client| client.entry.client_id.as_str()).collect();
    steps.push(format!("the clients {}, registered as below", ids.join(", ")));
    steps
}

fn modes(target: &TargetFile) -> String {
    let modes = [DeliveryMode::Poll, DeliveryMode::Ping];
    let names: Vec<&str> =
        modes.into_iter().filter(|mode| target.client(*mode).is_some()).map(DeliveryMode::name).collect();
    names.join(", ")
}

fn service_url(service: &EmbeddedService) -> String {
    url_of(service.public_url.as_ref(), service.listen)
}

fn url_of(public: Option<&ServerUrl>, listen: SocketAddr) -> String {
    let public = public.map(|url| url.as_str().trim_end_matches('/').to_owned());
    public.unwrap_or_else(|| format!("http://{listen}"))
}

fn notification_url(target: &TargetFile) -> String {
    let listener = &target.notification;
    let public = listener.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    format!("{}{}", public.unwrap_or_else(|| format!("http://{}", listener.listen)), listener.path)
}

/// The standard asks for TLS at the notification endpoint (CIBA Core 1.0, 4), by this tool or by a proxy.
fn plain_http(target: &TargetFile) -> Option<String> {
    let url = notification_url(target);
    let is_plain = (target.clients.ping.is_some() || target.clients.push.is_some())
        && !target.issuer.is_loopback()
        && url.starts_with("http:");
    is_plain.then(|| {
        format!(
            "{url} is without TLS, which CIBA Core 1.0, 4 asks for: put a proxy with TLS before it and name that in \
             notification.public_url"
        )
    })
}

/// Where a secret stands, without the secret.
fn kept(secret: &FileSecret) -> String {
    match &secret.reference {
        SecretReference::Env(name) => format!("what is in ${name}"),
        SecretReference::File(path) => format!("what is in the file {path}"),
        SecretReference::Inline => "what is in the target file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::answers::Given;
    use super::super::dialogue::answer_all;
    use super::super::first::tests::{ISSUER, draft, facts};
    use super::*;
    use crate::ciba::DeliveryMode::{Ping, Poll};
    use crate::cli::next_steps::called;

    fn said<const N: usize>(issuer: &str, answers: [(&'static str, &str); N]) -> String {
        let mut draft = draft(issuer, &[Poll, Ping], &["client_secret_basic"]);
        answer_all(&mut draft, &Given::from(answers), None).unwrap();
        let mut facts = facts(issuer, &[Poll, Ping], &[]);
        if !issuer.ends_with("/w") {
            facts.backchannel_authentication_endpoint.set_path("/bc");
        }
        remaining(&draft.target().unwrap(), &facts, "acme.toml")
    }

    #[test]
    fn the_console_is_told_everything() {
        let text = said(
            ISSUER,
            [
                ("clients.poll.client_id", "app"),
                ("clients.poll.client_secret", "file:app.txt"),
                ("clients.ping.client_id", "pinged"),
                ("clients.unregistered.client_id", "other"),
                ("authentication_service.public_url", "https://bench.example/as/"),
                ("authentication_service.system.client_id", "device"),
                ("notification.public_url", "http://bench.example:4020"),
            ],
        );
        for expected in [
            "as SecureAuth's do; in that console, tenant t, workspace w:",
            "Allowed grant types: CIBA; Token delivery modes supported: poll, ping",
            "CIBA: EXTERNAL; Authentication service URL: https://bench.example/as; Basic Auth Username: ciba-bench; Basic Auth \
             Password: what is in $CIBA_AUTH_SERVICE_PASSWORD",
            "device, its secret: what is in $CIBA_SYSTEM_CLIENT_SECRET, and its token endpoint: \
             https://acme.example.com/t/system/oauth2/token",
            "Applications > pinged > OAuth, Grant Types: urn:openid:params:grant-type:ciba; Token delivery mode: ping; Client \
             notification endpoint: http://bench.example:4020/notify-callback",
            "Applications > other > OAuth, Grant Types: not urn",
            "backchannel_client_notification_endpoint  http://bench.example:4020/notify-callback",
            "http://bench.example:4020/notify-callback is without TLS",
            "write the file app.txt, beside the target file  # the secret of app",
            "export CIBA_PING_CLIENT_SECRET=..",
            &format!("\nthen:\n  {0} target check acme.toml\n  {0} doctor --target acme.toml\n", called()),
            "[open_banking]                    consents",
            "run sends nothing until [load] of acme.toml",
            "conformance sends nothing until [conformance] users",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn a_server_of_another_make_is_told_in_the_words_of_the_standard() {
        let text = said(
            "http://127.0.0.1:9",
            [
                ("clients.poll.client_id", "app"),
                ("authentication_service.system.client_id", "device"),
                ("authentication_service.api_base", "http://127.0.0.1:9/api"),
            ],
        );
        for expected in [
            "at the server:\n  1. the CIBA grant (urn:openid:params:grant-type:ciba), delivery modes poll\n",
            "it calls http://127.0.0.1:4010/user/verify and http://127.0.0.1:4010/authentication/start",
            "decisions come to http://127.0.0.1:9/api/scope-grants/LOGIN_ID/accept and /reject",
            "the client device gets at http://127.0.0.1:9/oauth2/token (grant client_credentials, scope manage_scope_grants",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(
            !text.contains("SecureAuth") && !text.contains("notification") && !text.contains("nothing"),
            "{text}"
        );
        let text = said(
            "http://127.0.0.1:9",
            [("clients.poll.client_id", "app"), ("authentication_service.kind", "none")],
        );
        assert!(text.contains("somebody decides for the users there"), "{text}");
    }
}
