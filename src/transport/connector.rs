//! How connections are opened: names, TCP, TLS, and the time that all of it takes.

use super::resolver::Resolver;
use crate::clock::Clock;
use crate::tls::TlsConfig;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Uri;
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::cell::Cell;
use std::net::IpAddr;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;
use tower::{BoxError, Service};

/// Longest time for TCP and TLS set-up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An idle connection is kept this long. Just under a minute: longer than every usual poll interval, shorter than the
/// idle time-outs of most servers and proxies.
const IDLE_TIMEOUT: Duration = Duration::from_secs(55);

tokio::task_local! {
    /// When the connection that this exchange waits for was ready, and how long that took.
    pub(super) static CONNECTED: Cell<Option<(Instant, Duration)>>;
}

/// A pool of connections. Clones share it.
pub(super) type Client =
    hyper_util::client::legacy::Client<TimedConnector<HttpsConnector<HttpConnector<Resolver>>>, Full<Bytes>>;

/// A pool of so many connections, from one address of this machine if one is named.
pub(super) fn client(
    connections_max: usize,
    source: Option<IpAddr>,
    names: Resolver,
    config: TlsConfig,
    clock: Clock,
) -> Client {
    let mut tcp = HttpConnector::new_with_resolver(names);
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_local_address(source);
    let connector = TimedConnector { inner: HttpsConnector::from((tcp, config)), clock };
    hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(connections_max)
        .build(connector)
}

/// Notes, for the exchange that waits for it, when a new connection was ready.
#[derive(Clone)]
pub(super) struct TimedConnector<S> {
    inner: S,
    clock: Clock,
}

impl<S> Service<Uri> for TimedConnector<S>
where
    S: Service<Uri, Error = BoxError>,
    S::Response: Send,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let clock = self.clock;
        let connecting = self.inner.call(address);
        async move {
            let begun = clock.now();
            let connected = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(format!("not connected within {} s", CONNECT_TIMEOUT.as_secs()).into()),
            };
            let ready = clock.now();
            // Outside an exchange the connection goes to the pool: a pooled one became free first.
            let _ =
                CONNECTED.try_with(|slot| slot.set(Some((ready, ready.saturating_duration_since(begun)))));
            connected
        }
        .boxed()
    }
}
