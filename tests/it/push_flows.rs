//! Push flows in virtual time: one at a time, under load, and with pushes that somebody tampered with.

use crate::scene::{Plan, Scene, peopled};
use crate::simulation::{simulate, simulate_faulty};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use ciba_bench::ciba::{DeliveryMode, Outcome, Rule};
use ciba_bench::record::{Event, PingAnswer, Span};
use ciba_bench::world::{InProcess, Party, WorldSettings};
use http::{StatusCode, header};
use http_body_util::BodyExt as _;
use reference_op::{Fault, FaultSet};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PUSH: [DeliveryMode; 1] = [DeliveryMode::Push];
const ALL: [DeliveryMode; 3] = [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push];

const STEADY: &str = r#"
    drain = "200s"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    name = "steady"
    duration = "20s"
    rate = 50
    [mix]
    push = 1
"#;

const MIXED: &str = r#"
    drain = "200s"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    name = "steady"
    duration = "10s"
    rate = 40
    [mix]
    poll = 1
    ping = 1
    push = 2
    [decisions]
    unknown_users = 0.05
    shares = { approve = 0.7, deny = 0.2, ignore = 0.1 }
    delay.lognormal = { median = "2s", p95 = "20s" }
"#;

fn settings(faults: FaultSet) -> WorldSettings {
    WorldSettings { faults, ..peopled() }.offering_push()
}

async fn one(user: &'static str, arrange: impl FnOnce(&InProcess)) -> (Outcome, Vec<Rule>, Duration, u64) {
    let (world, scene) = Scene::in_process(settings(FaultSet::NONE)).await;
    arrange(&world);
    let client = world.client(DeliveryMode::Push).unwrap();
    let ending = world.within_deadline(scene.run(client, &Plan::of(user))).await.unwrap();
    (ending.outcome, ending.rules(), ending.took, world.access_counts().total("token"))
}

#[tokio::test(start_paused = true)]
async fn a_push_flow_ends_as_its_user_decides_and_asks_for_nothing() {
    let (outcome, rules, took, polls) = one("alice", |_| {}).await;
    assert_eq!((outcome, rules, polls), (Outcome::Tokens, vec![], 0));
    assert!(took < Duration::from_secs(1), "{took:?}");
    for (user, expected, least, most) in [
        ("slow", Outcome::Tokens, 7, 8),
        ("denise", Outcome::Denied, 0, 1),
        ("iggy", Outcome::Expired, 120, 121),
    ] {
        let (outcome, rules, took, polls) = one(user, |_| {}).await;
        assert_eq!((outcome, rules, polls), (expected, vec![], 0), "{user}");
        assert!((least..=most).contains(&took.as_secs()), "{user}: {took:?}");
    }
}

/// Changes the first calls of the notification endpoint on their way.
fn tampering(
    change: impl Fn(&mut http::request::Parts, Bytes) -> Bytes + Clone + Send + Sync + 'static,
) -> impl Fn(Router) -> Router {
    move |router| {
        let change = change.clone();
        router.layer(from_fn(move |request: Request, next: Next| {
            let change = change.clone();
            async move {
                let (mut head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let body = change(&mut head, body);
                head.headers.remove(header::CONTENT_LENGTH);
                next.run(Request::from_parts(head, Body::from(body))).await
            }
        }))
    }
}

fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn with(body: &[u8], member: &str, value: Value) -> Bytes {
    let mut push = json_of(body);
    push[member] = value;
    push.to_string().into()
}

/// Each forgery breaks the rule that finds it, and none of them is taken for tokens without a word.
#[tokio::test(start_paused = true)]
async fn forged_pushes_are_found() {
    type Forge = fn(&mut http::request::Parts, Bytes) -> Bytes;
    let forgeries: &[(&str, Forge, Outcome, &[Rule])] = &[
        ("nothing", |_, body| body, Outcome::Tokens, &[]),
        (
            "an access token of somebody else",
            |_, body| with(&body, "access_token", json!("another")),
            Outcome::Tokens,
            &[Rule::IdTokenAccessTokenHash],
        ),
        (
            "a refresh token of somebody else",
            |_, body| with(&body, "refresh_token", json!("another")),
            Outcome::Tokens,
            &[Rule::IdTokenRefreshTokenHash],
        ),
        (
            "another request",
            |_, body| with(&body, "auth_req_id", json!("another")),
            Outcome::Violation,
            &[Rule::PingAuthReqId],
        ),
        (
            "no ID token",
            |_, body| with(&body, "id_token", Value::Null),
            Outcome::Violation,
            &[Rule::TokenResponseForm],
        ),
        (
            "an error that nobody knows",
            |_, body| {
                json!({"auth_req_id": json_of(&body)["auth_req_id"], "error": "oops"}).to_string().into()
            },
            Outcome::Refused,
            &[Rule::PushErrorCode],
        ),
        ("not JSON", |_, _| "auth_req_id=1".into(), Outcome::Violation, &[Rule::TokenResponseForm]),
        ("nothing at all", |_, _| Bytes::new(), Outcome::Violation, &[Rule::TokenResponseForm]),
        (
            "far too much",
            |_, body| with(&body, "padding", json!("x".repeat(1 << 20))),
            Outcome::Violation,
            &[Rule::TokenResponseForm],
        ),
        ("a member that nobody knows", |_, body| with(&body, "x", json!([1])), Outcome::Tokens, &[]),
        (
            "another content type",
            |head, body| {
                head.headers.insert(header::CONTENT_TYPE, "text/html".parse().unwrap());
                body
            },
            Outcome::Tokens,
            &[Rule::PingContentType],
        ),
        (
            "another bearer",
            |head, body| {
                head.headers.insert(header::AUTHORIZATION, "Bearer another".parse().unwrap());
                body
            },
            // The endpoint answers 401, which ends it for the server; the client waits until the request is over.
            Outcome::Expired,
            &[Rule::PingBearer],
        ),
    ];
    for (name, forge, outcome, rules) in forgeries {
        let (ended, broken, ..) =
            one("alice", |world| world.intercept(Party::Client, tampering(forge))).await;
        assert_eq!((ended, broken.as_slice()), (*outcome, *rules), "{name}");
    }
}

/// The tokens of one request, pushed to the other with that one's own bearer token.
#[tokio::test(start_paused = true)]
async fn tokens_of_another_request_are_not_taken() {
    let first = Arc::new(Mutex::new(None::<Bytes>));
    let (world, scene) = Scene::in_process(settings(FaultSet::NONE)).await;
    world.intercept(
        Party::Client,
        tampering(move |_, body| first.lock().unwrap().get_or_insert_with(|| body.clone()).clone()),
    );
    let client = world.client(DeliveryMode::Push).unwrap();
    let mut endings = Vec::new();
    for number in [1, 2] {
        let plan = Plan { number, ..Plan::of("alice") };
        let ending = world.within_deadline(scene.run(client, &plan)).await.unwrap();
        endings.push((ending.outcome, ending.rules()));
    }
    assert_eq!(endings, [(Outcome::Tokens, vec![]), (Outcome::Violation, vec![Rule::PingAuthReqId])]);
}

/// What was answered with an error is pushed again, and the same tokens twice are tokens once.
#[tokio::test(start_paused = true)]
async fn a_push_that_failed_comes_again() {
    let calls = Arc::new(Mutex::new(0));
    let (outcome, rules, took, _) = one("alice", |world| {
        world.intercept(Party::Client, move |router| {
            let calls = calls.clone();
            router.layer(from_fn(move |request: Request, next: Next| {
                *calls.lock().unwrap() += 1;
                let failing = *calls.lock().unwrap() == 1;
                async move {
                    match failing {
                        true => http::Response::builder()
                            .status(StatusCode::SERVICE_UNAVAILABLE)
                            .body(Body::empty())
                            .unwrap(),
                        false => next.run(request).await,
                    }
                }
            }))
        });
    })
    .await;
    assert_eq!((outcome, rules), (Outcome::Tokens, vec![]));
    assert_eq!(took.as_secs(), 1, "the pause before the second attempt: {took:?}");
    let (world, scene) = Scene::in_process(settings(Fault::PushSentTwice.into())).await;
    let client = world.client(DeliveryMode::Push).unwrap();
    let ending = world.within_deadline(scene.run(client, &Plan::of("alice"))).await.unwrap();
    assert_eq!((ending.outcome, ending.rules()), (Outcome::Tokens, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_load_run_of_push_flows_agrees_with_the_op_s_books() {
    let (ran, _) = simulate(STEADY, &PUSH, |_, _| None).await;
    let counts = &ran.result.load.counts;
    assert!(counts.closes());
    assert_eq!((counts.flows.started, counts.flows.outcomes.get(Outcome::Tokens)), (1_000, 1_000));
    assert_eq!((counts.pings.get(PingAnswer::Accepted), ran.op.get("push", "204")), (1_000, 1_000));
    assert_eq!(ran.op.total("backchannel_authentication"), counts.backchannel_authentication.total());
    assert_eq!((counts.token.total(), ran.op.total("token")), (0, 0), "nobody polls");
    assert_eq!(counts.events.get(Event::IdTokenVerified), 1_000);
    assert_eq!(counts.events.get(Event::PingMissing), 0);
    assert_eq!(ran.result.conformance.violations, []);
    assert_eq!((ran.kept, ran.registered), (0, 0), "nothing is left behind");
    for span in [Span::Notify, Span::ApproveToToken, Span::Flow] {
        let count = ran.result.load.spans.get(&span).map(|summary| summary.count);
        assert_eq!(count, Some(1_000), "{span:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mixed_run_keeps_its_accounts_and_sees_what_users_do() {
    let (ran, _) = simulate(MIXED, &ALL, |_, _| None).await;
    let counts = &ran.result.load.counts;
    assert!(counts.closes());
    assert_eq!(ran.result.conformance.violations, []);
    assert_eq!(ran.op.total("token"), counts.token.total());
    let arrived = counts.pings.get(PingAnswer::Accepted);
    assert_eq!(arrived, ran.op.get("ping", "204") + ran.op.get("push", "204"));
    for outcome in [Outcome::Tokens, Outcome::Denied, Outcome::Expired, Outcome::UnknownUser] {
        assert!(counts.flows.outcomes.get(outcome) > 0, "{outcome}");
    }
    assert_eq!((ran.kept, ran.registered), (0, 0));
}

/// The faults that a push flow shows, as the breach of one rule and no other.
#[tokio::test(start_paused = true)]
async fn faults_of_pushes_are_found_by_flows_and_by_load() {
    for (fault, user, rule, outcome) in [
        (Fault::PushNotSent, "alice", None, Outcome::Expired),
        (Fault::PushWrongToken, "alice", Some(Rule::PingBearer), Outcome::Expired),
        (Fault::PushWrongAuthReqId, "alice", Some(Rule::PingAuthReqId), Outcome::Violation),
        (Fault::PushMembersNested, "alice", Some(Rule::TokenResponseForm), Outcome::Violation),
        (Fault::PushAsText, "alice", Some(Rule::PingContentType), Outcome::Tokens),
        (Fault::PushAtHashMissing, "alice", Some(Rule::IdTokenAccessTokenHash), Outcome::Tokens),
        (Fault::PushRtHashMissing, "alice", Some(Rule::IdTokenRefreshTokenHash), Outcome::Tokens),
        (Fault::PushAuthReqIdClaimMissing, "alice", Some(Rule::IdTokenAuthReqId), Outcome::Tokens),
        (Fault::PushBeforeDecision, "slow", Some(Rule::TokensBeforeDecision), Outcome::Tokens),
        (Fault::PushErrorUnlistedCode, "denise", Some(Rule::PushErrorCode), Outcome::Refused),
        (Fault::PushErrorWithoutAuthReqId, "denise", Some(Rule::PingAuthReqId), Outcome::Violation),
    ] {
        let (world, scene) = Scene::in_process(settings(fault.into())).await;
        let client = world.client(DeliveryMode::Push).unwrap();
        let ending = world.within_deadline(scene.run(client, &Plan::of(user))).await.unwrap();
        let expected: Vec<Rule> = rule.into_iter().collect();
        assert_eq!((ending.rules(), ending.outcome), (expected, outcome), "{fault}");
        let (ran, _) = simulate_faulty(MIXED, &ALL, fault.into(), |_, _| None).await;
        let broken: Vec<_> = ran.result.conformance.violations.iter().map(|found| found.rule).collect();
        assert!(broken.contains(&rule.unwrap_or(Rule::PushMissing)), "{fault}: {broken:?}");
        assert!(ran.result.load.counts.closes(), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn missing_pushes_are_counted_like_missing_pings() {
    let (ran, _) = simulate_faulty(STEADY, &PUSH, Fault::PushNotSent.into(), |_, _| None).await;
    let counts = &ran.result.load.counts;
    assert_eq!(counts.events.get(Event::PingMissing), 1_000);
    assert_eq!(counts.flows.outcomes.get(Outcome::Expired), 1_000);
    let broken: Vec<_> = ran.result.conformance.violations.iter().map(|found| found.rule).collect();
    assert_eq!(broken, [Rule::PushMissing]);
}

/// A push may overtake the acknowledgement of its own request, and waits for it.
#[tokio::test(start_paused = true)]
async fn a_push_that_overtakes_its_acknowledgement_is_taken() {
    let arrange = |world: &InProcess, _: &_| {
        world.intercept(Party::Op, crate::simulation::delayed("/backchannel/authentication", 0, 3_000));
        None
    };
    let (ran, _) = simulate(STEADY, &PUSH, arrange).await;
    let counts = &ran.result.load.counts;
    assert_eq!(counts.flows.outcomes.get(Outcome::Tokens), 1_000);
    assert_eq!(counts.events.get(Event::PingBeforeAcknowledgement), 1_000);
    assert_eq!(ran.result.conformance.violations, []);
}
