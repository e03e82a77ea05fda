//! Flows that a scenario conducts step by step: it writes the requests, decides for the user and answers the ping.

use ciba_bench::ciba::{CIBA_GRANT_TYPE, Decision, DeliveryMode, Secret};
use ciba_bench::decision_channel::{Decisions, FoundBy, Login, Logins, Sought, hand_plan};
use ciba_bench::notification::{Answer, Cause, Inbox};
use ciba_bench::target::{Addressee, TargetFacts};
use ciba_bench::transport::{self, Call};
use ciba_bench::world::{InProcess, WorldSettings};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

const FLOW: u64 = 7;
const WAIT: Duration = Duration::from_secs(30);

/// A world in which nothing is decided by itself, and a ping client's view of it.
struct Stage {
    world: InProcess,
    inbox: Arc<Inbox>,
    decisions: Decisions,
    facts: TargetFacts,
}

impl Stage {
    async fn set() -> Self {
        let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
        let settings = WorldSettings { plan: hand_plan("nobody"), ..WorldSettings::default() };
        let world = InProcess::new(settings, logins.clone(), inbox.clone()).unwrap();
        let decisions = Decisions::new(world.auth_service().clone(), logins);
        let facts = TargetFacts::discover(world.issuer(), world.transport().as_ref()).await.unwrap();
        Stage { world, inbox, decisions, facts }
    }

    fn now(&self) -> Instant {
        self.world.clock().now()
    }

    /// Sends a form as the ping client.
    async fn post(&self, url: &Url, parameters: &[(&str, &str)]) -> (u16, Value) {
        let client = self.world.client(DeliveryMode::Ping).unwrap().client();
        let mut headers = HeaderMap::new();
        let mut form = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, kind);
        let now = self.world.clock().wall(self.now());
        let addressee = Addressee { facts: &self.facts, endpoint: url, now };
        client.authenticate(&addressee, &mut headers, &mut form);
        let answer = self.call(Method::POST, url, headers, form).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    async fn call(&self, method: Method, url: &Url, headers: HeaderMap, body: String) -> transport::Answer {
        let call = Call {
            method,
            url: url.clone().into(),
            headers,
            body: body.into(),
            timeout: WAIT,
            identity: None,
        };
        self.world.transport().exchange(call).await.result.unwrap()
    }

    async fn ask(&self, user: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut parameters = vec![("scope", "openid profile"), ("login_hint", user)];
        parameters.extend(more);
        self.post(&self.facts.backchannel_authentication_endpoint, &parameters).await
    }

    async fn login(&self, user: &str, binding_message: Option<&str>, after: Instant) -> Login {
        self.decisions.login(&Sought { user, binding_message, after }, WAIT).await.unwrap()
    }
}

/// The whole alphabet of RFC 6750's b64token, and as long as CIBA Core 1.0, 7.1 allows.
fn longest_token() -> Secret<String> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    let text: String = alphabet.chars().cycle().take(1022).chain("==".chars()).collect();
    assert_eq!(text.len(), 1024);
    Secret::new(text)
}

#[tokio::test(start_paused = true)]
async fn a_ping_flow_is_conducted_step_by_step() {
    let stage = Stage::set().await;
    let (token, receiver) = (longest_token(), stage.world.receiver());
    receiver.register_text(FLOW, &token).unwrap();
    let elsewhere = receiver.redirected_path(FLOW);
    let location = HeaderValue::from_str(&elsewhere).unwrap();
    receiver.answer_with(Some(FLOW), Answer::redirect(StatusCode::FOUND, location));

    let after = stage.now();
    let more = [("client_notification_token", token.expose().as_str()), ("binding_message", "hand-1")];
    let (status, acknowledgement) = stage.ask("alice", &more).await;
    assert_eq!(status, 200, "{acknowledgement}");
    let login = stage.login("alice", Some("hand-1"), after).await;
    assert_eq!((login.found_by, login.start.at), (FoundBy::BindingMessage, after));
    assert_eq!(login.start.client_id, stage.world.client(DeliveryMode::Ping).unwrap().id);
    assert_eq!(login.start.requested_scopes, ["openid", "profile"]);
    assert_eq!((stage.decisions.prompts("alice"), stage.decisions.verifies("alice")), (1, 1));

    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(stage.inbox.take(FLOW), None, "nothing is decided by itself");
    let confirmed = stage.decisions.approve_with(&login, &["openid"]).await.unwrap();
    let now = after + Duration::from_secs(60);
    assert_eq!((confirmed.status, confirmed.sent, confirmed.answered), (200, now, now));
    let notification = stage.inbox.wait(FLOW, WAIT).await.unwrap();
    assert_eq!(notification.auth_req_id.as_deref(), acknowledgement["auth_req_id"].as_str());
    assert_eq!((notification.duplicate, notification.breaches), (false, vec![]));

    let auth_req_id = notification.auth_req_id.unwrap();
    let poll = [("grant_type", CIBA_GRANT_TYPE), ("auth_req_id", auth_req_id.as_str())];
    let (status, tokens) = stage.post(&stage.facts.token_endpoint, &poll).await;
    assert_eq!((status, &tokens["scope"]), (200, &Value::from("openid")), "{tokens}");

    tokio::time::sleep(WAIT).await;
    assert_eq!(stage.inbox.take(FLOW), None, "one ping");
    assert_eq!(stage.inbox.take_strangers(), [], "and the redirect was not followed");
    let target = Url::parse("http://client.localhost").unwrap().join(&elsewhere).unwrap();
    let answer = stage.call(Method::GET, &target, HeaderMap::new(), String::new()).await;
    assert_eq!(answer.status, 404);
    let followed = stage.inbox.wait_stranger(|stranger| *stranger.path == *elsewhere, WAIT).await.unwrap();
    assert_eq!((followed.cause, &*followed.method, followed.flow), (Cause::WrongPath, "GET", None));
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_cannot_be_made_is_told() {
    let stage = Stage::set().await;
    let (begin, token) = (stage.now(), [("client_notification_token", "t")]);
    for requested_expiry in [None, None, Some(("requested_expiry", "10"))] {
        let more: Vec<_> = token.into_iter().chain(requested_expiry).collect();
        assert_eq!(stage.ask("alice", &more).await.0, 200);
    }
    let first = stage.login("alice", None, begin).await;
    assert_eq!(first.found_by, FoundBy::FirstOfUser, "nothing tells three requests of one user apart");
    let (second, third) = (stage.login("alice", None, begin).await, stage.login("alice", None, begin).await);
    assert_eq!((second.found_by, third.found_by), (FoundBy::FirstOfUser, FoundBy::OnlyOfUser));

    let ignored = stage.decisions.decide(&first, Decision::Ignore).await.unwrap_err();
    assert_eq!((ignored.status, ignored.sent), (None, None));
    assert_eq!(stage.decisions.decide(&first, Decision::Approve).await.unwrap().status, 200);
    let again = stage.decisions.decide(&first, Decision::Deny).await.unwrap_err();
    assert!(again.status.is_none() && again.reason.contains("decided already"), "{}", again.reason);
    assert_eq!(stage.decisions.decide(&second, Decision::Deny).await.unwrap().status, 200);

    tokio::time::sleep_until(begin + Duration::from_secs(11)).await;
    let late = stage.decisions.decide(&third, Decision::Approve).await.unwrap_err();
    assert_eq!((late.status, late.reason.as_str()), (Some(404), "the server answered 404"));
    assert!(late.sent.is_some_and(|sent| sent > begin));

    let (status, refusal) = stage.ask("nobody", &token).await;
    assert_eq!((status, &refusal["error"]), (400, &Value::from("unknown_user_id")));
    assert_eq!((stage.decisions.prompts("nobody"), stage.decisions.verifies("nobody")), (0, 1));
}
