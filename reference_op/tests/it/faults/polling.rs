use http::header;
use reference_op::{Fault, FaultSet};
use serde_json::{Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

const PENDING: &str = "400 authorization_pending";
const SLOW_DOWN: &str = "400 slow_down";

/// Polls of several requests, at most a few seconds apart.
async fn look(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let id = world.acknowledged(ALICE).await;
    let first = world.poll(ALICE, &id).await;
    let early = world.poll(ALICE, &id).await;
    pass(11).await;
    let next = world.poll(ALICE, &id).await.outcome();
    let same_client = world.acknowledged(ALICE).await;
    let same_client = world.poll(ALICE, &same_client).await.outcome();
    let other_client = world.acknowledged(CAROL).await;
    let other_client = world.poll(CAROL, &other_client).await.outcome();
    pass(5).await;
    let approved = world.acknowledged(ALICE).await;
    let before_approval = world.poll(ALICE, &approved).await.outcome();
    world.decide_newest("accept").await.ok();
    let approved = world.poll(ALICE, &approved).await.outcome();
    pass(5).await;
    let denied = world.acknowledged(ALICE).await;
    world.poll(ALICE, &denied).await;
    world.decide_newest("reject").await.ok();
    let denied = world.poll(ALICE, &denied).await.outcome();
    json!({
        "first": first.outcome(), "early": early.outcome(), "next": next,
        "waits": early.headers.contains_key(header::RETRY_AFTER),
        "same client": same_client, "other client": other_client,
        "before approval": before_approval, "approved": approved, "denied": denied,
    })
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_interval() {
    assert_changed(
        look,
        &[
            (
                Fault::FirstPollThrottled,
                // The early poll is the second early one, and each new request's first poll is early.
                json!({
                    "first": SLOW_DOWN, "next": SLOW_DOWN, "same client": SLOW_DOWN, "other client": SLOW_DOWN,
                    "before approval": SLOW_DOWN,
                }),
            ),
            (Fault::SlowDownDoubles, json!({"next": SLOW_DOWN})),
            (Fault::EarlyPoll429Bare, json!({"early": "429"})),
            (Fault::SlowDown429Json, json!({"early": "429 slow_down", "waits": true})),
            (Fault::NeverThrottles, json!({"early": PENDING})),
            (Fault::ThrottlePerClient, json!({"same client": SLOW_DOWN})),
            (Fault::ThrottleGlobal, json!({"same client": SLOW_DOWN, "other client": SLOW_DOWN})),
            (Fault::ThrottleHidesTokens, json!({"approved": SLOW_DOWN})),
            (Fault::ThrottleHidesDenial, json!({"denied": SLOW_DOWN})),
            (Fault::SlowDownKills, json!({"next": "400 invalid_request"})),
        ],
    )
    .await;
}
