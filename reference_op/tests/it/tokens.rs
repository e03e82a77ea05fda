//! What the tokens say, and that they hold: ID token, access token, metadata.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, header};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, crypto, decode_header};
use reference_op::{FaultSet, SigningAlg};
use serde_json::{Value, json};

use crate::world::*;

/// The claims of an ID token if its signature verifies with the published key set.
pub async fn verified_claims(world: &World, id_token: &str) -> Option<Value> {
    let path = "/default/ciba/.well-known/jwks.json";
    let keys = world.send(Request::get(path).body(Body::empty()).unwrap()).await.ok().body;
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    let header = decode_header(id_token).unwrap();
    let key = keys.find(&header.kid.expect("a kid")).expect("the key is published");
    let (message, signature) = id_token.rsplit_once('.').unwrap();
    let key = DecodingKey::from_jwk(key).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(message.split_once('.').unwrap().1).unwrap();
    crypto::verify(signature, message.as_bytes(), &key, header.alg)
        .unwrap()
        .then(|| serde_json::from_slice(&payload).unwrap())
}

pub fn at_hash(access_token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])
}

#[tokio::test(start_paused = true)]
async fn id_tokens_verify_with_every_algorithm() {
    for alg in [SigningAlg::Es256, SigningAlg::Rs256, SigningAlg::Ps256] {
        let mut settings = settings();
        settings.workspaces[0].id_token_signing_alg = alg;
        let world = World::with(settings, FaultSet::NONE);
        let id = world.acknowledged(ALICE).await;
        pass(7).await;
        world.decide_newest("accept").await.ok();
        pass(20).await;
        let tokens = world.poll(ALICE, &id).await.ok();
        let claims = verified_claims(&world, &tokens.text("id_token")).await.expect("a valid signature");
        assert_eq!(
            claims,
            json!({
                "iss": "http://op.test/default/ciba", "sub": "john", "aud": "alice-app",
                "iat": START_OF_TIME + 27, "exp": START_OF_TIME + 327, "auth_time": START_OF_TIME + 7,
                "at_hash": at_hash(&tokens.text("access_token")),
            })
        );
        assert_eq!(
            format!("{:?}", decode_header(tokens.text("id_token")).unwrap().alg),
            format!("{alg:?}").to_uppercase()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn access_tokens_open_the_protected_api() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    let token = world.poll(ALICE, &id).await.ok().text("access_token");
    let userinfo = |authorization: Option<String>| {
        let mut request = Request::get("/default/ciba/userinfo");
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(world.send(userinfo(Some(format!("Bearer {token}")))).await.ok().body, json!({"sub": "john"}));
    for wrong in [None, Some("Bearer x".to_owned()), Some(format!("Basic {token}"))] {
        let answer = world.send(userinfo(wrong)).await.expect(401, "invalid_token");
        assert!(answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer "));
    }
    let introspected =
        world.form("/oauth2/introspect", Some(CAROL), format!("token={token}")).await.ok().body;
    assert_eq!(
        introspected,
        json!({
            "active": true, "iss": "http://op.test/default/ciba", "client_id": "alice-app", "sub": "john",
            "scope": "openid profile", "token_type": "Bearer", "iat": START_OF_TIME, "exp": START_OF_TIME + 3600,
        })
    );
    let system = world.system_token().await;
    let answer = world.form("/oauth2/introspect", Some(ALICE), format!("token={system}")).await.ok();
    assert_eq!(answer.body, json!({"active": false}), "another kind of token");
    assert_eq!((world.count("userinfo", "200"), world.count("userinfo", "invalid_token")), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn metadata_lists_what_works() {
    let world = World::new();
    let path = "/default/ciba/.well-known/openid-configuration";
    let document = world.send(Request::get(path).body(Body::empty()).unwrap()).await.ok().body;
    let issuer = world.op.issuer("ciba").unwrap();
    assert_eq!(issuer, "http://op.test/default/ciba");
    for (member, expected) in [
        ("issuer", json!(issuer)),
        ("token_endpoint", json!(format!("{issuer}/oauth2/token"))),
        ("jwks_uri", json!(format!("{issuer}/.well-known/jwks.json"))),
        ("userinfo_endpoint", json!(format!("{issuer}/userinfo"))),
        ("introspection_endpoint", json!(format!("{issuer}/oauth2/introspect"))),
        ("backchannel_authentication_endpoint", json!(format!("{issuer}/backchannel/authentication"))),
        ("backchannel_token_delivery_modes_supported", json!(["ping", "poll"])),
        ("backchannel_user_code_parameter_supported", json!(false)),
        ("grant_types_supported", json!(["client_credentials", CIBA, "refresh_token"])),
        ("id_token_signing_alg_values_supported", json!(["ES256"])),
        ("acr_values_supported", json!(["urn:example:acr:one-factor", "urn:example:acr:two-factor"])),
    ] {
        assert_eq!(document[member], expected, "{member}");
    }
    let path = "/default/ciba/.well-known/jwks.json";
    let keys = world.send(Request::get(path).body(Body::empty()).unwrap()).await.ok().body;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "a kid is needed to tell them apart");
    assert_ne!(keys["keys"][0]["kid"], keys["keys"][1]["kid"]);
    assert!(world.op.issuer("unheard-of").is_none());
}
