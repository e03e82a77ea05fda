//! What holds for every flow of a load: identifiers are unique, lives end when they should, a ping means that the result is there,
//! strangers at the notification endpoint change nothing.

use crate::rig::{MODES, Ran, assert_books_close};
use crate::simulation::{MIXED, PING, simulate, simulate_faulty};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use bytes::Bytes;
use ciba_bench::ciba::{DeliveryMode, Rule};
use ciba_bench::record::{PingAnswer, Span};
use ciba_bench::transport::Call;
use ciba_bench::world::Party;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, Method, header};
use reference_op::{Fault, FaultSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The rules that were broken, SHOULDs included, and how often.
fn broken(ran: &Ran) -> Vec<(Rule, u64)> {
    let violations = ran.result.conformance.violations.iter();
    violations.map(|violation| (violation.rule, violation.count)).collect()
}

/// Sixty flows of twenty users, who come again when their last flow is long over; and nothing that tells two of them apart.
const ALIKE: &str = r#"
    drain = "60s"
    [workload]
    max_in_flight = 20
    [[workload.stages]]
    name = "steady"
    duration = "60s"
    rate = 1
    [flow]
    correlation = "user"
    [users]
    count = 20
    [decisions]
    delay.constant = "1s"
"#;

#[tokio::test(start_paused = true)]
async fn an_auth_req_id_that_comes_again_is_found() {
    let poll = [DeliveryMode::Poll];
    let (ran, _) = simulate(ALIKE, &poll, |_, _| None).await;
    assert_books_close(&ran);
    assert_eq!(broken(&ran), []);
    let (ran, _) = simulate_faulty(ALIKE, &poll, Fault::AuthReqIdRepeats.into(), |_, _| None).await;
    assert!(ran.result.load.counts.closes());
    // Each user's second and third request have the identifier of the first.
    assert_eq!(broken(&ran), [(Rule::AuthReqIdRepeated, 40)]);
    assert!(Rule::AuthReqIdRepeated.source().1.binds());
    let example = &ran.result.conformance.violations[0].examples[0];
    assert_eq!(example.flow, 20);
}

/// A server whose nodes draw the same random numbers, each for a client of its own.
#[tokio::test(start_paused = true)]
async fn an_auth_req_id_of_two_clients_is_found_while_both_requests_are_alive() {
    let text = "drain = \"60s\"\n[workload]\n[[workload.stages]]\nname = \"steady\"\nduration = \"10s\"\nrate = 10\n\
                [mix]\npoll = 1\nping = 1\n[decisions]\ndelay.constant = \"5s\"\n";
    let (ran, _) = simulate(text, &MODES, |world, _| {
        let last: Arc<Mutex<Option<Bytes>>> = Arc::default();
        let turn = Arc::new(std::sync::atomic::AtomicU64::new(0));
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request: Request, next: Next| {
                let (last, turn) = (last.clone(), turn.clone());
                async move {
                    let meant = request.uri().path().ends_with("/backchannel/authentication");
                    let response = next.run(request).await;
                    if !meant {
                        return response;
                    }
                    let (parts, body) = response.into_parts();
                    let own = to_bytes(body, 1 << 16).await.unwrap();
                    // Every tenth acknowledgement is the one before it, which the other client was given.
                    let tenth = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 10 == 9;
                    let before = last.lock().unwrap().replace(own.clone());
                    let shown = if tenth { before.unwrap_or(own) } else { own };
                    Response::from_parts(parts, Body::from(shown))
                }
            }))
        });
        None
    })
    .await;
    let repeated = broken(&ran).into_iter().find(|(rule, _)| *rule == Rule::AuthReqIdRepeated);
    assert_eq!(repeated, Some((Rule::AuthReqIdRepeated, 10)), "{:?}", broken(&ran));
}

/// Faults that show under load alone, or after a request's life, each as the breach of its own rule.
#[tokio::test(start_paused = true)]
async fn lives_end_within_the_guard_and_a_ping_means_that_the_result_is_there() {
    let few = MIXED.replace("rate = 40", "rate = 10");
    let lively = few.replace("ping = 1", "ping = 1\n[flow]\nfall_back_to_polling = false");
    let (well, _) = simulate(&lively, &MODES, |_, _| None).await;
    assert_books_close(&well);
    assert_eq!(broken(&well), []);
    for (fault, rule) in [
        (Fault::NeverExpires, Rule::AliveAfterExpiry),
        (Fault::ExpiresEarly, Rule::ExpiredEarly),
        (Fault::PingBeforeVisible, Rule::PendingAfterPing),
        (Fault::PingBeforeDecision, Rule::PingBeforeDecision),
        (Fault::PingWrongAuthReqId, Rule::PingAuthReqId),
        (Fault::PingTokensSwapped, Rule::PingAuthReqId),
        (Fault::PingNotSent, Rule::PingMissing),
    ] {
        let (ran, _) = simulate_faulty(&lively, &MODES, fault.into(), |_, _| None).await;
        assert!(ran.result.load.counts.closes(), "{fault}");
        let rules: Vec<Rule> = broken(&ran).into_iter().map(|(rule, _)| rule).collect();
        assert!(rules.contains(&rule), "{fault}: {rules:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_is_sent_twice_is_counted_and_changes_nothing() {
    let text = "drain = \"60s\"\n[workload]\n[[workload.stages]]\nname = \"steady\"\nduration = \"10s\"\nrate = 20\n\
                [mix]\npoll = 0\nping = 1\n[decisions]\ndelay.constant = \"1s\"\n";
    let pings = |faults: FaultSet| async move {
        let (ran, _) = simulate_faulty(text, &PING, faults, |_, _| None).await;
        assert_books_close(&ran);
        assert_eq!(broken(&ran), []);
        let counts = &ran.result.load.counts;
        (
            counts.pings.get(PingAnswer::Accepted),
            counts.pings.get(PingAnswer::Duplicate),
            counts.flows.clone(),
        )
    };
    let (once, none, flows) = pings(FaultSet::NONE).await;
    assert_eq!((once, none), (200, 0));
    assert_eq!(pings(Fault::PingSentTwice.into()).await, (200, 200, flows));
}

/// Calls of a stranger in a flood, and how many come together.
const FLOOD: usize = 20_000;
const TOGETHER: usize = 100;

#[tokio::test(start_paused = true)]
async fn a_flood_of_strangers_is_counted_and_has_no_effect() {
    let (calm, _) = simulate(MIXED, &MODES, |_, _| None).await;
    let (flooded, _) = simulate(MIXED, &MODES, |world, _| {
        let (transport, url) = (world.transport(), world.notification_url().clone());
        let call = move |n: usize| {
            let mut headers = HeaderMap::new();
            headers
                .insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer guess-{n}")).unwrap());
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Call {
                method: Method::POST,
                url: url.clone().into(),
                headers,
                body: format!("{{\"auth_req_id\":\"nobodys-{n}\"}}").into(),
                timeout: Duration::from_secs(5),
                identity: None,
            }
        };
        tokio::spawn(async move {
            for batch in 0..FLOOD / TOGETHER {
                let calls = (0..TOGETHER).map(|n| transport.exchange(call(batch * TOGETHER + n)));
                let refused = join_all(calls)
                    .await
                    .iter()
                    .all(|done| done.result.as_ref().is_ok_and(|answer| answer.status == 401));
                assert!(refused);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        None
    })
    .await;
    assert_books_close(&flooded);
    assert_eq!(broken(&flooded), []);
    let (calm, flooded) = (&calm.result.load, &flooded.result.load);
    assert_eq!(flooded.counts.pings.get(PingAnswer::UnknownToken), FLOOD as u64);
    let mut others = flooded.counts.clone();
    others.pings = calm.counts.pings.clone();
    assert_eq!(others, calm.counts);
    for span in [Span::Ack, Span::Notify, Span::Redeem, Span::Flow] {
        assert_eq!(flooded.spans[&span], calm.spans[&span], "{span}");
    }
}
