//! Tokens as hints, odd hints, and user codes (CIBA Core 1.0, 7.1, 7.1.2, 13 and 14).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reference_op::{ClientSettings, HintIssuerSettings, Settings};
use serde_json::{Value, json};

use crate::world::*;

pub const ISSUER: &str = "https://hints.example";
pub const OP: &str = "http://op.test/default/ciba";
/// Registered for user codes.
pub const DAVE: (&str, &str) = ("dave-app", "dave-secret");

/// Whoever signs login hint tokens, by another library than the one that verifies them.
pub struct Signer {
    key: EncodingKey,
    pub jwk: Value,
}

impl Signer {
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        Self {
            key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()),
            jwk: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}),
        }
    }

    pub fn sign(&self, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::ES256), claims, &self.key).unwrap()
    }
}

/// The settings with the signer as an issuer of hints, and with user codes.
pub fn hinted(signer: &Signer) -> Settings {
    let mut settings = settings();
    let workspace = &mut settings.workspaces[0];
    workspace.login_hint_token_issuers =
        vec![HintIssuerSettings { issuer: ISSUER.into(), jwk: signer.jwk.clone() }];
    workspace.user_code_parameter_supported = true;
    workspace.user_code = Some("1234".into());
    workspace.user_codes = [("jane".to_owned(), "9876".into())].into();
    let dave = ClientSettings { user_code_parameter: true, ..ClientSettings::poll(DAVE.0, DAVE.1) };
    workspace.clients.push(dave);
    settings
}

pub fn about(user: &str) -> Value {
    json!({"iss": ISSUER, "sub": user, "aud": OP, "iat": START_OF_TIME, "exp": START_OF_TIME + 60})
}

/// The token with other claims, its signature unchanged.
pub fn forged(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    change(&mut claims);
    format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
}

/// The token without a signature, and with a header that says so.
pub fn unsigned(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    format!("{header}.{}.", token.split('.').nth(1).unwrap())
}

/// An ID token of a flow about this user.
pub async fn id_token(world: &World, client: (&str, &str), user: &str) -> String {
    let user: String = form_urlencoded::byte_serialize(user.as_bytes()).collect();
    let answer = world.authenticate(client, &format!("scope=openid+profile&login_hint={user}")).await.ok();
    settle().await;
    world.decide_newest("accept").await.ok();
    world.poll(client, &answer.text("auth_req_id")).await.ok().text("id_token")
}

/// The user that `/user/verify` was asked about last.
fn verified(world: &World) -> Value {
    world.outside.calls("/user/verify").pop().unwrap().body["user_identifier"].clone()
}

fn hint(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new("scope=openid".to_owned()).append_pair(name, value).finish()
}

#[tokio::test(start_paused = true)]
async fn each_hint_leads_to_its_user() {
    let signer = Signer::new();
    let world = World::with(hinted(&signer), Default::default());
    for user in ["john", "a b+c&d=e%f", "größe <b>&amp;</b>", "\"quoted\"", &"ü".repeat(2_048)] {
        world.authenticate(ALICE, &hint("login_hint", user)).await.ok();
        assert_eq!(verified(&world), user);
        world.authenticate(ALICE, &hint("login_hint_token", &signer.sign(&about(user)))).await.ok();
        assert_eq!(verified(&world), user);
        let earlier = id_token(&world, ALICE, user).await;
        world.authenticate(ALICE, &hint("login_hint", "somebody-else")).await.ok();
        world.authenticate(ALICE, &hint("id_token_hint", &earlier)).await.ok();
        settle().await;
        assert_eq!(verified(&world), user);
        let start = world.outside.calls("/authentication/start").pop().unwrap();
        assert_eq!(start.body["user_identifier"], user);
    }
}

#[tokio::test(start_paused = true)]
async fn login_hint_tokens_are_judged() {
    let signer = Signer::new();
    let world = World::with(hinted(&signer), Default::default());
    let with = |member: &str, value: Value| {
        let mut claims = about("john");
        claims[member] = value;
        signer.sign(&claims)
    };
    let good = signer.sign(&about("john"));
    let now = START_OF_TIME;
    for (what, token, expected) in [
        ("a list of audiences", with("aud", json!(["x", OP])), "200"),
        ("a second before the end", with("exp", json!(now + 1)), "200"),
        ("the end", with("exp", json!(now)), "400 expired_login_hint_token"),
        ("no end", with("exp", Value::Null), "400 invalid_request"),
        ("no issuer", with("iss", Value::Null), "400 invalid_request"),
        ("another issuer", with("iss", json!("https://other.example")), "400 invalid_request"),
        ("another audience", with("aud", json!("https://other.example")), "400 invalid_request"),
        ("nobody", with("sub", json!("")), "400 invalid_request"),
        ("a number", with("sub", json!(7)), "400 invalid_request"),
        ("a stranger's key", Signer::new().sign(&about("john")), "400 invalid_request"),
        ("other claims", forged(&good, |claims| claims["sub"] = json!("jane")), "400 invalid_request"),
        ("an expired forgery", forged(&good, |claims| claims["exp"] = json!(1)), "400 invalid_request"),
        ("no signature", unsigned(&good), "400 invalid_request"),
        ("no token", "john".to_owned(), "400 invalid_request"),
    ] {
        let answer = world.authenticate(ALICE, &hint("login_hint_token", &token)).await;
        assert_eq!(answer.outcome(), expected, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn id_token_hints_are_judged() {
    let signer = Signer::new();
    let world = World::with(hinted(&signer), Default::default());
    let own = id_token(&world, ALICE, "john").await;
    let other_issuer = |claims: &mut Value| claims["iss"] = json!("https://other.example");
    for (what, client, token, expected) in [
        ("its own", ALICE, own.clone(), "200"),
        ("another client's", CAROL, own.clone(), "400 invalid_request"),
        ("other claims", ALICE, forged(&own, |claims| claims["sub"] = json!("jane")), "400 invalid_request"),
        ("another issuer's", ALICE, forged(&own, other_issuer), "400 invalid_request"),
        (
            "a stranger's",
            ALICE,
            signer.sign(&json!({"iss": OP, "aud": ALICE.0, "sub": "john", "exp": START_OF_TIME + 9})),
            "400 invalid_request",
        ),
        ("no signature", ALICE, unsigned(&own), "400 invalid_request"),
        ("no token", ALICE, "john".to_owned(), "400 invalid_request"),
    ] {
        let answer = world.authenticate(client, &hint("id_token_hint", &token)).await;
        assert_eq!(answer.outcome(), expected, "{what}");
    }
    for (seconds, expected) in [(301, "200"), (86_300, "200"), (200, "400 invalid_request")] {
        pass(seconds).await;
        let answer = world.authenticate(ALICE, &hint("id_token_hint", &own)).await;
        assert_eq!(answer.outcome(), expected, "{seconds} s later");
    }
}

#[tokio::test(start_paused = true)]
async fn user_codes_are_asked_of_clients_that_are_registered_for_them() {
    let world = World::with(hinted(&Signer::new()), Default::default());
    for (client, user, code, expected) in [
        (DAVE, "john", "&user_code=1234", "200"),
        (DAVE, "jane", "&user_code=9876", "200"),
        (DAVE, "john", "", "400 missing_user_code"),
        (DAVE, "john", "&user_code=", "400 missing_user_code"),
        (DAVE, "john", "&user_code=123", "400 invalid_user_code"),
        (DAVE, "john", "&user_code=9876", "400 invalid_user_code"),
        (DAVE, "jane", "&user_code=1234", "400 invalid_user_code"),
        (ALICE, "john", "", "200"),
        (ALICE, "john", "&user_code=wrong", "200"),
    ] {
        settle().await;
        let before = world.outside.calls("/authentication/start").len();
        let answer = world.authenticate(client, &format!("scope=openid&login_hint={user}{code}")).await;
        assert_eq!(answer.outcome(), expected, "{client:?} {user} {code}");
        settle().await;
        let asked = world.outside.calls("/authentication/start").len() > before;
        assert_eq!(asked, expected == "200", "{client:?} {user} {code}");
    }
    // Without the metadata's word a registration means nothing.
    let mut settings = hinted(&Signer::new());
    settings.workspaces[0].user_code_parameter_supported = false;
    let world = World::with(settings, Default::default());
    world.authenticate(DAVE, "scope=openid&login_hint=john").await.ok();
}
