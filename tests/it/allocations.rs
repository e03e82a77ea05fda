//! What must not allocate, because it runs for every exchange.

use allocation_counter::measure;
use bytes::Bytes;
use ciba_bench::ciba::{AuthReqId, DeliveryMode, Secret};
use ciba_bench::clock::Clock;
use ciba_bench::flow::{Conduct, Flow, FlowAction, FlowEvent, TokenAnswer};
use ciba_bench::jose::{KeySet, SubjectLedger, SubjectRule};
use ciba_bench::load::Sampler;
use ciba_bench::record::{Answered, Endpoint, Event, Span};
use ciba_bench::relying_party::{IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds};
use ciba_bench::target::{Client, Credentials, TargetFacts};
use ciba_bench::transport::{Answer, Call, Exchanged, Http, HttpSettings, Timeline, Transport};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use std::hint::black_box;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn recording_a_sample_allocates_nothing() {
    let sampler = Sampler::new(2);
    let allocations = measure(|| {
        for n in 0..1_000 {
            sampler.record(|shard| {
                shard.counts.answers_mut(Endpoint::Token).count(Answered::AuthorizationPending);
                shard.counts.events.count(Event::FirstPoll);
                shard.span(Span::PollPending, Duration::from_micros(n * n * n));
            });
        }
    });
    assert_eq!(allocations.count_total, 0, "{allocations:?}");
    // The counter is at work in this binary.
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
}

#[test]
fn a_pending_answer_takes_the_flow_on_without_an_allocation() {
    let (mut flow, conduct, mut breaches) = (Flow::new(DeliveryMode::Poll), Conduct::default(), Vec::new());
    let ms = Duration::from_millis;
    flow.begin();
    let acknowledged =
        FlowEvent::Acknowledged { sent: ms(0), answered: ms(1), interval: Some(5), expires_in: 600 };
    let FlowAction::WaitUntil(due) = flow.handle(acknowledged, &conduct, &mut breaches) else {
        panic!("a poll flow waits for its interval");
    };
    let mut next = None;
    let allocations = measure(|| {
        flow.handle(FlowEvent::Tick { at: due }, &conduct, &mut breaches);
        let answer =
            FlowEvent::TokenAnswer { sent: due, answered: due + ms(1), answer: TokenAnswer::Pending };
        next = Some(flow.handle(answer, &conduct, &mut breaches));
    });
    assert_eq!(allocations.count_total, 0, "{allocations:?}");
    // The millisecond that the poll took is made up for.
    assert_eq!(next, Some(FlowAction::WaitUntil(due + ms(5050))));
}

/// A server on a thread of its own that says pending to every request, over connections that it keeps open.
fn pending_server() -> url::Url {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            std::thread::spawn(move || answer_pending(&mut socket.unwrap()));
        }
    });
    url
}

fn answer_pending(socket: &mut std::net::TcpStream) {
    const BODY: &str = r#"{"error":"authorization_pending","error_description":"the user has not decided"}"#;
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
         content-length: {}\r\ndate: Mon, 23 Nov 2026 09:00:00 GMT\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut request = [0; 4096];
    let mut held = 0;
    while let Ok(read) = socket.read(&mut request[held..]) {
        held += read;
        // Every request here has the same body, which ends it.
        if read == 0 || (request[..held].ends_with(b"END") && socket.write_all(answer.as_bytes()).is_err()) {
            return;
        }
        if request[..held].ends_with(b"END") {
            held = 0;
        }
    }
}

/// Allocations of one exchange, connections included once they are open.
fn per_exchange<F: Future>(runtime: &tokio::runtime::Runtime, exchange: impl Fn() -> F) -> u64 {
    const MANY: u64 = 200;
    let many = async || {
        for _ in 0..MANY {
            exchange().await;
        }
    };
    runtime.block_on(many());
    measure(|| runtime.block_on(many())).count_total / MANY
}

#[test]
fn a_pending_poll_allocates_hardly_more_than_a_bare_request() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (url, clock) = (pending_server(), Clock::system());
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Basic Zm9vOmJhcg=="));
    headers.insert("accept", HeaderValue::from_static("application/json"));
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(
        "traceparent",
        HeaderValue::from_static("00-00000000000000010000000000000001-0000000000200001-01"),
    );
    headers.insert("x-correlation-id", HeaderValue::from_static("0000000000000001-1234-12"));
    let body = Bytes::from_static(b"grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=END");

    let bare = reqwest::Client::builder().no_proxy().http1_only().no_gzip().build().unwrap();
    let bare = per_exchange(&runtime, || async {
        let response =
            bare.post(url.clone()).headers(headers.clone()).body(body.clone()).send().await.unwrap();
        assert_eq!(response.status(), 400);
        assert!(!response.bytes().await.unwrap().is_empty());
    });

    let http = Http::new(HttpSettings { connections_max: 4 }, clock).unwrap();
    let carried = per_exchange(&runtime, || async {
        let call = Call {
            method: http::Method::POST,
            url: url.clone().into(),
            headers: headers.clone(),
            body: body.clone(),
            timeout: Duration::from_secs(20),
            identity: None,
        };
        assert_eq!(http.exchange(call).await.result.unwrap().status, 400);
    });
    let issuer = url.join("/").unwrap();
    let facts = Arc::new(runtime.block_on(TargetFacts::discover(&issuer, &Published(&url))).unwrap());
    let client = Client::new("c", DeliveryMode::Poll, &Credentials::SecretBasic(Secret::new("s".to_owned())));
    let party = RelyingParty::new(
        client,
        facts,
        Arc::new(IssuerKeys::of(KeySet::parse(br#"{"keys":[]}"#).unwrap(), clock)),
        Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint))),
        Arc::new(http),
        PartySettings {
            scope: "openid".to_owned(),
            parameters: RequestParameters::default(),
            request_timeout: Duration::from_secs(20),
            poll_timeout: Duration::from_secs(20),
            trace: TraceIds::new(1),
        },
        clock,
    );
    let id = AuthReqId::opaque("END");
    let polled = per_exchange(&runtime, || async {
        let answered = party.request_tokens(7, 3, &id, "user-7", 0.0).await;
        assert_eq!(answered.answered, Answered::AuthorizationPending);
    });
    println!("allocations per request: reqwest alone {bare}, carried by us {carried}, a whole poll {polled}");
    assert!(carried <= bare, "{carried}, in reqwest {bare}");
    assert!(polled <= bare + 2, "{polled}, in reqwest {bare}");
}

/// What a server says of itself that has one endpoint.
struct Published<'a>(&'a url::Url);

impl Transport for Published<'_> {
    fn exchange(&self, _: Call) -> BoxFuture<'static, Exchanged> {
        let (issuer, url) = (self.0.join("/").unwrap(), self.0);
        let metadata = format!(
            r#"{{"issuer":"{issuer}","token_endpoint":"{url}","jwks_uri":"{url}",
            "backchannel_authentication_endpoint":"{url}","backchannel_token_delivery_modes_supported":["poll"]}}"#
        );
        let answer = Answer { status: 200, headers: HeaderMap::new(), body: metadata.into() };
        let timeline = Timeline::at(Clock::system().now());
        Box::pin(std::future::ready(Exchanged { result: Ok(answer), timeline }))
    }
}
