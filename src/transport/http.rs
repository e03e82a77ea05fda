use super::connector::{CONNECTED, Client};
use super::lane::{Common, ConnectionSpread, Lane};
use super::reasons::{failure, words_of};
use super::{Answer, BODY_BYTES_MAX, Call, Exchanged, Failure, Timeline, Transport};
use crate::clock::Clock;
use crate::tls::{ClientConfigError, Roots};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderValue;
use http::header::USER_AGENT;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::SemaphorePermit;

const SELF: HeaderValue = HeaderValue::from_static(concat!("ciba-bench/", env!("CARGO_PKG_VERSION")));

/// How a [`Http`] is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpSettings {
    /// Connections at most, all exchanges together.
    pub connections_max: usize,
}

/// How servers are reached over TLS, and which of them are trusted. By default those that the system trusts, where their
/// names lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerTls {
    /// The only authorities that are trusted; the system's where absent.
    pub roots: Option<Roots>,
    /// A host, and where it is reached instead of where its name leads, behind a tunnel for example. Its name stays in the
    /// certificate, in SNI and in `Host`.
    pub connect_to: Option<(String, SocketAddr)>,
    /// Whether HTTP/2 is offered.
    pub http2: bool,
    /// Whether any certificate will do: how a server behaves that verifies none.
    pub unverified: bool,
}

/// Why a [`Http`] cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct TransportSetUpError(#[from] ClientConfigError);

/// HTTP over sockets, shared by all flows, with a bounded number of connections in all. They are kept and used again; each new one
/// asks anew where the server's name leads.
#[derive(Clone)]
pub struct Http(Arc<Shared>);

/// What every exchange of a [`Http`] looks at.
struct Shared {
    lanes: Vec<Lane>,
    turn: AtomicUsize,
    common: Common,
}

impl Http {
    /// A client without proxy, cookies, redirects or decompression: what is measured is one request and its answer.
    ///
    /// # Errors
    /// The system's trusted authorities cannot be read.
    pub fn new(settings: HttpSettings, clock: Clock) -> Result<Self, TransportSetUpError> {
        Self::over_tls(settings, ServerTls::default(), clock)
    }

    /// The same, with other trust.
    ///
    /// # Errors
    /// An authority is refused.
    pub fn over_tls(
        settings: HttpSettings,
        tls: ServerTls,
        clock: Clock,
    ) -> Result<Self, TransportSetUpError> {
        Self::spread(settings, ConnectionSpread::default(), tls, clock)
    }

    /// The same, with connections that are renewed, or come from several addresses.
    ///
    /// # Errors
    /// An authority is refused.
    pub fn spread(
        settings: HttpSettings,
        spread: ConnectionSpread,
        tls: ServerTls,
        clock: Clock,
    ) -> Result<Self, TransportSetUpError> {
        let common = Common::new(tls, spread.max_age, clock)?;
        let lanes = Lane::divide(settings.connections_max, &spread.source_addresses, &common);
        Ok(Http(Arc::new(Shared { lanes, turn: AtomicUsize::new(0), common })))
    }
}

impl Shared {
    /// The lane whose turn it is, or the first after it that has a connection left.
    fn permit(&self) -> Result<(&Lane, SemaphorePermit<'_>), &Lane> {
        let turn = if self.lanes.len() > 1 { self.turn.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let begin = turn % self.lanes.len();
        let (before, after) = self.lanes.split_at(begin);
        let found =
            after.iter().chain(before).find_map(|lane| Some((lane, lane.permits.try_acquire().ok()?)));
        found.ok_or(&self.lanes[begin])
    }
}

impl Transport for Http {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let shared = self.0.clone();
        let future = async move {
            let clock = shared.common.clock;
            let asked = clock.now();
            let deadline = asked + call.timeout;
            let (lane, permit) = match shared.permit() {
                Ok(found) => found,
                Err(lane) => {
                    match tokio::time::timeout_at(deadline, lane.permits.acquire()).await {
                        Ok(Ok(permit)) => (lane, permit),
                        // The semaphore is never closed, so this is the time-out.
                        Ok(Err(_)) | Err(_) => {
                            let ended = clock.now();
                            let timeline =
                                Timeline { permitted: ended, sent: ended, ended, ..Timeline::at(asked) };
                            return Exchanged { result: Err(Failure::Blocked(call.timeout)), timeline };
                        }
                    }
                }
            };
            let permitted = clock.now();
            let timeout = call.timeout;
            let client = match lane.client(call.identity.as_deref(), &shared.common) {
                Ok(client) => client,
                Err(error) => {
                    let result = Err(Failure::Connect(words_of(&error)));
                    return Exchanged {
                        result,
                        timeline: Timeline { ended: clock.now(), ..Timeline::at(asked) },
                    };
                }
            };
            let result = match tokio::time::timeout_at(deadline, carry(&client, call)).await {
                Ok(result) => result,
                Err(_) => Err(Failure::TimedOut(timeout)),
            };
            let ended = clock.now();
            drop(permit);
            let connected = CONNECTED.with(Cell::get);
            let timeline = Timeline {
                asked,
                permitted,
                connect: connected.map(|(_, took)| took),
                sent: connected.map_or(permitted, |(at, _)| at),
                ended,
            };
            Exchanged { result, timeline }
        };
        CONNECTED.scope(Cell::new(None), future).boxed()
    }
}

async fn carry(client: &Client, call: Call) -> Result<Answer, Failure> {
    let uri = call.url.uri().map_err(Failure::Connect)?;
    let mut request = http::Request::new(Full::new(call.body));
    *request.method_mut() = call.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = call.headers;
    request.headers_mut().insert(USER_AGENT, SELF);
    let mut response = client.request(request).await.map_err(failure)?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let body = read_body(response.into_body()).await?;
    Ok(Answer { status, headers, body })
}

/// Reads the body up to its bound. A body that comes in one piece, as nearly all do here, is not copied.
async fn read_body(mut body: Incoming) -> Result<Bytes, Failure> {
    let Some(first) = chunk(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > BODY_BYTES_MAX {
        return Err(Failure::TooLarge);
    }
    let Some(second) = chunk(&mut body).await? else { return Ok(first) };
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk_read) = next {
        if whole.len() + chunk_read.len() > BODY_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        whole.extend_from_slice(&chunk_read);
        next = chunk(&mut body).await?;
    }
    Ok(whole.freeze())
}

/// The next piece of a body; trailers are not looked at.
async fn chunk(body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::Broken(words_of(&error)))?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that answers every connection's first request with `answer` and closes.
    async fn server(answer: Vec<u8>) -> url::Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let _ = socket.read(&mut request).await;
                    let _ = socket.write_all(&answer).await;
                });
            }
        });
        url
    }

    fn call(url: url::Url, timeout: Duration) -> Call {
        Call {
            method: Method::POST,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"a=b"),
            timeout,
            identity: None,
        }
    }

    fn http() -> Http {
        Http::new(HttpSettings { connections_max: 4 }, Clock::system()).unwrap()
    }

    const PATIENT: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn what_servers_do_wrong_has_a_class_of_its_own() {
        let huge = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", 10 << 20, "x".repeat(10 << 20));
        for (name, answer, expected) in [
            ("nothing", b"".to_vec(), "Broken"),
            ("no HTTP", b"hello\r\n\r\n".to_vec(), "Broken"),
            ("truncated", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf".to_vec(), "Broken"),
            ("ten megabytes", huge.into_bytes(), "TooLarge"),
        ] {
            let exchanged = http().exchange(call(server(answer).await, PATIENT)).await;
            let failure = format!("{:?}", exchanged.result.unwrap_err());
            assert!(failure.starts_with(expected), "{name}: {failure}");
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_that_was_not_asked_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
        let exchange = tokio::spawn(http().exchange(call(url, PATIENT)));
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"a=b") {
            assert_ne!(socket.read_buf(&mut request).await.unwrap(), 0);
        }
        let request = String::from_utf8(request).unwrap();
        let mut names: Vec<_> =
            request.lines().skip(1).filter_map(|line| Some(line.split_once(": ")?.0)).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-length", "host", "user-agent"]);
        exchange.abort();
    }

    #[tokio::test]
    async fn redirects_are_answers() {
        let url = server(
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec(),
        )
        .await;
        let exchanged = http().exchange(call(url, PATIENT)).await;
        assert_eq!(exchanged.result.unwrap().status, 302);
        assert!(exchanged.timeline.connect.is_some(), "the first exchange connects");
    }

    #[tokio::test]
    async fn a_closed_port_is_a_failed_connection_and_silence_a_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: url::Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let silent = http().exchange(call(url.clone(), Duration::from_millis(50))).await;
        assert_eq!(silent.result.unwrap_err(), Failure::TimedOut(Duration::from_millis(50)));
        drop(listener);
        let closed = http().exchange(call(url, PATIENT)).await;
        assert!(matches!(closed.result, Err(Failure::Connect(_))), "{:?}", closed.result);
    }

    #[tokio::test]
    async fn waiting_for_a_connection_is_not_the_servers_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: url::Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let http = Http::new(HttpSettings { connections_max: 1 }, Clock::system()).unwrap();
        let first = tokio::spawn(http.exchange(call(url.clone(), PATIENT)));
        let (mut socket, _) = listener.accept().await.unwrap();
        let second = http.exchange(call(url, Duration::from_millis(50))).await;
        assert_eq!(second.result.unwrap_err(), Failure::Blocked(Duration::from_millis(50)));
        assert_eq!(second.timeline.service(), Duration::ZERO);
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        assert_eq!(first.await.unwrap().result.unwrap().status, 204);
    }
}
