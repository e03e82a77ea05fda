//! What an undisturbed or merely slow server shows in a run's figures.

use crate::rig::{MODES, assert_books_close};
use crate::simulation::{MIXED, PING, STEADY, delayed, simulate, simulate_faulty};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use ciba_bench::ciba::Rule;
use ciba_bench::record::{Event, Span};
use ciba_bench::world::Party;
use reference_op::{Fault, FaultSet};
use std::collections::BTreeMap;
use std::time::Duration;

/// The five delays come back where they belong. A span that contains another by its definition (the acknowledgement
/// contains `/user/verify`) grows by just that.
#[tokio::test(start_paused = true)]
async fn delays_come_back_as_the_spans_that_they_are() {
    let (ran, _) = simulate(STEADY, &PING, |world, _| {
        world.intercept(Party::AuthenticationService, |router| {
            delayed("/authentication/start", 23, 0)(delayed("/user/verify", 11, 0)(router))
        });
        world.intercept(Party::Op, |router| {
            delayed("/oauth2/token", 0, 71)(delayed("/accept", 0, 37)(router))
        });
        world.intercept(Party::Client, delayed("/notify-callback", 53, 0));
        None
    })
    .await;
    assert_books_close(&ran);
    let expected = BTreeMap::from([
        (Span::StartLag, 0),
        (Span::Blocked, 0),
        (Span::Ack, 11), // holds verify
        (Span::Verify, 11),
        (Span::Start, 11 + 23), // sent once the user is verified
        (Span::DecisionDelay, 0),
        (Span::Accept, 37),
        (Span::Notify, 53),
        (Span::PollLateness, 0),
        (Span::Pacing, 53 - 37), // from the accept's answer to the poll that the ping lets go
        (Span::Redeem, 71),
        (Span::ApproveToToken, 53 + 71),
        (Span::Flow, 11 + 23 + 53 + 71),
        // None of the delays is in the parties themselves.
        (Span::NotificationAnswer, 0),
        (Span::ServiceAnswer, 0),
    ]);
    let measured: BTreeMap<_, _> = ran
        .result
        .load
        .spans
        .iter()
        .map(|(span, summary)| (*span, summary.p50_us.unwrap() as f64 / 1000.0))
        .collect();
    assert_eq!(measured.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (span, ms) in expected {
        assert!(
            (measured[&span] - f64::from(ms)).abs() < 1.0,
            "{span}: {} ms, expected {ms}",
            measured[&span]
        );
    }
}

/// An OP that stands still for two seconds at 500 starts a second: every start that it kept waiting shows its whole wait.
#[tokio::test(start_paused = true)]
async fn a_frozen_server_shows_in_every_acknowledgement_that_waited() {
    let freeze = r#"
        [workload]
        max_in_flight = 10_000
        [[workload.stages]]
        name = "steady"
        duration = "6s"
        rate = 500
        [mix]
        poll = 0
        ping = 1
    "#;
    let (ran, _) = simulate(freeze, &PING, |world, _| {
        let clock = world.clock();
        let (from, until) = (clock.now() + Duration::from_secs(2), clock.now() + Duration::from_secs(4));
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request: Request, next: Next| async move {
                if (from..until).contains(&clock.now()) {
                    tokio::time::sleep_until(until).await;
                }
                next.run(request).await
            }))
        });
        None
    })
    .await;
    assert_books_close(&ran);
    let ack = &ran.result.load.spans[&Span::Ack];
    let histogram = ciba_bench::record::decode(&ack.histogram).unwrap();
    let waited = histogram.count_between(1_000_000, 10_000_000);
    assert_eq!(ack.count, 3000, "none is missing");
    assert!((495..=505).contains(&waited), "{waited} acknowledgements took more than a second");
    assert!((1_990_000..=2_010_000).contains(&ack.max_us), "{}", ack.max_us);
}

#[tokio::test(start_paused = true)]
async fn a_seed_gives_the_same_users_decisions_and_delays() {
    let (first, history) = simulate(MIXED, &MODES, |_, _| None).await;
    let (second, again) = simulate(MIXED, &MODES, |_, _| None).await;
    assert_books_close(&first);
    assert!(history.len() > 300, "{}", history.len());
    assert!(history == again, "two runs with the same seed differ");
    assert_eq!(first.result.load.counts, second.result.load.counts);
    assert_eq!(first.result.load.spans, second.result.load.spans);
    let (_, other) = simulate(&format!("seed = 2\n{MIXED}"), &MODES, |_, _| None).await;
    assert!(history != other, "another seed changes nothing");
}

#[tokio::test(start_paused = true)]
async fn no_room_is_a_counted_drop_and_never_a_delay() {
    let crowded = STEADY.replace("max_in_flight = 10_000", "max_in_flight = 20")
        + "[decisions]\ndelay.constant = \"1s\"\n";
    let (ran, _) = simulate(&crowded, &PING, |_, _| None).await;
    assert_books_close(&ran);
    let load = &ran.result.load;
    assert_eq!((load.counts.flows.scheduled, load.generator.in_flight_peak), (1000, 20));
    assert!((500..=700).contains(&load.counts.flows.dropped), "{:?}", load.counts.flows);
    assert!(load.spans[&Span::StartLag].max_us <= 1, "{:?}", load.spans[&Span::StartLag]);
}

/// 50 tokens a second of which ten signatures are verified: of every other one the claims are, and a fault of the signature is
/// still found.
#[tokio::test(start_paused = true)]
async fn more_tokens_than_are_verified_in_full_are_a_sample() {
    let text = format!("engine.id_tokens_verified_per_s = 10\n{STEADY}");
    let (ran, _) = simulate(&text, &PING, |_, _| None).await;
    assert_books_close(&ran);
    let events = &ran.result.load.counts.events;
    let (verified, left_out) = (events.get(Event::IdTokenVerified), events.get(Event::IdTokenSampledOut));
    assert_eq!(verified + left_out, 1_000);
    // Ten at once in the beginning, and ten in each of twenty seconds.
    assert!((205..=211).contains(&verified), "{verified}");
    for (fault, rule, expected) in [
        (Fault::BadSignature, Rule::IdTokenSignature, 100..=300),
        (Fault::WrongAud, Rule::IdTokenAudience, 1_000..=1_000),
    ] {
        let (ran, _) = simulate_faulty(&text, &PING, FaultSet::NONE.with(fault), |_, _| None).await;
        let of_rule = ran.result.conformance.violations.iter().find(|violation| violation.rule == rule);
        let count = of_rule.map_or(0, |violation| violation.count);
        assert!(expected.contains(&count), "{fault:?}: {count}");
    }
}
