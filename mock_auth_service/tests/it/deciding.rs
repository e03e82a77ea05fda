//! What is decided, when, and how it is said to the server.

use mock_auth_service::Clock;
use serde_json::json;

use crate::stage::{Reply, Stage};

#[tokio::test(start_paused = true)]
async fn everything_is_approved_at_once_by_default() {
    let stage = Stage::planned("");
    let (status, body) = stage.start("l1", "alice").await;
    assert_eq!((status.as_u16(), body), (200, json!({ "acknowledged": true })));
    assert!(stage.server.lines().is_empty(), "the answer goes out before the decision");
    stage.pass(1).await;
    let call = stage.server.calls().remove(0);
    assert_eq!(call.line, "POST http://op.example/api/system/default/scope-grants/l1/accept");
    assert_eq!(call.authorization, "Bearer t1");
    assert_eq!(
        call.json(),
        json!({ "id": "l1", "login_state": "s-l1", "granted_scopes": ["openid", "profile"] })
    );
    assert_eq!(stage.millis(call.at), 0);
    assert_eq!(
        stage.notes(),
        ["0 start l1 alice m-l1", "0 sent l1 Approve", "0 answered l1 Approve Some(200)"]
    );
    let counts = stage.service.counts();
    assert_eq!((counts.start.accepted, counts.decisions.accepted, counts.decisions.late), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_denial_is_a_rejection() {
    let stage = Stage::planned("shares = { deny = 1.0 }");
    stage.start("l1", "alice").await;
    stage.pass(1).await;
    let call = stage.server.calls().remove(0);
    assert_eq!(call.line, "POST http://op.example/api/system/default/scope-grants/l1/reject");
    assert_eq!(
        call.json(),
        json!({
            "id": "l1",
            "login_state": "s-l1",
            "error": "rejected",
            "error_cause": "consent_rejected",
            "error_description": "The user rejected the authentication.",
            "status_code": 403,
        })
    );
    assert_eq!(stage.service.counts().decisions.denied, 1);
}

#[tokio::test(start_paused = true)]
async fn an_ignored_request_is_acknowledged_and_never_decided() {
    let stage = Stage::planned("shares = { ignore = 1.0 }");
    assert_eq!(stage.start("l1", "alice").await.0, 200);
    stage.pass(3_600_000).await;
    assert!(stage.server.lines().is_empty());
    let counts = stage.service.counts();
    assert_eq!((counts.start.accepted, counts.decisions.ignored), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn alice_denies_after_three_seconds() {
    let stage = Stage::planned("users.alice = { decision = 'deny', delay = { constant = '3s' } }");
    stage.start("l1", "alice").await;
    stage.pass(500).await;
    stage.start("l2", "bob").await;
    stage.pass(5_000).await;
    assert_eq!(
        stage.notes(),
        [
            "0 start l1 alice m-l1",
            "500 start l2 bob m-l2",
            "500 sent l2 Approve",
            "500 answered l2 Approve Some(200)",
            "3000 sent l1 Deny",
            "3000 answered l1 Deny Some(200)",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn delays_follow_the_plan_whatever_the_order_of_arrival() {
    let plan = "seed = 9\ndelay = { lognormal = { median = '3s', p95 = '10s' } }\nshares = { approve = 1.0, deny = 1.0 }";
    let mut runs = Vec::new();
    for reversed in [false, true] {
        let stage = Stage::planned(plan);
        let mut logins: Vec<String> = (0..200).map(|number| format!("l{number}")).collect();
        if reversed {
            logins.reverse();
        }
        for login in &logins {
            stage.start(login, "alice").await;
        }
        stage.pass(3_600_000).await;
        for call in stage.server.calls() {
            let login = call.json()["id"].as_str().unwrap().to_owned();
            let planned = stage.service.plan().decide(&format!("m-{login}"), "alice");
            let late = stage.millis(call.at) - planned.delay.as_millis();
            assert!(late <= 1, "{login} is {late} ms late");
        }
        let mut lines = stage.server.lines();
        lines.sort();
        assert_eq!(lines.len(), 200);
        runs.push(lines);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].iter().any(|line| line.ends_with("reject")), "both decisions occur");
}

#[tokio::test(start_paused = true)]
async fn without_a_binding_message_the_key_is_the_user_and_a_number() {
    let plan = "seed = 3\nshares = { approve = 1.0, deny = 1.0 }";
    let stage = Stage::planned(plan);
    for number in 1..=32 {
        let body =
            json!({ "login_id": format!("l{number}"), "user_identifier": "al", "binding_message": "" });
        stage.post("/authentication/start", &body).await;
    }
    stage.pass(1).await;
    let decided: Vec<String> =
        stage.service.history(100).iter().map(|e| format!("{:?}", e.decision)).collect();
    let plan = stage.service.plan();
    let planned: Vec<String> =
        (1..=32).map(|n| format!("{:?}", plan.decide(&format!("al#{n}"), "al").decision)).collect();
    assert_eq!(decided, planned);
    assert!(planned.contains(&"Deny".to_owned()) && planned.contains(&"Approve".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn grants_hold_openid_and_nothing_that_was_not_requested() {
    for (grant, expected) in [
        ("grant = 'all'", json!(["openid", "profile"])),
        ("grant = 'openid'", json!(["openid"])),
        ("grant = { list = ['profile', 'email'] }", json!(["openid", "profile"])),
        ("grant = { list = ['email'] }", json!(["openid"])),
    ] {
        let stage = Stage::planned(grant);
        stage.start("l1", "alice").await;
        stage.pass(1).await;
        assert_eq!(stage.server.calls()[0].json()["granted_scopes"], expected, "{grant}");
    }
}

#[tokio::test(start_paused = true)]
async fn details_are_fetched_before_the_decision() {
    let stage = Stage::planned("fetch_details = 1.0");
    stage.server.answers([Reply::After(std::time::Duration::from_millis(40))]);
    let body = json!({ "login_id": "a/b", "login_state": "x y", "user_identifier": "al" });
    stage.post("/authentication/start", &body).await;
    stage.pass(100).await;
    assert_eq!(stage.server.lines(), ["GET a%2Fb?login_state=x%20y", "POST a%2Fb/accept"]);
    assert_eq!(
        stage.notes(),
        [
            "0 start a/b al -",
            "40 details a/b took 40",
            "40 sent a/b Approve",
            "40 answered a/b Approve Some(200)"
        ]
    );
    assert_eq!(stage.service.counts().details.fetched, 1);
}

#[tokio::test(start_paused = true)]
async fn details_that_cannot_be_had_do_not_stop_the_decision() {
    let stage = Stage::planned("fetch_details = 1.0");
    stage.server.answers([Reply::Status(500)]);
    stage.start("l1", "alice").await;
    stage.pass(1).await;
    assert_eq!(stage.server.lines(), ["GET l1?login_state=s-l1", "POST l1/accept"]);
    assert_eq!(stage.service.counts().details.failed, 1);
    assert_eq!(stage.service.counts().decisions.accepted, 1);
}

#[tokio::test(start_paused = true)]
async fn the_state_is_echoed_under_whichever_name_it_came() {
    for (fields, expected) in [
        (json!({ "login_state": "new" }), json!("new")),
        (json!({ "state": "old" }), json!("old")),
        (json!({ "login_state": "new", "state": "old" }), json!("new")),
        (json!({ "login_state": null, "state": "old" }), json!("old")),
        (json!({ "login_state": "", "state": "old" }), json!("old")),
        (json!({}), json!(null)),
    ] {
        let stage = Stage::planned("");
        let mut body = fields;
        body["login_id"] = json!("l1");
        stage.post("/authentication/start", &body).await;
        stage.pass(1).await;
        let call = stage.server.calls().remove(0).json();
        assert_eq!(call["login_state"], expected);
        assert_eq!(call["granted_scopes"], json!(["openid"]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_plan_holds_for_requests_that_arrive_later() {
    let stage = Stage::planned("delay = { constant = '1s' }");
    stage.start("l1", "alice").await;
    stage.service.set_plan(toml::from_str("shares = { deny = 1.0 }").unwrap()).unwrap();
    stage.start("l2", "alice").await;
    stage.pass(2_000).await;
    assert_eq!(stage.server.lines(), ["POST l2/reject", "POST l1/accept"]);
    let errors = stage.service.set_plan(toml::from_str("fetch_details = 2.0").unwrap()).unwrap_err();
    assert_eq!(errors[0].field, "fetch_details");
    assert_eq!(stage.service.plan().shares.deny, 1.0);
}

#[test]
fn a_service_is_made_without_a_runtime() {
    let stage = Stage::planned("");
    let _: &Clock = &stage.clock;
    assert!(format!("{:?}", stage.service).contains("AuthService"));
}
