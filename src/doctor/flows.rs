use super::Examination;
use super::chart::Chart;
use super::finding::Look;
use super::flow_run::{FlowPlan, notification_token, watch_flow};
use super::flow_seen::FlowSeen;
use super::judgement;
use super::practice::Waiting;
use super::published::{ANSWER_WITHIN, Published};
use super::watch::Watch;
use crate::ciba::{DeliveryMode, Hint};
use crate::decision_channel::Marker;
use crate::profile::Correlation;
use crate::relying_party::AuthenticationRequest;
use crate::target::file::{AuthenticationService, ClientEntry};
use std::sync::Arc;
use std::time::Duration;

/// How long a person is waited for who has to answer, for each flow.
pub const PERSON_WITHIN: Duration = Duration::from_secs(60);
/// Longest time that one flow is watched whose decision is ours.
const FLOW_WITHIN: Duration = Duration::from_secs(30);
/// Longest wait for a poll: servers may hold one for 30 s (CIBA Core 1.0, 10.1).
const POLL_WITHIN: Duration = Duration::from_secs(32);
const MAIN_FLOW: u64 = 1;
/// The ping flow, where it is not the main one.
const PING_FLOW: u64 = 2;
const UNKNOWN_USERS_FLOW: u64 = 3;
/// The push flow, where it is not the main one.
const PUSH_FLOW: u64 = 4;

/// The examinations of which flows are the observation.
const OF_FLOWS: [Examination; 9] = [
    Examination::UserVerification,
    Examination::AuthenticationRequest,
    Examination::UserPrompt,
    Examination::Correlation,
    Examination::Decision,
    Examination::PollFlow,
    Examination::PingFlow,
    Examination::Subject,
    Examination::UnknownUser,
];

/// Runs a flow of each mode that the target file has a client for, and asks for a user whom nobody knows.
pub(super) async fn run_flows(chart: &mut Chart<'_>, published: &Published) {
    let Some(user) = chart.practice.user.as_deref() else {
        let pushed = chart.known.target.clients.push.is_some().then_some(Examination::PushFlow);
        for examination in OF_FLOWS.into_iter().chain(pushed) {
            chart.write(examination, Look::not_examined("no flow was to be run"));
        }
        return;
    };
    // Where the poll client is no good, the decision channel is watched in the ping flow.
    let poll_is_out = chart.failed_below(Examination::PollClient).is_some();
    if poll_is_out && chart.known.target.clients.ping.is_some() {
        chart.main = DeliveryMode::Ping;
    }
    if !chart.may(Examination::UserVerification) {
        return;
    }
    let Some(entry) = chart.known.target.client(chart.main).cloned() else { return };
    let flow = run_flow(chart, published, (&entry, chart.main), MAIN_FLOW, user).await;
    look_at_channel(chart, published, &flow);
    look_at_poll_flow(chart, &flow);
    look_at_ping_flow(chart, published, &flow, user).await;
    look_at_push_flow(chart, published, &flow, user).await;
    if chart.has_ground(Examination::Subject) {
        let look = judgement::subject(&chart.known, &flow);
        chart.write(Examination::Subject, look);
    }
    if chart.may(Examination::UnknownUser) {
        let look = look_at_unknown_user(chart, published).await;
        chart.write(Examination::UnknownUser, look);
    }
}

fn look_at_channel(chart: &mut Chart<'_>, published: &Published, flow: &FlowSeen) {
    let look = judgement::user_verification(&chart.known, flow);
    chart.write(Examination::UserVerification, look);
    if chart.has_ground(Examination::AuthenticationRequest) {
        let url = &published.facts.backchannel_authentication_endpoint;
        let look = judgement::authentication_request(&chart.known, url, flow);
        chart.write(Examination::AuthenticationRequest, look);
    }
    if chart.has_ground(Examination::UserPrompt) {
        let look = judgement::user_prompt(&chart.known, flow);
        chart.write(Examination::UserPrompt, look);
    }
    if chart.has_ground(Examination::Correlation) {
        let look = judgement::correlation(&chart.known, flow);
        chart.write(Examination::Correlation, look);
    }
    if chart.has_ground(Examination::Decision) {
        let look = judgement::decision(&chart.known, flow);
        chart.write(Examination::Decision, look);
    }
}

fn look_at_poll_flow(chart: &mut Chart<'_>, flow: &FlowSeen) {
    if chart.known.target.clients.poll.is_none() {
        chart.write(Examination::PollFlow, Look::not_examined("the target file has no client for poll"));
    } else if chart.has_ground(Examination::PollFlow) {
        chart.write(Examination::PollFlow, judgement::poll_flow(flow));
    }
}

async fn look_at_ping_flow(chart: &mut Chart<'_>, published: &Published, main: &FlowSeen, user: &str) {
    let entry = chart.known.target.clients.ping.clone();
    let (Some(endpoint), Some(entry)) = (chart.practice.endpoint.listening(), entry) else {
        // Where it could not be started, that is the ground that is missing.
        if chart.has_ground(Examination::PingFlow) {
            chart.write(Examination::PingFlow, Look::not_examined("the target file has no client for ping"));
        }
        return;
    };
    let other = match main.mode {
        DeliveryMode::Ping if chart.has_ground(Examination::PingFlow) => None,
        DeliveryMode::Poll | DeliveryMode::Push if chart.may(Examination::PingFlow) => {
            Some(run_flow(chart, published, (&entry, DeliveryMode::Ping), PING_FLOW, user).await)
        }
        DeliveryMode::Poll | DeliveryMode::Ping | DeliveryMode::Push => return,
    };
    let flow = other.as_ref().unwrap_or(main);
    let backchannel = &published.facts.backchannel_authentication_endpoint;
    let look = judgement::ping_flow(&chart.known, backchannel, &endpoint.local, flow);
    chart.write(Examination::PingFlow, look);
}

async fn look_at_push_flow(chart: &mut Chart<'_>, published: &Published, main: &FlowSeen, user: &str) {
    let Some(entry) = chart.known.target.clients.push.clone() else { return };
    let Some(endpoint) = chart.practice.endpoint.listening() else {
        // It could not be started, and that is the ground that is missing.
        chart.has_ground(Examination::PushFlow);
        return;
    };
    let other = match main.mode {
        DeliveryMode::Push if chart.has_ground(Examination::PushFlow) => None,
        DeliveryMode::Poll | DeliveryMode::Ping if chart.may(Examination::PushFlow) => {
            Some(run_flow(chart, published, (&entry, DeliveryMode::Push), PUSH_FLOW, user).await)
        }
        DeliveryMode::Poll | DeliveryMode::Ping | DeliveryMode::Push => return,
    };
    let flow = other.as_ref().unwrap_or(main);
    let backchannel = &published.facts.backchannel_authentication_endpoint;
    let look = judgement::push_flow(&chart.known, backchannel, &endpoint.local, flow);
    chart.write(Examination::PushFlow, look);
}

/// Runs one flow. What a person takes to answer is not taken from the time of the other examinations.
async fn run_flow(
    chart: &mut Chart<'_>,
    published: &Published,
    (entry, mode): (&ClientEntry, DeliveryMode),
    number: u64,
    user: &str,
) -> FlowSeen {
    let (practice, known) = (chart.practice, &chart.known);
    let watch = Watch::new(Arc::clone(&practice.transport));
    let begun = practice.clock.now();
    let takes_a_person =
        known.target.manual || known.target.authentication_service == AuthenticationService::None;
    let until = match takes_a_person {
        true => begun + PERSON_WITHIN,
        false => chart.until.min(begun + FLOW_WITHIN),
    };
    if takes_a_person {
        let page = practice.service.listening().and_then(|own| own.page.as_deref());
        (chart.teller.waits)(&Waiting { user, page, within: PERSON_WITHIN });
    }
    let party = published.party(entry, mode, known, Arc::new(watch.clone()), POLL_WITHIN);
    let marks = known.target.correlation == Correlation::Marker;
    let plan = FlowPlan {
        party: &party,
        watch: &watch,
        facts: &published.facts,
        keys: &published.keys,
        clock: practice.clock,
        trace: published.trace,
        number,
        user,
        binding_message: marks.then(|| Marker::new(practice.run).of(number)),
        service: practice.service.listening(),
        endpoint: practice.endpoint.listening().filter(|_| mode != DeliveryMode::Poll),
        until,
    };
    let flow = watch_flow(&plan, &mut chart.secrets).await;
    if takes_a_person {
        chart.until += practice.clock.now().saturating_duration_since(begun);
    }
    flow
}

async fn look_at_unknown_user(chart: &mut Chart<'_>, published: &Published) -> Look {
    let (practice, known) = (chart.practice, &chart.known);
    // Who is unknown where somebody else verifies users is not ours to make up: a real phone could ring.
    if practice.service.listening().is_none() && known.target.conformance.unknown_user.is_none() {
        return Look::not_examined("conformance.unknown_user of the target file names nobody");
    }
    let Some(entry) = known.target.client(chart.main) else { return Look::not_examined("no client can ask") };
    let watch = Watch::new(Arc::clone(&practice.transport));
    let party = published.party(entry, chart.main, known, Arc::new(watch.clone()), ANSWER_WITHIN);
    let user = known.target.conformance.unknown_user().to_owned();
    let token = notification_token(UNKNOWN_USERS_FLOW);
    chart.secrets.learn(token.expose());
    let marker = Marker::new(practice.run).of(UNKNOWN_USERS_FLOW);
    let marks = known.target.correlation == Correlation::Marker;
    let request = AuthenticationRequest {
        flow: UNKNOWN_USERS_FLOW,
        user: &user,
        hint: &Hint::LoginHint(user.clone()),
        binding_message: marks.then_some(marker.as_str()),
        notification_token: (chart.main != DeliveryMode::Poll).then(|| token.expose()),
        consent: None,
    };
    party.authenticate(&request).await;
    watch.teach(&mut chart.secrets);
    match watch.noted(&published.facts.backchannel_authentication_endpoint).last() {
        Some(noted) => judgement::unknown_user(&user, &noted.said()),
        None => Look::not_examined("no request was sent"),
    }
}
