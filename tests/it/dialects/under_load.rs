//! Load in other dialects: each decision is told once.

use super::neighbour::Neighbour;
use crate::rig::{Ran, profile, setting};
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::decision_channel::{Announcer, Marker, Traces};
use ciba_bench::load::{self, Measurement};
use ciba_bench::notification::NotificationSink;
use ciba_bench::record::Span;
use ciba_bench::world::InProcess;
use mock_auth_service::{DecisionPlan, Observer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const PROFILE: &str = r#"
    drain = "200s"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    name = "steady"
    duration = "10s"
    rate = 20
    [mix]
    poll = 1
    ping = 1
    [decisions]
    shares = { approve = 0.7, deny = 0.3 }
    delay.constant = "1s"
"#;

type Make = fn(DecisionPlan, Arc<dyn Observer>, Arc<dyn NotificationSink>) -> Neighbour;

async fn run(make: Make, text: &str) -> (Ran, Neighbour) {
    let profile = profile(text);
    let measurement = Measurement::new(1, ciba_bench::clock::Clock::starting_at(InProcess::beginning()));
    let traces = Arc::new(Traces::new(Some(Marker::new(7)), measurement.clone()));
    let neighbour = make(profile.decisions.clone(), traces.clone(), measurement.clone());
    let world = &neighbour.world;
    let clients = [DeliveryMode::Poll, DeliveryMode::Ping].map(|mode| world.client(mode).unwrap());
    let (transport, clock) = (world.transport(), world.clock());
    let mut setting =
        setting(profile, world.issuer(), &clients, transport, traces.clone(), world.receiver(), clock).await;
    setting.announcer = Announcer::of(&neighbour.service);
    let result = world.within_deadline(load::simulate(measurement, setting)).await.unwrap();
    neighbour.service.drain(Duration::from_secs(10)).await;
    world.auth_service().drain(Duration::from_secs(10)).await;
    let (op, registered) = (world.access_counts(), world.receiver().registered());
    (Ran { result, op, kept: traces.kept(), registered }, neighbour)
}

/// The books close, users decided as planned, and each flow's decision was told once and taken.
fn assert_decided_once(ran: &Ran, neighbour: &Neighbour, words: [&str; 2], least: Duration) {
    crate::rig::assert_books_close(ran);
    let outcomes: BTreeMap<String, u64> =
        ran.result.load.counts.flows.outcomes.iter().map(|(outcome, n)| (outcome.to_string(), n)).collect();
    let count = |name: &str| outcomes.get(name).copied().unwrap_or(0);
    assert_eq!(count("tokens") + count("denied"), 200, "{outcomes:?}");
    assert!(count("denied") > 30 && count("tokens") > 100, "{outcomes:?}");
    assert_eq!(ran.result.conformance.violations.len(), 0, "{:?}", ran.result.conformance.violations);
    let told = neighbour.book.told.lock().unwrap();
    let mut words_told = BTreeMap::new();
    for (name, word, age, status) in told.iter() {
        assert!(*status == 200 && *age >= least, "{name} {word} {age:?} {status}");
        assert!(words_told.insert(name.clone(), word.clone()).is_none(), "{name} was told of twice");
    }
    let of = |word: &str| words_told.values().filter(|told| *told == word).count() as u64;
    assert_eq!((of(words[0]), of(words[1])), (count("tokens"), count("denied")));
    let spans = &ran.result.load.spans;
    let spans = |span: Span| spans.iter().find(|(known, _)| **known == span).map(|(_, took)| took.count);
    for span in [Span::DecisionDelay, Span::Accept] {
        assert_eq!(spans(span), Some(200), "{span:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn keycloak_is_told_of_each_decision_once_however_often_it_asks() {
    let (ran, neighbour) = run(Neighbour::keycloak, PROFILE).await;
    assert_decided_once(&ran, &neighbour, ["SUCCEED", "UNAUTHORIZED"], Duration::from_secs(1));
    let channel = neighbour.book.channel.lock().unwrap();
    assert!(channel.len() > 220 && channel.iter().all(|status| *status == 201), "{channel:?}");
    assert_eq!(neighbour.service.counts().start.repeated, channel.len() as u64 - 200);
}

#[tokio::test(start_paused = true)]
async fn keycloak_is_never_told_before_it_has_stored_the_request() {
    let at_once = PROFILE.replace("\"1s\"", "\"0s\"");
    let (ran, neighbour) = run(Neighbour::keycloak, &at_once).await;
    assert_decided_once(&ran, &neighbour, ["SUCCEED", "UNAUTHORIZED"], Duration::from_millis(50));
}

#[tokio::test(start_paused = true)]
async fn an_approval_url_is_called_once_for_each_flow() {
    let (ran, neighbour) = run(Neighbour::with_approval_url, PROFILE).await;
    assert_decided_once(&ran, &neighbour, ["allow", "deny"], Duration::from_secs(1));
    // Nobody told when the user was asked, so nothing is known of it.
    assert!(ran.result.load.spans.iter().all(|(span, _)| !matches!(span, Span::Start | Span::Verify)));
}
