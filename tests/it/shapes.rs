//! The shape of the load: when flows start, and for whom.

use crate::rig::assert_books_close;
use crate::simulation::{PING, STEADY, simulate};
use axum::body::to_bytes;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use ciba_bench::ciba::Outcome;
use ciba_bench::record::{Event, LoadRecord, Span};
use ciba_bench::world::Party;
use std::sync::{Arc, Mutex};

/// Starts in each second of the twenty.
fn starts(load: &LoadRecord) -> Vec<u64> {
    load.intervals.iter().take(20).map(|interval| interval.counts.flows.scheduled).collect()
}

#[tokio::test(start_paused = true)]
async fn poisson_arrivals_come_in_bursts_and_are_the_seed_s_own() {
    let random = STEADY.replace("max_in_flight", "arrivals = \"poisson\"\nmax_in_flight");
    let (even, _) = simulate(STEADY, &PING, |_, _| None).await;
    let (ran, _) = simulate(&random, &PING, |_, _| None).await;
    let (again, _) = simulate(&random, &PING, |_, _| None).await;
    assert_books_close(&ran);
    assert_eq!(starts(&even.result.load), [50; 20]);
    let (seen, repeated) = (starts(&ran.result.load), starts(&again.result.load));
    assert_eq!((seen.iter().sum::<u64>(), &seen), (1000, &repeated));
    // A Poisson process's counts have a variance of 50 a second.
    let variance = seen.iter().map(|n| (*n as f64 - 50.0).powi(2)).sum::<f64>() / 20.0;
    assert!((20.0..100.0).contains(&variance), "{variance}: {seen:?}");
    assert!(ran.result.load.spans[&Span::StartLag].max_us <= 1_000);
    let other = format!("seed = 2\n{random}");
    let (other, _) = simulate(&other, &PING, |_, _| None).await;
    assert_ne!(starts(&other.result.load), seen);
}

#[tokio::test(start_paused = true)]
async fn a_file_of_start_times_is_replayed() {
    let replay = "workload.arrivals.file = \"starts.csv\"\nmix.ping = 1\n";
    let (ran, _) = simulate(replay, &PING, |_, _| None).await;
    assert_books_close(&ran);
    let load = &ran.result.load;
    assert_eq!(starts(load)[..5], [2, 0, 0, 3, 1]);
    assert_eq!((load.stages[0].name.as_str(), load.stages[0].length_s), ("replay", 5.0));
    assert!(load.spans[&Span::StartLag].max_us <= 1_000, "{:?}", load.spans[&Span::StartLag]);
}

#[tokio::test(start_paused = true)]
async fn users_of_a_file_take_turns_and_decide_what_it_says() {
    let users = "file = \"users.csv\"\nlogin_hint = \"mail\"\ndecision = \"answer\"";
    let (ran, history) = simulate(&format!("{STEADY}[users]\n{users}\n"), &PING, |_, _| None).await;
    assert_books_close(&ran);
    let asked = |line: &str| history.iter().filter(|entry| *entry == line).count();
    let all = ["ann@a.test Approve", "bob@a.test Deny", "cleo@a.test Approve"].map(asked);
    assert!(all.iter().all(|n| (333..=334).contains(n)), "{all:?}: {:?}", &history[..3]);
    assert_eq!(ran.result.load.counts.flows.outcomes.get(Outcome::Denied), all[1] as u64);
}

#[tokio::test(start_paused = true)]
async fn hints_of_several_kinds_are_mixed_by_weight() {
    let hints = "[users]\ncount = 50\n[flow]\nhint = { login_hint = 1, id_token_hint = 3 }\n";
    let seen = Arc::new(Mutex::new([0u64; 2]));
    let counting = seen.clone();
    let (ran, _) = simulate(&format!("{STEADY}{hints}"), &PING, |world, _| {
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request: Request, next: Next| {
                let seen = counting.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let bytes = to_bytes(body, 1 << 20).await.unwrap();
                    let text = String::from_utf8_lossy(&bytes);
                    for (at, name) in ["&login_hint=", "&id_token_hint="].into_iter().enumerate() {
                        seen.lock().unwrap()[at] += u64::from(text.contains(name));
                    }
                    next.run(Request::from_parts(head, bytes.into())).await
                }
            }))
        });
        None
    })
    .await;
    assert_books_close(&ran);
    let [by_name, by_token] = *seen.lock().unwrap();
    let substituted = ran.result.load.counts.events.get(Event::HintSubstituted);
    assert_eq!(by_name + by_token, 1000);
    // The first flow of a user has no ID token to show.
    assert!((650..800).contains(&(by_token + substituted)) && substituted <= 200, "{by_token} {substituted}");
}
