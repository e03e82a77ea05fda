//! What the world in one thread promises as such.

use crate::scene::{Plan, Scene, peopled};
use ciba_bench::ciba::{DeliveryMode, Outcome};
use ciba_bench::world::{DEADLINE, InProcess};
use std::sync::{Arc, Weak};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_thousand_worlds_leave_nothing_behind() {
    let mut left: Vec<[Weak<dyn Send + Sync>; 2]> = Vec::new();
    let mut transports = Vec::new();
    for number in 0..1_000 {
        let (world, scene) = Scene::in_process(peopled()).await;
        transports.push(Arc::downgrade(&world.transport()));
        let (inbox, traces) = (scene.ears.inbox.clone(), scene.ears.traces.clone());
        let (inbox, traces): (Arc<dyn Send + Sync>, Arc<dyn Send + Sync>) = (inbox, traces);
        left.push([Arc::downgrade(&inbox), Arc::downgrade(&traces)]);
        drop((inbox, traces));
        let client = world.client(DeliveryMode::Ping).unwrap();
        // Half of them end in the middle of a flow.
        let (user, patience) =
            if number % 2 == 0 { ("alice", DEADLINE) } else { ("slow", Duration::from_secs(3)) };
        let ended = tokio::time::timeout(patience, scene.run(client, &Plan::of(user))).await;
        assert_eq!(ended.is_ok(), number % 2 == 0);
    }
    // Tasks of the last world may still have a step to make.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(transports.iter().filter(|transport| transport.upgrade().is_some()).count(), 0);
    assert_eq!(left.iter().flatten().filter(|left| left.upgrade().is_some()).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_world_begins_at_the_same_wall_time_and_its_time_is_tokios() {
    let (world, _) = Scene::in_process(peopled()).await;
    let beginning = InProcess::beginning().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(world.clock().wall(world.clock().now()), beginning);
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert_eq!(world.clock().wall(world.clock().now()), beginning + Duration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_never_ends_is_ended() {
    let (world, _) = Scene::in_process(peopled()).await;
    assert!(world.within_deadline(std::future::pending::<()>()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_client_without_ciba_is_none_of_those_that_run_flows() {
    let (world, scene) = Scene::in_process(peopled()).await;
    let stranger = world.unregistered_client().unwrap();
    assert_eq!(world.clients().len(), 7);
    assert!(world.clients().iter().all(|client| client.id != stranger.id));
    let ending = world.within_deadline(scene.run(stranger, &Plan::of("alice"))).await.unwrap();
    assert_eq!(ending.outcome, Outcome::Refused);
    assert_eq!(world.access_counts().get("backchannel_authentication", "unauthorized_client"), 1);
}
