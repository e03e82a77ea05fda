//! What clients are told at their notification endpoints, and pings (CIBA Core 1.0, 10.2).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access_log::Endpoint;
use crate::capacity::Full;
use crate::fault::{Fault, FaultSet};
use crate::outgoing::{self, AnyCertificate, NoAnswer, outcome};
use crate::pending::{AuthenticationRequest, PingHold};
use crate::provider::Provider;
use crate::push;
use crate::random;
use crate::secret::Secret;
use crate::settings::{DeliveryMode, PingOrder};

/// How long a client notification endpoint may take.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// Pings and pushes that may wait for their answers at once; beyond it a ping is given up, and the client can still poll.
const MAX_PINGS_IN_FLIGHT: u32 = 20_000;

/// The bound on pings and pushes in flight.
pub(crate) struct Pings(Arc<Semaphore>);

impl Pings {
    /// Room for one more, until it is dropped.
    pub(crate) fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }

    /// Returns when none is under way.
    pub(crate) async fn none_under_way(&self) {
        // It fails only when the semaphore was closed, which nobody does.
        drop(self.0.acquire_many(MAX_PINGS_IN_FLIGHT).await);
    }
}

impl Default for Pings {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_PINGS_IN_FLIGHT as usize)))
    }
}

/// What happened to a request.
#[derive(Clone, Copy)]
pub(crate) enum Occasion {
    Acknowledgement,
    Approval,
    Denial,
}

impl Occasion {
    /// Whether a ping client is told: of every decision, and of nothing else.
    fn is_told(self, faults: FaultSet) -> bool {
        match self {
            Occasion::Acknowledgement => faults.has(Fault::PingBeforeDecision),
            Occasion::Approval => !faults.has(Fault::PingNotSent),
            Occasion::Denial => !faults.has(Fault::PingNotSentOnDenial),
        }
    }
}

/// Tells a client what happened, in the way that it is registered for.
pub(crate) async fn tell(provider: &Arc<Provider>, request: &Arc<AuthenticationRequest>, occasion: Occasion) {
    match request.client.delivery {
        DeliveryMode::Poll => {}
        DeliveryMode::Ping if occasion.is_told(request.workspace.faults) => ping(provider, request).await,
        DeliveryMode::Ping => {}
        DeliveryMode::Push => push::tell(provider, request, occasion),
    }
}

/// Tells a ping client that its result is ready. With [`PingOrder::BeforeAcceptAnswer`] this returns when the client has
/// answered or timed out, else at once.
async fn ping(provider: &Arc<Provider>, request: &Arc<AuthenticationRequest>) {
    let faults = request.workspace.faults;
    let Some(permit) = provider.pings.room() else {
        provider.log.count(Endpoint::Ping, "given_up", Some(&request.client.id));
        return;
    };
    let endings = Endings::of(faults);
    request.set_ping_hold(endings.hold());
    let (provider, order) = (Arc::clone(provider), request.workspace.ping_order);
    let request = Arc::clone(request);
    // A task of its own even when it is awaited: a caller that goes away must not take the ping with it.
    let task = tokio::spawn(async move {
        match provider.capacity.ping(provider.clock.now()).await {
            Ok(()) => notify(&provider, &request, endings).await,
            Err(Full) => provider.log.count(Endpoint::Ping, "given_up", Some(&request.client.id)),
        }
        request.set_ping_hold(PingHold::Free);
        drop(permit);
    });
    match order {
        PingOrder::AfterAcceptAnswer => {}
        PingOrder::BeforeAcceptAnswer => drop(task.await),
    }
}

/// Sends the ping, at most once whatever the answer: handling of errors is out of the standard's scope.
async fn notify(provider: &Provider, request: &AuthenticationRequest, endings: Endings) {
    let faults = request.workspace.faults;
    // Ping clients have both; requests and settings were checked for them.
    let (Some(endpoint), Some(token)) =
        (&request.client.notification_endpoint, &request.demand.notification_token)
    else {
        return;
    };
    let times = if faults.has(Fault::PingSentTwice) { 2 } else { 1 };
    for _ in 0..times {
        let Ok(ping) = prepare(provider, request, endpoint, token) else {
            return;
        };
        let mut answer = outgoing::send(&provider.outgoing, ping.clone(), PING_TIMEOUT).await;
        if faults.has(Fault::PingFollowsRedirects)
            && let Some(elsewhere) = redirected(&ping, &answer)
        {
            answer = outgoing::send(&provider.outgoing, elsewhere, PING_TIMEOUT).await;
        }
        let status = answer.map(|response| response.status());
        provider.log.count(Endpoint::Ping, outcome(status), Some(&request.client.id));
        if endings.include(status) {
            provider.pending.remove(request);
        }
    }
}

fn prepare(
    provider: &Provider,
    request: &AuthenticationRequest,
    endpoint: &str,
    token: &Secret,
) -> Result<Request<Bytes>, NoAnswer> {
    let faults = request.workspace.faults;
    let method = if faults.has(Fault::PingByPut) { Method::PUT } else { Method::POST };
    let content_type = if faults.has(Fault::PingAsText) { "text/plain" } else { "application/json" };
    let authorization = outgoing::credentials(&authorization(provider, request, token))?;
    let mut ping = Request::builder()
        .method(method)
        .uri(endpoint)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::AUTHORIZATION, authorization.clone())
        .body(body(request, faults))
        .map_err(|_| NoAnswer::Transport)?;
    if faults.has(Fault::PingTwoAuthorizations) {
        ping.headers_mut().append(header::AUTHORIZATION, authorization);
    }
    if faults.has(Fault::NotificationCertificateUnverified) {
        ping.extensions_mut().insert(AnyCertificate);
    }
    Ok(ping)
}

fn authorization(provider: &Provider, request: &AuthenticationRequest, token: &Secret) -> String {
    let faults = request.workspace.faults;
    if faults.has(Fault::PingWrongToken) {
        return format!("Bearer {}", random::unguessable());
    }
    if faults.has(Fault::NotificationTokenPlusLost) {
        return format!("Bearer {}", token.expose().replace('+', " "));
    }
    if faults.has(Fault::PingTokensSwapped)
        && let Some(other) = provider.pending.latest_other(request)
        && let Some(token) = &other.demand.notification_token
    {
        return format!("Bearer {}", token.expose());
    }
    format!("Bearer {}", token.expose())
}

fn body(request: &AuthenticationRequest, faults: FaultSet) -> Bytes {
    let mut body = match faults.has(Fault::PingWrongAuthReqId) {
        false => json!({"auth_req_id": request.auth_req_id}),
        true => json!({"auth_req_id": random::unguessable()}),
    };
    if faults.has(Fault::PingExtraMembers) {
        body["status"] = json!("complete");
    }
    body.to_string().into()
}

/// The same ping to where its answer points, if it points to an absolute URL.
pub(crate) fn redirected(
    ping: &Request<Bytes>,
    answer: &Result<Response<Bytes>, NoAnswer>,
) -> Option<Request<Bytes>> {
    let answer = answer.as_ref().ok().filter(|answer| answer.status().is_redirection())?;
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let mut elsewhere = ping.clone();
    *elsewhere.uri_mut() = location.parse().ok().filter(|uri: &http::Uri| uri.host().is_some())?;
    Some(elsewhere)
}

/// The answers to a ping that end its request: none, but for four faults.
#[derive(Clone, Copy)]
struct Endings {
    other_successes: bool,
    refusals: bool,
    failures: bool,
    silence: bool,
}

impl Endings {
    fn of(faults: FaultSet) -> Self {
        Self {
            other_successes: faults.has(Fault::PingNeeds204),
            refusals: faults.has(Fault::PingRefusedKills),
            failures: faults.has(Fault::PingFailedKills),
            silence: faults.has(Fault::PingHangingHolds),
        }
    }

    /// What polls are to do while the ping is under way.
    fn hold(self) -> PingHold {
        if self.silence {
            PingHold::Pends
        } else if self.other_successes || self.refusals || self.failures {
            PingHold::Waits
        } else {
            PingHold::Free
        }
    }

    fn include(self, answer: Result<StatusCode, NoAnswer>) -> bool {
        match answer {
            Ok(StatusCode::NO_CONTENT) => false,
            Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => self.refusals,
            Ok(status) if status.is_success() => self.other_successes,
            Ok(status) => self.failures && status.is_server_error(),
            Err(NoAnswer::Transport) => self.failures,
            Err(NoAnswer::Timeout) => self.silence,
        }
    }
}
