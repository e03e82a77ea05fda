//! Whole flows: poll and ping, approved, denied and expired; what is sent where.

use std::time::Duration;

use http::header;
use reference_op::{AuthenticationServiceSettings, FaultSet, PingOrder, StartOrder, StateField};
use serde_json::{Value, json};

use crate::world::*;

#[tokio::test(start_paused = true)]
async fn a_poll_flow_is_approved() {
    let world = World::new();
    let acknowledgement =
        world.authenticate(ALICE, "scope=openid+profile&login_hint=john&binding_message=W4-7").await.ok();
    assert_eq!(acknowledgement.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(acknowledgement.headers[header::PRAGMA], "no-cache");
    assert_eq!(acknowledgement.headers[header::CONTENT_TYPE], "application/json");
    let id = acknowledgement.text("auth_req_id");
    assert!(id.len() >= 27, "160 bits need 27 characters");
    assert_eq!(acknowledgement.body, json!({"auth_req_id": id, "expires_in": 120, "interval": 5}));
    settle().await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    assert_eq!(world.decide_newest("accept").await.ok().body["redirect_to"], "");
    pass(5).await;
    let tokens = world.poll(ALICE, &id).await.ok();
    assert_eq!(tokens.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(tokens.headers[header::PRAGMA], "no-cache");
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["scope"], "openid profile");
    assert!(tokens.body["expires_in"].as_u64().unwrap() > 0);
    world.poll(ALICE, &id).await.expect(400, "invalid_grant");
    let counts = serde_json::to_value(world.op.access_counts()).unwrap();
    assert_eq!(
        counts,
        json!({
            "backchannel_authentication": {"acknowledged": 1},
            "user_verify": {"valid": 1},
            "authentication_start": {"200": 1},
            "system_token": {"tokens": 1},
            "scope_grant_accept": {"200": 1},
            "token": {"authorization_pending": 1, "tokens": 1, "invalid_grant": 1},
        })
    );
    assert!(world.outside.calls("/notify-callback").is_empty(), "poll clients are not notified");
}

#[tokio::test(start_paused = true)]
async fn the_authentication_service_is_told_everything() {
    let world = World::new();
    world
        .authenticate(ALICE, "scope=openid+profile&login_hint=john%40test&binding_message=W4&acr_values=a+b")
        .await
        .ok();
    settle().await;
    let verify = &world.outside.calls("/user/verify")[0];
    assert_eq!(verify.body, json!({"user_identifier": "john@test"}));
    assert_eq!(verify.headers[header::AUTHORIZATION], "Basic b3A6cHc6MQ==");
    let start = &world.outside.calls("/authentication/start")[0];
    assert_eq!(start.headers[header::AUTHORIZATION], "Basic b3A6cHc6MQ==");
    assert_eq!(start.headers[header::CONTENT_TYPE], "application/json");
    let (login, state) = world.login();
    assert_eq!((login.len(), state.len()), (32, 32));
    assert_eq!(
        start.body,
        json!({
            "acr_values": ["a", "b"], "binding_message": "W4", "client_id": "alice-app",
            "client_info": {"client_name": "alice-app"}, "expires_at": "2026-05-29T10:49:34Z", "login_id": login,
            "login_state": state, "requested_scopes": ["openid", "profile"], "server_id": "ciba",
            "tenant_id": "default", "user_identifier": "john@test",
        })
    );
    world.authenticate(ALICE, "scope=openid&login_hint=john").await.ok();
    settle().await;
    let bare = &world.outside.calls("/authentication/start")[1].body;
    assert_eq!((&bare["acr_values"], &bare["binding_message"]), (&Value::Null, &json!("")));
}

#[tokio::test(start_paused = true)]
async fn the_state_has_the_configured_name() {
    for (field, login_state, state) in [
        (StateField::LoginState, true, false),
        (StateField::State, false, true),
        (StateField::Both, true, true),
    ] {
        let mut settings = settings();
        settings.workspaces[0].state_field = field;
        let world = World::with(settings, FaultSet::NONE);
        world.acknowledged(ALICE).await;
        let body = world.outside.calls("/authentication/start").remove(0).body;
        assert_eq!(
            (body["login_state"].is_string(), body["state"].is_string()),
            (login_state, state),
            "{field:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_asynchronous_start_does_not_hold_up_the_acknowledgement() {
    for (order, waits) in [(StartOrder::Asynchronous, 0), (StartOrder::BeforeAcknowledgement, 3)] {
        let mut settings = settings();
        settings.workspaces[0].start_order = order;
        let world = World::with(settings, FaultSet::NONE);
        world.outside.answer(&format!("{SERVICE}/authentication/start"), |_| {
            reply_after(Duration::from_secs(3), 200, "")
        });
        let clock = reference_op::Clock::system();
        let sent = clock.now();
        world.authenticate(ALICE, "scope=openid&login_hint=john").await.ok();
        assert_eq!(clock.now().duration_since(sent).as_secs(), waits, "{order:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_is_repeated_until_it_is_acknowledged_within_a_bound() {
    let world = World::new();
    world.outside.answer(&format!("{SERVICE}/authentication/start"), |_| reply(500, ""));
    world.acknowledged(ALICE).await;
    pass(60).await;
    let calls = world.outside.calls("/authentication/start");
    assert_eq!(calls.len(), 5);
    assert!(calls.iter().all(|call| call.body == calls[0].body), "repeated word for word");
    assert_eq!(world.count("authentication_start", "500"), 5);
}

#[tokio::test(start_paused = true)]
async fn an_undelivered_start_fails_the_request_that_waits_for_it() {
    let mut settings = settings();
    settings.workspaces[0].start_order = StartOrder::BeforeAcknowledgement;
    let world = World::with(settings, FaultSet::NONE);
    world.outside.answer(&format!("{SERVICE}/authentication/start"), |_| reply(503, ""));
    world.authenticate(ALICE, "scope=openid&login_hint=john").await.expect(500, "server_error");
    assert_eq!(world.op.pending_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn unknown_users_and_failing_services_stop_the_flow() {
    for (status, body, expected) in [
        (200, r#"{"valid":false}"#, (400, "unknown_user_id")),
        (404, r#"{"valid":false}"#, (400, "unknown_user_id")),
        (401, "{}", (500, "server_error")),
        (500, "", (500, "server_error")),
        (200, "<html>", (500, "server_error")),
        (200, "{}", (500, "server_error")),
    ] {
        let world = World::new();
        world.outside.answer(&format!("{SERVICE}/user/verify"), move |_| reply(status, body));
        world.authenticate(ALICE, "scope=openid&login_hint=john").await.expect(expected.0, expected.1);
        settle().await;
        assert!(world.outside.calls("/authentication/start").is_empty(), "nobody is asked after {status}");
        assert_eq!(world.op.pending_count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_verification_ends_in_a_bounded_time() {
    let world = World::new();
    world.outside.answer(&format!("{SERVICE}/user/verify"), |_| Box::pin(std::future::pending()));
    world.authenticate(ALICE, "scope=openid&login_hint=john").await.expect(500, "server_error");
    assert_eq!(world.count("user_verify", "timeout"), 1);
    world.outside.answer(&format!("{SERVICE}/user/verify"), |_| Box::pin(async { Err("refused".into()) }));
    world.authenticate(ALICE, "scope=openid&login_hint=john").await.expect(500, "server_error");
    assert_eq!(world.count("user_verify", "transport_error"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_denial_is_stable() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("reject").await.ok();
    for _ in 0..3 {
        world.poll(ALICE, &id).await.expect(400, "access_denied");
    }
    pass(125).await;
    world.poll(ALICE, &id).await.expect(400, "access_denied");
}

#[tokio::test(start_paused = true)]
async fn a_request_expires_and_is_forgotten_later() {
    let world = World::new();
    let body = "scope=openid&login_hint=john&requested_expiry=30";
    let answer = world.authenticate(ALICE, body).await.ok();
    assert_eq!(answer.body["expires_in"], 30);
    let id = answer.text("auth_req_id");
    settle().await;
    pass(29).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    pass(1).await;
    world.poll(ALICE, &id).await.expect(400, "expired_token");
    assert_eq!(world.decide_newest("accept").await.status, 404, "too late to approve");
    world.poll(ALICE, &id).await.expect(400, "expired_token");
    pass(61).await;
    assert_eq!(world.op.pending_count(), 0);
    world.poll(ALICE, &id).await.expect(400, "invalid_grant");
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_nobody_redeems_expires() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    pass(120).await;
    world.poll(ALICE, &id).await.expect(400, "expired_token");
}

#[tokio::test(start_paused = true)]
async fn pings_go_out_once_before_or_after_the_decision_is_answered() {
    for (order, waits) in [(PingOrder::AfterAcceptAnswer, 0), (PingOrder::BeforeAcceptAnswer, 2)] {
        for (verb, result) in [("accept", 200), ("reject", 400)] {
            let mut settings = settings();
            settings.workspaces[0].ping_order = order;
            let world = World::with(settings, FaultSet::NONE);
            world.outside.answer(CALLBACK, |_| reply_after(Duration::from_secs(2), 204, ""));
            let id = world.acknowledged(BOB).await;
            let clock = reference_op::Clock::system();
            let sent = clock.now();
            world.decide_newest(verb).await.ok();
            assert_eq!(clock.now().duration_since(sent).as_secs(), waits, "{order:?}");
            settle().await;
            let pings = world.outside.calls("/notify-callback");
            assert_eq!(pings.len(), 1);
            assert_eq!((&pings[0].method, pings[0].url.as_str()), (&http::Method::POST, CALLBACK));
            assert_eq!(pings[0].body, json!({"auth_req_id": id}));
            assert_eq!(pings[0].headers[header::AUTHORIZATION], format!("Bearer {TOKEN}"));
            assert_eq!(pings[0].headers[header::CONTENT_TYPE], "application/json");
            assert_eq!(world.poll(BOB, &id).await.status, result);
            pass(60).await;
            assert_eq!(world.outside.calls("/notify-callback").len(), 1);
            assert_eq!(world.count("ping", "204"), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_neither_repeated_nor_redirected_and_a_silent_client_blocks_nobody() {
    for (status, outcome) in [(307, "307"), (500, "500"), (0, "timeout")] {
        let world = World::new();
        world.outside.answer(CALLBACK, move |_| match status {
            0 => Box::pin(std::future::pending()),
            _ => reply(status, ""),
        });
        let id = world.acknowledged(BOB).await;
        world.decide_newest("accept").await.ok();
        world.poll(BOB, &id).await.ok();
        pass(60).await;
        assert_eq!(world.outside.calls("/notify-callback").len(), 1);
        assert_eq!(world.count("ping", outcome), 1, "{:?}", world.op.access_counts());
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_client_may_poll_as_well() {
    let world = World::new();
    let id = world.acknowledged(BOB).await;
    world.poll(BOB, &id).await.expect(400, "authorization_pending");
    world.poll(BOB, &id).await.expect(400, "slow_down");
    world.decide_newest("accept").await.ok();
    world.poll(BOB, &id).await.ok();
}

#[tokio::test(start_paused = true)]
async fn the_simulator_calls_nobody() {
    let settings = reference_op::Settings::embedded(
        AuthenticationServiceSettings::Simulator,
        vec![reference_op::ClientSettings::poll(ALICE.0, ALICE.1)],
    );
    let world = World::with(settings, FaultSet::NONE);
    let id = world.acknowledged(ALICE).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    assert!(world.outside.calls("").is_empty());
}
