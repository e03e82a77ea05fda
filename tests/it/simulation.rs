//! Load runs in virtual time: no sockets, no threads, and every figure comes out exactly.

use crate::rig::{Ran, profile, setting};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::decision_channel::{Marker, Traces};
use ciba_bench::load::{self, Logging, Measurement};
use ciba_bench::open_banking::{ConsentMedia, ConsentType};
use ciba_bench::profile::Correlation;
use ciba_bench::transport::Transport;
use ciba_bench::world::{InProcess, KnownClient, WorldSettings};
use reference_op::FaultSet;
use std::sync::Arc;
use std::time::Duration;

/// Runs a profile in a world of its own, with one relying party for each of `modes`.
pub async fn simulate(
    text: &str,
    modes: &[DeliveryMode],
    arrange: impl FnOnce(&InProcess, &Arc<Measurement>) -> Option<Arc<dyn Transport>>,
) -> (Ran, Vec<String>) {
    simulate_faulty(text, modes, FaultSet::NONE, arrange).await
}

/// The same with a log of the run.
pub async fn simulate_logged(text: &str, modes: &[DeliveryMode], logging: Logging) -> Ran {
    simulate_with(text, modes, FaultSet::NONE, Some(logging), |_, _| None).await.0
}

/// The same with an OP that does something wrong.
pub async fn simulate_faulty(
    text: &str,
    modes: &[DeliveryMode],
    faults: FaultSet,
    arrange: impl FnOnce(&InProcess, &Arc<Measurement>) -> Option<Arc<dyn Transport>>,
) -> (Ran, Vec<String>) {
    simulate_with(text, modes, faults, None, arrange).await
}

async fn simulate_with(
    text: &str,
    modes: &[DeliveryMode],
    faults: FaultSet,
    logging: Option<Logging>,
    arrange: impl FnOnce(&InProcess, &Arc<Measurement>) -> Option<Arc<dyn Transport>>,
) -> (Ran, Vec<String>) {
    let profile = profile(text);
    let measurement = Measurement::new(1, ciba_bench::clock::Clock::starting_at(InProcess::beginning()));
    let marker = (profile.flow.correlation == Correlation::Marker).then(|| Marker::new(7));
    let traces = Arc::new(Traces::new(marker, measurement.clone()));
    let like = profile.flow.consent.map_or_else(WorldSettings::default, WorldSettings::of_bank);
    let settings = WorldSettings { plan: profile.decisions.clone(), faults, ..like };
    let settings = if modes.contains(&DeliveryMode::Push) { settings.offering_push() } else { settings };
    let world = InProcess::new(settings, traces.clone(), measurement.clone()).unwrap();
    let clients: Vec<_> =
        modes.iter().flat_map(|mode| clients(&world, *mode, profile.flow.consent)).collect();
    let direct = world.transport();
    let mut setting = setting(
        profile,
        world.issuer(),
        &clients,
        direct.clone(),
        traces.clone(),
        world.receiver(),
        world.clock(),
    )
    .await;
    if let Some(transport) = arrange(&world, &measurement) {
        let replaced = crate::rig::setting(
            setting.profile.clone(),
            world.issuer(),
            &clients,
            transport,
            traces.clone(),
            world.receiver(),
            world.clock(),
        );
        setting = replaced.await;
    }
    setting.logging = logging;
    let result = world.within_deadline(load::simulate(measurement, setting)).await.unwrap();
    world.auth_service().drain(Duration::from_secs(10)).await;
    let mut history: Vec<_> = world
        .auth_service()
        .history(usize::MAX)
        .into_iter()
        .map(|entry| format!("{} {:?}", entry.user_identifier, entry.decision))
        .collect();
    // What happens at the same instant has no order.
    history.sort();
    let ran = Ran {
        result,
        op: world.access_counts(),
        kept: traces.kept(),
        registered: world.receiver().registered(),
    };
    (ran, history)
}

/// The first client of a mode; for consents all of them that can create one.
fn clients<'w>(
    world: &'w InProcess,
    mode: DeliveryMode,
    consent: Option<&ConsentType>,
) -> impl Iterator<Item = &'w KnownClient> {
    let signed = consent.is_some_and(|kind| kind.media == ConsentMedia::Jwt);
    let of_mode = world.clients().iter().filter(move |client| client.delivery_mode == mode);
    let able = of_mode.filter(move |client| !signed || client.consent_key().is_some());
    able.take(if consent.is_some() { usize::MAX } else { 1 })
}

pub const PING: [DeliveryMode; 1] = [DeliveryMode::Ping];

pub const STEADY: &str = r#"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    name = "steady"
    duration = "20s"
    rate = 50
    [mix]
    poll = 0
    ping = 1
"#;

/// Delays calls of one path, before they reach the party or after it has answered.
pub fn delayed(path: &'static str, before: u64, after: u64) -> impl Fn(Router) -> Router {
    move |router| {
        router.layer(from_fn(move |request: Request, next: Next| async move {
            let meant = request.uri().path().ends_with(path);
            if meant {
                tokio::time::sleep(Duration::from_millis(before)).await;
            }
            let response = next.run(request).await;
            if meant && response.status() == 200 {
                tokio::time::sleep(Duration::from_millis(after)).await;
            }
            response
        }))
    }
}

pub const MIXED: &str = r#"
    drain = "200s"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    name = "steady"
    duration = "10s"
    rate = 40
    [mix]
    poll = 2
    ping = 1
    [decisions]
    unknown_users = 0.05
    shares = { approve = 0.7, deny = 0.2, ignore = 0.1 }
    delay.lognormal = { median = "2s", p95 = "20s" }
"#;
