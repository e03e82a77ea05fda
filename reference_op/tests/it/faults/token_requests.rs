use axum::body::Body;
use http::{Request, header};
use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

const PENDING: &str = "400 authorization_pending";

async fn look(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let mut seen = Map::new();
    let id = world.acknowledged(ALICE).await;
    let first = world.poll(ALICE, &id).await;
    seen.insert("pending".into(), json!(first.outcome()));
    for (name, body) in [
        ("other grant", format!("grant_type=authorization_code&auth_req_id={id}")),
        ("no grant", format!("auth_req_id={id}")),
        ("twice", format!("grant_type={CIBA}&auth_req_id={id}&auth_req_id={id}")),
        ("no id", format!("grant_type={CIBA}")),
        ("unknown id", format!("grant_type={CIBA}&auth_req_id=unheard-of")),
        ("truncated id", format!("grant_type={CIBA}&auth_req_id={}", &id[..id.len() - 1])),
    ] {
        pass(5).await;
        seen.insert(name.into(), json!(world.form("/oauth2/token", Some(ALICE), body).await.outcome()));
    }
    pass(5).await;
    let get = Request::get(format!("/default/ciba/oauth2/token?grant_type={CIBA}&auth_req_id={id}"))
        .header(header::AUTHORIZATION, basic(ALICE.0, ALICE.1));
    seen.insert("get".into(), json!(world.send(get.body(Body::empty()).unwrap()).await.outcome()));
    let error = world.form("/oauth2/token", Some(ALICE), "").await;
    let description = error.text("error_description");
    let plain = !description.contains(|c: char| !c.is_ascii() || c == '"');
    seen.insert("content type".into(), json!(error.headers[header::CONTENT_TYPE].to_str().unwrap()));
    seen.insert("plain description".into(), json!(plain));
    seen.insert("request".into(), json!(world.authenticate(ALICE, "").await.outcome()));
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_token_request() {
    let pending = json!(PENDING);
    assert_changed(
        look,
        &[
            (Fault::PendingSaysInvalidRequest, json!({"pending": "400 invalid_request"})),
            (Fault::Pending403, json!({"pending": "403 authorization_pending"})),
            (Fault::TokenErrorAsText, json!({"content type": "text/plain"})),
            (Fault::TokenErrorDescriptionQuotes, json!({"plain description": false})),
            (Fault::GrantTypeUnchecked, json!({"other grant": pending})),
            (Fault::GrantTypeOptional, json!({"no grant": pending})),
            (Fault::AuthReqIdTwiceAccepted, json!({"twice": pending})),
            (Fault::AuthReqIdMissingInvalidGrant, json!({"no id": "400 invalid_grant"})),
            // A truncated identifier is an unknown one.
            (Fault::UnknownIdPending, json!({"unknown id": pending, "truncated id": pending})),
            (Fault::TruncatedIdAccepted, json!({"truncated id": pending})),
            (Fault::TokenGetAccepted, json!({"get": pending})),
        ],
    )
    .await;
}

/// Another client polls a pending and an approved request; what it gets, and what the owner gets afterwards.
async fn foreign(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let id = world.acknowledged(ALICE).await;
    let pending = world.poll(CAROL, &id).await.outcome();
    let owner = world.poll(ALICE, &id).await.outcome();
    let approved = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    let foreign = world.poll(CAROL, &approved).await.outcome();
    json!({
        "pending": pending, "owner": owner, "approved": foreign,
        "owner redeems": world.poll(ALICE, &approved).await.outcome(),
    })
}

#[tokio::test(start_paused = true)]
async fn faults_about_identifiers_of_others() {
    let unknown = "400 invalid_grant";
    assert_changed(
        foreign,
        &[
            (Fault::ForeignIdPending, json!({"pending": PENDING})),
            (Fault::ForeignIdRedeemed, json!({"approved": "200", "owner redeems": unknown})),
            (Fault::ForeignPollKills, json!({"owner": unknown, "owner redeems": unknown})),
            (Fault::ForeignPollThrottles, json!({"owner": "400 slow_down"})),
        ],
    )
    .await;
}

/// Polls before and after a decision.
async fn decided(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let clock = reference_op::Clock::system();
    let id = world.acknowledged(ALICE).await;
    let sent = clock.now();
    let first = world.poll(ALICE, &id).await.outcome();
    let held = clock.now().duration_since(sent).as_secs();
    pass(5).await;
    let second = world.poll(ALICE, &id).await.outcome();
    let denied = world.acknowledged(ALICE).await;
    world.decide_newest("reject").await.ok();
    let [told, told_again] =
        [world.poll(ALICE, &denied).await.outcome(), world.poll(ALICE, &denied).await.outcome()];
    json!({"first": first, "held": held, "second": second, "told": told, "told again": told_again})
}

#[tokio::test(start_paused = true)]
async fn faults_about_decisions() {
    let forbidden = "403 access_denied";
    assert_changed(
        decided,
        &[
            (Fault::PollHeld, json!({"held": 40})),
            (Fault::TokensBeforeDecision, json!({"second": "200"})),
            (Fault::AccessDenied403, json!({"told": forbidden, "told again": forbidden})),
            (Fault::DenialForgotten, json!({"told again": PENDING})),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn polls_that_overlap_are_500_under_a_fault() {
    for (faults, status) in [(FaultSet::NONE, 400), (Fault::OverlappingPolls500.into(), 500)] {
        let world = World::with(settings(), faults);
        let id = world.acknowledged(ALICE).await;
        let (first, second) = tokio::join!(world.poll(ALICE, &id), world.poll(ALICE, &id));
        assert_eq!(first.outcome(), PENDING);
        assert_eq!(second.status, status);
        pass(20).await;
        assert_eq!(world.poll(ALICE, &id).await.outcome(), PENDING, "one at a time");
    }
}
