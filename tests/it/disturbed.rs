//! Servers that die, dawdle or talk nonsense, runs that are stopped, and defects of our own: the books close all the same.

use crate::rig::{MODES, assert_books_close};
use crate::simulation::{MIXED, PING, STEADY, delayed, simulate};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use ciba_bench::ciba::{Named, Outcome};
use ciba_bench::record::{Answered, Ended, Endpoint, Event};
use ciba_bench::transport::{Call, ConnectionLost, Exchanged, Transport};
use ciba_bench::world::Party;
use futures_util::future::BoxFuture;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// An OP that dies at any moment: exchanges under way break, later ones find nobody.
#[tokio::test(start_paused = true)]
async fn the_books_close_whenever_the_op_dies() {
    for moment in (0..20).map(|n| Duration::from_millis(100 + n * 790)) {
        let (ran, _) = simulate(MIXED, &MODES, |world, _| {
            let dies = world.clock().now() + moment;
            let clock = world.clock();
            world.intercept(Party::Op, |router| {
                delayed("/oauth2/token", 0, 30)(delayed("/authentication", 20, 20)(router)).layer(from_fn(
                    move |request: Request, next: Next| async move {
                        let mut response: Response =
                            if clock.now() < dies { next.run(request).await } else { Response::default() };
                        if clock.now() >= dies {
                            response.extensions_mut().insert(ConnectionLost);
                        }
                        response
                    },
                ))
            });
            None
        })
        .await;
        assert_books_close(&ran);
        let outcomes = &ran.result.load.counts.flows.outcomes;
        assert!(outcomes.get(Outcome::TransportFailed) > 0, "{moment:?}: {outcomes:?}");
        assert_eq!(ran.result.ended, Ended::TargetLost, "{moment:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_books_close_whenever_the_run_is_stopped() {
    for moment in (0..10).map(|n| Duration::from_millis(1 + n * 2110)) {
        let (ran, _) = simulate(MIXED, &MODES, |_, measurement| {
            let stop = measurement.stop_handle();
            tokio::spawn(async move {
                tokio::time::sleep(moment).await;
                stop.leave();
            });
            None
        })
        .await;
        assert_books_close(&ran);
        assert_eq!(ran.result.ended, Ended::Interrupted, "{moment:?}");
        assert!(ran.result.load.counts.flows.outcomes.get(Outcome::Abandoned) > 0, "{moment:?}");
    }
}

/// A carrier with a defect: every fiftieth exchange panics.
struct Defective {
    inner: Arc<dyn Transport>,
    exchanges: AtomicU64,
    armed: AtomicBool,
}

impl Transport for Defective {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let defect = self.armed.load(Ordering::Relaxed)
            && call.url.path().ends_with("/backchannel/authentication")
            && self.exchanges.fetch_add(1, Ordering::Relaxed) % 50 == 49;
        let exchange = self.inner.exchange(call);
        Box::pin(async move {
            assert!(!defect, "a defect in the carrier, as the test wants it");
            exchange.await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_loses_its_own_flow_and_no_other() {
    let (ran, _) = simulate(STEADY, &PING, |world, _| {
        let armed = AtomicBool::new(true);
        Some(Arc::new(Defective { inner: world.transport(), exchanges: AtomicU64::new(0), armed }))
    })
    .await;
    let flows = &ran.result.load.counts.flows;
    assert!(ran.result.load.counts.closes(), "{flows:?}");
    assert_eq!(flows.outcomes.get(Outcome::HarnessPanic), 20);
    assert_eq!(flows.outcomes.get(Outcome::Tokens), 980);
    assert_eq!((ran.kept, ran.registered), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_never_comes_is_counted_and_the_flow_polls() {
    let (ran, _) = simulate(STEADY, &PING, |world, _| {
        world.intercept(Party::Client, |_| Router::new());
        None
    })
    .await;
    assert_books_close(&ran);
    let counts = &ran.result.load.counts;
    assert_eq!(counts.flows.outcomes.get(Outcome::Tokens), 1000);
    assert_eq!(counts.events.get(Event::FellBackToPolling), 1000);
    assert_eq!(counts.events.get(Event::PingMissing), 1000);
    let rules: Vec<_> =
        ran.result.conformance.violations.iter().map(|violation| violation.rule.name()).collect();
    assert_eq!(rules, ["ping-missing"]);
}

/// What a server may answer to anything, by turns.
async fn nonsense(turn: u64) -> Response {
    let answer = |status: u16, body: axum::body::Body| Response::builder().status(status).body(body).unwrap();
    match turn % 8 {
        0 => answer(200, "<html>Please log in</html>".into()),
        1 => answer(500, "".into()),
        2 => answer(400, r#"{"error":"half a "#.into()),
        3 => answer(200, vec![b'x'; 10 << 20].into()),
        4 => answer(302, "".into()),
        5 => {
            let mut lost = answer(200, "".into());
            lost.extensions_mut().insert(ConnectionLost);
            lost
        }
        6 => std::future::pending().await,
        _ => answer(404, r#"{"message":"no such page"}"#.into()),
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_a_server_answers_is_counted_by_class_and_the_run_goes_on() {
    for (path, endpoint) in [
        ("/backchannel/authentication", Endpoint::BackchannelAuthentication),
        ("/oauth2/token", Endpoint::Token),
    ] {
        let patient = format!("drain = \"60s\"\n{STEADY}");
        let (ran, _) = simulate(&patient, &PING, |world, _| {
            let turn = Arc::new(AtomicU64::new(0));
            world.intercept(Party::Op, |router| {
                router.layer(from_fn(move |request: Request, next: Next| {
                    let turn = turn.clone();
                    async move {
                        // The authentication service's own token comes from another endpoint of that name.
                        let path_of_flow = request.uri().path().ends_with(path)
                            && !request.uri().path().contains("/system/");
                        if path_of_flow {
                            nonsense(turn.fetch_add(1, Ordering::Relaxed)).await
                        } else {
                            next.run(request).await
                        }
                    }
                }))
            });
            None
        })
        .await;
        let counts = &ran.result.load.counts;
        assert!(counts.closes(), "{counts:?}");
        assert_eq!((ran.kept, ran.registered), (0, 0));
        let answers = counts.answers(endpoint);
        for (class, n) in [
            (Answered::Unreadable, 500),
            (Answered::ServerError, 125),
            (Answered::TooLarge, 125),
            (Answered::Broken, 125),
            (Answered::TimedOut, 125),
        ] {
            assert_eq!(answers.get(class), n, "{endpoint} {class}: {answers:?}");
        }
        assert_eq!(ran.result.ended, Ended::Completed);
        assert_eq!(counts.flows.outcomes.get(Outcome::HarnessPanic), 0);
    }
}

/// 503 is no answer to give up on: the flow comes back when the server said, and not with everybody else.
#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_patience_gets_it() {
    let (ran, _) = simulate(STEADY, &PING, |world, _| {
        let (clock, begun) = (world.clock(), world.clock().now());
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request: Request, next: Next| async move {
                let busy =
                    (begun + Duration::from_secs(5)..begun + Duration::from_secs(8)).contains(&clock.now());
                if busy && request.uri().path().ends_with("/ciba/oauth2/token") {
                    return Response::builder()
                        .status(503)
                        .header("retry-after", "7")
                        .body("".into())
                        .unwrap();
                }
                next.run(request).await
            }))
        });
        None
    })
    .await;
    let counts = &ran.result.load.counts;
    assert!(counts.closes());
    assert_eq!(counts.flows.outcomes.get(Outcome::Tokens), 1000, "{:?}", counts.flows);
    assert_eq!(counts.token.get(Answered::Unavailable), 150);
    assert_eq!(counts.events.get(Event::Retried), 150);
    // 150 flows were turned away within 3 s; stretched by up to 100 % of the pause, they return over 10 s.
    let busiest = ran.result.load.intervals[12..].iter().map(|interval| interval.counts.token.total()).max();
    assert!(busiest < Some(50 + 50), "{busiest:?} token requests in one second");
}

/// The server knows nobody, or is so busy that it answers nobody: the first is told at once and in its own words.
#[tokio::test(start_paused = true)]
async fn a_client_that_the_server_refuses_ends_the_run_and_an_overloaded_server_does_not() {
    for (status, error) in
        [(401, "invalid_client"), (400, "unauthorized_client"), (503, "temporarily_unavailable")]
    {
        let body = format!(r#"{{"error":"{error}","error_description":"nobody of that name"}}"#);
        let (ran, _) = simulate(STEADY, &PING, |world, _| {
            world.intercept(Party::Op, |router| {
                router.layer(from_fn(move |request: Request, next: Next| {
                    let answer = (StatusCode::from_u16(status).unwrap(), body.clone());
                    async move {
                        match request.uri().path().ends_with("/backchannel/authentication") {
                            true => answer.into_response(),
                            false => next.run(request).await,
                        }
                    }
                }))
            });
            None
        })
        .await;
        let load = &ran.result.load;
        assert!(load.counts.closes(), "{error}");
        match &ran.result.ended {
            Ended::Refused { reason } => {
                assert!(
                    status != 503 && reason.contains("\"ping-client\": the server refused it"),
                    "{reason}"
                );
                assert!(reason.contains(error) && reason.contains("nobody of that name"), "{reason}");
                assert!(load.counts.flows.started < 50, "{:?}", load.counts.flows);
            }
            Ended::Completed
            | Ended::Interrupted
            | Ended::TargetLost
            | Ended::Aborted { .. }
            | Ended::CutOff { .. }
            | Ended::Failed { .. } => {
                assert_eq!(status, 503, "{:?}", ran.result.ended);
            }
        }
    }
}
