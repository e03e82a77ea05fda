//! An OP that gets only so much done.

use std::sync::Arc;
use std::time::Duration;

use http::header;
use reference_op::{CapacitySettings, FaultSet, Settings};
use tokio::task::JoinSet;

use crate::configuration::refused;
use crate::world::{ALICE, BASE, BOB, World, form_request, settings, settle};

fn bounded(capacity: CapacitySettings) -> Settings {
    Settings { capacity: Some(capacity), ..settings() }
}

/// 100 token requests at once, by a queue for 40: those that find a place are answered at the rate that was set.
#[tokio::test(start_paused = true)]
async fn requests_wait_for_a_worker_and_find_the_queue_full() {
    let capacity = CapacitySettings { requests_per_s: Some(50.0), queue: 40, ..CapacitySettings::default() };
    let world = Arc::new(World::with(bounded(capacity), FaultSet::NONE));
    let clock = reference_op::Clock::starting_at(std::time::UNIX_EPOCH);
    let begun = clock.now();
    let mut polls = JoinSet::new();
    for _ in 0..100 {
        let world = Arc::clone(&world);
        polls.spawn(async move {
            let answer = world.poll(ALICE, "nothing").await;
            (answer.status.as_u16(), answer.headers.get(header::RETRY_AFTER).cloned(), clock.now() - begun)
        });
    }
    let answers = polls.join_all().await;
    let (refused, served): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, ..)| *status == 503);
    // One is with the worker and 40 wait.
    assert_eq!((served.len(), refused.len()), (41, 59));
    assert!(
        refused.iter().all(|(_, retry, took)| retry.as_ref().is_some_and(|it| it == "1") && took.is_zero())
    );
    assert!(served.iter().all(|(status, retry, _)| (*status, retry.is_none()) == (400, true)));
    let last = served.iter().map(|(_, _, took)| *took).max().unwrap();
    let expected = Duration::from_millis(41 * 20);
    assert!(last.abs_diff(expected) < Duration::from_millis(80), "{last:?}");
    assert_eq!(world.count("token", "temporarily_unavailable"), 59);
    // Metadata and the system's own endpoints wait for nobody.
    world.system_token().await;
}

#[tokio::test(start_paused = true)]
async fn pings_wait_in_a_line_of_their_own() {
    let capacity = CapacitySettings { pings_per_s: Some(2.0), queue: 3, ..CapacitySettings::default() };
    let world = World::with(bounded(capacity), FaultSet::NONE);
    for _ in 0..6 {
        world.acknowledged(BOB).await;
        world.decide_newest("accept").await.ok();
        settle().await;
    }
    assert_eq!(world.outside.calls("/notify-callback").len(), 0);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(world.outside.calls("/notify-callback").len(), 4);
    assert_eq!((world.count("ping", "204"), world.count("ping", "given_up")), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_nothing_waits() {
    let world = World::new();
    let clock = reference_op::Clock::starting_at(std::time::UNIX_EPOCH);
    let begun = clock.now();
    for _ in 0..100 {
        world.send(form_request("/default/ciba/oauth2/token", Some(ALICE), "")).await;
    }
    assert_eq!(clock.now(), begun);
}

#[test]
fn impossible_bounds_are_refused_with_their_field() {
    let text = r#"
        workspaces = []
        [capacity]
        requests_per_s = 0.0
        pings_per_s = 1000000.0
        service_time_ms = 60000.0
        queue = 100000000
    "#;
    let problems = refused(BASE, Settings::from_toml(text).unwrap());
    let fields: Vec<&str> = problems.problems().iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        ["capacity.requests_per_s", "capacity.service_time_ms", "capacity.queue", "workspaces"]
    );
}
