//! Every rule that a configuration must keep, judged together so that one run reports them all.

use std::collections::HashSet;

use http::Uri;

use super::problem::Problem;
use super::{
    AuthenticationServiceSettings, CIBA_GRANT, CLIENT_CREDENTIALS_GRANT, ClientAuthMethod, ClientSettings,
    DeliveryMode, Settings, WorkspaceSettings,
};
use crate::certificate;
use crate::jws::{JwsAlg, PublicKey};

/// Longest lifetime of a request and longest interval, in seconds: one day.
const MAX_SECONDS: u64 = 86_400;
/// Path segments that the provider uses itself.
const RESERVED: [&str; 2] = ["system", "api"];

/// Whether the workspace offers the CIBA grant.
pub(crate) fn has_ciba(grant_types: &[String]) -> bool {
    grant_types.iter().any(|grant| grant == CIBA_GRANT)
}

/// All problems of the settings, in the order of the fields.
pub(crate) fn check(base_url: &str, settings: &Settings) -> Vec<Problem> {
    let mut problems = Problems::default();
    problems.url("base_url", base_url);
    problems.path_segment("tenant", &settings.tenant);
    problems.at_least_one("max_pending", settings.max_pending as u64);
    problems.at_least_one("max_access_tokens", settings.max_access_tokens as u64);
    problems.at_least_one("access_token_expires_in", settings.access_token_expires_in);
    if let Some(capacity) = &settings.capacity {
        problems.0.extend(capacity.problems());
    }
    if settings.workspaces.is_empty() {
        problems.add("workspaces", "[]", "at least one workspace is needed");
    }
    let mut workspace_ids = HashSet::new();
    let mut system_ids = HashSet::new();
    for (index, workspace) in settings.workspaces.iter().enumerate() {
        let path = format!("workspaces[{index}]");
        problems.unique(&mut workspace_ids, &format!("{path}.id"), &workspace.id);
        if let Some(client) = &workspace.authentication_service_client {
            let field = format!("{path}.authentication_service_client.client_id");
            problems.not_empty(&field, &client.client_id);
            problems.unique(&mut system_ids, &field, &client.client_id);
            problems.secret(
                &format!("{path}.authentication_service_client.client_secret"),
                client.client_secret.expose(),
            );
        }
        problems.workspace(&path, workspace);
    }
    problems.0
}

/// What is wrong with how a client is to authenticate, and with its keys; fields begin with a full stop.
pub(crate) fn credential_problems(client: &ClientSettings) -> Vec<Problem> {
    let mut problems = Problems::default();
    problems.credentials("", client);
    problems.0
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, field: &str, value: impl Into<String>, expected: impl Into<String>) {
        self.0.push(Problem { field: field.to_owned(), value: value.into(), expected: expected.into() });
    }

    fn workspace(&mut self, path: &str, workspace: &WorkspaceSettings) {
        self.path_segment(&format!("{path}.id"), &workspace.id);
        self.grant_types(&format!("{path}.allowed_grant_types"), &workspace.allowed_grant_types);
        self.seconds(&format!("{path}.interval"), workspace.interval);
        self.seconds(&format!("{path}.expires_in"), workspace.expires_in);
        self.seconds(&format!("{path}.id_token_expires_in"), workspace.id_token_expires_in);
        self.hints(path, workspace);
        self.open_banking(path, workspace);
        if has_ciba(&workspace.allowed_grant_types) {
            if workspace.token_delivery_modes_supported.is_empty() {
                self.add(
                    &format!("{path}.token_delivery_modes_supported"),
                    "[]",
                    "a workspace with CIBA needs at least one of \"ping\", \"poll\" and \"push\"",
                );
            }
            self.authentication_service(path, workspace);
        }
        for (index, pem) in workspace.client_certificate_authorities.iter().enumerate() {
            if certificate::authority(pem).is_none() {
                let field = format!("{path}.client_certificate_authorities[{index}]");
                self.add(&field, "(a text)", "expected the certificate of an authority in PEM");
            }
        }
        if let Some(initial) = workspace.registration.as_ref().and_then(|it| it.initial_access_token.as_ref())
        {
            self.secret(&format!("{path}.registration.initial_access_token"), initial.expose());
        }
        let mut client_ids = HashSet::new();
        for (index, client) in workspace.clients.iter().enumerate() {
            let path = format!("{path}.clients[{index}]");
            self.unique(&mut client_ids, &format!("{path}.client_id"), &client.client_id);
            self.client(&path, workspace, client);
        }
    }

    fn hints(&mut self, path: &str, workspace: &WorkspaceSettings) {
        let mut issuers = HashSet::new();
        for (index, known) in workspace.login_hint_token_issuers.iter().enumerate() {
            let path = format!("{path}.login_hint_token_issuers[{index}]");
            self.not_empty(&format!("{path}.issuer"), &known.issuer);
            self.unique(&mut issuers, &format!("{path}.issuer"), &known.issuer);
            if PublicKey::read(&known.jwk).is_none() {
                let expected = "a public JWK: EC on P-256, Ed25519, or RSA with alg RS256 or PS256";
                self.add(&format!("{path}.jwk"), known.jwk.to_string(), expected);
            }
        }
        let has_codes = workspace.user_code.is_some() || !workspace.user_codes.is_empty();
        if workspace.user_code_parameter_supported && !has_codes {
            let expected = "no user has a code; set user_code, or user_codes by user";
            self.add(&format!("{path}.user_code_parameter_supported"), "true", expected);
        }
        for (user, code) in &workspace.user_codes {
            self.secret(&format!("{path}.user_codes.{user}"), code.expose());
        }
    }

    fn open_banking(&mut self, path: &str, workspace: &WorkspaceSettings) {
        let Some(consents) = &workspace.open_banking else { return };
        let path = format!("{path}.open_banking");
        if !matches!(consents.created_status, 200 | 201) {
            self.add(
                &format!("{path}.created_status"),
                consents.created_status.to_string(),
                "expected 201 or 200",
            );
        }
        self.seconds(&format!("{path}.consent_expires_in"), consents.consent_expires_in);
        self.at_least_one(&format!("{path}.max_consents"), consents.max_consents as u64);
        if let Some(namespace) = &consents.consent_id_namespace {
            self.path_segment(&format!("{path}.consent_id_namespace"), namespace);
        }
    }

    fn authentication_service(&mut self, path: &str, workspace: &WorkspaceSettings) {
        let field = format!("{path}.authentication_service");
        match &workspace.authentication_service {
            None => self.add(
                &field,
                "absent",
                "a workspace with CIBA needs { type = \"EXTERNAL\", url, user, password } or { type = \"SIMULATOR\" }",
            ),
            Some(AuthenticationServiceSettings::External { url, user, .. }) => {
                self.url(&format!("{field}.url"), url);
                if user.contains(':') {
                    let expected = "a user name for HTTP Basic authentication cannot hold a colon (RFC 7617, 2)";
                    self.add(&format!("{field}.user"), quoted(user), expected);
                }
            }
            Some(AuthenticationServiceSettings::Simulator) => {}
        }
    }

    fn client(&mut self, path: &str, workspace: &WorkspaceSettings, client: &ClientSettings) {
        self.not_empty(&format!("{path}.client_id"), &client.client_id);
        self.credentials(path, client);
        self.grant_types(&format!("{path}.grant_types"), &client.grant_types);
        for (index, scope) in client.scopes.iter().enumerate() {
            if !crate::scope::is_token(scope) {
                let expected =
                    "a scope is one or more printable characters without space, quote and backslash";
                self.add(&format!("{path}.scopes[{index}]"), quoted(scope), expected);
            }
        }
        if let Some(endpoint) = &client.client_notification_endpoint {
            self.url(&format!("{path}.client_notification_endpoint"), endpoint);
        }
        if has_ciba(&client.grant_types) {
            self.delivery(path, workspace, client);
        }
    }

    /// A secret or a key, whichever the client's methods need.
    fn credentials(&mut self, path: &str, client: &ClientSettings) {
        let by_key = client.token_endpoint_auth_method == ClientAuthMethod::PrivateKeyJwt;
        let by_certificate = self.certificate(path, client);
        if !by_key && !by_certificate {
            self.secret(&format!("{path}.client_secret"), client.client_secret.expose());
        }
        for (index, jwk) in client.jwks.iter().enumerate() {
            if PublicKey::read(jwk).is_none() && certificate::of_jwk(jwk).is_none() {
                let expected =
                    "expected a public JWK: EC on P-256, RSA, or Ed25519; or one with a certificate (x5c)";
                self.add(&format!("{path}.jwks[{index}]"), "(a key)", expected);
            }
        }
        let request_alg = client.backchannel_authentication_request_signing_alg;
        if client.jwks.is_empty() && (by_key || request_alg.is_some()) {
            self.add(&format!("{path}.jwks"), "[]", "a client that signs needs at least one public JWK");
        }
        if request_alg == Some(JwsAlg::Hs256) {
            let field = format!("{path}.backchannel_authentication_request_signing_alg");
            self.add(&field, quoted("HS256"), "requests are signed asymmetrically (CIBA Core 1.0, 7.1.1)");
        }
        let needs_secret = client.token_endpoint_auth_method == ClientAuthMethod::ClientSecretJwt;
        let assertion_alg = client.token_endpoint_auth_signing_alg;
        let fits = |alg| (alg == JwsAlg::Hs256) == needs_secret && (needs_secret || by_key);
        if let Some(alg) = assertion_alg.filter(|alg| !fits(*alg)) {
            let field = format!("{path}.token_endpoint_auth_signing_alg");
            self.add(&field, quoted(alg.name()), "does not fit token_endpoint_auth_method");
        }
    }

    /// What a client that authenticates by its certificate needs; whether it is one.
    fn certificate(&mut self, path: &str, client: &ClientSettings) -> bool {
        let named = client.tls_client_auth_subject_dn.is_some() != client.tls_client_auth_san_dns.is_some();
        match client.token_endpoint_auth_method {
            ClientAuthMethod::TlsClientAuth if !named => {
                let field = format!("{path}.tls_client_auth_subject_dn");
                self.add(
                    &field,
                    "absent",
                    "tls_client_auth needs it or tls_client_auth_san_dns, and not both",
                );
                true
            }
            ClientAuthMethod::SelfSignedTlsClientAuth
                if !client.jwks.iter().any(|jwk| certificate::of_jwk(jwk).is_some()) =>
            {
                let expected = "self_signed_tls_client_auth needs a key with the client's certificate (x5c)";
                self.add(&format!("{path}.jwks"), "(keys)", expected);
                true
            }
            ClientAuthMethod::TlsClientAuth | ClientAuthMethod::SelfSignedTlsClientAuth => true,
            ClientAuthMethod::ClientSecretBasic
            | ClientAuthMethod::ClientSecretPost
            | ClientAuthMethod::ClientSecretJwt
            | ClientAuthMethod::PrivateKeyJwt => false,
        }
    }

    fn delivery(&mut self, path: &str, workspace: &WorkspaceSettings, client: &ClientSettings) {
        let field = format!("{path}.token_delivery_mode");
        let Some(mode) = client.token_delivery_mode else {
            return self.add(
                &field,
                "absent",
                "a client with the CIBA grant needs \"ping\", \"poll\" or \"push\"",
            );
        };
        if mode != DeliveryMode::Poll {
            if client.client_notification_endpoint.is_none() {
                let expected =
                    format!("a {} client needs the URL that receives its notifications", mode.name());
                self.add(&format!("{path}.client_notification_endpoint"), "absent", expected);
            }
            if matches!(workspace.authentication_service, Some(AuthenticationServiceSettings::Simulator)) {
                let expected = "the SIMULATOR serves poll clients only; use \"poll\" or an EXTERNAL service";
                self.add(&field, quoted(mode.name()), expected);
            }
        }
        let supported = &workspace.token_delivery_modes_supported;
        if has_ciba(&workspace.allowed_grant_types) && !supported.is_empty() && !supported.contains(&mode) {
            let names: Vec<_> = supported.iter().map(|mode| mode.name()).collect();
            let expected = format!(
                "the workspace supports {} only; change the client or token_delivery_modes_supported",
                names.join(" and ")
            );
            self.add(&field, quoted(mode.name()), expected);
        }
    }

    fn grant_types(&mut self, field: &str, grant_types: &[String]) {
        for (index, grant) in grant_types.iter().enumerate() {
            let expected = match grant.as_str() {
                CIBA_GRANT | CLIENT_CREDENTIALS_GRANT => continue,
                "urn:openid:params:grant" => {
                    format!("this is an abbreviation that consoles show; write the full URN \"{CIBA_GRANT}\"")
                }
                _ => format!("expected \"{CIBA_GRANT}\" or \"{CLIENT_CREDENTIALS_GRANT}\""),
            };
            self.add(&format!("{field}[{index}]"), quoted(grant), expected);
        }
    }

    fn unique<'a>(&mut self, seen: &mut HashSet<&'a str>, field: &str, id: &'a str) {
        if !seen.insert(id) {
            self.add(field, quoted(id), "used twice; identifiers must differ");
        }
    }

    fn path_segment(&mut self, field: &str, id: &str) {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if id.is_empty() || !id.bytes().all(allowed) {
            self.add(field, quoted(id), "a path segment is one or more of A-Z a-z 0-9 - _");
        } else if RESERVED.contains(&id) {
            self.add(field, quoted(id), "reserved for the provider's own APIs; choose another");
        }
    }

    fn not_empty(&mut self, field: &str, value: &str) {
        if value.is_empty() {
            self.add(field, quoted(value), "must not be empty");
        }
    }

    fn secret(&mut self, field: &str, value: &str) {
        if value.is_empty() {
            self.add(field, "(hidden)", "a secret must not be empty");
        }
    }

    fn seconds(&mut self, field: &str, value: u64) {
        if !(1..=MAX_SECONDS).contains(&value) {
            self.add(field, value.to_string(), format!("expected 1 to {MAX_SECONDS} seconds"));
        }
    }

    fn at_least_one(&mut self, field: &str, value: u64) {
        if value == 0 {
            self.add(field, "0", "expected 1 or more");
        }
    }

    fn url(&mut self, field: &str, url: &str) {
        let absolute = url.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
        });
        if !absolute {
            self.add(field, quoted(url), "expected an absolute http or https URL");
        }
    }
}

fn quoted(value: &str) -> String {
    format!("{value:?}")
}
