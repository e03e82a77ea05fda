//! What becomes of decisions whose request has expired.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use mock_auth_service::OPENAPI;
use serde_json::json;
use tower::ServiceExt as _;

use crate::stage::Stage;

/// The stage is set a thousand seconds after the beginning of 1970.
async fn start(stage: &Stage, login_id: &str, expires_at: &str) {
    let body = json!({
        "login_id": login_id,
        "login_state": "s",
        "user_identifier": "alice",
        "requested_scopes": ["openid"],
        "expires_at": expires_at,
    });
    assert_eq!(stage.post("/authentication/start", &body).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_decision_whose_request_has_expired_is_not_sent() {
    let stage = Stage::planned("delay = { constant = \"10s\" }");
    start(&stage, "in time", "1970-01-01T00:16:51Z").await;
    start(&stage, "too late", "1970-01-01T00:16:50Z").await;
    start(&stage, "long ago", "1970-01-01T00:00:01+00:00").await;
    start(&stage, "unreadable", "soon").await;
    stage.pass(10_001).await;
    assert_eq!(stage.server.lines(), ["POST in%20time/accept", "POST unreadable/accept"]);
    let counts = stage.service.counts();
    assert_eq!((counts.start.accepted, counts.decisions.accepted, counts.decisions.expired), (4, 2, 2));
    let history = stage.service.history(10);
    let late = history.iter().find(|entry| &*entry.login_id == "too late").unwrap();
    assert_eq!((late.status, late.problem.as_deref()), (None, Some("the request had expired")));
}

#[tokio::test(start_paused = true)]
async fn whoever_decides_by_hand_may_be_late() {
    let stage = Stage::planned("shares = { ignore = 1.0 }");
    start(&stage, "l1", "1970-01-01T00:00:01Z").await;
    assert_eq!(stage.service.approve("l1").await.unwrap().status, Some(200));
    assert_eq!(stage.server.lines(), ["POST l1/accept"]);
}

#[tokio::test]
async fn the_contract_is_served_without_credentials() {
    let stage = Stage::planned("");
    let request = Request::get("/openapi.yaml").body(Body::empty()).unwrap();
    let response = stage.service.router().oneshot(request).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/yaml".parse().unwrap())
    );
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), OPENAPI);
}
