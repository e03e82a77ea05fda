use jsonwebtoken::{Algorithm, EncodingKey};
use reference_op::{Fault, FaultSet, JwsAlg, Settings};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::signing::*;
use crate::world::*;

/// What both endpoints say to assertions of all kinds.
async fn assertions(faults: FaultSet) -> Value {
    let world = signing_world(faults);
    let mut seen = Map::new();
    let token = format!("grant_type={CIBA}&auth_req_id=x");
    let own = |changes: Value| signed(Algorithm::ES256, &KEYS[0], &claims("key-app", changes));
    let valid = |jti: &str| claims("key-app", json!({"jti": jti}));
    for (name, assertion) in [
        ("valid", own(json!({"jti": "a"}))),
        ("to the token endpoint", own(json!({"jti": "b", "aud": format!("{ISSUER}/oauth2/token")}))),
        ("iss", own(json!({"jti": "c", "iss": "another"}))),
        ("aud", own(json!({"jti": "d", "aud": "another"}))),
        ("exp", own(json!({"jti": "e", "exp": null}))),
        ("another key", signed(Algorithm::ES256, &KEYS[1], &valid("f"))),
        ("none", none(&valid("g"))),
        ("again", own(json!({"jti": "a"}))),
    ] {
        let answer = world.form(BACKCHANNEL, None, asserting(REQUEST, &assertion)).await;
        seen.insert(name.into(), json!(answer.outcome()));
    }
    let forged = signed(Algorithm::ES256, &KEYS[1], &valid("t"));
    let answer = world.form("/oauth2/token", None, asserting(&token, &forged)).await;
    seen.insert("token: another key".into(), json!(answer.outcome()));
    // A client that is registered for another algorithm than its key has.
    let mut clients = signing_clients();
    clients[0].token_endpoint_auth_signing_alg = Some(JwsAlg::EdDsa);
    let world = World::with(Settings::embedded(service(), clients), faults);
    let answer = world.form(BACKCHANNEL, None, asserting(REQUEST, &own(json!({})))).await;
    seen.insert("another algorithm".into(), json!(answer.outcome()));
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_assertions() {
    let refused = "401 invalid_client";
    assert_changed(
        assertions,
        &[
            (Fault::AssertionIssuerOnly, json!({"to the token endpoint": refused})),
            (Fault::AssertionIssUnchecked, json!({"iss": "200"})),
            (Fault::AssertionAudUnchecked, json!({"aud": "200"})),
            (Fault::AssertionExpUnchecked, json!({"exp": "200"})),
            (Fault::BackchannelAssertionForged, json!({"another key": "200"})),
            (Fault::TokenAssertionForged, json!({"token: another key": "400 invalid_grant"})),
            (Fault::AssertionAlgNone, json!({"none": "200"})),
            (Fault::AssertionAnyAlg, json!({"another algorithm": "200"})),
            (Fault::AssertionReplayed, json!({"again": "200"})),
        ],
    )
    .await;
}

/// What becomes of signed requests of all kinds.
async fn requests(faults: FaultSet) -> Value {
    let world = signing_world(faults);
    let mut seen = Map::new();
    let all = |changes: Value| {
        let mut all = json!({"scope": "openid", "login_hint": "john", "binding_message": "W.4", "sub": null});
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        claims(SIGNER.0, all)
    };
    let own = |changes: Value| format!("request={}", signed(Algorithm::ES256, &KEYS[0], &all(changes)));
    let secret = EncodingKey::from_secret(SIGNER.1.as_bytes());
    let now = START_OF_TIME;
    for (name, form) in [
        ("valid", own(json!({}))),
        ("a number", own(json!({"requested_expiry": 60}))),
        ("none", format!("request={}", none(&all(json!({}))))),
        ("HS256", format!("request={}", signed(Algorithm::HS256, &secret, &all(json!({}))))),
        ("another key", format!("request={}", signed(Algorithm::ES256, &KEYS[1], &all(json!({}))))),
        ("aud", own(json!({"aud": "another"}))),
        ("aud list", own(json!({"aud": ["another", ISSUER]}))),
        ("iss", own(json!({"iss": "another"}))),
        ("expired", own(json!({"exp": now}))),
        ("no iat", own(json!({"iat": null}))),
        ("no nbf", own(json!({"nbf": null}))),
        ("no jti", own(json!({"jti": null}))),
        ("two values", own(json!({"requested_expiry": "60"})) + "&requested_expiry=77"),
        ("filled", own(json!({"login_hint": null})) + "&login_hint=john"),
        ("encrypted", "request=a.b.c.d.e".to_owned()),
        ("not signed", format!("{REQUEST}&binding_message=W.4")),
        ("long", own(json!({"exp": now + 3_601}))),
        ("no message", own(json!({"binding_message": null}))),
    ] {
        let answer = world.form(BACKCHANNEL, Some(SIGNER), form).await;
        seen.insert(name.into(), json!(answer.outcome()));
    }
    settle().await;
    let starts = world.outside.calls("/authentication/start");
    seen.insert("shown".into(), json!(starts[0].body.to_string().contains("W.4")));
    let mut clients = signing_clients();
    clients[2].backchannel_authentication_request_signing_alg = Some(JwsAlg::EdDsa);
    let world = World::with(Settings::embedded(service(), clients), faults);
    let answer = world.form(BACKCHANNEL, Some(SIGNER), own(json!({}))).await;
    seen.insert("another algorithm".into(), json!(answer.outcome()));
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_signed_requests() {
    let refused = "400 invalid_request";
    assert_changed(
        requests,
        &[
            (Fault::SignedMessageAltered, json!({"shown": false})),
            (Fault::SignedExpiryNumberRefused, json!({"a number": refused})),
            (Fault::RequestAlgNone, json!({"none": "200"})),
            (Fault::RequestHmac, json!({"HS256": "200"})),
            (Fault::RequestAnyAlg, json!({"another algorithm": "200"})),
            (Fault::RequestForged, json!({"another key": "200"})),
            (Fault::RequestAudUnchecked, json!({"aud": "200"})),
            (Fault::RequestAudListRefused, json!({"aud list": refused})),
            (Fault::RequestIssUnchecked, json!({"iss": "200"})),
            (Fault::RequestExpUnchecked, json!({"expired": "200", "long": "200"})),
            (Fault::RequestIatOptional, json!({"no iat": "200"})),
            (Fault::RequestNbfUnchecked, json!({"no nbf": "200"})),
            (Fault::RequestJtiOptional, json!({"no jti": "200"})),
            (Fault::OutsideParametersWin, json!({"two values": "200"})),
            (Fault::OutsideParametersFill, json!({"filled": "200"})),
            (Fault::EncryptedRequest500, json!({"encrypted": "500 server_error"})),
            (Fault::UnsignedRequestAccepted, json!({"not signed": "200"})),
            (Fault::RequestLongLived, json!({"long": "200"})),
            (Fault::UnboundRequestAccepted, json!({"no message": "200"})),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_weak_key_is_published() {
    for (faults, keys) in [(FaultSet::NONE, 2), (Fault::WeakKeyPublished.into(), 3)] {
        let path = "/default/ciba/.well-known/jwks.json";
        let request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let set = World::with(settings(), faults).send(request).await.ok().body;
        assert_eq!(set["keys"].as_array().unwrap().len(), keys);
    }
}
