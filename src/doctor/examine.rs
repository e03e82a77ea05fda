use super::chart::Chart;
use super::consents::look_at_consents;
use super::finding::Look;
use super::flows::run_flows;
use super::judgement::{self, Role};
use super::published::{
    ANSWER_WITHIN, Published, fetch_keys, knock_at_backchannel, knock_at_our_own, knock_at_tokens,
};
use super::said::Said;

use super::watch::Watch;
use super::{Diagnosis, Examination, Listening, Practice, Teller};
use crate::ciba::{AuthReqId, DeliveryMode};
use crate::jose::KeySet;
use crate::relying_party::TraceIds;
use crate::target::TargetFacts;
use crate::target::file::ClientEntry;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longest time for everything that needs no person. What has not begun by then is left out, and what has is bounded by
/// itself.
pub const TOTAL_WITHIN: Duration = Duration::from_secs(60);
/// What no server has given out as an `auth_req_id`.
const NOBODYS_REQUEST: &str = "no-request-has-this-auth-req-id";
/// The number by which requests are found in the server's log that belong to no flow.
const NO_FLOW: u64 = 0;

/// Carries out every examination that has its ground, one after the other, and tells each finding as it is made.
pub async fn examine(practice: &Practice, teller: &Teller<'_>) -> Diagnosis {
    let mut chart = Chart::new(practice, teller);
    chart.write(Examination::TargetFile, judgement::target_file(&chart.known));
    look_at_our_side(&mut chart).await;
    if let Some(published) = look_at_what_is_published(&mut chart).await {
        look_at_clients(&mut chart, &published).await;
        look_at_consents(&mut chart, &published).await;
        run_flows(&mut chart, &published).await;
    }
    chart.close()
}

/// What the server calls, called by ourselves.
async fn look_at_our_side(chart: &mut Chart<'_>) {
    let practice = chart.practice;
    let service = match &practice.service {
        Listening::At(own) => {
            let mut url = own.local.clone();
            url.set_path(chart.known.service_path());
            let said = call(practice, &url).await;
            judgement::authentication_service(&chart.known, &own.local, &own.public, &said)
        }
        Listening::Nowhere(reason) => nowhere(reason, "authentication_service"),
        Listening::NotOurs(reason) => Look::not_examined(reason),
    };
    chart.write(Examination::AuthenticationService, service);
    let endpoint = match &practice.endpoint {
        Listening::At(own) => {
            let said = call(practice, &own.local).await;
            judgement::notification_endpoint(&chart.known, &own.local, &own.public, &said)
        }
        Listening::Nowhere(reason) => nowhere(reason, "notification"),
        Listening::NotOurs(reason) => Look::not_examined(reason),
    };
    chart.write(Examination::NotificationEndpoint, endpoint);
}

async fn call(practice: &Practice, url: &Url) -> Said {
    knock_at_our_own(url, practice.transport.as_ref(), practice.clock).await
}

/// Something of ours could not be started. The reason says what to do after its first semicolon.
fn nowhere(reason: &str, table: &str) -> Look {
    match reason.split_once("; ") {
        Some((seen, remedy)) => Look::failed(seen, format!("target file: [{table}]: {remedy}")),
        None => Look::failed(reason, format!("target file: [{table}]")),
    }
}

/// Metadata, endpoints, keys and clock. `None` where there are no metadata to go on with.
async fn look_at_what_is_published(chart: &mut Chart<'_>) -> Option<Published> {
    let practice = chart.practice;
    let (transport, clock) = (practice.transport.as_ref(), practice.clock);
    let discovered = TargetFacts::discover(practice.target.issuer.url(), transport).await;
    chart.write(Examination::Metadata, judgement::metadata(&discovered));
    let facts = discovered.ok()?;
    chart.write(Examination::Issuer, judgement::issuer(&chart.known, &facts));
    chart.write(Examination::DeliveryModes, judgement::delivery_modes(&chart.known, &facts));
    let backchannel = &facts.backchannel_authentication_endpoint;
    let (tokens, authentication, keys) = tokio::join!(
        knock_at_tokens(&facts.token_endpoint, transport, clock),
        knock_at_backchannel(backchannel, transport, clock),
        fetch_keys(&facts, transport)
    );
    let token_endpoint = judgement::endpoint("token_endpoint", &facts.token_endpoint, &tokens.said);
    chart.write(Examination::TokenEndpoint, token_endpoint);
    let member = "backchannel_authentication_endpoint";
    chart.write(
        Examination::BackchannelEndpoint,
        judgement::endpoint(member, backchannel, &authentication.said),
    );
    chart.write(Examination::Keys, judgement::keys(&facts.jwks_uri, &keys));
    let samples: Vec<_> = [tokens.sample, authentication.sample].into_iter().flatten().collect();
    chart.write(Examination::Clock, judgement::clock(&samples));
    Some(Published {
        facts: Arc::new(facts),
        keys: keys.unwrap_or_else(|_| KeySet::default()),
        clock,
        trace: TraceIds::new(practice.run),
    })
}

/// Each client of the target file asks for tokens of a request that nobody made.
async fn look_at_clients(chart: &mut Chart<'_>, published: &Published) {
    let clients = chart.known.target.clients.clone();
    let mut ready = Vec::new();
    for (examination, entry, role) in [
        (Examination::PollClient, clients.poll, Role::Flows(DeliveryMode::Poll)),
        (Examination::PingClient, clients.ping, Role::Flows(DeliveryMode::Ping)),
        (Examination::PushClient, clients.push, Role::Flows(DeliveryMode::Push)),
        (Examination::SecondClient, clients.second, Role::Second(chart.main)),
        (Examination::UnregisteredClient, clients.unregistered, Role::Unregistered),
    ] {
        match entry {
            Some(entry) if chart.may(examination) => ready.push((examination, entry, role)),
            Some(_) => {}
            None if examination.is_about_push() => {}
            None => chart.write(examination, Look::not_examined("the target file names none")),
        }
    }
    let looks = ready.iter().map(|(_, entry, role)| look_at_client(chart, published, entry, *role));
    let looks = join_all(looks).await;
    for ((examination, ..), look) in ready.into_iter().zip(looks) {
        chart.write(examination, look);
    }
}

async fn look_at_client(chart: &Chart<'_>, published: &Published, entry: &ClientEntry, role: Role) -> Look {
    let mode = match role {
        Role::Flows(mode) | Role::Second(mode) => mode,
        Role::Unregistered => DeliveryMode::Poll,
    };
    let watch = Watch::new(Arc::clone(&chart.practice.transport));
    let party = published.party(entry, mode, &chart.known, Arc::new(watch.clone()), ANSWER_WITHIN);
    let nobodys = AuthReqId::opaque(NOBODYS_REQUEST);
    party.request_tokens(NO_FLOW, 1, &nobodys, "", 0.0).await;
    let url = &published.facts.token_endpoint;
    let methods = judgement::texts(&published.facts.metadata, "token_endpoint_auth_methods_supported");
    match watch.noted(url).last() {
        Some(noted) => judgement::client(role, entry, &methods, url, &noted.said()),
        None => Look::not_examined("no request was sent"),
    }
}
