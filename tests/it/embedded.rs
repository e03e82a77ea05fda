//! The world on sockets. Real time passes here, so these are few.

use crate::scene::{Ears, Plan, Scene};
use ciba_bench::ciba::{DeliveryMode, FirstPoll, Outcome};
use ciba_bench::clock::Clock;
use ciba_bench::flow::Conduct;
use ciba_bench::transport::{Http, HttpSettings};
use ciba_bench::world::{Embedded, EmbeddedSettings, KnownClient};
use reference_op::WorkspaceSettings;
use std::sync::Arc;

/// A world with the shortest interval there is.
async fn open() -> (Embedded, Scene) {
    open_with(EmbeddedSettings::default()).await
}

async fn open_with(mut settings: EmbeddedSettings) -> (Embedded, Scene) {
    let (ears, clock) = (Ears::new(), Clock::system());
    settings.world.op.workspaces[0].interval = 1;
    let world = Embedded::start(settings, clock, ears.traces.clone(), ears.inbox.clone()).unwrap();
    let http = Http::new(HttpSettings { connections_max: 8 }, clock).unwrap();
    let receiver = world.receiver().clone();
    let scene = Scene::open(ears, Arc::new(http), receiver, world.issuer(), clock).await;
    (world, scene)
}

#[tokio::test]
async fn poll_and_ping_flows_end_with_tokens_and_the_op_counted_the_same() {
    let (world, scene) = open().await;
    let clients: Vec<KnownClient> = world.clients().to_vec();
    assert_eq!(clients.len(), 6);
    for (number, client) in (1..).zip(&clients) {
        let ending = scene.run(client, &Plan { number, ..Plan::of("alice") }).await;
        assert_eq!((ending.outcome, ending.breaches), (Outcome::Tokens, vec![]), "{}", client.id);
    }
    world.close().await;
    let counts = world.access_counts();
    assert_eq!(counts.get("token", "tokens"), 6);
    assert_eq!(counts.get("ping", "204"), 2);
    scene.assert_same_books(&counts, &world.auth_service().counts(), "six flows");
}

#[tokio::test]
async fn a_push_flow_ends_with_tokens_that_nobody_asked_for() {
    let mut settings = EmbeddedSettings::default();
    settings.world = settings.world.offering_push();
    let (world, scene) = open_with(settings).await;
    let client = world.client(DeliveryMode::Push).unwrap().clone();
    let ending = scene.run(&client, &Plan::of("alice")).await;
    assert_eq!((ending.outcome, ending.breaches), (Outcome::Tokens, vec![]));
    world.close().await;
    let counts = world.access_counts();
    assert_eq!((counts.get("push", "204"), counts.total("push"), counts.total("token")), (1, 1, 0));
    scene.assert_same_books(&counts, &world.auth_service().counts(), "a push flow");
}

#[tokio::test]
async fn an_op_that_is_killed_is_gone_at_once_and_keeps_its_counters() {
    let (world, scene) = open().await;
    let client = world.client(DeliveryMode::Poll).unwrap().clone();
    let conduct = Conduct { first_poll: FirstPoll::AtOnce, ..Conduct::default() };
    scene.run(&client, &Plan { conduct, ..Plan::of("alice") }).await;
    let before = world.access_counts();
    world.kill_op();
    let refused = std::net::TcpStream::connect(world.op().address()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let ending = scene.run(&client, &Plan { number: 2, ..Plan::of("alice") }).await;
    assert_eq!((ending.outcome, ending.breaches), (Outcome::TransportFailed, vec![]));
    assert_eq!(world.access_counts(), before);
    assert_eq!(before.get("backchannel_authentication", "acknowledged"), 1);
    world.close().await;
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let (world, scene) = open().await;
    let taken = world.op().address();
    let start = |settings| {
        let (observer, sink) = (scene.ears.traces.clone(), scene.ears.inbox.clone());
        Embedded::start(settings, Clock::system(), observer, sink).unwrap_err().to_string()
    };
    let message = start(EmbeddedSettings { op_address: taken, ..EmbeddedSettings::default() });
    assert!(message.contains(&taken.to_string()) && message.contains("choose another port"), "{message}");
    let changed = |change: fn(&mut WorkspaceSettings)| {
        let mut settings = EmbeddedSettings::default();
        change(&mut settings.world.op.workspaces[0]);
        start(settings)
    };
    let message = changed(|workspace| workspace.interval = 0);
    assert!(message.contains("workspaces[0].interval"), "{message}");
    let message = changed(|workspace| workspace.allowed_grant_types = vec!["client_credentials".to_owned()]);
    assert!(message.contains("CIBA grant"), "{message}");
    let mut settings = EmbeddedSettings::default();
    settings.world.op.workspaces.clear();
    assert!(start(settings).contains("workspaces"), "no workspace");
}
