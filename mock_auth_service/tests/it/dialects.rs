//! Servers that ask in another way: Keycloak's authentication channel, and an approval URL.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use mock_auth_service::{
    Announcement, ApprovalUrlSettings, AuthService, CHANNEL_PATH, Clock, DecisionPlan, DenialStatus,
    DialectSettings, KeycloakSettings, Limits, NoObserver, Outgoing, Secret, ServiceSettings,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::stage::call;

const CALLBACK: &str = "http://kc.example/realms/ciba/protocol/openid-connect/ext/ciba/auth/callback";
const TEMPLATE: &str = "https://op.example/approve?token={auth_req_id}&type={action}&key=s3cr3t";

/// A service whose server answers by script, then 200, and what that server saw.
struct Stage {
    service: AuthService,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
    script: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    clock: Clock,
}

impl Stage {
    fn new(dialect: DialectSettings, plan: &str) -> Self {
        let clock = Clock::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
        let (seen, script) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(VecDeque::new())));
        let (writes, reads, now) = (Arc::clone(&seen), Arc::clone(&script), clock.clone());
        let outgoing = Outgoing::new(tower::service_fn(move |request: Request<Bytes>| {
            let bearer = request.headers().get("authorization").map_or("-", |value| value.to_str().unwrap());
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            let line = format!("{} {} {bearer} {body}", request.method(), request.uri());
            writes.lock().unwrap().push((now.now(), line));
            let (status, body): (u16, &str) = reads.lock().unwrap().pop_front().unwrap_or((200, "{}"));
            let mut response = Response::new(Bytes::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            async { Ok(response) }
        }));
        let plan: DecisionPlan = toml::from_str(plan).unwrap();
        let settings = ServiceSettings { dialect, plan, limits: Limits::default() };
        let service = AuthService::new(settings, clock.clone(), outgoing, Arc::new(NoObserver)).unwrap();
        Self { service, seen, script, clock }
    }

    fn keycloak(plan: &str) -> Self {
        let denial = DenialStatus::Unauthorized;
        Self::new(DialectSettings::Keycloak(KeycloakSettings { callback: CALLBACK.to_owned(), denial }), plan)
    }

    fn approval_url(by_get: bool, plan: &str) -> Self {
        Self::new(DialectSettings::ApprovalUrl(approval(TEMPLATE, by_get)), plan)
    }

    /// Keycloak asks about a user.
    async fn ask(&self, bearer: Option<&str>, user: &str) -> (StatusCode, Value) {
        let body = json!({
            "acr_values": "gold",
            "binding_message": "W4SCT",
            "is_consent_required": false,
            "login_hint": user,
            "scope": "openid profile",
            "something": "unknown",
        });
        let mut request = Request::post(CHANNEL_PATH);
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let (status, _, body) = call(self.service.router(), request).await;
        (status, body)
    }

    fn announce(&self, auth_req_id: &str) -> bool {
        self.service.announce(&Announcement {
            auth_req_id,
            user_identifier: "alice",
            client_id: "rp",
            binding_message: Some("m1"),
            scope: "openid",
            expires: Some(self.clock.now() + Duration::from_secs(60)),
        })
    }

    /// Lets everything happen that happens within two minutes; the requests that arrived meanwhile, with milliseconds.
    async fn later(&self) -> Vec<(u128, String)> {
        let begun = self.clock.now();
        tokio::time::sleep(Duration::from_secs(120)).await;
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        seen.into_iter().map(|(at, line)| (at.duration_since(begun).as_millis(), line)).collect()
    }
}

fn approval(template: &str, by_get: bool) -> ApprovalUrlSettings {
    let (approve, deny) = ("allow".to_owned(), "deny".to_owned());
    ApprovalUrlSettings { template: Secret::new(template), by_get, approve, deny }
}

/// A token as Keycloak makes them; nobody looks at its signature.
fn jwt(id: &str, exp: u64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(json!({"alg": "RS256"})), part(json!({"azp": "rp", "exp": exp, "jti": id})))
}

fn callback(bearer: &str, status: &str) -> String {
    format!("POST {CALLBACK} Bearer {bearer} {{\"status\":\"{status}\"}}")
}

#[tokio::test(start_paused = true)]
async fn keycloak_is_answered_201_and_told_once_by_the_same_bearer() {
    for (plan, status) in [("", "SUCCEED"), ("shares = { deny = 1.0 }", "UNAUTHORIZED")] {
        let stage = Stage::keycloak(plan);
        let bearer = jwt("one", 1_100);
        assert_eq!(stage.ask(Some(&bearer), "alice").await, (StatusCode::CREATED, json!({})));
        // Delivered twice, before the decision and after it.
        assert_eq!(stage.ask(Some(&bearer), "alice").await.0, StatusCode::CREATED);
        assert_eq!(stage.later().await, [(50, callback(&bearer, status))]);
        assert_eq!(stage.ask(Some(&bearer), "alice").await.0, StatusCode::CREATED);
        assert_eq!(stage.later().await, []);
        let history = stage.service.history(10);
        assert_eq!((history.len(), history[0].client_id.as_ref()), (1, "rp"));
        assert!(!bearer.contains(history[0].login_id.as_ref()) && history[0].login_id.len() == 32);
        assert_eq!(stage.service.counts().start.repeated, 2);
    }
    let denial = DenialStatus::Cancelled;
    let settings = KeycloakSettings { callback: CALLBACK.to_owned(), denial };
    let stage = Stage::new(DialectSettings::Keycloak(settings), "shares = { deny = 1.0 }");
    stage.ask(Some("opaque"), "alice").await;
    assert_eq!(stage.later().await, [(50, callback("opaque", "CANCELLED"))]);
}

#[tokio::test(start_paused = true)]
async fn keycloak_is_told_again_only_where_it_has_not_stored_the_request_yet() {
    for (answers, calls, status) in [
        (vec![(403, ""), (403, "")], 3, Some(200)),
        // The decision is stored although the ping failed.
        (vec![(400, "ping failed")], 1, Some(400)),
        (vec![(500, "")], 1, Some(500)),
    ] {
        let stage = Stage::keycloak("");
        stage.script.lock().unwrap().extend(answers);
        stage.ask(Some("opaque"), "alice").await;
        assert_eq!(stage.later().await.len(), calls);
        assert_eq!(stage.service.history(1)[0].status, status);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_without_the_bearer() {
    let stage = Stage::keycloak("");
    stage.script.lock().unwrap().push_back((400, "no such thing as opaque-token"));
    stage.ask(Some("opaque-token"), "alice").await;
    stage.later().await;
    let problem = stage.service.history(1)[0].problem.clone().unwrap();
    assert_eq!(problem, "the server answered 400: no such thing as [redacted]");
}

#[tokio::test(start_paused = true)]
async fn what_keycloak_would_not_send_is_refused() {
    let stage = Stage::keycloak("");
    let (status, body) = stage.ask(None, "alice").await;
    assert_eq!((status, &body["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_token")));
    let request = Request::post(CHANNEL_PATH).header("authorization", "Bearer b").body("[]".into()).unwrap();
    assert_eq!(call(stage.service.router(), request).await.0, StatusCode::BAD_REQUEST);
    let request = Request::post("/user/verify").body("{}".into()).unwrap();
    assert_eq!(call(stage.service.router(), request).await.0, StatusCode::NOT_FOUND);
    let counts = stage.service.counts();
    assert_eq!((counts.start.unauthorized, counts.start.malformed, counts.start.accepted), (1, 1, 0));
    assert_eq!(stage.later().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_decision_by_hand_is_not_too_early_for_keycloak_and_none_follows_the_end_of_the_bearer() {
    let stage = Stage::keycloak("shares = { ignore = 1.0 }");
    let bearer = jwt("one", 1_100);
    stage.ask(Some(&bearer), "alice").await;
    let login = stage.service.history(1)[0].login_id.to_string();
    let begun = stage.clock.now();
    assert_eq!(stage.service.deny(&login).await.unwrap().status, Some(200));
    assert_eq!(stage.seen.lock().unwrap()[0].0.duration_since(begun), Duration::from_millis(50));

    let stage = Stage::keycloak("delay = { constant = '90s' }");
    stage.ask(Some(&jwt("two", 1_060)), "alice").await;
    assert_eq!((stage.later().await.len(), stage.service.counts().decisions.expired), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn an_approval_url_is_called_once_for_each_flow_that_is_announced() {
    for (by_get, plan, line) in [
        (false, "", "POST https://op.example/approve?token=a%2Fb%2B&type=allow&key=s3cr3t - "),
        (
            true,
            "shares = { deny = 1.0 }",
            "GET https://op.example/approve?token=a%2Fb%2B&type=deny&key=s3cr3t - ",
        ),
    ] {
        let stage = Stage::approval_url(by_get, plan);
        assert!(stage.service.is_announced() && stage.announce("a/b+"));
        stage.announce("a/b+");
        assert_eq!(stage.later().await, [(0, line.to_owned())]);
        assert_eq!(stage.service.history(10).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_approval_is_told_with_status_and_body() {
    let stage = Stage::approval_url(false, "shares = { ignore = 1.0 }");
    stage.script.lock().unwrap().push_back((404, "{\"error\":\"no request id-1\"}"));
    stage.announce("id-1");
    let answered = stage.service.approve("id-1").await.unwrap();
    let problem = "the server answered 404: {\"error\":\"no request [redacted]\"}".to_owned();
    assert_eq!((answered.status, answered.problem), (Some(404), Some(problem)));
    assert_eq!(stage.later().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_else_has_flows_announced() {
    let stage = Stage::keycloak("");
    assert!(!stage.service.is_announced() && !stage.announce("id-1"));
    assert_eq!(stage.later().await, []);
}

#[test]
fn templates_that_lead_nowhere_are_refused_and_not_shown() {
    for (template, expected) in [
        ("https://op.example/?token={auth_req_id}&key=s3cr3t", "holds no {action}"),
        ("https://op.example/?type={action}&key=s3cr3t", "holds no {auth_req_id}"),
        ("/approve?{auth_req_id}{action}s3cr3t", "is not an absolute http or https URL"),
        ("ftp://op.example/{auth_req_id}/{action}/s3cr3t", "is not an absolute http or https URL"),
    ] {
        let dialect = DialectSettings::ApprovalUrl(approval(template, false));
        assert!(!format!("{dialect:?}").contains("s3cr3t"));
        let settings = ServiceSettings { dialect, plan: DecisionPlan::default(), limits: Limits::default() };
        let outgoing = Outgoing::new(tower::service_fn(|_| async { Ok(Response::new(Bytes::new())) }));
        let made = AuthService::new(settings, Clock::system(), outgoing, Arc::new(NoObserver));
        let error = made.unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("s3cr3t"), "{error}");
    }
}
