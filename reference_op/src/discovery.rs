//! Provider metadata (OpenID Connect Discovery 1.0, 3; CIBA Core 1.0, 4).

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::settings::{CIBA_GRANT, CLIENT_CREDENTIALS_GRANT, SigningAlg};
use crate::workspace::Workspace;

/// The document of a workspace. Without CIBA it holds no CIBA metadata at all.
pub(crate) fn document(workspace: &Workspace, alg: SigningAlg) -> Bytes {
    let issuer = &workspace.issuer;
    let alg = match alg {
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
    if workspace.ciba {
        grant_types.push(CIBA_GRANT);
    }
    let mut document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "grant_types_supported": grant_types,
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "scopes_supported": scopes,
        "id_token_signing_alg_values_supported": [alg],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "at_hash"],
    });
    if let (true, Value::Object(members)) = (workspace.ciba, &mut document) {
        let modes: Vec<_> = workspace.delivery_modes.iter().map(|mode| mode.name()).collect();
        members.insert("backchannel_token_delivery_modes_supported".into(), json!(modes));
        let endpoint = format!("{issuer}/backchannel/authentication");
        members.insert("backchannel_authentication_endpoint".into(), json!(endpoint));
        members.insert("backchannel_user_code_parameter_supported".into(), json!(false));
    }
    document.to_string().into()
}
