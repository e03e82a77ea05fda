//! What is sound is said to be, every examination ends in time, and nothing is told that must not be.

use super::ward::{Ward, assert_one, at, examined, hang};
use super::{ALL_BUT_RARE, finding_of};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use ciba_bench::ciba::Named;
use ciba_bench::doctor::{
    Examination, Finding, Listening, PERSON_WITHIN, State, TOTAL_WITHIN, Teller, examine,
};
use ciba_bench::target::file::AuthenticationService;
use ciba_bench::transport::ConnectionLost;
use ciba_bench::world::{Party, WorldSettings};
use reference_op::{Fault, StartOrder};
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_sound_target_is_sound_in_everything_and_in_seconds() {
    let ward = Ward::new();
    let begun = ward.world.clock().now();
    let diagnosis = ward.examine().await;
    for finding in &diagnosis.findings {
        assert_eq!(finding.state, State::Sound, "{finding:?}");
    }
    assert!(ward.world.clock().now() - begun < Duration::from_secs(7));
    let counts = ward.world.access_counts();
    assert_eq!((counts.get("ping", "204"), counts.get("token", "tokens")), (1, 2), "{counts:?}");
    assert_eq!(ward.world.receiver().registered(), 0, "no token is left behind");
}

#[tokio::test(start_paused = true)]
async fn where_poll_is_out_the_decision_channel_is_watched_in_the_ping_flow() {
    let out = Ward::new().edited("\"env:poll-client\"", "\"env:wrong\"").examine().await;
    let state = |examination: Examination| finding_of(&out, examination).state;
    assert_eq!(state(Examination::PollFlow), State::NotExamined);
    assert_eq!((state(Examination::Decision), state(Examination::PingFlow)), (State::Sound, State::Sound));

    let ward = Ward::new();
    let mut practice = ward.practice();
    practice.target.clients.poll = None;
    let only_ping = examined(&practice).await;
    let seen = |examination: Examination| finding_of(&only_ping, examination).seen.as_str();
    assert!(only_ping.is_usable());
    assert_eq!(seen(Examination::PollFlow), "the target file has no client for poll");
    assert!(seen(Examination::PingFlow).contains("the ping came"), "{only_ping:#?}");
    assert!(seen(Examination::Subject).contains("alice"), "{only_ping:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_push_client_is_examined_beside_others_and_alone() {
    let ward = Ward::with(WorldSettings::default().offering_push());
    let mut practice = ward.practice();
    let all = examined(&practice).await;
    assert_eq!(all.count(State::Sound), Examination::ALL.len() - 1, "all but consents: {all:#?}");
    assert_eq!(ward.world.access_counts().get("push", "204"), 1);
    practice.target.clients.poll = None;
    practice.target.clients.ping = None;
    let alone = examined(&practice).await;
    assert!(alone.is_usable(), "{alone:#?}");
    let states = [Examination::PushClient, Examination::Decision, Examination::PushFlow]
        .map(|examination| finding_of(&alone, examination).state);
    assert_eq!(states, [State::Sound; 3], "{alone:#?}");
    let silent = WorldSettings { faults: Fault::PushNotSent.into(), ..WorldSettings::default() };
    let diagnosis = Ward::with(silent.offering_push()).examine().await;
    let push = finding_of(&diagnosis, Examination::PushFlow);
    assert!(push.state == State::Failed && push.seen.contains("no push came"), "{diagnosis:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_dead_or_hangs_is_told_in_time() {
    use Examination::{Keys, Metadata, TokenEndpoint};
    let dead = Ward::new().edited("http://op.localhost", "http://dead.localhost");
    let expected =
        (Metadata, "no connection", "network: no connection to dead.localhost:80; see that the server runs");
    assert_one("dead", &dead.examine().await, State::Failed, expected);

    let ward = Ward::new();
    ward.world.intercept(Party::Op, |_| Router::new().fallback(|| async { axum::Extension(ConnectionLost) }));
    let expected = (Metadata, "the connection broke", "scheme (http or https) and port are right");
    assert_one("resets", &ward.examine().await, State::Failed, expected);

    for (path, examination, seen) in [
        ("openid-configuration", Metadata, "no answer within 10000 ms"),
        ("jwks.json", Keys, "no answer within 10000 ms"),
        ("/ciba/oauth2/token", TokenEndpoint, "no answer within 8000 ms"),
    ] {
        let ward = Ward::new();
        hang(&ward, path, |_| true);
        let diagnosis = ward.examine().await;
        let failed: Vec<&Finding> = diagnosis.failed().collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].examination == examination && failed[0].seen.contains(seen), "{failed:?}");
    }
    let ward = Ward::new();
    let authenticated = |request: &Request| request.headers().contains_key(header::AUTHORIZATION);
    hang(&ward, "/backchannel/authentication", authenticated);
    let diagnosis = ward.examine().await;
    let failed: Vec<Examination> = diagnosis.failed().map(|finding| finding.examination).collect();
    // Nobody was asked: the fault may lie on either side of the server.
    assert_eq!(failed, [Examination::UserVerification], "{diagnosis:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_its_time_is_given_a_minute() {
    const PAUSE: Duration = Duration::from_millis(7_900);
    let ward = Ward::new();
    ward.world.intercept(Party::Op, |router| {
        router.layer(from_fn(|request: Request, next: Next| async move {
            // What the authentication service asks for is answered at once.
            let of_flows = !request.uri().path().contains("/system/");
            tokio::time::sleep(if of_flows { PAUSE } else { Duration::ZERO }).await;
            next.run(request).await
        }))
    });
    let diagnosis = ward.examine().await;
    let [ping] = diagnosis.failed().collect::<Vec<_>>()[..] else { panic!("{diagnosis:#?}") };
    assert_eq!(ping.examination, Examination::PingFlow);
    assert!(
        ping.seen.contains("the ping came, and the token request that followed it met no answer yet"),
        "{ping:?}"
    );
    let last = finding_of(&diagnosis, Examination::UnknownUser);
    let over = "the 60 s that all of this may take are over";
    assert_eq!((last.state, last.seen.as_str()), (State::NotExamined, over));
}

#[tokio::test(start_paused = true)]
async fn who_was_not_asked_in_time_is_not_said_to_be_well() {
    let ward = Ward::new();
    let practice = ward.practice();
    ward.world.intercept(Party::Op, |router| {
        router.layer(from_fn(|request: Request, next: Next| async move {
            if at(&request, "jwks.json") {
                // As if the machine had been asleep.
                tokio::time::advance(TOTAL_WITHIN).await;
            }
            next.run(request).await
        }))
    });
    let teller = Teller { found: &|_| {}, waits: &|_| {} };
    let diagnosis = examine(&practice, &teller).await;
    let [late] = diagnosis.failed().collect::<Vec<_>>()[..] else { panic!("{diagnosis:#?}") };
    assert!(late.seen.contains("nothing was asked: the 60 s that all of this may take"), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_server_starts_before_it_acknowledges_is_seen_as_well() {
    let mut settings = WorldSettings::default();
    settings.op.workspaces[0].start_order = StartOrder::BeforeAcknowledgement;
    let diagnosis = Ward::with(settings).examine().await;
    assert_eq!(diagnosis.count(State::Sound), ALL_BUT_RARE, "{diagnosis:#?}");
}

#[tokio::test(start_paused = true)]
async fn where_somebody_else_decides_a_person_is_waited_for() {
    // Whoever approves there does so by hand: nobody does.
    let ward = Ward::new();
    let mut practice = ward.practice();
    practice.service = Listening::NotOurs("somebody else's".to_owned());
    practice.target.authentication_service = AuthenticationService::None;
    let waits = Mutex::new(Vec::new());
    let teller = Teller {
        found: &|_| {},
        waits: &|waiting| waits.lock().unwrap().push((waiting.user.to_owned(), waiting.within)),
    };
    let diagnosis = examine(&practice, &teller).await;
    let finding = |examination: Examination| finding_of(&diagnosis, examination);
    for examination in [Examination::PollFlow, Examination::PingFlow] {
        let Finding { state, seen, .. } = finding(examination);
        assert!(
            *state == State::Doubtful && seen.contains("nobody decided for \"alice\" within 60 s"),
            "{seen}"
        );
    }
    for examination in [Examination::UserVerification, Examination::UserPrompt, Examination::Decision] {
        assert_eq!(finding(examination).state, State::NotExamined);
    }
    assert_eq!(finding(Examination::UnknownUser).state, State::Sound, "there is time left for it");
    let alice = ("alice".to_owned(), PERSON_WITHIN);
    assert_eq!(*waits.lock().unwrap(), [alice.clone(), alice]);

    // Somebody approves a moment after being asked.
    let ward = Ward::new();
    let mut practice = ward.practice();
    practice.service = Listening::NotOurs("somebody else's".to_owned());
    practice.target.authentication_service = AuthenticationService::None;
    let (service, logins) = (ward.world.auth_service().clone(), ward.logins.clone());
    let person = tokio::spawn(async move {
        for number in 0.. {
            while logins.starts("alice").len() <= number {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            service.approve(&logins.starts("alice")[number].login_id).await.unwrap();
        }
    });
    practice.target.conformance.unknown_user = None;
    let diagnosis = examined(&practice).await;
    person.abort();
    let unknown = finding_of(&diagnosis, Examination::UnknownUser);
    assert_eq!(unknown.state, State::NotExamined, "nobody knows who is unknown there: {unknown:?}");
    assert!(diagnosis.is_usable() && diagnosis.count(State::Doubtful) == 0, "{diagnosis:#?}");
    let ping = finding_of(&diagnosis, Examination::PingFlow);
    assert!(ping.state == State::Sound && ping.seen.contains("s after the request"), "{ping:?}");
}

#[tokio::test(start_paused = true)]
async fn without_flows_nobody_is_asked() {
    let ward = Ward::new();
    let mut practice = ward.practice();
    practice.user = None;
    let diagnosis = examined(&practice).await;
    assert!(diagnosis.is_usable() && diagnosis.count(State::NotExamined) == 9, "{diagnosis:#?}");
    let counts = ward.world.access_counts();
    assert_eq!(counts.get("backchannel_authentication", "acknowledged"), 0, "{counts:?}");
    assert_eq!(counts.total("user_verify"), 0, "{counts:?}");
}

/// A server that repeats whatever it is sent, in errors and beside successes.
#[tokio::test(start_paused = true)]
async fn no_secret_is_told_whatever_the_server_repeats() {
    let ward = Ward::new();
    ward.world.intercept(Party::Op, |router| {
        router.layer(from_fn(|request: Request, next: Next| async move {
            let (head, body) = request.into_parts();
            let sent = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let basic =
                head.headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
            let told = format!("{} {}", String::from_utf8_lossy(&sent), basic.unwrap_or_default());
            let ours = head.uri.path().contains("/ciba/");
            let response = next.run(Request::from_parts(head, Body::from(sent))).await;
            if response.status().is_success() || !ours {
                return response;
            }
            (response.status(), json!({"error": "invalid_grant", "error_description": told}).to_string())
                .into_response()
        }))
    });
    let diagnosis = ward.examine().await;
    let text = format!("{diagnosis:#?}");
    assert!(text.contains("[secret]"), "{text}");
    for secret in ward.world.clients().iter().filter_map(|client| client.credentials.secret()) {
        assert!(!text.contains(secret.expose().as_str()), "{text}");
    }
}
