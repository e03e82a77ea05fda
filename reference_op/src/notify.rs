//! Pings (CIBA Core 1.0, 10.2).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;

use crate::access_log::Endpoint;
use crate::fault::Fault;
use crate::outgoing::{outcome, post_json};
use crate::pending::AuthenticationRequest;
use crate::provider::Provider;
use crate::random;
use crate::settings::{DeliveryMode, PingOrder};

/// How long a client notification endpoint may take.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// Pings that may wait for their answers at once; beyond it a ping is given up, and the client can still poll.
const MAX_PINGS_IN_FLIGHT: usize = 20_000;

/// The bound on pings in flight.
pub(crate) struct Pings(Arc<Semaphore>);

impl Default for Pings {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_PINGS_IN_FLIGHT)))
    }
}

/// Tells a ping client that its result is ready. With [`PingOrder::BeforeAcceptAnswer`] this returns when the client has
/// answered or timed out, else at once.
pub(crate) async fn ping(provider: &Arc<Provider>, request: &Arc<AuthenticationRequest>) {
    if request.client.delivery != DeliveryMode::Ping {
        return;
    }
    let Ok(permit) = Arc::clone(&provider.pings.0).try_acquire_owned() else {
        provider.log.count(Endpoint::Ping, "given_up", Some(&request.client.id));
        return;
    };
    let (provider, order) = (Arc::clone(provider), request.workspace.ping_order);
    let request = Arc::clone(request);
    // A task of its own even when it is awaited: a caller that goes away must not take the ping with it.
    let task = tokio::spawn(async move {
        send(&provider, &request).await;
        drop(permit);
    });
    match order {
        PingOrder::AfterAcceptAnswer => {}
        PingOrder::BeforeAcceptAnswer => drop(task.await),
    }
}

/// Sends the ping, at most once whatever the answer: handling of errors is out of the standard's scope.
async fn send(provider: &Provider, request: &AuthenticationRequest) {
    // Ping clients have both; requests and settings were checked for them.
    let (Some(endpoint), Some(token)) = (&request.client.notification_endpoint, &request.notification_token)
    else {
        return;
    };
    let authorization = match provider.faults.has(Fault::PingWrongToken) {
        false => format!("Bearer {}", token.expose()),
        true => format!("Bearer {}", random::unguessable()),
    };
    let mut body = json!({"auth_req_id": request.auth_req_id});
    if provider.faults.has(Fault::PingExtraMembers) {
        body["status"] = json!("complete");
    }
    let answer =
        post_json(&provider.outgoing, endpoint, &authorization, body.to_string().into(), PING_TIMEOUT).await;
    provider.log.count(
        Endpoint::Ping,
        outcome(answer.map(|response| response.status())),
        Some(&request.client.id),
    );
}
