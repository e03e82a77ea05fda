//! Draining, and what happens at the limits.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use mock_auth_service::{DecisionPlan, Limits};
use serde_json::json;

use crate::stage::{Reply, Stage, authorized, call};

fn with(plan: &str, limits: Limits) -> Stage {
    Stage::with(toml::from_str::<DecisionPlan>(plan).unwrap(), limits)
}

#[tokio::test(start_paused = true)]
async fn beyond_the_pending_limit_a_start_is_refused_for_a_second() {
    let stage = with("delay = { constant = '1s' }", Limits { pending: 3, ..Limits::default() });
    for login in ["l1", "l2", "l3"] {
        assert_eq!(stage.start(login, "alice").await.0, 200);
    }
    let body = json!({ "login_id": "l4", "user_identifier": "alice" }).to_string();
    let (status, headers, answer) =
        call(stage.service.router(), authorized("/authentication/start", body)).await;
    assert_eq!((status, &headers["retry-after"]), (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap()));
    assert_eq!(answer["error_description"], "too many decisions are pending");
    stage.pass(1_001).await;
    // Refused is not acknowledged: the server's next attempt is the first that counts.
    assert_eq!(stage.start("l4", "alice").await.0, 200);
    stage.pass(1_001).await;
    let counts = stage.service.counts();
    assert_eq!((counts.start.accepted, counts.start.refused, counts.start.repeated), (4, 1, 0));
    assert_eq!(counts.decisions.accepted, 4);
}

#[tokio::test(start_paused = true)]
async fn decisions_under_way_are_bounded_and_lateness_is_counted() {
    let stage = with("", Limits { concurrent: 2, ..Limits::default() });
    stage.server.answers([Reply::After(Duration::from_millis(100)); 6]);
    for number in 0..6 {
        stage.start(&format!("l{number}"), "alice").await;
    }
    stage.pass(1_000).await;
    let times: Vec<u128> = stage.server.calls().iter().map(|call| stage.millis(call.at)).collect();
    assert_eq!(times, [0, 0, 100, 100, 200, 200]);
    let counts = stage.service.counts().decisions;
    assert_eq!((counts.accepted, counts.late), (6, 4));
}

#[tokio::test(start_paused = true)]
async fn the_history_is_a_ring() {
    let stage = with("shares = { approve = 1.0 }", Limits { history: 3, ..Limits::default() });
    for number in 0..5 {
        stage.start(&format!("l{number}"), "alice").await;
        stage.pass(10).await;
    }
    let logins: Vec<String> =
        stage.service.history(100).into_iter().map(|entry| entry.login_id.into()).collect();
    assert_eq!(logins, ["l2", "l3", "l4"]);
    assert_eq!(stage.service.history(1)[0].started_at_ms, 1_000_040);
}

#[tokio::test(start_paused = true)]
async fn draining_drops_what_waits_and_finishes_what_is_under_way() {
    let stage = Stage::planned("users.slow = { delay = { constant = '10s' } }");
    stage.server.answers([Reply::After(Duration::from_millis(500))]);
    stage.start("l1", "quick").await;
    stage.start("l2", "slow").await;
    stage.pass(10).await;
    assert_eq!(stage.service.drain(Duration::from_secs(5)).await, 0);
    assert_eq!(stage.notes().last().unwrap(), "500 answered l1 Approve Some(200)");
    let (status, answer) = stage.start("l3", "quick").await;
    assert_eq!(
        (status.as_u16(), &answer["error_description"]),
        (503, &json!("the service is being drained"))
    );
    stage.pass(60_000).await;
    assert_eq!(stage.server.lines(), ["POST l1/accept"]);
    let counts = stage.service.counts();
    assert_eq!((counts.decisions.accepted, counts.decisions.abandoned), (1, 1));
    assert_eq!((counts.start.accepted, counts.start.refused), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn draining_has_a_bound() {
    let stage = Stage::planned("");
    stage.server.answers([Reply::Never]);
    stage.start("l1", "alice").await;
    stage.pass(10).await;
    let before = stage.clock.now();
    assert_eq!(stage.service.drain(Duration::from_secs(2)).await, 1);
    assert_eq!(stage.clock.now().duration_since(before), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_closed_service_lets_go_of_the_server() {
    let stage = Stage::planned("");
    stage.start("l1", "alice").await;
    stage.pass(10).await;
    let server = Arc::clone(&stage.server);
    assert!(Arc::strong_count(&server) > 2, "the outgoing service holds the server");
    let router = stage.service.router();
    stage.service.close();
    drop(stage);
    assert_eq!(Arc::strong_count(&server), 1);
    drop(router);
}

#[tokio::test(start_paused = true)]
async fn the_books_close() {
    let plan = "seed = 1\nshares = { approve = 6.0, deny = 2.0, ignore = 2.0 }\ndelay = { uniform = { min = '0s', max = '4s' } }";
    let stage = Stage::planned(plan);
    stage.server.answers((0..300).map(|n| if n % 10 == 0 { Reply::Status(500) } else { Reply::Status(200) }));
    for number in 0..500 {
        stage.start(&format!("l{number}"), "alice").await;
        stage.start(&format!("l{number}"), "alice").await;
        stage.pass(5).await;
    }
    let ignored = stage.service.counts().decisions.ignored;
    let (_, list) = stage.manage("GET", "/pending?limit=10000", "").await;
    let some_ignored = list["pending"].as_array().unwrap().iter().find(|entry| entry["due_in_ms"].is_null());
    let login = some_ignored.unwrap()["login_id"].as_str().unwrap();
    stage.service.approve(login).await.unwrap();
    stage.service.drain(Duration::from_secs(60)).await;
    let counts = stage.service.counts();
    let decisions = counts.decisions;
    assert_eq!(decisions.ignored, ignored);
    assert_eq!(decisions.resumed, 1);
    for count in [decisions.accepted, decisions.denied, decisions.failed, decisions.abandoned, ignored] {
        assert!(count > 10, "{decisions:?}");
    }
    let ended = decisions.accepted + decisions.denied + decisions.failed + decisions.abandoned;
    assert_eq!(counts.start.accepted, ended + decisions.ignored - decisions.resumed);
    assert_eq!((counts.start.accepted, counts.start.repeated), (500, 500));
}
