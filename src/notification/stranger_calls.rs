//! Tokens of any form, and what is told of calls that no token speaks for.

use super::calls::{Endpoint, bare};
use super::*;
use crate::ciba::Secret;
use axum::body::Body;
use http::{HeaderValue, StatusCode, header};
use std::time::Duration;

const PING: &str = r#"{"auth_req_id":"request-1"}"#;
const WAIT: Duration = Duration::from_secs(30);

async fn post(endpoint: &Endpoint, path: &str, bearers: &[&str]) -> StatusCode {
    endpoint.call(bare("POST", path, bearers).body(Body::from(PING)).unwrap()).await.status()
}

#[tokio::test(start_paused = true)]
async fn a_token_of_any_form_is_waited_for_until_its_flow_is_forgotten() {
    let endpoint = Endpoint::new();
    let lookalike = NotificationToken::new(9, &[1; RANDOM_BYTES]);
    let texts = ["t".repeat(1024), "aZ09-._~+/==".to_owned(), lookalike.expose().to_owned()];
    for (flow, text) in (1..).zip(&texts) {
        assert_eq!(post(&endpoint, "/notify", &[text]).await, StatusCode::UNAUTHORIZED, "not yet");
        endpoint.receiver.register_text(flow, &Secret::new(text.clone())).unwrap();
    }
    endpoint.register(9);
    assert_eq!(endpoint.receiver.registered(), 4);
    for (flow, text) in (1..).zip(&texts) {
        for duplicate in [false, true] {
            assert_eq!(post(&endpoint, "/notify", &[text]).await, StatusCode::NO_CONTENT);
            let notification = endpoint.inbox.wait(flow, WAIT).await.unwrap();
            assert_eq!((notification.flow, notification.duplicate), (flow, duplicate));
            assert_eq!(notification.auth_req_id.as_deref(), Some("request-1"));
        }
        for altered in [format!("{text}="), text[1..].to_owned(), text.replace(['a', 't'], "A")] {
            let known = texts.contains(&altered);
            assert!(known || post(&endpoint, "/notify", &[&altered]).await == StatusCode::UNAUTHORIZED);
        }
        endpoint.receiver.answer_with(Some(flow), Answer::status(StatusCode::OK));
        assert_eq!(post(&endpoint, "/notify", &[text]).await, StatusCode::OK);
        endpoint.receiver.forget(flow);
        assert_eq!(post(&endpoint, "/notify", &[text]).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(endpoint.receiver.registered(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_in_the_wrong_way_is_told_with_the_flow_whose_token_it_bears() {
    let endpoint = Endpoint::new();
    let token = endpoint.register(41);
    endpoint.receiver.register_text(42, &Secret::new("text".to_owned())).unwrap();
    let right = token.expose();
    // Method, target, bearers, path, flow, whether the query has a token.
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a str, Option<u64>, bool);
    let cases: &[Case<'_>] = &[
        ("PUT", "/notify", &[right], "/notify", Some(41), false),
        ("PUT", "/notify", &["text"], "/notify", Some(42), false),
        ("POST", "/notify", &["text", "text"], "/notify", Some(42), false),
        ("POST", "/notify", &["text", right], "/notify", None, false),
        ("POST", "/notify?access_token=canary", &[], "/notify", None, true),
        ("GET", "/notify/redirected/41?x=y", &[], "/notify/redirected/41", None, false),
        ("POST", "/notify/redirected/41", &[right], "/notify/redirected/41", Some(41), false),
    ];
    for (method, target, bearers, path, flow, query) in cases {
        endpoint.call(bare(method, target, bearers).body(Body::from(PING)).unwrap()).await;
        let stranger = endpoint.inbox.wait_stranger(|_| true, WAIT).await.unwrap();
        let what = format!("{method} {target} {bearers:?}");
        assert_eq!((&*stranger.method, &*stranger.path), (*method, *path), "{what}");
        assert_eq!(stranger.presented, Presented { headers: bearers.len(), query: *query }, "{what}");
        assert_eq!(stranger.flow, *flow, "{what}");
        assert_eq!(stranger.auth_req_id.as_deref(), Some("request-1"), "{what}");
        let shown = format!("{stranger:?}");
        assert!(!shown.contains(right) && !shown.contains("canary"), "{shown}");
    }
    assert_eq!(post(&endpoint, "/notify", &[right]).await, StatusCode::NO_CONTENT);
    assert!(!endpoint.inbox.wait(41, WAIT).await.unwrap().duplicate, "strangers leave no trace in a flow");
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_of_a_stranger_is_bounded() {
    let endpoint = Endpoint::new();
    let (method, path) = ("M".repeat(METHOD_SHOWN + 9), format!("/{}", "p".repeat(PATH_SHOWN + 9)));
    endpoint.call(bare(&method, &path, &[]).body(Body::empty()).unwrap()).await;
    let stranger = endpoint.inbox.wait_stranger(|_| true, WAIT).await.unwrap();
    assert_eq!((stranger.method.len(), stranger.path.len()), (METHOD_SHOWN, PATH_SHOWN));
}

#[tokio::test(start_paused = true)]
async fn who_follows_a_redirect_is_seen_at_its_end() {
    let endpoint = Endpoint::new();
    let token = endpoint.register(7);
    let elsewhere = endpoint.receiver.redirected_path(7);
    assert_eq!((endpoint.receiver.path(), elsewhere.as_str()), ("/notify", "/notify/redirected/7"));
    let location = HeaderValue::from_str(&elsewhere).unwrap();
    endpoint.receiver.answer_with(Some(7), Answer::redirect(StatusCode::FOUND, location));
    let ping = bare("POST", "/notify", &[token.expose()]).body(Body::from(PING)).unwrap();
    let answer = endpoint.call(ping).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    let followed = endpoint.inbox.wait_stranger(|stranger| *stranger.path == *elsewhere, WAIT);
    let (followed, ()) = tokio::join!(followed, async {
        assert_eq!(post(&endpoint, "/notify", &["unknown"]).await, StatusCode::UNAUTHORIZED);
        let target = answer.headers()[header::LOCATION].to_str().unwrap();
        for _ in 0..2 {
            endpoint.call(bare("GET", target, &[]).body(Body::empty()).unwrap()).await;
        }
    });
    let followed = followed.unwrap();
    assert_eq!((followed.cause, &*followed.method, followed.auth_req_id), (Cause::WrongPath, "GET", None));
    let soon = Duration::from_secs(1);
    assert_eq!(endpoint.inbox.wait_stranger(|stranger| stranger.flow.is_some(), soon).await, None);
    assert_eq!(endpoint.inbox.take_strangers_at(&elsewhere).len(), 1, "the second call");
    assert_eq!(endpoint.inbox.take_strangers_at(&elsewhere), []);
    let left: Vec<Cause> = endpoint.inbox.take_strangers().iter().map(|stranger| stranger.cause).collect();
    assert_eq!(left, [Cause::UnknownToken]);
}
