//! Malformed requests are answered with OAuth errors in JSON, and answers carry their identifiers.

use axum::body::Body;
use http::{Request, header};
use reference_op::FaultSet;

use crate::world::*;

#[tokio::test(start_paused = true)]
async fn malformed_requests_are_invalid() {
    let world = World::new();
    for body in [
        "scope=openid&scope=openid&login_hint=john",
        "scope=openid&login_hint=john&foo=1&foo=2",
        "scope=openid&login_hint=%ff%fe",
        "scope=openid&login_hint=john&login_hint_token=x",
        "scope=openid",
        "",
    ] {
        world.authenticate(ALICE, body).await.expect(400, "invalid_request");
    }
    world.authenticate(BOB, "scope=openid&login_hint=john").await.expect(400, "invalid_request");
    settle().await;
    assert!(world.outside.calls("").is_empty());
    for (body, error) in [
        ("auth_req_id=x".to_owned(), "invalid_request"),
        ("grant_type=authorization_code&code=x".to_owned(), "unsupported_grant_type"),
        ("grant_type=URN:openid:params:grant-type:ciba&auth_req_id=x".to_owned(), "unsupported_grant_type"),
        (format!("grant_type={CIBA}"), "invalid_request"),
        (format!("grant_type={CIBA}&auth_req_id=x&auth_req_id=x"), "invalid_request"),
    ] {
        let answer = world.form("/oauth2/token", Some(ALICE), body).await.expect(400, error);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_parameters_are_ignored() {
    let world = World::new();
    let body = "scope=openid&login_hint=john&foo=bar&backchannel_token_delivery_mode=ping&client_notification_token=";
    world.authenticate(ALICE, body).await.ok();
}

#[tokio::test(start_paused = true)]
async fn other_methods_types_and_sizes_are_refused_in_json() {
    let world = World::new();
    let path = "/default/ciba/backchannel/authentication";
    let request = |builder: http::request::Builder, body: String| {
        builder.header(header::AUTHORIZATION, basic(ALICE.0, ALICE.1)).body(Body::from(body)).unwrap()
    };
    let query = format!("{path}?scope=openid&login_hint=john");
    let answer = world.send(request(Request::get(query), String::new())).await.expect(405, "invalid_request");
    assert_eq!(answer.headers[header::ALLOW], "POST");
    let json = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    let body = r#"{"scope":"openid","login_hint":"john"}"#.to_owned();
    world.send(request(json, body)).await.expect(400, "invalid_request");
    let untyped = request(Request::post(path), "scope=openid&login_hint=john".into());
    world.send(untyped).await.expect(400, "invalid_request");
    let huge = format!("scope=openid&login_hint={}", "j".repeat(70_000));
    world.authenticate(ALICE, &huge).await.expect(413, "invalid_request");
    world
        .send(request(Request::get("/default/nowhere/userinfo"), String::new()))
        .await
        .expect(404, "not_found");
    assert_eq!((world.count("other", "404"), world.count("other", "405")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn answers_carry_the_callers_and_our_own_identifier() {
    let world = World::new();
    let mut request = form_request("/default/ciba/oauth2/token", Some(ALICE), "");
    request.headers_mut().insert("x-correlation-id", "flow-17".parse().unwrap());
    let first = world.send(request).await;
    assert_eq!(first.headers["x-correlation-id"], "flow-17");
    let second = world.form("/oauth2/token", Some(ALICE), "").await;
    assert!(!second.headers.contains_key("x-correlation-id"));
    assert_ne!(first.headers["x-trace-id"], second.headers["x-trace-id"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_store_answers_503_and_recovers() {
    let mut settings = settings();
    settings.max_pending = 3;
    let world = World::with(settings, FaultSet::NONE);
    let first = world.acknowledged(ALICE).await;
    world.acknowledged(ALICE).await;
    world.acknowledged(ALICE).await;
    assert_eq!(world.op.pending_count(), 3);
    let refused = world.authenticate(ALICE, "scope=openid&login_hint=john").await;
    let refused = refused.expect(503, "temporarily_unavailable");
    assert_eq!(refused.headers[header::RETRY_AFTER], "5");
    assert_eq!(world.outside.calls("/user/verify").len(), 3, "nobody is asked in vain");
    pass(120).await;
    assert_eq!(world.op.pending_count(), 0);
    for _ in 0..3 {
        world.acknowledged(ALICE).await;
    }
    world.poll(ALICE, &first).await.expect(400, "expired_token");
    pass(120).await;
    // Three more expire; no more than three expired requests are kept, so the first three are forgotten early.
    world.acknowledged(ALICE).await;
    world.poll(ALICE, &first).await.expect(400, "invalid_grant");
}

#[tokio::test(start_paused = true)]
async fn access_tokens_are_bounded_and_expire() {
    let mut settings = settings();
    settings.max_access_tokens = 2;
    settings.access_token_expires_in = 100;
    settings.workspaces[0].clients[0].grant_types.push("client_credentials".into());
    let world = World::with(settings, FaultSet::NONE);
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let answer = world.form("/oauth2/token", Some(ALICE), "grant_type=client_credentials").await.ok();
        tokens.push(answer.text("access_token"));
    }
    let mut alive = Vec::new();
    for token in &tokens {
        let answer = world.form("/oauth2/introspect", Some(ALICE), format!("token={token}")).await.ok();
        alive.push(answer.body["active"].as_bool().unwrap());
    }
    assert_eq!(alive, [false, true, true]);
    pass(100).await;
    let answer = world.form("/oauth2/introspect", Some(ALICE), format!("token={}", tokens[2])).await.ok();
    assert_eq!(answer.body, serde_json::json!({"active": false}));
}
