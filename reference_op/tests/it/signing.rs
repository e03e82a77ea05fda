//! Clients that sign: assertions (RFC 7523) and authentication requests (CIBA Core 1.0, 7.1.1), made by another library.

use std::sync::LazyLock;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reference_op::{ClientAuthMethod, ClientSettings, FaultSet, JwsAlg, Settings};
use serde_json::{Value, json};

use crate::world::*;

pub const ISSUER: &str = "http://op.test/default/ciba";
pub const BACKCHANNEL: &str = "/backchannel/authentication";
pub const REQUEST: &str = "scope=openid&login_hint=john";
const JWT_BEARER: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

/// A key of a client, and one that nobody knows.
pub static KEYS: LazyLock<[EncodingKey; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
    })
});

pub fn public(key: &EncodingKey) -> Value {
    serde_json::to_value(Jwk::from_encoding_key(key, Algorithm::ES256).unwrap()).unwrap()
}

/// `key-app` authenticates by a key, `jwt-app` by HS256, `signing-app` by HTTP Basic and signs its requests.
pub fn signing_clients() -> Vec<ClientSettings> {
    let jwks = vec![public(&KEYS[0])];
    vec![
        ClientSettings {
            token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
            token_endpoint_auth_signing_alg: Some(JwsAlg::Es256),
            jwks: jwks.clone(),
            ..ClientSettings::poll("key-app", "")
        },
        ClientSettings {
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretJwt,
            ..ClientSettings::poll("jwt-app", "jwt-secret")
        },
        ClientSettings {
            backchannel_authentication_request_signing_alg: Some(JwsAlg::Es256),
            binding_message_required: true,
            jwks,
            ..ClientSettings::poll(SIGNER.0, SIGNER.1)
        },
        ClientSettings::poll(ALICE.0, ALICE.1),
    ]
}

pub const SIGNER: (&str, &str) = ("signing-app", "signing-secret");

pub fn signing_world(faults: FaultSet) -> World {
    World::with(Settings::embedded(service(), signing_clients()), faults)
}

/// The claims of a valid token, with changes; null takes a claim out.
pub fn claims(client: &str, changes: Value) -> Value {
    let mut claims = json!({
        "iss": client, "sub": client, "aud": ISSUER, "iat": START_OF_TIME, "nbf": START_OF_TIME,
        "exp": START_OF_TIME + 60, "jti": "1",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

pub fn signed(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, key).unwrap()
}

pub fn none(claims: &Value) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({"alg": "none"})), part(claims))
}

pub fn asserting(body: &str, assertion: &str) -> String {
    format!("{body}&client_assertion_type={JWT_BEARER}&client_assertion={assertion}")
}

fn es256(changes: Value) -> String {
    signed(Algorithm::ES256, &KEYS[0], &claims("key-app", changes))
}

fn hs256(secret: &str, client: &str, jti: &str) -> String {
    signed(
        Algorithm::HS256,
        &EncodingKey::from_secret(secret.as_bytes()),
        &claims(client, json!({"jti": jti})),
    )
}

#[tokio::test(start_paused = true)]
async fn assertions_authenticate_at_every_endpoint() {
    let world = signing_world(FaultSet::NONE);
    let token = format!("grant_type={CIBA}&auth_req_id=x");
    for (number, aud) in [
        json!(ISSUER),
        json!(format!("{ISSUER}/oauth2/token")),
        json!(["x", format!("{ISSUER}{BACKCHANNEL}")]),
    ]
    .into_iter()
    .enumerate()
    {
        let assertion = |name: &str| es256(json!({"aud": aud, "jti": format!("{name}{number}")}));
        world.form(BACKCHANNEL, None, asserting(REQUEST, &assertion("a"))).await.ok();
        world
            .form("/oauth2/token", None, asserting(&token, &assertion("b")))
            .await
            .expect(400, "invalid_grant");
        world.form("/oauth2/introspect", None, asserting("token=x", &assertion("c"))).await.ok();
    }
    world.form(BACKCHANNEL, None, asserting(REQUEST, &hs256("jwt-secret", "jwt-app", "1"))).await.ok();
    let mut named = asserting(REQUEST, &es256(json!({"jti": "named"})));
    named.push_str("&client_id=key-app");
    world.form(BACKCHANNEL, None, named).await.ok();
}

#[tokio::test(start_paused = true)]
async fn assertions_that_are_not_right_are_refused() {
    let world = signing_world(FaultSet::NONE);
    let other_key = signed(Algorithm::ES256, &KEYS[1], &claims("key-app", json!({})));
    let used = es256(json!({"jti": "used"}));
    world.form(BACKCHANNEL, None, asserting(REQUEST, &used)).await.ok();
    for (what, assertion) in [
        ("no token", "x".to_owned()),
        ("another key", other_key),
        ("none", none(&claims("key-app", json!({})))),
        ("HS256 by a client with a key", hs256("", "key-app", "1")),
        ("a wrong secret", hs256("wrong", "jwt-app", "1")),
        ("a client with a secret alone", hs256(ALICE.1, ALICE.0, "1")),
        ("iss", es256(json!({"iss": "alice-app"}))),
        ("no iss", es256(json!({"iss": null}))),
        ("sub", es256(json!({"sub": "alice-app"}))),
        ("no sub", es256(json!({"sub": null}))),
        ("aud", es256(json!({"aud": "https://elsewhere.test"}))),
        ("no aud", es256(json!({"aud": null}))),
        ("expired", es256(json!({"exp": START_OF_TIME}))),
        ("no exp", es256(json!({"exp": null}))),
        ("for days", es256(json!({"exp": START_OF_TIME + 100_000}))),
        ("from the future", es256(json!({"nbf": START_OF_TIME + 60}))),
        ("no jti", es256(json!({"jti": null}))),
        ("used before", used),
    ] {
        let answer = world.form(BACKCHANNEL, None, asserting(REQUEST, &assertion)).await;
        assert_eq!(answer.outcome(), "401 invalid_client", "{what}");
    }
    let fresh = || es256(json!({"jti": "fresh"}));
    world.form(BACKCHANNEL, Some(ALICE), asserting(REQUEST, &fresh())).await.expect(400, "invalid_request");
    let other_id = asserting(REQUEST, &fresh()) + "&client_id=alice-app";
    world.form(BACKCHANNEL, None, other_id).await.expect(401, "invalid_client");
    let other_type = asserting(REQUEST, &fresh()).replace("jwt-bearer", "saml2-bearer");
    world.form(BACKCHANNEL, None, other_type).await.expect(401, "invalid_client");
    world.form(BACKCHANNEL, None, asserting(REQUEST, &fresh())).await.ok();
}

fn request(changes: Value) -> String {
    let mut all = json!({"scope": "openid", "login_hint": "john", "binding_message": "M", "sub": null});
    all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    format!("request={}", signed(Algorithm::ES256, &KEYS[0], &claims(SIGNER.0, all)))
}

#[tokio::test(start_paused = true)]
async fn signed_requests_are_taken_with_their_parameters() {
    let world = signing_world(FaultSet::NONE);
    let send = async |form: String| world.form(BACKCHANNEL, Some(SIGNER), form).await;
    for (expiry, expires_in) in [(json!("30"), 30), (json!(31), 31), (Value::Null, 120)] {
        let answer = send(request(json!({"requested_expiry": expiry, "binding_message": "W4"}))).await.ok();
        assert_eq!(answer.body["expires_in"], expires_in);
    }
    settle().await;
    let starts = world.outside.calls("/authentication/start");
    assert_eq!(starts.len(), 3);
    assert!(starts[0].body.to_string().contains("W4"), "{}", starts[0].body);
    send(request(json!({"aud": ["x", ISSUER], "request_context": {"ip": "::1"}}))).await.ok();
    send(request(json!({})) + "&foo=bar").await.ok();
}

#[tokio::test(start_paused = true)]
async fn signed_requests_that_are_not_right_are_refused() {
    let world = signing_world(FaultSet::NONE);
    let all = claims(SIGNER.0, json!({"scope": "openid", "login_hint": "john", "binding_message": "M"}));
    let now = START_OF_TIME;
    for (what, form) in [
        ("not signed", REQUEST.to_owned()),
        ("none", format!("request={}", none(&all))),
        ("another key", format!("request={}", signed(Algorithm::ES256, &KEYS[1], &all))),
        (
            "HS256",
            format!(
                "request={}",
                signed(Algorithm::HS256, &EncodingKey::from_secret(SIGNER.1.as_bytes()), &all)
            ),
        ),
        ("encrypted", "request=a.b.c.d.e".to_owned()),
        ("no token", "request=abc".to_owned()),
        ("outside", request(json!({})) + "&binding_message=M"),
        ("no text", request(json!({"binding_message": 4}))),
        ("iss", request(json!({"iss": ALICE.0}))),
        ("no iss", request(json!({"iss": null}))),
        ("aud", request(json!({"aud": format!("{ISSUER}/oauth2/token")}))),
        ("no aud", request(json!({"aud": null}))),
        ("expired", request(json!({"exp": now}))),
        ("no exp", request(json!({"exp": null}))),
        ("no iat", request(json!({"iat": null}))),
        ("no nbf", request(json!({"nbf": null}))),
        ("too early", request(json!({"nbf": now + 30}))),
        ("too long", request(json!({"nbf": now - 3_600}))),
        ("no jti", request(json!({"jti": null}))),
        ("a text as requested_expiry", request(json!({"requested_expiry": "soon"}))),
        ("no hint", request(json!({"login_hint": null}))),
        ("no message", request(json!({"binding_message": null}))),
    ] {
        let answer = world.form(BACKCHANNEL, Some(SIGNER), form).await;
        assert_eq!(answer.outcome(), "400 invalid_request", "{what}");
    }
    let unregistered = world.form(BACKCHANNEL, Some(ALICE), request(json!({}))).await;
    unregistered.expect(400, "invalid_request");
    settle().await;
    assert!(world.outside.calls("").is_empty(), "nobody is asked");
}
