use super::{Answer, BODY_BYTES_MAX, Call, Exchanged, Failure, Timeline, Transport};
use crate::clock::Clock;
use crate::tls::{PeerCertificate, ShownCertificate};
use axum::Router;
use axum::body::Body;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tower::ServiceExt;

/// Marks a response that never arrives: its caller sees a broken connection instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLost;

/// Calls axum routers directly, by the authority of the URL (`op.test`, `127.0.0.1:4000`). No sockets, no threads: with
/// paused time a whole world stands still or jumps as one.
#[derive(Clone)]
pub struct InProcess {
    routers: Arc<Mutex<HashMap<String, Router>>>,
    shown: Arc<Mutex<HashMap<String, ShownCertificate>>>,
    verifies: bool,
    clock: Clock,
}

impl InProcess {
    /// A network without hosts.
    pub fn new(clock: Clock) -> Self {
        InProcess { routers: Arc::default(), shown: Arc::default(), verifies: true, clock }
    }

    /// Adds a host, or replaces it.
    pub fn serve(&self, authority: &str, router: Router) {
        self.routers.lock().unwrap_or_else(PoisonError::into_inner).insert(authority.to_owned(), router);
    }

    /// Hosts show certificates that everybody trusts. This one's may be exchanged for one that nobody trusts.
    pub fn exchange_certificate(&self, authority: &str, shown: ShownCertificate) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(authority.to_owned(), shown);
    }

    /// The same network, for somebody who trusts any certificate.
    #[must_use]
    pub fn unverified(&self) -> Self {
        InProcess { verifies: false, ..self.clone() }
    }

    /// Removes all hosts. Routers hold their parties, and parties hold this network: without this a world is a cycle
    /// that is never freed.
    pub fn clear(&self) {
        self.routers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn host(&self, authority: &str) -> Result<Router, Failure> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if self.verifies && shown.get(authority).is_some_and(|shown| !shown.is_own()) {
            return Err(Failure::Connect(format!("{authority} shows a certificate of an unknown issuer")));
        }
        let routers = self.routers.lock().unwrap_or_else(PoisonError::into_inner);
        routers.get(authority).cloned().ok_or_else(|| Failure::Connect(format!("no host {authority}")))
    }
}

impl Transport for InProcess {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let clock = self.clock;
        let router = self.host(call.url.authority());
        async move {
            let mut timeline = Timeline::at(clock.now());
            let timeout = call.timeout;
            let result = match router {
                Err(failure) => Err(failure),
                Ok(router) => match tokio::time::timeout(timeout, carry(router, call)).await {
                    Ok(result) => result,
                    Err(_) => Err(Failure::TimedOut(timeout)),
                },
            };
            timeline.ended = clock.now();
            Exchanged { result, timeline }
        }
        .boxed()
    }
}

async fn carry(router: Router, call: Call) -> Result<Answer, Failure> {
    let mut request = http::Request::new(Body::from(call.body));
    *request.method_mut() = call.method;
    *request.uri_mut() = call.url.uri().map_err(Failure::Connect)?;
    *request.headers_mut() = call.headers;
    if let Some(identity) = &call.identity {
        request.extensions_mut().insert(PeerCertificate(identity.certificate().der.clone()));
    }
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    if parts.extensions.get::<ConnectionLost>().is_some() {
        return Err(Failure::Broken("the connection was reset".to_owned()));
    }
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Failure::TooLarge)?;
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::post;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn hosts_answer_by_name_and_time_jumps() {
        let network = InProcess::new(Clock::system());
        let slow = post(|body: String| async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            body.to_uppercase()
        });
        let reset = post(|| async { axum::Extension(ConnectionLost) });
        network.serve("op.test", Router::new().route("/echo", slow).route("/reset", reset));
        let call = |url: &str, timeout| Call {
            method: http::Method::POST,
            url: url.parse().unwrap(),
            headers: http::HeaderMap::new(),
            body: "abc".into(),
            timeout,
            identity: None,
        };
        let exchanged = network.exchange(call("http://op.test/echo", Duration::from_secs(10))).await;
        assert_eq!(exchanged.timeline.service(), Duration::from_secs(3));
        assert_eq!(exchanged.result.unwrap().body, "ABC");
        let late = network.exchange(call("http://op.test/echo", Duration::from_secs(2))).await;
        assert_eq!(late.result.unwrap_err(), Failure::TimedOut(Duration::from_secs(2)));
        let reset = network.exchange(call("http://op.test/reset", Duration::from_secs(2))).await;
        assert!(matches!(reset.result, Err(Failure::Broken(_))));
        let nobody = network.exchange(call("http://other.test/", Duration::from_secs(2))).await;
        assert!(matches!(nobody.result, Err(Failure::Connect(_))));
    }
}
