//! Whole flows between correct parties, under paused time: how they end, how long they take, and that nobody is blamed.

use crate::scene::{Plan, Scene, peopled};
use ciba_bench::ciba::{DeliveryMode, FirstPoll, Outcome};
use ciba_bench::flow::Conduct;
use ciba_bench::notification::Answer;
use ciba_bench::world::WorldSettings;
use futures_util::future::join_all;
use reference_op::{ClientSettings, PingOrder, StartOrder, StateField};
use std::time::Duration;

/// Time for whatever is still under way when a flow has its tokens.
const SETTLE: Duration = Duration::from_secs(1);

/// What a flow is expected to be like.
struct Expected {
    outcome: Outcome,
    ms: u128,
    pending: u64,
    pings: u64,
}

async fn assert_flow(
    name: &str,
    settings: WorldSettings,
    mode: DeliveryMode,
    plan: &Plan,
    expected: Expected,
) {
    let (world, scene) = Scene::in_process(settings).await;
    for client in world.clients().iter().filter(|client| client.delivery_mode == mode) {
        let name = format!("{name}, {mode:?}, {}", client.id);
        let (pending, pings) =
            (scene.count("token", "authorization_pending"), world.access_counts().get("ping", "204"));
        let ending = world.within_deadline(scene.run(client, plan)).await.unwrap();
        assert_eq!((ending.outcome, &ending.breaches), (expected.outcome, &vec![]), "{name}");
        assert_eq!(ending.took.as_millis(), expected.ms, "{name}");
        tokio::time::sleep(SETTLE).await;
        assert_eq!(scene.count("token", "authorization_pending") - pending, expected.pending, "{name}");
        assert_eq!(world.access_counts().get("ping", "204") - pings, expected.pings, "{name}");
        scene.assert_same_books(&world.access_counts(), &world.auth_service().counts(), &name);
    }
    assert!(scene.ears.inbox.take_strangers().is_empty(), "{name}");
    assert_eq!((scene.ears.traces.kept(), world.receiver().registered()), (0, 0), "{name}");
}

#[tokio::test(start_paused = true)]
async fn flows_end_as_their_users_decide() {
    use DeliveryMode::{Ping, Poll};
    let at_once = Conduct { first_poll: FirstPoll::AtOnce, ..Conduct::default() };
    let silent = Conduct { fall_back_to_polling: false, ..Conduct::default() };
    let short = |user| Plan { requested_expiry: Some(12), ..Plan::of(user) };
    // The interval is 5 s, the client adds 50 ms to it; half of that where the poll before came late, as a fallback does.
    for (name, mode, plan, outcome, ms, pending, pings) in [
        ("approved", Poll, Plan::of("alice"), Outcome::Tokens, 5_050, 0, 0),
        ("approved", Ping, Plan::of("alice"), Outcome::Tokens, 0, 0, 1),
        ("denied", Poll, Plan::of("denise"), Outcome::Denied, 5_050, 0, 0),
        ("denied", Ping, Plan::of("denise"), Outcome::Denied, 0, 0, 1),
        ("ignored", Poll, short("iggy"), Outcome::Expired, 15_150, 2, 0),
        ("ignored, falls back after two intervals", Ping, short("iggy"), Outcome::Expired, 15_025, 1, 0),
        (
            "ignored, never polls early",
            Ping,
            Plan { conduct: silent, ..short("iggy") },
            Outcome::Expired,
            14_000,
            0,
            0,
        ),
        ("unknown", Poll, Plan::of("nobody"), Outcome::UnknownUser, 0, 0, 0),
        ("unknown", Ping, Plan::of("nobody"), Outcome::UnknownUser, 0, 0, 0),
        ("slow", Poll, Plan::of("slow"), Outcome::Tokens, 10_100, 1, 0),
        ("slow", Ping, Plan::of("slow"), Outcome::Tokens, 7_000, 0, 1),
        (
            "slow, first poll at once",
            Poll,
            Plan { conduct: at_once, ..Plan::of("slow") },
            Outcome::Tokens,
            10_100,
            2,
            0,
        ),
    ] {
        let expected = Expected { outcome, ms, pending, pings };
        assert_flow(name, peopled(), mode, &plan, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_order_of_pings_and_starts_and_the_name_of_the_state_change_nothing() {
    for ping_order in [PingOrder::BeforeAcceptAnswer, PingOrder::AfterAcceptAnswer] {
        for start_order in [StartOrder::Asynchronous, StartOrder::BeforeAcknowledgement] {
            for state_field in [StateField::LoginState, StateField::State, StateField::Both] {
                let mut settings = peopled();
                let workspace = &mut settings.op.workspaces[0];
                (workspace.ping_order, workspace.start_order, workspace.state_field) =
                    (ping_order, start_order, state_field);
                let name = format!("{ping_order:?}, {start_order:?}, {state_field:?}");
                for (user, outcome) in [("alice", Outcome::Tokens), ("denise", Outcome::Denied)] {
                    for (mode, ms, pings) in [(DeliveryMode::Poll, 5_050, 0), (DeliveryMode::Ping, 0, 1)] {
                        let expected = Expected { outcome, ms, pending: 0, pings };
                        assert_flow(&name, settings.clone(), mode, &Plan::of(user), expected).await;
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_never_arrives_is_replaced_by_polling_after_two_intervals() {
    // What the OP's ping meets, what the OP notes of it, and whether it reached the endpoint at another path.
    for (endpoint, noted, strangers) in [
        ("http://nowhere.test/notify-callback", "transport_error", 0),
        ("http://client.localhost/another-path", "404", 1),
    ] {
        let mut settings = peopled();
        settings.op.workspaces[0].clients = vec![ClientSettings::ping("ping-client", "secret", endpoint)];
        let (world, scene) = Scene::in_process(settings).await;
        let client = world.client(DeliveryMode::Ping).unwrap();
        let ending = world.within_deadline(scene.run(client, &Plan::of("alice"))).await.unwrap();
        assert_eq!((ending.outcome, ending.breaches), (Outcome::Tokens, vec![]), "{endpoint}");
        assert_eq!(ending.took, Duration::from_secs(10), "{endpoint}");
        assert_eq!(scene.ears.inbox.take_strangers().len(), strangers, "{endpoint}");
        let counts = world.access_counts();
        assert_eq!((counts.get("ping", noted), counts.total("ping")), (1, 1), "{counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_endpoint_answers_the_ping_has_arrived_and_is_sent_once() {
    for (answer, noted) in [
        (Answer::reset(), "transport_error"),
        (Answer::status(http::StatusCode::INTERNAL_SERVER_ERROR), "500"),
        (
            Answer::redirect(http::StatusCode::FOUND, http::HeaderValue::from_static("http://op.localhost/")),
            "302",
        ),
        (Answer::default().after(Duration::from_secs(60)), "timeout"),
    ] {
        let (world, scene) = Scene::in_process(peopled()).await;
        world.receiver().answer_with(None, answer.clone());
        let client = world.client(DeliveryMode::Ping).unwrap();
        let ending = world.within_deadline(scene.run(client, &Plan::of("alice"))).await.unwrap();
        assert_eq!((ending.outcome, ending.breaches), (Outcome::Tokens, vec![]), "{answer:?}");
        assert_eq!(ending.took, Duration::ZERO, "{answer:?}");
        tokio::time::sleep(Duration::from_secs(90)).await;
        let counts = world.access_counts();
        assert_eq!((counts.get("ping", noted), counts.total("ping")), (1, 1), "{counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_flows_at_once_end_each_in_its_own_way_and_the_books_agree() {
    const EACH: u64 = 25;
    let (world, scene) = Scene::in_process(peopled()).await;
    let users = [
        ("alice", Outcome::Tokens),
        ("denise", Outcome::Denied),
        ("iggy", Outcome::Expired),
        ("nobody", Outcome::UnknownUser),
        ("slow", Outcome::Tokens),
    ];
    let mut expected = Vec::new();
    let mut flows = Vec::new();
    for client in world.clients() {
        for (user, outcome) in users {
            for _ in 0..EACH {
                expected.push(outcome);
                let number = flows.len() as u64;
                let plan = Plan { number, requested_expiry: Some(30), ..Plan::of(user) };
                let scene = &scene;
                flows.push(async move { scene.run(client, &plan).await });
            }
        }
    }
    let endings = world.within_deadline(join_all(flows)).await.unwrap();
    for (ending, expected) in endings.iter().zip(expected) {
        assert_eq!((ending.outcome, &ending.breaches), (expected, &vec![]));
    }
    tokio::time::sleep(SETTLE).await;
    let counts = world.access_counts();
    scene.assert_same_books(&counts, &world.auth_service().counts(), "many");
    let clients = world.clients().len() as u64;
    let ping =
        world.clients().iter().filter(|client| client.delivery_mode == DeliveryMode::Ping).count() as u64;
    assert!(ping > 0 && ping < clients);
    assert_eq!(counts.get("token", "tokens"), 2 * clients * EACH);
    assert_eq!(counts.get("ping", "204"), 3 * ping * EACH);
    assert_eq!(counts.get("backchannel_authentication", "unknown_user_id"), clients * EACH);
    assert_eq!(world.op().pending_count(), 0);
}
