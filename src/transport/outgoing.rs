use super::{Answer, Call, Transport};
use bytes::Bytes;
use http::{Request, Response};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tower::service_fn;
use tower::util::BoxCloneSyncService;
use url::Url;

/// An error of whatever kind; a [`Failure`](super::Failure) where the transport failed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The way out of a party that knows no HTTP client: one request with an absolute URI, and its whole answer.
pub type Outgoing = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, BoxError>;

/// Longest time for one exchange. The parties have shorter ones of their own.
pub const OUTGOING_TIMEOUT: Duration = Duration::from_secs(60);

/// Gives a party a transport as its way out: no redirects, no repetitions, bodies within
/// [`BODY_BYTES_MAX`](super::BODY_BYTES_MAX).
pub fn outgoing(transport: Arc<dyn Transport>) -> Outgoing {
    BoxCloneSyncService::new(service_fn(move |request| send(Arc::clone(&transport), request)))
}

async fn send(transport: Arc<dyn Transport>, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
    let (head, body) = request.into_parts();
    let url = Url::parse(&head.uri.to_string())?;
    let call = Call {
        method: head.method,
        url: url.into(),
        headers: head.headers,
        body,
        timeout: OUTGOING_TIMEOUT,
        identity: None,
    };
    let Answer { status, headers, body } = transport.exchange(call).await.result?;
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status)?;
    *response.headers_mut() = headers;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::transport::{Failure, InProcess};
    use axum::Router;
    use axum::routing::post;
    use http::{HeaderMap, StatusCode};
    use tower::ServiceExt as _;

    async fn echo(headers: HeaderMap, body: String) -> (StatusCode, HeaderMap, String) {
        (StatusCode::FOUND, headers, body)
    }

    #[tokio::test(start_paused = true)]
    async fn requests_and_answers_pass_whole() {
        let network = InProcess::new(Clock::system());
        network.serve("op.test", Router::new().route("/a", post(echo)));
        let out = outgoing(Arc::new(network));
        let request = |uri: &str| Request::post(uri).header("location", "x").body("abc".into()).unwrap();
        let response = out.clone().oneshot(request("http://op.test/a?b=c")).await.unwrap();
        assert_eq!(
            (response.status(), &response.headers()["location"], response.body().as_ref()),
            (StatusCode::FOUND, &http::HeaderValue::from_static("x"), &b"abc"[..])
        );
        let error = out.clone().oneshot(request("http://nobody.test/a")).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Failure::Connect(_))), "{error}");
        assert!(out.oneshot(request("/a")).await.is_err());
    }
}
