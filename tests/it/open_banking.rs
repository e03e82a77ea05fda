//! Flows that begin with a consent of Open Banking: both countries, both delivery modes, many third parties.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cli::{Scratch, json};
use crate::rig::{MODES, Ran, assert_books_close};
use crate::simulation::simulate;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use ciba_bench::ciba::Outcome;
use ciba_bench::open_banking::{CONSENT_TYPES, ConsentMedia};
use ciba_bench::record::{Answered, ConsentsRecord, Ended, Span};
use ciba_bench::world::Party;
use http::StatusCode;

const REFUSAL: &str =
    r#"{"Code":"400 BadRequest","Message":"permissions are not what they were","Errors":[]}"#;

fn profile(consent: &str) -> String {
    format!(
        r#"
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
        [flow]
        consent = "{consent}"
        [decisions]
        shares = {{ approve = 0.8, deny = 0.2, ignore = 0.0 }}
        delay.uniform = {{ min = "100ms", max = "4s" }}
    "#
    )
}

fn consents(ran: &Ran) -> &ConsentsRecord {
    ran.result.load.created_consents.as_ref().unwrap()
}

/// What both sides counted of consents is the same.
fn assert_consents_add_up(ran: &Ran) {
    assert_books_close(ran);
    let counts = &ran.result.load.counts;
    let created = counts.consents.get(Answered::Ok);
    assert_eq!(created, ran.op.get("consent_create", "201"), "{:?}", ran.op);
    assert_eq!(created, consents(ran).created);
    assert_eq!(consents(ran).deleted, ran.op.get("consent_delete", "204"), "{:?}", ran.op);
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_consent_leads_to_tokens_or_to_a_denial() {
    for kind in CONSENT_TYPES {
        let (ran, history) = simulate(&profile(kind.name), &MODES, |_, _| None).await;
        assert_consents_add_up(&ran);
        let load = &ran.result.load;
        assert_eq!(ran.result.conformance.violations, [], "{kind:?}");
        let outcomes: BTreeSet<_> = load.counts.flows.outcomes.iter().map(|(outcome, _)| outcome).collect();
        assert_eq!(outcomes, BTreeSet::from([Outcome::Tokens, Outcome::Denied]), "{kind:?}");
        assert_eq!((load.counts.flows.started, history.len()), (200, 200), "{kind:?}");
        assert_eq!(load.spans[&Span::Consent].count, 200, "{kind:?}");
        let seen = consents(&ran);
        assert_eq!((seen.kind.as_str(), seen.created), (kind.name, 200));
        let deleted = if kind.deletable { 200 } else { 0 };
        assert_eq!((seen.deleted, seen.left, seen.refusals.len()), (deleted, 0, 0), "{kind:?} {seen:?}");
        // One token for each third party that created consents; ten seconds do not outlast it.
        let parties = if kind.media == ConsentMedia::Jwt { 2..=8 } else { 8..=16 };
        let tokens = load.counts.client_credentials.get(Answered::Tokens);
        assert!(parties.contains(&tokens), "{kind:?}: {tokens}");
        assert_eq!(tokens, ran.op.get("token", "client_credentials"), "{:?}", ran.op);
    }
}

#[tokio::test(start_paused = true)]
async fn the_consent_is_a_span_of_its_own_and_no_part_of_the_acknowledgement() {
    let delay = Duration::from_millis(70);
    let (ran, _) = simulate(&profile("open_banking_uk_accounts"), &MODES, |world, _| {
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request: Request, next: Next| async move {
                if request.uri().path().ends_with("/account-access-consents") {
                    tokio::time::sleep(delay).await;
                }
                next.run(request).await
            }))
        });
        None
    })
    .await;
    let p50 = |span| ran.result.load.spans[&span].p50_us.unwrap();
    assert!(p50(Span::Consent).abs_diff(70_000) < 1_000 && p50(Span::Ack) < 1_000, "{}", p50(Span::Consent));
}

/// Puts an answer in the place of the consent API's, from the `from`th on.
async fn with_consent_api(answer: fn(usize) -> Option<Response>) -> Ran {
    let (ran, _) = simulate(&profile("open_banking_uk_accounts"), &MODES, |world, _| {
        let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request: Request, next: Next| {
                let calls = calls.clone();
                async move {
                    let meant = request.uri().path().ends_with("/account-access-consents");
                    let instead = meant
                        .then(|| answer(calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed)))
                        .flatten();
                    match instead {
                        Some(answer) => answer,
                        None => next.run(request).await,
                    }
                }
            }))
        });
        None
    })
    .await;
    ran
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_early_with_the_servers_words_when_every_consent_is_refused() {
    let ran = with_consent_api(|_| Some((StatusCode::BAD_REQUEST, REFUSAL).into_response())).await;
    let load = &ran.result.load;
    let Ended::Refused { reason } = &ran.result.ended else { panic!("{:?}", ran.result.ended) };
    assert!(reason.contains("the server said: status 400, 400 BadRequest: permissions are not"), "{reason}");
    assert!(load.counts.flows.started < 100 && load.counts.closes(), "{:?}", load.counts.flows);
    assert_eq!(
        load.counts.flows.outcomes.get(Outcome::ConsentRefused),
        load.counts.consents.get(Answered::OtherError)
    );
    assert_eq!(load.counts.backchannel_authentication.total(), 0, "nobody was asked");
    assert_eq!((consents(&ran).created, consents(&ran).deleted), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn refusals_here_and_there_cost_their_flows_and_a_refused_token_is_renewed_once() {
    let ran = with_consent_api(|call| match call {
        5 => Some((StatusCode::UNAUTHORIZED, r#"{"error":"invalid_token"}"#).into_response()),
        call if call % 20 == 19 => Some((StatusCode::BAD_REQUEST, REFUSAL).into_response()),
        _ => None,
    })
    .await;
    let load = &ran.result.load;
    assert_eq!(ran.result.ended, Ended::Completed);
    let refused = load.counts.flows.outcomes.get(Outcome::ConsentRefused);
    assert!((9..=11).contains(&refused), "{:?}", load.counts.flows.outcomes);
    assert_eq!(load.counts.consents.get(Answered::Ok) + refused, 200);
    assert_eq!(consents(&ran).refusals.len(), 1, "{:?}", consents(&ran));
    assert!(load.counts.closes());
}

#[test]
fn a_bank_s_profile_completes_over_sockets() {
    let scratch = Scratch::new("bank");
    let text = include_str!("../../profiles/open_banking_uk.toml");
    let text = text
        .replace("duration = \"10s\"", "duration = \"2s\"")
        .replace("duration = \"3s\"", "duration = \"1s\"");
    // A busy machine must not fail this: latencies are for real runs.
    let text = text.replace("p99 < 250ms", "p50 < 60s").replace("warmup = \"3s\"", "warmup = \"1s\"");
    let profile = scratch.file("bank.toml", &text);
    let ended = scratch.run(&["run", &profile, "--quiet", "--out", "out"]);
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["conformance"]["violations"], serde_json::json!([]), "{ended:?}");
    let load = &record["load"];
    let outcomes = load["flows"]["outcomes"].as_object().unwrap();
    assert!(outcomes.keys().all(|outcome| outcome == "tokens" || outcome == "denied"), "{outcomes:?}");
    assert_eq!(load["created_consents"]["created"], load["flows"]["started"]);
    assert_eq!(load["created_consents"]["deleted"], load["flows"]["started"]);
    assert!(matches!(ended.code, 0 | 6), "{ended:?}");
}
