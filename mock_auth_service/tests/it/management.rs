//! The management API.

use std::time::Duration;

use mock_auth_service::{Counts, DecideError, Grant};
use serde_json::{Value, json};

use crate::stage::{Reply, Stage};

#[tokio::test(start_paused = true)]
async fn the_plan_can_be_read_and_replaced() {
    let stage = Stage::planned("");
    let (status, mut plan) = stage.manage("GET", "/plan", "").await;
    assert_eq!((status.as_u16(), &plan["delay"]), (200, &json!("none")));
    plan["shares"] = json!({ "deny": 1.0 });
    plan["delay"] = json!({ "constant": "2s" });
    let (status, answer) = stage.manage("PUT", "/plan", &plan.to_string()).await;
    assert_eq!((status.as_u16(), &answer["delay"]), (200, &json!({ "constant": "2s" })));
    stage.start("l1", "alice").await;
    stage.pass(3_000).await;
    assert_eq!(stage.notes()[1], "2000 sent l1 Deny");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_wrong_changes_nothing() {
    let stage = Stage::planned("");
    for (body, part) in [
        ("{", "the body is not a decision plan: EOF"),
        ("{\"sed\":1}", "unknown field `sed`"),
        ("{\"unknown_users\":7}", "out of range"),
    ] {
        let (status, answer) = stage.manage("PUT", "/plan", body).await;
        assert_eq!((status.as_u16(), &answer["error"]), (400, &json!("invalid_plan")));
        assert!(answer["error_description"].as_str().unwrap().contains(part), "{answer}");
    }
    let (_, answer) = stage.manage("PUT", "/plan", "{\"unknown_users\":7}").await;
    assert_eq!(
        answer["errors"],
        json!([{ "field": "unknown_users", "value": "7", "expected": "a share from 0 to 1" }])
    );
    assert_eq!(*stage.service.plan(), Default::default());
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_listed_and_can_be_narrowed() {
    let stage = Stage::planned(
        "delay = { constant = '10s' }\nusers.bob = { decision = 'ignore' }\nusers.carol = { decision = 'deny' }",
    );
    for (login, user) in [("l1", "alice"), ("l2", "bob"), ("l3", "carol")] {
        stage.start(login, user).await;
        stage.pass(100).await;
    }
    let (_, list) = stage.manage("GET", "/pending", "").await;
    assert_eq!(list["total"], 3);
    assert_eq!(
        list["pending"][0],
        json!({
            "login_id": "l1",
            "user_identifier": "alice",
            "binding_message": "m-l1",
            "client_id": "rp",
            "requested_scopes": ["openid", "profile"],
            "decision": "approve",
            "waiting_ms": 300,
            "due_in_ms": 9_700,
        })
    );
    for (query, expected) in [
        ("", vec!["l1", "l2", "l3"]),
        ("?limit=2", vec!["l1", "l2"]),
        ("?user_identifier=bob", vec!["l2"]),
        ("?binding_message=m-l3", vec!["l3"]),
        ("?client_id=rp&user_identifier=carol", vec!["l3"]),
        ("?client_id=other", vec![]),
    ] {
        let (_, list) = stage.manage("GET", &format!("/pending{query}"), "").await;
        let logins: Vec<&Value> =
            list["pending"].as_array().unwrap().iter().map(|entry| &entry["login_id"]).collect();
        assert_eq!(logins, expected, "{query}");
    }
    for query in ["?limit=0", "?limit=many", "?limit=10001", "?user=bob"] {
        assert_eq!(stage.manage("GET", &format!("/pending{query}"), "").await.0, 400, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_login_can_be_decided_by_hand() {
    let stage = Stage::planned("delay = { constant = '10s' }\nusers.bob = { decision = 'ignore' }");
    stage.start("l/1", "alice").await;
    stage.start("l2", "bob").await;
    stage.pass(1_000).await;
    let (status, answer) = stage.manage("POST", "/pending/l%2F1/deny", "").await;
    assert_eq!(
        (status.as_u16(), answer),
        (200, json!({ "login_id": "l/1", "decision": "deny", "status": 200, "problem": null }))
    );
    stage.server.answers([Reply::Status(409)]);
    let (status, answer) = stage.manage("POST", "/pending/l2/approve", "").await;
    assert_eq!((status.as_u16(), &answer["status"]), (200, &json!(409)));
    assert_eq!(answer["problem"], "the server answered 409");
    // Neither is decided again, by hand or when its time comes.
    for login in ["l%2F1", "l2", "nobody"] {
        let (status, answer) = stage.manage("POST", &format!("/pending/{login}/approve"), "").await;
        assert_eq!((status.as_u16(), &answer["error"]), (404, &json!("not_pending")));
    }
    stage.pass(60_000).await;
    assert_eq!(stage.server.lines(), ["POST l%2F1/reject", "POST l2/accept"]);
    let counts = stage.service.counts().decisions;
    assert_eq!((counts.denied, counts.failed, counts.ignored, counts.resumed), (1, 1, 1, 1));
    assert_eq!(stage.service.approve("l2").await, Err(DecideError::NotPending("l2".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn the_history_and_the_counts_are_told() {
    let stage = Stage::planned("users.bob = { decision = 'ignore' }");
    stage.server.answers([Reply::Status(404)]);
    stage.start("l1", "alice").await;
    stage.start("l2", "bob").await;
    stage.pass(1_000).await;
    let (_, answer) = stage.manage("GET", "/history", "").await;
    assert_eq!(
        answer["history"],
        json!([
            {
                "login_id": "l2", "user_identifier": "bob", "binding_message": "m-l2", "client_id": "rp",
                "decision": "ignore", "status": null, "attempts": 0, "problem": null,
                "started_at_ms": 1_000_000, "finished_at_ms": 1_000_000,
            },
            {
                "login_id": "l1", "user_identifier": "alice", "binding_message": "m-l1", "client_id": "rp",
                "decision": "approve", "status": 200, "attempts": 2, "problem": null,
                "started_at_ms": 1_000_000, "finished_at_ms": 1_000_020,
            },
        ])
    );
    assert_eq!(stage.manage("GET", "/history?limit=1", "").await.1["history"][0]["login_id"], "l1");
    let (_, counts) = stage.manage("GET", "/counts", "").await;
    assert_eq!(serde_json::from_value::<Counts>(counts).unwrap(), stage.service.counts());
    assert_eq!(stage.service.counts().decisions.accepted, 1);
}

#[tokio::test(start_paused = true)]
async fn an_ignored_login_stays_decidable_and_may_be_granted_less() {
    let stage = Stage::planned("shares = { ignore = 1.0 }");
    for login in ["l1", "l2", "l3"] {
        stage.start(login, "alice").await;
    }
    stage.pass(3_600_000).await;
    stage.server.answers([Reply::After(Duration::from_millis(40))]);
    let asked = stage.clock.now();
    let answered = stage.service.approve_with("l1", Grant::OpenidOnly).await.unwrap();
    assert_eq!((answered.status, answered.sent, answered.problem), (Some(200), Some(asked), None));
    assert_eq!(answered.answered, asked + Duration::from_millis(40));
    stage.service.approve_with("l2", Grant::List(vec!["profile".to_owned()])).await.unwrap();
    stage.service.approve("l3").await.unwrap();
    let granted: Vec<_> =
        stage.server.calls().iter().map(|call| call.json()["granted_scopes"].clone()).collect();
    assert_eq!(granted, [json!(["openid"]), json!(["openid", "profile"]), json!(["openid", "profile"])]);
}

#[tokio::test(start_paused = true)]
async fn of_two_decisions_by_hand_the_first_counts() {
    let stage = Stage::planned("shares = { ignore = 1.0 }");
    stage.start("l1", "alice").await;
    let (approved, denied) = tokio::join!(stage.service.approve("l1"), stage.service.deny("l1"));
    assert_eq!(approved.unwrap().status, Some(200));
    assert_eq!(denied, Err(DecideError::NotPending("l1".to_owned())));
    assert_eq!(stage.server.lines(), ["POST l1/accept"]);
}
