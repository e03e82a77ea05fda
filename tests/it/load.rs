//! Load runs over sockets: Goose users against the embedded OP. One attack per process at a time, so they take turns.

use crate::rig::{MODES, Ran, assert_books_close, profile, setting};
use ciba_bench::ciba::{Named, Outcome};
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::{Marker, Traces};
use ciba_bench::load::{self, Measurement, StopHandle};
use ciba_bench::record::{Ended, Span};
use ciba_bench::transport::{Http, HttpSettings, Transport};
use ciba_bench::world::{Embedded, EmbeddedSettings};
use std::sync::Arc;
use std::time::Duration;

/// Goose keeps process-wide state.
static ATTACK: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Runs a profile against an embedded OP with the shortest interval there is. `disturb` may interfere.
async fn run<F: Future<Output = ()> + Send + 'static>(
    text: &str,
    disturb: impl FnOnce(Arc<Embedded>, StopHandle) -> F,
) -> Ran {
    let _turn = ATTACK.lock().await;
    let profile = profile(text);
    let clock = Clock::system();
    let measurement = Measurement::new(2, clock);
    let traces = Arc::new(Traces::new(Some(Marker::new(7)), measurement.clone()));
    let mut settings = EmbeddedSettings::default();
    settings.world.op.workspaces[0].interval = 1;
    settings.world.plan = profile.decisions.clone();
    let world = Arc::new(Embedded::start(settings, clock, traces.clone(), measurement.clone()).unwrap());
    let transport: Arc<dyn Transport> =
        Arc::new(Http::new(HttpSettings { connections_max: 64 }, clock).unwrap());
    let clients = MODES.map(|mode| world.client(mode).unwrap());
    let setting =
        setting(profile, world.issuer(), &clients, transport, traces.clone(), world.receiver(), clock).await;
    let disturbance = tokio::spawn(disturb(world.clone(), measurement.stop_handle()));
    let result = load::run(measurement, setting).await.unwrap();
    disturbance.await.unwrap();
    world.auth_service().drain(Duration::from_secs(5)).await;
    world.close().await;
    Ran { result, op: world.access_counts(), kept: traces.kept(), registered: world.receiver().registered() }
}

async fn undisturbed(_: Arc<Embedded>, _: StopHandle) {}

const MIXED: &str = r#"
    drain = "20s"
    [workload]
    max_in_flight = 1000
    [[workload.stages]]
    name = "steady"
    duration = "3s"
    rate = 60
    [mix]
    poll = 1
    ping = 1
    [flow]
    use_token = true
    requested_expiry = "5s"
    [users]
    count = 5000
    [decisions]
    unknown_users = 0.1
    shares = { approve = 0.7, deny = 0.2, ignore = 0.1 }
    delay.uniform = { min = "10ms", max = "300ms" }
    fetch_details = 0.5
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mixed_run_has_every_outcome_every_span_and_books_that_close() {
    let ran = run(MIXED, undisturbed).await;
    assert_books_close(&ran);
    let load = &ran.result.load;
    assert_eq!(ran.result.ended, Ended::Completed);
    assert_eq!((load.counts.flows.scheduled, load.counts.flows.dropped), (180, 0));
    for outcome in [Outcome::Tokens, Outcome::Denied, Outcome::Expired, Outcome::UnknownUser] {
        assert!(load.counts.flows.outcomes.get(outcome) > 0, "{outcome}: {:?}", load.counts.flows.outcomes);
    }
    assert_eq!(load.counts.flows.outcomes.iter().count(), 4, "{:?}", load.counts.flows.outcomes);
    assert_eq!(ran.result.conformance.violations, [], "the embedded OP keeps the standard");
    let of_runs = Span::ALL.iter().filter(|span| !Span::OF_AUTH_SERVICE.contains(span));
    let unseen: Vec<_> = of_runs.filter(|span| !load.spans.contains_key(span)).collect();
    assert_eq!(unseen, [&Span::Consent, &Span::PollSlowDown, &Span::PollError], "spans without a sample");
    assert!(load.polling.gap_ratio_min.is_none_or(|ratio| ratio >= 1.0), "{:?}", load.polling);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_run_keeps_its_users_at_work() {
    let closed = r#"
        [workload]
        model = "closed"
        think_time = "20ms"
        [[workload.stages]]
        name = "three"
        duration = "2s"
        flows = 3
        [flow]
        first_poll = "at_once"
        [mix]
        poll = 0
        ping = 1
    "#;
    let ran = run(closed, undisturbed).await;
    assert_books_close(&ran);
    let load = &ran.result.load;
    assert!(load.generator.in_flight_peak <= 3, "{}", load.generator.in_flight_peak);
    assert!(
        load.counts.flows.outcomes.get(Outcome::Tokens) > 6,
        "each user comes again: {:?}",
        load.counts.flows
    );
    assert_eq!(load.counts.flows.outcomes.iter().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_run_ends_in_order() {
    let ran = run(MIXED, |_, stop| async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        stop.leave();
    })
    .await;
    assert_books_close(&ran);
    assert_eq!(ran.result.ended, Ended::Interrupted);
    assert!(ran.result.load.counts.flows.outcomes.get(Outcome::Abandoned) > 0);
    assert!(ran.result.load.counts.flows.scheduled < 180);
}

/// Twenty moments, spread over the run; which of them hit an exchange is up to the machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_close_whenever_the_op_is_killed() {
    let short = r#"
        drain = "300ms"
        [workload]
        max_in_flight = 1000
        [[workload.stages]]
        name = "steady"
        duration = "600ms"
        rate = 400
        [flow]
        first_poll = "at_once"
        use_token = true
        [mix]
        poll = 1
        ping = 1
    "#;
    let mut broken = 0;
    for moment in 0..20u64 {
        let ran = run(short, move |world, _| async move {
            tokio::time::sleep(Duration::from_micros(40_000 + moment * 27_183)).await;
            world.kill_op();
        })
        .await;
        assert_books_close(&ran);
        let outcomes = &ran.result.load.counts.flows.outcomes;
        broken += outcomes.get(Outcome::TransportFailed);
        assert_eq!(outcomes.get(Outcome::HarnessPanic), 0);
    }
    assert!(broken > 0, "no kill was noticed");
}
