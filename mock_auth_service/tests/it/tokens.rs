//! The token for the system APIs.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::stage::{Reply, Stage};

fn bearers(stage: &Stage) -> Vec<String> {
    stage.server.calls().into_iter().map(|call| call.authorization).collect()
}

#[tokio::test(start_paused = true)]
async fn the_token_is_asked_for_as_documented() {
    let stage = Stage::planned("");
    stage.start("l1", "alice").await;
    stage.pass(1).await;
    let call = stage.server.token_calls().remove(0);
    assert_eq!(call.line, "POST http://op.example/default/system/oauth2/token");
    assert_eq!(call.body, "grant_type=client_credentials&scope=manage_scope_grants");
    // RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
    assert_eq!(call.authorization, format!("Basic {}", STANDARD.encode("as+client:s%3Acret")));
}

#[tokio::test(start_paused = true)]
async fn many_decisions_at_once_share_one_token_request() {
    let stage = Stage::planned("");
    stage.server.token_answers([Reply::After(Duration::from_millis(200))]);
    for number in 0..100 {
        stage.start(&format!("l{number}"), "alice").await;
    }
    stage.pass(300).await;
    assert_eq!(stage.server.token_calls().len(), 1);
    assert_eq!(bearers(&stage), vec!["Bearer t1"; 100]);
    assert_eq!(stage.service.counts().token.fetched, 1);
}

#[tokio::test(start_paused = true)]
async fn the_token_is_renewed_before_it_expires() {
    for (life, seconds, expected) in [
        (600, [0, 569, 571], ["Bearer t1", "Bearer t1", "Bearer t2"]),
        (50, [0, 39, 41], ["Bearer t1", "Bearer t1", "Bearer t2"]),
        (0, [0, 1, 2], ["Bearer t1", "Bearer t2", "Bearer t3"]),
    ] {
        let stage = Stage::planned("");
        *stage.server.token_life.lock().unwrap() = Some(life);
        let mut before = 0;
        for second in seconds {
            stage.pass((second - before) * 1_000).await;
            before = second;
            stage.start(&format!("l{second}"), "alice").await;
        }
        stage.pass(1).await;
        assert_eq!(bearers(&stage), expected, "a life of {life} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once() {
    let stage = Stage::planned("");
    stage.server.answers([Reply::Status(401)]);
    stage.start("l1", "alice").await;
    stage.pass(1).await;
    assert_eq!(bearers(&stage), ["Bearer t1", "Bearer t2"]);
    let counts = stage.service.counts();
    assert_eq!(
        (counts.decisions.accepted, counts.decisions.reauthorized, counts.decisions.retried),
        (1, 1, 0)
    );

    stage.server.answers([Reply::Status(401), Reply::Status(401)]);
    stage.start("l2", "alice").await;
    stage.pass(1_000).await;
    assert_eq!(bearers(&stage)[2..], ["Bearer t2", "Bearer t3"]);
    assert_eq!(stage.notes().last().unwrap(), "1 answered l2 Approve Some(401)");
    assert_eq!(stage.service.counts().decisions.failed, 1);
}

#[tokio::test(start_paused = true)]
async fn many_refusals_of_one_token_renew_it_once() {
    let stage = Stage::planned("");
    stage.server.answers([Reply::Late(401, Duration::from_millis(100)); 50]);
    for number in 0..50 {
        stage.start(&format!("l{number}"), "alice").await;
    }
    stage.pass(1_000).await;
    assert_eq!(stage.server.token_calls().len(), 2);
    assert_eq!(stage.service.counts().decisions.accepted, 50);
}

#[tokio::test(start_paused = true)]
async fn without_a_token_the_decision_fails_with_the_reason_and_unsent() {
    let stage = Stage::planned("");
    stage.server.token_answers([Reply::Status(401)]);
    stage.start("l1", "alice").await;
    stage.pass(1).await;
    assert_eq!(stage.notes()[1..], ["0 answered l1 Approve None"]);
    let problem = stage.service.history(1).remove(0).problem.unwrap();
    for part in
        ["token endpoint http://op.example/default/system/oauth2/token answered 401", "client as client"]
    {
        assert!(problem.contains(part), "{problem}");
    }
    assert!(!problem.contains("s:cret") && !problem.contains("s%3Acret"));
    // The failure is not kept: the next decision asks again.
    stage.start("l2", "alice").await;
    stage.pass(1).await;
    let counts = stage.service.counts();
    assert_eq!((counts.token.failed, counts.token.fetched), (1, 1));
    assert_eq!((counts.decisions.failed, counts.decisions.accepted), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_a_token_share_its_failure() {
    let stage = Stage::planned("");
    stage.server.token_answers([Reply::Never]);
    for number in 0..20 {
        stage.start(&format!("l{number}"), "alice").await;
    }
    stage.pass(31_000).await;
    assert_eq!(stage.server.token_calls().len(), 1);
    assert_eq!(stage.service.counts().decisions.failed, 20);
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_cannot_be_reached_yet_is_tried_again() {
    let stage = Stage::planned("");
    stage.server.token_answers([Reply::NoConnection, Reply::NoConnection]);
    stage.start("l1", "alice").await;
    stage.pass(1_000).await;
    assert_eq!(stage.notes()[1..], ["70 sent l1 Approve", "70 answered l1 Approve Some(200)"]);
}
