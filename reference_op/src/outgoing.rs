//! Calls that the provider makes: an injected HTTP service, each call bounded in time.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// What went wrong in the injected service.
pub type OutgoingError = Box<dyn Error + Send + Sync>;

/// Outgoing HTTP. It must not follow redirects (CIBA Core 1.0, 10.2).
pub type Outgoing = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, OutgoingError>;

/// Marks a request that is to be sent whatever certificate the other side shows: how a provider behaves that verifies none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyCertificate;

/// How a call ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    Timeout,
    Transport,
}

/// POSTs JSON with an Authorization header and returns the answer.
pub(crate) async fn post_json(
    outgoing: &Outgoing,
    url: &str,
    authorization: &str,
    body: Bytes,
    timeout: Duration,
) -> Result<Response<Bytes>, NoAnswer> {
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, credentials(authorization)?)
        .body(body)
        .map_err(|_| NoAnswer::Transport)?;
    send(outgoing, request, timeout).await
}

/// An Authorization header that is printed nowhere.
pub(crate) fn credentials(authorization: &str) -> Result<HeaderValue, NoAnswer> {
    let mut credentials = HeaderValue::from_str(authorization).map_err(|_| NoAnswer::Transport)?;
    credentials.set_sensitive(true);
    Ok(credentials)
}

/// Sends a request and returns the answer.
pub(crate) async fn send(
    outgoing: &Outgoing,
    request: Request<Bytes>,
    timeout: Duration,
) -> Result<Response<Bytes>, NoAnswer> {
    match tokio::time::timeout(timeout, outgoing.clone().oneshot(request)).await {
        Err(_) => Err(NoAnswer::Timeout),
        Ok(Err(_)) => Err(NoAnswer::Transport),
        Ok(Ok(response)) => Ok(response),
    }
}

/// The outcome in the access log: the status or how the call failed.
pub(crate) fn outcome(result: Result<StatusCode, NoAnswer>) -> std::borrow::Cow<'static, str> {
    match result {
        Ok(StatusCode::OK) => "200".into(),
        Ok(StatusCode::NO_CONTENT) => "204".into(),
        Ok(status) => status.as_str().to_owned().into(),
        Err(NoAnswer::Timeout) => "timeout".into(),
        Err(NoAnswer::Transport) => "transport_error".into(),
    }
}
