//! The generator judges itself: what a server does never invalidates a run, however bad it is. In virtual time, where the
//! machine's own hiccups cannot show. What invalidates one is in the table beside `analysis::invalid_reasons`.

use crate::rig::{MODES, assert_books_close};
use crate::simulation::{delayed, simulate};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use ciba_bench::analysis::invalid_reasons;
use ciba_bench::ciba::Outcome;
use ciba_bench::record::{Answered, Environment, LoadRecord, Span};
use ciba_bench::transport::ConnectionLost;
use ciba_bench::world::Party;
use http::StatusCode;
use std::time::Duration;

/// Enough flows for a p99 of everything.
const BUSY: &str = r#"
    drain = "60s"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    name = "steady"
    duration = "10s"
    rate = 60
    [mix]
    poll = 1
    ping = 1
    [decisions]
    delay.constant = "1s"
"#;

/// What a party does to each of its calls, by their number.
async fn load(party: Party, what: impl FnOnce(Router) -> Router) -> LoadRecord {
    let (ran, _) = simulate(BUSY, &MODES, |world, _| {
        world.intercept(party, what);
        None
    })
    .await;
    assert_books_close(&ran);
    let load = ran.result.load;
    let environment =
        Environment { descriptors: 1024, memory_mib: 1 << 20, cores: 1, ..Environment::default() };
    assert_eq!(invalid_reasons(&load, &environment), [""; 0]);
    load
}

fn max_ms(load: &LoadRecord, span: Span) -> u64 {
    load.spans[&span].max_us / 1000
}

#[tokio::test(start_paused = true)]
async fn an_op_that_is_slow_is_slow_and_the_run_is_valid() {
    let slow = delayed("/authentication", 900, 0);
    let load = load(Party::Op, |router| delayed("/token", 1_500, 0)(slow(router))).await;
    assert!(max_ms(&load, Span::Ack) >= 900 && max_ms(&load, Span::Redeem) >= 1_500);
}

#[tokio::test(start_paused = true)]
async fn an_op_that_stands_still_for_two_seconds_is_to_blame_for_it() {
    let load = load(Party::Op, |router| {
        let first = std::sync::Arc::new(std::sync::OnceLock::new());
        router.layer(from_fn(move |request: Request, next: Next| {
            let first = first.clone();
            async move {
                // It is frozen from the third to the fifth second after it was called first.
                let clock = ciba_bench::clock::Clock::system();
                let begun = *first.get_or_init(|| clock.start());
                let since = clock.start() - begun;
                if (Duration::from_secs(3)..Duration::from_secs(5)).contains(&since) {
                    tokio::time::sleep(Duration::from_secs(5) - since).await;
                }
                next.run(request).await
            }
        }))
    })
    .await;
    assert!((1_900..2_100).contains(&max_ms(&load, Span::Ack)), "{:?}", load.spans[&Span::Ack]);
}

#[tokio::test(start_paused = true)]
async fn an_op_that_answers_503_or_resets_connections_is_counted_as_that() {
    let refused = load(Party::Op, |router| {
        router.layer(from_fn(async |request: Request, next: Next| {
            if request.uri().path().ends_with("/token") {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            next.run(request).await
        }))
    })
    .await;
    assert!(refused.counts.token.get(Answered::Unavailable) > 600);
    let reset = load(Party::Op, |router| {
        router.layer(from_fn(async |request: Request, next: Next| {
            let token = request.uri().path().ends_with("/token");
            let mut response: Response = next.run(request).await;
            if token {
                response.extensions_mut().insert(ConnectionLost);
            }
            response
        }))
    })
    .await;
    assert!(reset.counts.token.get(Answered::Broken) > 0, "{:?}", reset.counts.token);
    assert!(reset.counts.flows.outcomes.get(Outcome::TransportFailed) > 0);
}

#[tokio::test(start_paused = true)]
async fn pings_that_come_late_are_the_servers() {
    // On its way to the endpoint, so that the endpoint itself is not slow.
    let load = load(Party::Client, delayed("", 3_000, 0)).await;
    assert!(max_ms(&load, Span::Notify) >= 3_000);
    assert!(load.spans[&Span::NotificationAnswer].max_us < 1_000);
    assert!(load.spans[&Span::ServiceAnswer].max_us < 1_000);
}
