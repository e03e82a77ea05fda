//! Calls of the endpoint, in process and over a socket.

use super::*;
use crate::ciba::Rule;
use crate::clock::Clock;
use crate::record::PingAnswer;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

const PING: &str = r#"{"auth_req_id":"request-1"}"#;
const WAIT: Duration = Duration::from_secs(30);

pub(super) struct Endpoint {
    pub(super) receiver: Receiver,
    pub(super) inbox: Arc<Inbox>,
    clock: Clock,
}

impl Endpoint {
    pub(super) fn new() -> Self {
        let (inbox, clock) = (Arc::new(Inbox::new()), Clock::system());
        let sink: Arc<dyn NotificationSink> = Arc::<Inbox>::clone(&inbox);
        Endpoint { receiver: Receiver::new("/notify", clock, sink), inbox, clock }
    }

    pub(super) fn register(&self, flow: u64) -> NotificationToken {
        let token = token(flow, 7);
        self.receiver.register(&token).unwrap();
        token
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Response {
        self.receiver.router().oneshot(request).await.unwrap()
    }

    /// Lets the tasks run that calls left behind.
    async fn stranger(&self) -> Stranger {
        for _ in 0..100 {
            if let Some(stranger) = self.inbox.take_strangers().pop() {
                return stranger;
            }
            tokio::task::yield_now().await;
        }
        panic!("no stranger was reported");
    }
}

fn token(flow: u64, byte: u8) -> NotificationToken {
    NotificationToken::new(flow, &[byte; RANDOM_BYTES])
}

pub(super) fn bare(method: &str, path: &str, bearers: &[&str]) -> http::request::Builder {
    let mut request =
        Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    for bearer in bearers {
        request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
    }
    request
}

fn ping(token: &NotificationToken) -> Request<Body> {
    bare("POST", "/notify", &[token.expose()]).body(Body::from(PING)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_known_token_is_answered_204_and_delivered_once_per_call() {
    let endpoint = Endpoint::new();
    let token = endpoint.register(41);
    tokio::time::advance(Duration::from_secs(3)).await;
    let arrived = endpoint.clock.now();
    for duplicate in [false, true, true] {
        let answer = endpoint.call(ping(&token)).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
        let notification = endpoint.inbox.wait(41, WAIT).await.unwrap();
        let expected = Notification {
            flow: 41,
            at: arrived,
            auth_req_id: Some("request-1".to_owned()),
            breaches: Vec::new(),
            duplicate,
            push: None,
        };
        assert_eq!(notification, expected);
        let counted = if duplicate { PingAnswer::Duplicate } else { PingAnswer::Accepted };
        assert_eq!(notification.counts_as(), counted);
    }
    assert_eq!(endpoint.inbox.take_strangers(), []);
}

#[tokio::test(start_paused = true)]
async fn every_other_caller_is_turned_away_and_reported() {
    let endpoint = Endpoint::new();
    let (other_secret, other_flow) = (token(41, 8), token(42, 7));
    let token = endpoint.register(41);
    let gone = endpoint.register(40);
    endpoint.receiver.forget(40);
    let right = token.expose();
    let upper = right.to_ascii_uppercase();
    let longer = format!("{right}=");
    let cases: &[(&str, &str, &[&str], u16, Cause)] = &[
        ("POST", "/notify", &[], 401, Cause::NoBearer),
        ("POST", "/notify", &[right, right], 401, Cause::TwoBearers),
        ("POST", "/notify", &["unknown", right], 401, Cause::TwoBearers),
        ("POST", "/notify", &[""], 401, Cause::NoBearer),
        ("POST", "/notify", &["unknown"], 401, Cause::UnknownToken),
        ("POST", "/notify", &[&upper], 401, Cause::UnknownToken),
        ("POST", "/notify", &[&longer], 401, Cause::UnknownToken),
        ("POST", "/notify", &[other_secret.expose()], 401, Cause::UnknownToken),
        ("POST", "/notify", &[other_flow.expose()], 401, Cause::UnknownToken),
        ("POST", "/notify", &[gone.expose()], 401, Cause::UnknownToken),
        ("GET", "/notify", &[right], 405, Cause::WrongMethod),
        ("PUT", "/notify", &[right], 405, Cause::WrongMethod),
        ("POST", "/notify/", &[right], 404, Cause::WrongPath),
        ("POST", "/", &[right], 404, Cause::WrongPath),
    ];
    for (method, path, bearers, status, cause) in cases {
        let request = bare(method, path, bearers).body(Body::from(PING)).unwrap();
        let answer = endpoint.call(request).await;
        let what = format!("{method} {path} {bearers:?}");
        assert_eq!(answer.status().as_u16(), *status, "{what}");
        let has = |name| answer.headers().contains_key(name);
        assert_eq!(has(header::WWW_AUTHENTICATE), *status == 401, "{what}");
        assert_eq!(has(header::ALLOW), *status == 405, "{what}");
        let stranger = endpoint.stranger().await;
        assert_eq!(stranger.cause, *cause, "{what}");
        let counted = if *status == 401 { PingAnswer::UnknownToken } else { PingAnswer::Malformed };
        assert_eq!(stranger.counts_as(), counted, "{what}");
        assert_eq!(stranger.auth_req_id.as_deref(), Some("request-1"), "{what}");
        assert_eq!((&*stranger.method, &*stranger.path), (*method, *path), "{what}");
        let own = !bearers.is_empty() && bearers.iter().all(|bearer| *bearer == right);
        assert_eq!(stranger.flow, own.then_some(41), "{what}");
    }
    assert_eq!(endpoint.inbox.take(41), None);
    assert_eq!(endpoint.call(ping(&token)).await.status(), StatusCode::NO_CONTENT);
    assert!(!endpoint.inbox.wait(41, WAIT).await.unwrap().duplicate, "strangers leave no trace in a flow");
}

#[tokio::test(start_paused = true)]
async fn another_scheme_is_no_bearer_and_its_case_does_not_matter() {
    let endpoint = Endpoint::new();
    let token = endpoint.register(1);
    for (scheme, status) in [("bearer", 204), ("BEARER", 204), ("Basic", 401), ("Bearer:", 401)] {
        let request = bare("POST", "/notify", &[])
            .header(header::AUTHORIZATION, format!("{scheme} {}", token.expose()))
            .body(Body::from(PING))
            .unwrap();
        assert_eq!(endpoint.call(request).await.status().as_u16(), status, "{scheme}");
    }
}

#[tokio::test(start_paused = true)]
async fn defects_of_the_body_are_delivered_with_the_notification() {
    let endpoint = Endpoint::new();
    let oversize = format!(r#"{{"auth_req_id":"request-1","x":"{}"}}"#, "x".repeat(BODY_BYTES_MAX));
    let cases: [(&str, &str, Option<&str>, &[Rule]); 5] = [
        ("application/json", PING, Some("request-1"), &[]),
        (
            "application/json",
            r#"{"auth_req_id":"request-1","access_token":"t"}"#,
            Some("request-1"),
            &[Rule::PingExtraMembers],
        ),
        ("text/plain", PING, Some("request-1"), &[Rule::PingContentType]),
        ("application/json", "{broken", None, &[Rule::PingAuthReqId]),
        ("application/json", &oversize, None, &[Rule::PingAuthReqId]),
    ];
    for (flow, (content_type, body, auth_req_id, rules)) in (1..).zip(cases) {
        let token = endpoint.register(flow);
        let mut request = ping(&token);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        *request.body_mut() = Body::from(body.to_owned());
        assert_eq!(endpoint.call(request).await.status(), StatusCode::NO_CONTENT);
        let notification = endpoint.inbox.wait(flow, WAIT).await.unwrap();
        assert_eq!(notification.auth_req_id.as_deref(), auth_req_id, "{content_type} {body:.40}");
        let broken: Vec<Rule> = notification.breaches.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(broken, rules, "{content_type} {body:.40}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up_and_charged_to_nobody() {
    let endpoint = Endpoint::new();
    let token = endpoint.register(1);
    let started = endpoint.clock.now();
    let mut request = ping(&token);
    *request.body_mut() = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    assert_eq!(endpoint.call(request).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(endpoint.clock.now(), started, "the answer does not wait for the body");
    let notification = endpoint.inbox.wait(1, WAIT).await.unwrap();
    assert_eq!(endpoint.clock.now(), started + BODY_TIMEOUT);
    assert_eq!((notification.at, notification.auth_req_id), (started, None));
    assert_eq!(notification.breaches, []);
}

#[tokio::test(start_paused = true)]
async fn a_scenario_may_answer_anything_to_one_flow_or_to_all() {
    let endpoint = Endpoint::new();
    let (one, other) = (endpoint.register(1), endpoint.register(2));
    let elsewhere = HeaderValue::from_static("http://127.0.0.1:9/elsewhere");
    let redirect = Answer::redirect(StatusCode::FOUND, elsewhere.clone());
    endpoint.receiver.answer_with(Some(1), redirect.after(Duration::from_secs(7)));
    endpoint.receiver.answer_with(None, Answer::status(StatusCode::OK).with_body("<html>"));

    let called = endpoint.clock.now();
    let router = endpoint.receiver.router();
    let held_back = tokio::spawn(router.oneshot(ping(&one)));
    let notification = endpoint.inbox.wait(1, WAIT).await.unwrap();
    assert_eq!((notification.at, endpoint.clock.now()), (called, called), "delivered before the answer");
    let answer = held_back.await.unwrap().unwrap();
    assert_eq!(endpoint.clock.now(), called + Duration::from_secs(7));
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(answer.headers().get(header::LOCATION), Some(&elsewhere));

    let answer = endpoint.call(ping(&other)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "<html>");
    let unknown = endpoint.call(ping(&token(3, 7))).await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED, "plans are for known tokens");

    endpoint.receiver.forget(1);
    let again = endpoint.register(1);
    assert_eq!(endpoint.call(ping(&again)).await.status(), StatusCode::OK, "a flow's plan ends with it");
}

#[tokio::test(start_paused = true)]
async fn a_reset_is_marked_for_transports_without_sockets() {
    let endpoint = Endpoint::new();
    let token = endpoint.register(1);
    endpoint.receiver.answer_with(Some(1), Answer::reset());
    let answer = endpoint.call(ping(&token)).await;
    assert_eq!(answer.extensions().get(), Some(&ConnectionReset));
    assert_eq!(endpoint.inbox.take(1).unwrap().auth_req_id.as_deref(), Some("request-1"));
}

#[tokio::test(start_paused = true)]
async fn an_inbox_gives_each_waiter_its_own_flow_and_gives_up_in_time() {
    let endpoint = Endpoint::new();
    let started = endpoint.clock.now();
    let (one, two) = (endpoint.register(1), endpoint.register(2));
    let inbox = &endpoint.inbox;
    let (first, second, nobody) = tokio::join!(inbox.wait(1, WAIT), inbox.wait(2, WAIT), async {
        endpoint.call(ping(&two)).await;
        endpoint.call(ping(&one)).await;
        inbox.wait(3, Duration::from_secs(2)).await
    });
    assert_eq!((first.unwrap().flow, second.unwrap().flow, nobody), (1, 2, None));
    assert_eq!(endpoint.clock.now(), started + Duration::from_secs(2));
    assert_eq!(inbox.overflowed(), 0);
}

/// Serves an endpoint on a free port until the sender is used or dropped.
async fn listen(receiver: &Receiver) -> (TcpStream, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, None, receiver.router(), async move { drop(stopped.await) }));
    (TcpStream::connect(address).await.unwrap(), stop, server)
}

fn head(token: &NotificationToken, more: &str) -> String {
    format!(
        "POST /notify HTTP/1.1\r\nhost: c\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{more}\r\n",
        token.expose(),
        PING.len()
    )
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn over_a_socket_the_answer_comes_before_the_body_and_the_connection_lives_on() {
    let endpoint = Endpoint::new();
    let (mut stream, stop, server) = listen(&endpoint.receiver).await;
    for flow in 1..=3 {
        let token = endpoint.register(flow);
        stream.write_all(head(&token, "").as_bytes()).await.unwrap();
        let answer = read_head(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        stream.write_all(PING.as_bytes()).await.unwrap();
        let notification = endpoint.inbox.wait(flow, WAIT).await.unwrap();
        assert_eq!(notification.auth_req_id.as_deref(), Some("request-1"), "flow {flow}");
    }
    let token = endpoint.register(4);
    let chunked = head(&token, "transfer-encoding: chunked\r\n").replace("content-length: 27\r\n", "");
    stream.write_all(chunked.as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 204 "));
    stream.write_all(format!("1b\r\n{PING}\r\n0\r\n\r\n").as_bytes()).await.unwrap();
    let notification = endpoint.inbox.wait(4, WAIT).await.unwrap();
    assert_eq!(notification.auth_req_id.as_deref(), Some("request-1"), "chunked");
    stop.send(()).unwrap();
    server.await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "shut down");
}

#[tokio::test]
async fn over_a_socket_an_announced_body_is_asked_for() {
    let endpoint = Endpoint::new();
    let (mut stream, _stop, _server) = listen(&endpoint.receiver).await;
    let token = endpoint.register(1);
    stream.write_all(head(&token, "expect: 100-continue\r\nconnection: close\r\n").as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 100 "));
    stream.write_all(PING.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert_eq!(endpoint.inbox.take(1).unwrap().auth_req_id.as_deref(), Some("request-1"));
}

#[tokio::test]
async fn over_a_socket_a_caller_that_closes_afterwards_is_read_to_the_end() {
    let endpoint = Endpoint::new();
    let (mut stream, _stop, _server) = listen(&endpoint.receiver).await;
    let token = endpoint.register(1);
    stream.write_all(head(&token, "connection: close\r\n").as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 204 "));
    stream.write_all(PING.as_bytes()).await.unwrap();
    let notification = endpoint.inbox.wait(1, WAIT).await.unwrap();
    assert_eq!(notification.auth_req_id.as_deref(), Some("request-1"));
}

#[tokio::test]
async fn over_a_socket_a_reset_answers_nothing() {
    let endpoint = Endpoint::new();
    let (mut stream, _stop, _server) = listen(&endpoint.receiver).await;
    let token = endpoint.register(1);
    endpoint.receiver.answer_with(None, Answer::reset());
    stream.write_all((head(&token, "") + PING).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let error = stream.read_to_end(&mut answer).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(answer, b"");
    assert_eq!(endpoint.inbox.wait(1, WAIT).await.unwrap().auth_req_id.as_deref(), Some("request-1"));
}
