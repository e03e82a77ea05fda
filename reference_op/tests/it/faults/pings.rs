use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, header};
use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

const ELSEWHERE: &str = "http://elsewhere.test/callback";
const PENDING: &str = "400 authorization_pending";
const UNKNOWN: &str = "400 invalid_grant";

/// One ping as its client sees it, and how many there are when.
async fn ping(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let pings = || world.outside.calls("/notify-callback");
    let id = world.acknowledged(BOB).await;
    let before = pings().len();
    let early = world.poll(BOB, &id).await.outcome();
    world.decide_newest("accept").await.ok();
    settle().await;
    let poll = world.poll(BOB, &id).await.outcome();
    let approved = pings().len() - before;
    let first = pings().into_iter().next();
    let header = |name| first.as_ref().map(|ping| ping.headers[name].to_str().unwrap().to_owned());
    let authorizations =
        first.as_ref().map(|ping| ping.headers.get_all(header::AUTHORIZATION).iter().count());
    let body = first.as_ref().is_some_and(|ping| ping.body == json!({"auth_req_id": id}));
    let method = first.as_ref().map(|ping| ping.method.to_string());
    let content_type = header(header::CONTENT_TYPE);
    let unverified = first.as_ref().is_some_and(|ping| ping.unverified);
    let authorization = header(header::AUTHORIZATION);
    let sent = pings().len();
    world.acknowledged(BOB).await;
    world.decide_newest("reject").await.ok();
    settle().await;
    json!({
        "before": before, "early poll": early, "poll": poll, "approved": approved, "authorizations": authorizations,
        "authorization": authorization, "body": body, "method": method, "content type": content_type,
        "denied": pings().len() - sent, "unverified": unverified,
    })
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_ping() {
    let nothing = json!({
        "approved": 0, "authorizations": null, "authorization": null, "body": false, "method": null,
        "content type": null,
    });
    assert_changed(
        ping,
        &[
            (Fault::PingNotSent, nothing),
            (Fault::PingNotSentOnDenial, json!({"denied": 0})),
            // One with the acknowledgement, one with the denial.
            (Fault::PingBeforeDecision, json!({"before": 1, "denied": 2})),
            (Fault::PingTwoAuthorizations, json!({"authorizations": 2})),
            (Fault::PingWrongAuthReqId, json!({"body": false})),
            (Fault::PingAsText, json!({"content type": "text/plain"})),
            (Fault::PingByPut, json!({"method": "PUT"})),
            (Fault::NotificationCertificateUnverified, json!({"unverified": true})),
            (Fault::PingBeforeVisible, json!({"poll": "400 slow_down"})),
            (Fault::PingClientRefused, json!({"early poll": "400 unauthorized_client"})),
            (Fault::PingSentTwice, json!({"approved": 2, "denied": 2})),
        ],
    )
    .await;
}

/// What a poll gets at once, and after the ping must have been given up, by how the client answers its ping.
async fn answered(faults: FaultSet) -> Value {
    let mut seen = Map::new();
    for name in ["204", "200", "307", "401", "500", "broken", "silent"] {
        let world = World::with(settings(), faults);
        world.outside.answer(CALLBACK, move |_| match name {
            "307" => Box::pin(async {
                let response = Response::builder().status(307).header(header::LOCATION, ELSEWHERE);
                Ok(response.body(Bytes::new()).unwrap())
            }),
            "broken" => Box::pin(async { Err("reset".into()) }),
            "silent" => Box::pin(pending()),
            status => reply(status.parse().unwrap(), "{}"),
        });
        world.outside.answer(ELSEWHERE, |_| reply(204, ""));
        let id = world.acknowledged(BOB).await;
        world.decide_newest("accept").await.ok();
        let at_once = world.poll(BOB, &id).await;
        let outcome = match at_once.status.as_u16() {
            200 => at_once.outcome(),
            _ => {
                pass(12).await;
                format!("{}, {}", at_once.outcome(), world.poll(BOB, &id).await.outcome())
            }
        };
        settle().await;
        seen.insert(name.into(), json!(outcome));
        seen.insert(format!("{name} elsewhere"), json!(world.outside.calls(ELSEWHERE).len()));
    }
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_about_answers_to_the_ping() {
    let killed = format!("{UNKNOWN}, {UNKNOWN}");
    assert_changed(
        answered,
        &[
            (Fault::PingNeeds204, json!({"200": killed})),
            (Fault::PingFollowsRedirects, json!({"307 elsewhere": 1})),
            (Fault::PingRefusedKills, json!({"401": killed})),
            (Fault::PingFailedKills, json!({"500": killed, "broken": killed})),
            (Fault::PingHangingHolds, json!({"silent": format!("{PENDING}, {UNKNOWN}")})),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_decision_shows_a_second_after_its_ping_under_a_fault() {
    let world = World::with(settings(), Fault::PingBeforeVisible.into());
    let id = world.acknowledged(BOB).await;
    world.decide_newest("accept").await.ok();
    settle().await;
    assert_eq!(world.outside.calls("/notify-callback").len(), 1);
    world.poll(BOB, &id).await.expect(400, "authorization_pending");
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.poll(BOB, &id).await.ok();
}

#[tokio::test(start_paused = true)]
async fn tokens_of_two_requests_are_swapped_under_a_fault() {
    let world = World::with(settings(), Fault::PingTokensSwapped.into());
    for token in ["first", "second"] {
        let body = format!("scope=openid+profile&login_hint=john&client_notification_token={token}");
        world.authenticate(BOB, &body).await.ok();
    }
    settle().await;
    world.decide_newest("accept").await.ok();
    settle().await;
    let ping = world.outside.calls("/notify-callback").remove(0);
    assert_eq!(ping.headers[header::AUTHORIZATION], "Bearer first");
}
