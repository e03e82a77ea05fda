//! How requests name their users, and what else they say: every kind of hint for users of any name, user codes,
//! `acr_values`, binding messages and further parameters, up to the authentication service and the tokens.

use crate::rig::{MODES, assert_books_close};
use crate::scene::{Plan, Scene};
use crate::simulation::simulate;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use ciba_bench::ciba::{DeliveryMode, Outcome};
use ciba_bench::record::Event;
use ciba_bench::relying_party::{HintSource, RequestParameters};
use ciba_bench::target::UserCodes;
use ciba_bench::world::{InProcess, Party, WorldSettings};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Bodies as a party got them, those that are forms as objects.
type Heard = Arc<Mutex<Vec<(String, Value)>>>;

/// Names that are no identifiers.
fn strange_users() -> [&'static str; 7] {
    let long: &'static str = "ü4".repeat(1_365).leak();
    ["john", "jo hn+1", "größe \u{1F600}", "<b>\"John\"</b>&amp;'", "a=b&c=d%2B", "tel:+49 (0)30/1", long]
}

fn listening(heard: Heard) -> impl FnOnce(Router) -> Router {
    move |router| {
        router.layer(from_fn(move |request: Request, next: Next| {
            let heard = heard.clone();
            async move {
                let (head, body) = request.into_parts();
                let bytes = to_bytes(body, usize::MAX).await.unwrap();
                let form =
                    || form_urlencoded::parse(&bytes).into_owned().collect::<BTreeMap<String, String>>();
                let told = serde_json::from_slice(&bytes).unwrap_or_else(|_| serde_json::json!(form()));
                heard.lock().unwrap().push((head.uri.path().to_owned(), told));
                next.run(Request::from_parts(head, Body::from(bytes))).await
            }
        }))
    }
}

/// The last body that came to a path.
fn last(heard: &Heard, path: &str) -> Value {
    let heard = heard.lock().unwrap();
    heard.iter().rev().find(|(known, _)| known.ends_with(path)).unwrap().1.clone()
}

fn listen(world: &InProcess) -> (Heard, Heard) {
    let (op, service) = (Heard::default(), Heard::default());
    world.intercept(Party::Op, listening(op.clone()));
    world.intercept(Party::AuthenticationService, listening(service.clone()));
    (op, service)
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_hint_reaches_tokens_for_a_user_of_any_name() {
    let (world, scene) = Scene::in_process(WorldSettings::default()).await;
    let (op, service) = listen(&world);
    let mut number = 0;
    for mode in MODES {
        let client = world.client(mode).unwrap();
        let tokens = HintSource::LoginHintToken(world.hint_tokens().unwrap().clone());
        let known = HintSource::IdTokenHint(Arc::default());
        // The first flow by ID token has none yet.
        for (hint, sent) in [
            (HintSource::LoginHint, "login_hint"),
            (tokens, "login_hint_token"),
            (known.clone(), "login_hint"),
            (known, "id_token_hint"),
        ] {
            for user in strange_users() {
                number += 1;
                let parameters = RequestParameters { hint: hint.clone(), ..RequestParameters::default() };
                let plan = Plan { number, parameters, ..Plan::of(user) };
                let ending = scene.run(client, &plan).await;
                assert_eq!((ending.outcome, ending.breaches), (Outcome::Tokens, vec![]), "{sent} {user}");
                let request = last(&op, "/backchannel/authentication");
                let names: Vec<&String> =
                    request.as_object().unwrap().keys().filter(|name| name.contains("hint")).collect();
                assert_eq!(names, [sent], "{user}");
                assert_eq!(last(&service, "/user/verify")["user_identifier"], user);
                assert_eq!(last(&service, "/authentication/start")["user_identifier"], user);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_files_say_reaches_the_server_and_its_authentication_service() {
    let (world, scene) = Scene::in_process(WorldSettings::default()).await;
    let (op, service) = listen(&world);
    let client = world.client(DeliveryMode::Poll).unwrap();
    let parameters = RequestParameters {
        acr_values: Some("urn:other urn:example:acr:two-factor".to_owned()),
        further: vec![("request_context".to_owned(), "a+b & c=<ü>".to_owned())],
        ..RequestParameters::default()
    };
    let plan = Plan { parameters, requested_expiry: Some(77), ..Plan::of("john") };
    assert_eq!(scene.run(client, &plan).await.outcome, Outcome::Tokens);
    let request = last(&op, "/backchannel/authentication");
    assert_eq!(
        (&request["requested_expiry"], &request["request_context"]),
        (&"77".into(), &"a+b & c=<ü>".into())
    );
    let start = last(&service, "/authentication/start");
    assert_eq!(start["acr_values"], serde_json::json!(["urn:other", "urn:example:acr:two-factor"]));
    assert_eq!(start["binding_message"], request["binding_message"], "the flow's own message is its marker");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_registered_for_user_codes_needs_them() {
    let mut settings = WorldSettings::default();
    settings.give_user_codes(["jane".to_owned()]);
    let (world, scene) = Scene::in_process(settings).await;
    let client = world.user_code_client().unwrap();
    let right = world.user_codes().clone();
    let crossed = UserCodes { shared: right.of("jane").cloned(), own: BTreeMap::new() };
    for (number, user, codes, outcome) in [
        (1, "john", Some(right.clone()), Outcome::Tokens),
        (2, "jane", Some(right), Outcome::Tokens),
        (3, "jane", Some(crossed.clone()), Outcome::Tokens),
        (4, "john", Some(crossed), Outcome::Refused),
        (5, "john", None, Outcome::Refused),
    ] {
        let parameters = RequestParameters { user_codes: codes, ..RequestParameters::default() };
        let ending = scene.run(client, &Plan { number, parameters, ..Plan::of(user) }).await;
        assert_eq!((ending.outcome, ending.breaches), (outcome, vec![]), "{number}");
    }
    assert_eq!(scene.count("backchannel_authentication", "missing_user_code"), 1);
    assert_eq!(scene.count("backchannel_authentication", "invalid_user_code"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_by_id_tokens_begins_with_names_and_counts_them() {
    let profile = r#"
        drain = "60s"
        flow.hint = "id_token_hint"
        users = { prefix = "jürgen + <i>", count = 10 }
        mix = { poll = 1, ping = 1 }
        [workload]
        max_in_flight = 100
        [[workload.stages]]
        name = "steady"
        duration = "60s"
        rate = 1
    "#;
    let (ran, history) = simulate(profile, &MODES, |_, _| None).await;
    assert_books_close(&ran);
    let counts = &ran.result.load.counts;
    assert_eq!((counts.flows.started, counts.flows.outcomes.get(Outcome::Tokens)), (60, 60));
    // Ten users at each of two clients: poll and ping take turns, and so do the users.
    let substituted = counts.events.get(Event::HintSubstituted);
    assert!((10..=20).contains(&substituted), "{substituted}");
    assert_eq!(history.len(), 60);
    assert!(history.iter().all(|entry| entry.starts_with("jürgen + <i>")), "{history:?}");
    assert_eq!(ran.result.conformance.violations.len(), 0);
}
