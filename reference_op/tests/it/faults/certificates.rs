use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, header};
use reference_op::{
    ClientAuthMethod, ClientSettings, DeliveryMode, Fault, FaultSet, PeerCertificate, Settings,
};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

/// A certificate that is registered itself is compared as a whole, so any bytes will do.
const OWN: &[u8] = b"the client's own certificate";
const OTHER: &[u8] = b"another certificate";
const ID: &str = "certified-app";
const PUSHED: &str = "certified-app-for-push";

fn cast() -> Settings {
    let certified = ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::SelfSignedTlsClientAuth,
        tls_client_certificate_bound_access_tokens: true,
        jwks: vec![json!({"kty": "EC", "x5c": [STANDARD.encode(OWN)]})],
        ..ClientSettings::poll(ID, "")
    };
    let mut clients = clients();
    let pushed = ClientSettings {
        token_delivery_mode: Some(DeliveryMode::Push),
        client_notification_endpoint: Some(CALLBACK.to_owned()),
        client_id: PUSHED.to_owned(),
        ..certified.clone()
    };
    clients.extend([certified, pushed]);
    let mut settings = Settings::embedded(service(), clients);
    settings.workspaces[0].token_delivery_modes_supported.push(DeliveryMode::Push);
    settings
}

fn showing(mut request: Request<Body>, certificate: Option<&'static [u8]>) -> Request<Body> {
    if let Some(der) = certificate {
        request.extensions_mut().insert(PeerCertificate(der.into()));
    }
    request
}

async fn ask(world: &World, path: &str, certificate: Option<&'static [u8]>, body: &str) -> Answer {
    ask_as(world, ID, path, certificate, body).await
}

async fn ask_as(
    world: &World,
    id: &str,
    path: &str,
    certificate: Option<&'static [u8]>,
    body: &str,
) -> Answer {
    let body = format!("client_id={id}&{body}");
    world.send(showing(form_request(&format!("/default/ciba{path}"), None, body), certificate)).await
}

/// What a client with a certificate sees, and what its token is good for.
async fn look(faults: FaultSet) -> Value {
    const PATH: &str = "/backchannel/authentication";
    let world = World::with(cast(), faults);
    let mut seen = Map::new();
    let request = "scope=openid+profile&login_hint=john";
    for (name, certificate) in [("other", Some(OTHER)), ("none", None)] {
        let answer = ask(&world, PATH, certificate, request).await;
        seen.insert(format!("request: {name}"), json!(answer.outcome()));
    }
    let secret = world.form(PATH, Some((ID, "secret")), request).await;
    seen.insert("request: secret".into(), json!(secret.outcome()));
    let id = ask(&world, PATH, Some(OWN), request).await.ok().text("auth_req_id");
    settle().await;
    world.decide_newest("accept").await.ok();
    let redeem = format!("grant_type={CIBA}&auth_req_id={id}");
    let tokens = ask(&world, "/oauth2/token", Some(OWN), &redeem).await.ok();
    seen.insert("expires_in".into(), tokens.body["expires_in"].clone());
    let token = tokens.text("access_token");
    for (name, certificate) in [("own", Some(OWN)), ("other", Some(OTHER)), ("none", None)] {
        let call = Request::get("/default/ciba/userinfo")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header("x-fapi-interaction-id", "the-caller-s");
        let answer = world.send(showing(call.body(Body::empty()).unwrap(), certificate)).await;
        seen.insert(format!("userinfo: {name}"), json!(answer.outcome()));
        assert!(answer.headers.contains_key(header::DATE));
        seen.insert("interaction".into(), json!(answer.headers["x-fapi-interaction-id"] == "the-caller-s"));
    }
    let described = ask(&world, "/oauth2/introspect", Some(OWN), &format!("token={token}")).await.ok();
    seen.insert("cnf".into(), described.body["cnf"]["x5t#S256"].clone());
    let request = format!("{request}&client_notification_token={TOKEN}");
    ask_as(&world, PUSHED, PATH, Some(OWN), &request).await.ok();
    settle().await;
    world.decide_newest("accept").await.ok();
    settle().await;
    let push = world.outside.calls("/notify-callback").remove(0);
    let token = push.body["access_token"].as_str().unwrap();
    let described =
        ask_as(&world, PUSHED, "/oauth2/introspect", Some(OWN), &format!("token={token}")).await.ok();
    seen.insert("pushed cnf".into(), described.body["cnf"]["x5t#S256"].clone());
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_certificates() {
    let sound = look(FaultSet::NONE).await;
    let hash = sound["cnf"].as_str().unwrap();
    assert_eq!(hash.len(), 43, "{sound}");
    assert_eq!(sound["pushed cnf"], sound["cnf"], "{sound}");
    assert_eq!(sound["userinfo: own"], "200", "{sound}");
    for refused in ["request: other", "request: none", "request: secret"] {
        assert_eq!(sound[refused], "401 invalid_client", "{sound}");
    }
    for refused in ["userinfo: other", "userinfo: none"] {
        assert_eq!(sound[refused], "401 invalid_token", "{sound}");
    }
    let reversed: String = hash.chars().rev().collect();
    let unbound = json!({"cnf": null, "pushed cnf": null, "userinfo: other": "200", "userinfo: none": "200"});
    let mut short = unbound.clone();
    short["expires_in"] = json!(300);
    assert_changed(
        look,
        &[
            (Fault::ClientCertificateUnchecked, json!({"request: other": "200"})),
            (Fault::ClientCertificateOptional, json!({"request: none": "200"})),
            (Fault::BoundTokenAnyCertificate, json!({"userinfo: other": "200"})),
            (Fault::BoundTokenWithoutCertificate, json!({"userinfo: none": "200"})),
            (Fault::TokensNotBound, unbound),
            (Fault::ShortTokensNotBound, short),
            (Fault::CnfReversed, json!({"cnf": reversed, "pushed cnf": reversed})),
            (Fault::PushedTokensNotBound, json!({"pushed cnf": null})),
            (Fault::InteractionIdReplaced, json!({"interaction": false})),
        ],
    )
    .await;
}
