//! Provider metadata (OpenID Connect Discovery 1.0, 3; CIBA Core 1.0, 4).

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::jws::JwsAlg;
use crate::settings::{CIBA_GRANT, CLIENT_CREDENTIALS_GRANT, DeliveryMode, REFRESH_TOKEN_GRANT, SigningAlg};
use crate::workspace::Workspace;

/// How clients can authenticate.
const AUTH_METHODS: [&str; 6] = [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];

/// The authentication context classes that can be asked for with `acr_values`.
pub(crate) const ACR_VALUES: [&str; 2] = ["urn:example:acr:one-factor", "urn:example:acr:two-factor"];

/// The document of a workspace. Without CIBA it holds no CIBA metadata at all.
pub(crate) fn document(workspace: &Workspace, alg: SigningAlg) -> Bytes {
    let (issuer, faults) = (&workspace.issuer, workspace.faults);
    let alg = match alg {
        _ if faults.has(Fault::MetadataOtherIdTokenAlg) => "EdDSA",
        SigningAlg::Es256 => "ES256",
        SigningAlg::Rs256 => "RS256",
        SigningAlg::Ps256 => "PS256",
    };
    let scopes: BTreeSet<&str> =
        workspace.clients.values().flat_map(|client| client.scopes.iter().map(String::as_str)).collect();
    let mut grant_types = Vec::new();
    if workspace.client_credentials {
        grant_types.push(CLIENT_CREDENTIALS_GRANT);
    }
    if workspace.ciba && !faults.has(Fault::MetadataWithoutCibaGrant) {
        grant_types.push(CIBA_GRANT);
        grant_types.push(REFRESH_TOKEN_GRANT);
    }
    let auth_methods: &[&str] = match faults.has(Fault::MetadataWithoutAuthMethods) {
        false => &AUTH_METHODS,
        true => &["private_key_jwt"],
    };
    let asymmetric = JwsAlg::ASYMMETRIC.iter();
    let assertion_algs: Vec<_> = asymmetric.chain([&JwsAlg::Hs256]).map(|alg| alg.name()).collect();
    let mut document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": workspace.token_endpoint(),
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "grant_types_supported": grant_types,
        "response_types_supported": ["none"],
        "subject_types_supported": subject_types(workspace),
        "scopes_supported": scopes,
        "id_token_signing_alg_values_supported": [alg],
        "token_endpoint_auth_methods_supported": auth_methods,
        "token_endpoint_auth_signing_alg_values_supported": assertion_algs,
        "tls_client_certificate_bound_access_tokens": workspace.clients.values().any(|client| client.bound_tokens),
        "acr_values_supported": ACR_VALUES,
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "at_hash", "acr"],
    });
    if workspace.registered.is_some() {
        document["registration_endpoint"] = json!(format!("{issuer}/register"));
    }
    if let (true, Value::Object(members)) = (workspace.ciba, &mut document) {
        ciba_members(workspace, members);
    }
    document.to_string().into()
}

/// Only clients that register can ask for pairwise subjects.
fn subject_types(workspace: &Workspace) -> &'static [&'static str] {
    if workspace.registered.is_some() { &["public", "pairwise"] } else { &["public"] }
}

/// The metadata of CIBA Core 1.0, 4.
fn ciba_members(workspace: &Workspace, members: &mut Map<String, Value>) {
    let (issuer, faults) = (&workspace.issuer, workspace.faults);
    members.insert("backchannel_token_delivery_modes_supported".into(), json!(delivery_modes(workspace)));
    let endpoint = match faults.has(Fault::MetadataDeadEndpoint) {
        false => workspace.backchannel_endpoint(),
        true => format!("{issuer}/backchannel/nowhere"),
    };
    members.insert("backchannel_authentication_endpoint".into(), json!(endpoint));
    let user_code = match faults.has(Fault::MetadataUserCodeFlagText) {
        false => json!(workspace.user_codes.is_some()),
        true => json!(workspace.user_codes.is_some().to_string()),
    };
    members.insert("backchannel_user_code_parameter_supported".into(), user_code);
    let mut request_algs: Vec<_> = JwsAlg::ASYMMETRIC.iter().map(|alg| alg.name()).collect();
    if faults.has(Fault::MetadataSigningAlgNone) {
        request_algs.push("none");
    }
    let member = "backchannel_authentication_request_signing_alg_values_supported";
    members.insert(member.into(), json!(request_algs));
    if faults.has(Fault::MetadataPlainHttpAlias) {
        let alias = json!({"backchannel_authentication_endpoint": "http://op.example/backchannel"});
        members.insert("mtls_endpoint_aliases".into(), alias);
    }
}

fn delivery_modes(workspace: &Workspace) -> Vec<&'static str> {
    let faults = workspace.faults;
    let mut modes: Vec<_> = workspace.delivery_modes.iter().map(|mode| mode.name()).collect();
    if faults.has(Fault::MetadataWithoutPoll) {
        modes.retain(|mode| *mode != DeliveryMode::Poll.name());
    }
    if faults.has(Fault::MetadataListsPush) && !workspace.delivery_modes.contains(&DeliveryMode::Push) {
        modes.push(DeliveryMode::Push.name());
    }
    if faults.has(Fault::MetadataUnknownDeliveryMode) {
        modes.push("pigeon");
    }
    modes
}
