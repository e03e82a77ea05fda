//! An authentication service that was written by hand, as a first version often is: the judge has to say of it what was
//! thought out from the contract beforehand.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciba_bench::auth_service_suite::{Check, ProvingGround, Section, every_check};
use ciba_bench::transport::{Answer, Call, Transport};
use http::{HeaderMap, StatusCode};
use mock_auth_service::FaultSet;
use serde_json::{Value, json};
use std::time::Duration;

/// What it does wrong, and why that is wrong.
const FAILS: &[(&str, &str)] = &[
    ("auth-service/verify/challenge", "401 without WWW-Authenticate"),
    ("auth-service/verify/content-type", "it answers text"),
    ("auth-service/start/before-deciding", "it acknowledges once its decision was answered"),
    ("auth-service/start/absent-members", "it wants a binding message"),
    ("auth-service/decision/repeated-start", "it remembers no login"),
    ("auth-service/decision/expired", "it does not look at expires_at"),
    ("auth-service/decision/denial", "it asks nobody, so nobody refuses"),
    ("auth-service/token/scope", "it asks for no scope"),
    ("auth-service/token/reused", "it fetches a token each time"),
    ("auth-service/token/after-401", "it does not look at the answer"),
];

/// What it never comes to, since it decides by itself and at once.
const UNCLEAR: &[&str] = &[
    "auth-service/decision/expired-meanwhile",
    "auth-service/decision/denial-state",
    "auth-service/decision/denial-stands",
];

type Out = Arc<OnceLock<Arc<dyn Transport>>>;

fn admitted(headers: &HeaderMap) -> bool {
    let right = format!("Basic {}", STANDARD.encode("embedded-op:password-of-the-embedded-op"));
    headers.get("authorization").is_some_and(|value| value == right.as_str())
}

async fn verify(headers: HeaderMap, body: String) -> (StatusCode, String) {
    if !admitted(&headers) {
        return (StatusCode::UNAUTHORIZED, String::new());
    }
    match serde_json::from_str::<Value>(&body) {
        Ok(body) => {
            (StatusCode::OK, json!({"valid": body["user_identifier"] != "nobody-at-all"}).to_string())
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()),
    }
}

async fn start(State(out): State<Out>, headers: HeaderMap, body: String) -> StatusCode {
    if !admitted(&headers) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(body) = serde_json::from_str::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    if !body["binding_message"].is_string() {
        return StatusCode::BAD_REQUEST;
    }
    let basic =
        format!("Basic {}", STANDARD.encode("authentication-service:secret-of-the-authentication-service"));
    let form = ("application/x-www-form-urlencoded", "grant_type=client_credentials".to_owned());
    let token = send(&out, "/default/system/oauth2/token", basic, form).await;
    let token: Value = serde_json::from_slice(&token.body).unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let decision = json!({"login_state": body["login_state"], "granted_scopes": body["requested_scopes"]});
    let path = format!("/api/system/default/scope-grants/{}/accept", body["login_id"].as_str().unwrap());
    send(&out, &path, bearer, ("application/json", decision.to_string())).await;
    StatusCode::NO_CONTENT
}

async fn send(out: &Out, path: &str, authorization: String, (kind, body): (&str, String)) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", authorization.parse().unwrap());
    headers.insert("content-type", kind.parse().unwrap());
    let call = Call {
        method: http::Method::POST,
        url: format!("http://op.localhost{path}").parse().unwrap(),
        headers,
        body: body.into(),
        timeout: Duration::from_secs(30),
        identity: None,
    };
    out.get().unwrap().exchange(call).await.result.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_careless_service_fails_what_it_gets_wrong_and_nothing_else() {
    let out = Out::default();
    let service = Router::new()
        .route("/user/verify", post(verify))
        .route("/authentication/start", post(start))
        .with_state(Arc::clone(&out));
    let ground = ProvingGround::new(FaultSet::NONE, |_| service).await.unwrap();
    assert!(out.set(ground.transport()).is_ok());
    let entries: Vec<(&Section, &Check)> = every_check().collect();
    for check in ground.run(&entries).await.checks {
        let expected = match FAILS.iter().find(|(id, _)| *id == check.id) {
            Some(_) => "fail",
            None if UNCLEAR.contains(&check.id.as_str()) => "inconclusive",
            None => "pass",
        };
        assert_eq!(check.verdict.name(), expected, "{}: {:?}", check.id, check.verdict);
    }
}
