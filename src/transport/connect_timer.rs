use crate::clock::Clock;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::cell::Cell;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;
use tower::{Layer, Service};

tokio::task_local! {
    /// When the connection that this exchange waits for was ready, and how long that took.
    pub(super) static CONNECTED: Cell<Option<(Instant, Duration)>>;
}

/// Notes, for the exchange that waits for it, when a new connection was ready.
#[derive(Clone)]
pub(super) struct ConnectTimer {
    pub clock: Clock,
}

impl<S> Layer<S> for ConnectTimer {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TimedConnector { inner, clock: self.clock }
    }
}

#[derive(Clone)]
pub(super) struct TimedConnector<S> {
    inner: S,
    clock: Clock,
}

impl<S, Request> Service<Request> for TimedConnector<S>
where
    S: Service<Request>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let clock = self.clock;
        let connecting = self.inner.call(request);
        async move {
            let begun = clock.now();
            let connected = connecting.await;
            let ready = clock.now();
            // Outside an exchange the connection goes to the pool: a pooled one became free first.
            let _ =
                CONNECTED.try_with(|slot| slot.set(Some((ready, ready.saturating_duration_since(begun)))));
            connected
        }
        .boxed()
    }
}
