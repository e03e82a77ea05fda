use http::Method;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, decode};
use reference_op::FaultSet;
use serde_json::{Value, json};

use super::bank::*;
use crate::signing::{ISSUER, KEYS, none, signed};
use crate::world::*;

#[tokio::test(start_paused = true)]
async fn consents_of_both_versions_are_created_read_and_deleted() {
    let world = brasil(FaultSet::NONE);
    let token = world.own_token(ALICE, "consents").await;
    for path in [CUSTOMER_DATA, CUSTOMER_DATA_V1] {
        let answer = world.create(ALICE, path, customer_data()).await;
        let id = answer.body["data"]["consentId"].as_str().unwrap().to_owned();
        assert!(id.starts_with("urn:default:"), "{id}");
        assert_eq!(
            answer.body,
            json!({
                "data": {
                    "consentId": id, "status": "AWAITING_AUTHORISATION",
                    "creationDateTime": "2026-05-29T10:47:34Z", "statusUpdateDateTime": "2026-05-29T10:47:34Z",
                    "expirationDateTime": "2027-06-28T10:47:34Z", "permissions": ["ACCOUNTS_READ", "RESOURCES_READ"],
                },
                "links": {"self": format!("{ISSUER}{path}/{id}")},
                "meta": {"requestDateTime": "2026-05-29T10:47:34Z", "totalPages": 1, "totalRecords": 1},
            })
        );
        let path = format!("{path}/{id}");
        assert_eq!(world.call(Method::GET, &path, Some(&token), None).await.ok().body, answer.body);
        assert_eq!(world.call(Method::DELETE, &path, Some(&token), None).await.status, 204);
        let read = world.call(Method::GET, &path, Some(&token), None).await.ok();
        assert_eq!(read.body["data"]["status"], "REJECTED");
        let again = world.call(Method::DELETE, &path, Some(&token), None).await;
        assert_eq!((again.status.as_u16(), &again.body["errors"][0]["code"]), (404, &json!("NOT_FOUND")));
        assert_eq!(again.body["meta"]["totalRecords"], 1);
    }
}

#[tokio::test(start_paused = true)]
async fn payment_consents_are_signed_both_ways() {
    let world = brasil(FaultSet::NONE);
    let token = world.own_token(ALICE, "payments").await;
    let answer = world.call_jwt(&token, "application/jwt", jwt(&customer_payment(json!({})))).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_bytes()), (201, &b"application/jwt"[..]));
    let claims = opened(&world, &answer.text).await;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!("org-1")));
    assert_eq!(claims["iat"], START_OF_TIME);
    assert!(claims["jti"].is_string());
    assert_eq!(claims["data"]["status"], "AWAITING_AUTHORISATION");
    assert_eq!(claims["data"]["payment"]["amount"], "100.00");
    let id = claims["data"]["consentId"].as_str().unwrap();
    let get =
        || request(Method::GET, &format!("{CUSTOMER_PAYMENTS}/{id}"), Some(&token), "application/jwt", None);
    let read = world.raw(get()).await;
    assert_eq!(read.status, 200);
    assert_eq!(opened(&world, &read.text).await["data"], claims["data"]);
    pass(300).await;
    assert_eq!(world.raw(get()).await.status, 404, "five minutes are over");
}

#[tokio::test(start_paused = true)]
async fn payment_consents_that_are_not_signed_by_the_client_are_refused() {
    let world = brasil(FaultSet::NONE);
    let token = world.own_token(ALICE, "payments").await;
    let good = customer_payment(json!({}));
    let secret = EncodingKey::from_secret(ALICE.1.as_bytes());
    for (name, media_type, body, status) in [
        ("another key", "application/jwt", signed(Algorithm::ES256, &KEYS[1], &good), 400),
        ("none", "application/jwt", none(&good), 400),
        ("the secret", "application/jwt", signed(Algorithm::HS256, &secret, &good), 400),
        ("audience", "application/jwt", jwt(&customer_payment(json!({"aud": ISSUER}))), 400),
        ("no jti", "application/jwt", jwt(&customer_payment(json!({"jti": null}))), 400),
        ("no iat", "application/jwt", jwt(&customer_payment(json!({"iat": null}))), 400),
        ("old", "application/jwt", jwt(&customer_payment(json!({"iat": START_OF_TIME - 61}))), 400),
        ("future", "application/jwt", jwt(&customer_payment(json!({"iat": START_OF_TIME + 6}))), 400),
        ("no data", "application/jwt", jwt(&customer_payment(json!({"data": null}))), 400),
        ("no issuer", "application/jwt", jwt(&customer_payment(json!({"iss": null}))), 400),
        ("JSON", "application/json", good.to_string(), 415),
        ("JSON that is called a JWT", "application/jwt", good.to_string(), 400),
        ("valid", "application/jwt", jwt(&good), 201),
    ] {
        assert_eq!(world.call_jwt(&token, media_type, body).await.status, status, "{name}");
    }
}

/// The claims of an answer, verified by another library with the published keys.
async fn opened(world: &World, text: &str) -> Value {
    let keys = world.send(
        http::Request::get("/default/ciba/.well-known/jwks.json").body(axum::body::Body::empty()).unwrap(),
    );
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.await.ok().body).unwrap();
    let header = jsonwebtoken::decode_header(text).unwrap();
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["org-1"]);
    validation.required_spec_claims.clear();
    decode::<Value>(text, &key, &validation).unwrap().claims
}
