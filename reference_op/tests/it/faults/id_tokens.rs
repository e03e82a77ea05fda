use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reference_op::{Fault, FaultSet};
use serde_json::{Value, json};

use super::flows::claims;
use super::symptoms::assert_changed;
use crate::tokens::at_hash;
use crate::world::*;

/// The claims of an ID token that is redeemed seven seconds after the approval.
async fn look(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    pass(7).await;
    let tokens = world.poll(ALICE, &id).await.ok();
    let id_token = tokens.text("id_token");
    let header = URL_SAFE_NO_PAD.decode(id_token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    let mut claims = claims(&id_token);
    claims["at_hash"] = json!(claims["at_hash"] == at_hash(&tokens.text("access_token")));
    claims["has kid"] = json!(header["kid"].is_string());
    let auth_req_id = &claims["urn:openid:params:jwt:claim:auth_req_id"];
    claims["wrong auth_req_id"] = json!(auth_req_id.as_str().is_some_and(|claimed| claimed != id));
    claims.as_object_mut().unwrap().remove("urn:openid:params:jwt:claim:auth_req_id");
    claims.as_object_mut().unwrap().entry("azp").or_insert(Value::Null);
    claims
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_id_token() {
    let now = START_OF_TIME + 7;
    assert_changed(
        look,
        &[
            (Fault::WrongIss, json!({"iss": "https://another-issuer.example"})),
            (Fault::WrongAzp, json!({"azp": "another-client"})),
            (Fault::IdTokenExpired, json!({"exp": now - 3_600})),
            (Fault::IdTokenIatOld, json!({"iat": now - 3_600})),
            (Fault::AuthTimeAtRedemption, json!({"auth_time": now})),
            (Fault::SubShared, json!({"sub": "everybody"})),
            (Fault::SubTooLong, json!({"sub": format!("john{}", "x".repeat(296))})),
            (Fault::KidMissing, json!({"has kid": false})),
            (Fault::WrongAuthReqIdClaim, json!({"wrong auth_req_id": true})),
        ],
    )
    .await;
}
