use http::header;
use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

const BODY: &str = "scope=openid+profile&login_hint=john&binding_message=W4";

async fn look(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let [first, second] = [world.authenticate(ALICE, BODY).await, world.authenticate(ALICE, BODY).await];
    let id = first.body["auth_req_id"].as_str().unwrap_or("-");
    let other = second.body["auth_req_id"].as_str().unwrap_or("+");
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    json!({
        "status": first.status.as_u16(),
        "is text": first.body["auth_req_id"].is_string(),
        "is number": first.body["auth_req_id"].is_number(),
        "in the alphabet": id.chars().all(allowed),
        "long": id.len() == 1 || id.len() > 21,
        "differs": id != other,
        "common prefix": id.chars().zip(other.chars()).take_while(|(a, b)| a == b).count() > 8 && id != other,
        "expires_in": first.body["expires_in"],
        "interval": first.body["interval"],
        "cached": !first.headers.contains_key(header::CACHE_CONTROL),
    })
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_acknowledgement() {
    assert_changed(
        look,
        &[
            (Fault::Ack201, json!({"status": 201})),
            (Fault::AckAuthReqIdNumber, json!({"is text": false, "is number": true})),
            (Fault::AuthReqIdBase64, json!({"in the alphabet": false})),
            (Fault::AuthReqIdShort, json!({"long": false})),
            (Fault::AuthReqIdRepeats, json!({"differs": false})),
            (Fault::AuthReqIdCounter, json!({"common prefix": true})),
            (Fault::ExpiresInText, json!({"expires_in": "120"})),
            (Fault::IntervalZero, json!({"interval": 0})),
            (Fault::AckCacheable, json!({"cached": true})),
        ],
    )
    .await;
}

/// Requests that live 30 seconds, decided or not, polled about their expiry.
async fn expiry(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let mut seen = Map::new();
    let request = async || {
        let body = format!("{BODY}{}&requested_expiry=30", world.outside.calls("/user/verify").len());
        let id = world.authenticate(ALICE, &body).await.ok().text("auth_req_id");
        settle().await;
        id
    };
    let waiting = request().await;
    pass(28).await;
    seen.insert("before".into(), json!(world.poll(ALICE, &waiting).await.outcome()));
    pass(2).await;
    let late = world.poll(ALICE, &waiting).await.outcome();
    seen.insert("after".into(), json!(late));
    seen.insert("late approval".into(), json!(world.decide_newest("accept").await.status.as_u16()));
    pass(1).await;
    let again = world.poll(ALICE, &waiting).await.outcome();
    seen.insert("after a late approval".into(), json!(again));
    let approved = request().await;
    world.decide_newest("accept").await.ok();
    pass(31).await;
    seen.insert("late redemption".into(), json!(world.poll(ALICE, &approved).await.outcome()));
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_expiry() {
    let (expired, unknown) = ("400 expired_token", "400 invalid_grant");
    assert_changed(
        expiry,
        &[
            (Fault::ExpiresEarly, json!({"before": expired})),
            (
                Fault::NeverExpires,
                // The poll after the late approval comes too early, too.
                json!({"after": "400 slow_down", "after a late approval": "400 slow_down"}),
            ),
            (
                Fault::ExpiredSaysInvalidGrant,
                json!({"after": unknown, "after a late approval": unknown, "late redemption": unknown}),
            ),
            (Fault::ApprovedAfterExpiry, json!({"late approval": 200, "after a late approval": "200"})),
            (Fault::ApprovalOutlivesExpiry, json!({"late redemption": "200"})),
        ],
    )
    .await;
}
