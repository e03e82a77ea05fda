use http::Method;
use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::flows::claims;
use super::symptoms::assert_changed;
use crate::registration::*;
use crate::signing::{BACKCHANNEL, ISSUER, KEYS, asserting, public, signed};
use crate::world::*;
use jsonwebtoken::Algorithm;

const PLAIN: &str = "http://client.test/notify";
const INTERNAL: &str = "https://169.254.169.254/notify";

fn changed(mut members: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        members[name] = value.clone();
    }
    members
}

/// What is registered, and what is not.
async fn registrations(faults: FaultSet) -> Value {
    let world = open_world(faults);
    let ping = json!({"backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": ENDPOINT});
    let push = changed(ping.clone(), json!({"backchannel_token_delivery_mode": "push"}));
    let mut seen = Map::new();
    for (name, asked) in [
        ("valid", json!({})),
        ("without mode", json!({"backchannel_token_delivery_mode": null})),
        ("without endpoint", json!({"backchannel_token_delivery_mode": "ping"})),
        ("plain http", changed(ping.clone(), json!({"backchannel_client_notification_endpoint": PLAIN}))),
        ("internal", changed(ping.clone(), json!({"backchannel_client_notification_endpoint": INTERNAL}))),
        ("pairwise", pairwise()),
        (
            "without sector",
            changed(pairwise(), json!({"jwks_uri": null, "jwks": {"keys": [public(&KEYS[0])]}})),
        ),
        ("without keys", changed(pairwise(), json!({"jwks_uri": "https://client.test/nothing"}))),
        ("unproven", changed(pairwise(), json!({"token_endpoint_auth_method": "client_secret_basic"}))),
        ("sector without keys", changed(pairwise(), json!({"sector_identifier_uri": EMPTY_SECTOR}))),
        (
            "sector without endpoint",
            changed(push, json!({"subject_type": "pairwise", "sector_identifier_uri": EMPTY_SECTOR})),
        ),
        ("RSA1_5", json!({"id_token_encrypted_response_alg": "RSA1_5"})),
        ("RSA-OAEP", json!({"id_token_encrypted_response_alg": "RSA-OAEP"})),
    ] {
        seen.insert(name.into(), json!(register(&world, asked).await.outcome()));
    }
    let open = register(&world, json!({"token_endpoint_auth_method": "none"})).await;
    let id = open.body["client_id"].as_str().unwrap_or("nobody").to_owned();
    let asked = world.form(BACKCHANNEL, None, format!("scope=openid&login_hint=john&client_id={id}")).await;
    seen.insert("public".into(), json!(open.outcome()));
    seen.insert("public asks".into(), json!(asked.outcome()));
    let pinged = register(&world, ping.clone()).await;
    let (uri, token) = (pinged.text("registration_client_uri"), pinged.text("registration_access_token"));
    let change = changed(
        metadata(ping),
        json!({
            "client_id": pinged.body["client_id"],
            "backchannel_client_notification_endpoint": PLAIN,
        }),
    );
    let update = call(&world, Method::PUT, &uri, Some(&token), change).await;
    seen.insert("changed to plain http".into(), json!(update.outcome()));
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_registrations() {
    let taken = "201";
    assert_changed(
        registrations,
        &[
            (Fault::RegistrationModeOptional, json!({"without mode": taken})),
            (Fault::RegistrationEndpointOptional, json!({"without endpoint": taken})),
            (Fault::RegistrationPlainHttp, json!({"plain http": taken})),
            (Fault::UpdatePlainHttp, json!({"changed to plain http": "200"})),
            (Fault::RegistrationInternalEndpoint, json!({"internal": taken})),
            (Fault::PairwiseWithoutSector, json!({"without sector": taken})),
            (Fault::PairwiseKeysUnread, json!({"without keys": taken})),
            (Fault::PairwiseUnproven, json!({"unproven": taken})),
            (Fault::SectorWithoutKeys, json!({"sector without keys": taken})),
            (Fault::SectorWithoutEndpoint, json!({"sector without endpoint": taken})),
            (Fault::PublicClientRegistered, json!({"public": taken})),
            (Fault::PublicClientAcknowledged, json!({"public": taken, "public asks": "200"})),
            (Fault::Rsa15Registered, json!({"RSA1_5": taken})),
        ],
    )
    .await;
}

/// By whom two clients of one sector know John, and whether a client that registered no algorithm may sign a request.
async fn subjects(faults: FaultSet) -> Value {
    let world = open_world(faults);
    let mut seen = Vec::new();
    let mut signs = Value::Null;
    for _ in 0..2 {
        let client = register(&world, pairwise()).await;
        let id = client.text("client_id");
        let now = START_OF_TIME;
        let claims_of = |jti: &str| json!({"iss": id, "sub": id, "aud": ISSUER, "jti": jti, "iat": now, "nbf": now, "exp": now + 300});
        let assertion = |jti: &str| signed(Algorithm::ES256, &KEYS[0], &claims_of(jti));
        let body = asserting("scope=openid+profile&login_hint=john", &assertion("a"));
        let auth_req_id = world.form(BACKCHANNEL, None, body).await.ok().text("auth_req_id");
        settle().await;
        world.decide_newest("accept").await;
        let body = asserting(&format!("grant_type={CIBA}&auth_req_id={auth_req_id}"), &assertion("b"));
        let tokens = world.form("/oauth2/token", None, body).await.ok();
        seen.push(claims(&tokens.text("id_token"))["sub"].as_str().unwrap().to_owned());
        let mut request = claims_of("c");
        request["scope"] = json!("openid");
        request["login_hint"] = json!("john");
        request.as_object_mut().unwrap().remove("sub");
        let object = signed(Algorithm::ES256, &KEYS[0], &request);
        let asked =
            world.form(BACKCHANNEL, None, asserting(&format!("request={object}"), &assertion("d"))).await;
        signs = json!(asked.outcome());
    }
    json!({"same": seen[0] == seen[1], "public": seen.iter().any(|sub| sub == "john"), "signs": signs})
}

#[tokio::test(start_paused = true)]
async fn faults_of_registered_clients() {
    assert_changed(
        subjects,
        &[
            (Fault::PairwisePerClient, json!({"same": false})),
            (Fault::PairwiseIgnored, json!({"public": true})),
            (Fault::UnregisteredRequestSignature, json!({"signs": "200"})),
        ],
    )
    .await;
}
