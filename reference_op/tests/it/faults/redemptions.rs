use http::header;
use reference_op::{Fault, FaultSet};
use serde_json::{Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

/// What is known of an access token.
async fn is_active(world: &World, token: &str) -> bool {
    let answer = world.form("/oauth2/introspect", Some(ALICE), format!("token={token}")).await.ok();
    answer.body["active"] == true
}

async fn response(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    let tokens = world.poll(ALICE, &id).await.ok();
    json!({
        "id_token": tokens.body.get("id_token").is_some(),
        "token_type": tokens.body["token_type"],
        "scope": tokens.body["scope"],
        "length": tokens.text("access_token").len(),
        "cache": tokens.headers.contains_key(header::CACHE_CONTROL),
        "pragma": tokens.headers.contains_key(header::PRAGMA),
    })
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_token_response() {
    assert_changed(
        response,
        &[
            (Fault::IdTokenMissing, json!({"id_token": false})),
            (Fault::TokenTypeMissing, json!({"token_type": null})),
            (Fault::TokensCacheable, json!({"cache": false})),
            (Fault::PragmaMissing, json!({"pragma": false})),
            (Fault::ScopeMemberMissing, json!({"scope": null})),
            (Fault::AccessTokenShort, json!({"length": 10})),
        ],
    )
    .await;
}

async fn replay(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    let token = world.poll(ALICE, &id).await.ok().text("access_token");
    let at_once = world.poll(ALICE, &id).await.outcome();
    pass(5).await;
    let later = world.poll(ALICE, &id).await.outcome();
    json!({"at once": at_once, "later": later, "active": is_active(&world, &token).await})
}

#[tokio::test(start_paused = true)]
async fn faults_of_single_use() {
    assert_changed(
        replay,
        &[
            (Fault::AuthReqIdReusable, json!({"at once": "200", "later": "200"})),
            (Fault::ReplayWithinASecond, json!({"at once": "200"})),
            (Fault::RaceLosersRevoke, json!({"active": false})),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn faults_of_simultaneous_redemptions() {
    for (faults, winners) in [
        (FaultSet::NONE, 1),
        (Fault::RaceLosersRevoke.into(), 1),
        (Fault::RedemptionNotAtomic.into(), 3),
        (Fault::AuthReqIdReusable.into(), 3),
    ] {
        let world = World::with(settings(), faults);
        let id = world.acknowledged(ALICE).await;
        world.decide_newest("accept").await.ok();
        let poll = || world.poll(ALICE, &id);
        let (a, b, c) = tokio::join!(poll(), poll(), poll());
        let won: Vec<_> = [a, b, c].into_iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), winners, "{faults:?}");
        let active = is_active(&world, &won[0].text("access_token")).await;
        assert_eq!(active, !faults.has(Fault::RaceLosersRevoke), "{faults:?}");
        world.poll(ALICE, "x").await.expect(400, "invalid_grant");
    }
}
