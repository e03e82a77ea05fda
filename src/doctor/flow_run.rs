use super::flow_seen::{Approved, Channel, FlowSeen, Poll};
use super::flows::PERSON_WITHIN;
use super::published::ANSWER_WITHIN;
use super::watch::{Noted, Watch};
use super::{OwnEndpoint, OwnService};
use crate::ciba::{Breach, Decision, DeliveryMode, Hint, Outcome, Rule};
use crate::clock::Clock;
use crate::decision_channel::{Announcement, Confirmed, Decisions, Login, NotConfirmed, Person, Sought};
use crate::flow::Conduct;
use crate::jose::{Expected, Judged, KeySet, judge};
use crate::notification::{NotificationToken, RANDOM_BYTES};
use crate::record::Scrubber;
use crate::relying_party::{Acknowledgement, FlowRun, RelyingParty, TraceIds, run_flow};
use crate::target::TargetFacts;
use mock_auth_service::Counts;
use serde_json::Value;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How long `/authentication/start` is waited for.
const LOGIN_WITHIN: Duration = Duration::from_secs(10);
/// How long the answer to the approval is waited for, repetitions included.
const DECISION_WITHIN: Duration = Duration::from_secs(12);
/// How long the ping is waited for after the approval was answered.
pub(super) const PING_WITHIN: Duration = Duration::from_secs(10);
/// From the login to the approval: some servers know a login only a moment after they have started it.
const DECISION_PAUSE: Duration = Duration::from_millis(200);
/// Between two looks for the acknowledgement.
const ACKNOWLEDGEMENT_PAUSE: Duration = Duration::from_millis(20);
/// How long the approval's own answer may take when the flow has ended already.
const AFTERMATH: Duration = Duration::from_secs(3);

/// One flow to run and to watch.
pub(super) struct FlowPlan<'a> {
    pub(super) party: &'a RelyingParty,
    /// What carries the party's calls.
    pub(super) watch: &'a Watch,
    pub(super) facts: &'a TargetFacts,
    pub(super) keys: &'a KeySet,
    pub(super) clock: Clock,
    pub(super) trace: TraceIds,
    /// Its number.
    pub(super) number: u64,
    pub(super) user: &'a str,
    pub(super) binding_message: Option<String>,
    /// Our authentication service; without it a person decides.
    pub(super) service: Option<&'a OwnService>,
    /// Our notification endpoint, for a ping or a push client.
    pub(super) endpoint: Option<&'a OwnEndpoint>,
    /// When the flow is left at the latest.
    pub(super) until: Instant,
}

/// A notification token of this flow.
pub(super) fn notification_token(number: u64) -> NotificationToken {
    let mut randomness = [0; RANDOM_BYTES];
    // Without randomness from the operating system there is no TLS and no signature either.
    #[expect(clippy::expect_used, reason = "the random generator is seeded")]
    aws_lc_rs::rand::fill(&mut randomness).expect("the random generator is seeded");
    NotificationToken::new(number, &randomness)
}

/// Runs a flow, has it approved where that is ours to do, and tells what was observed. `secrets` learns those of the flow.
pub(super) async fn watch_flow(plan: &FlowPlan<'_>, secrets: &mut Scrubber) -> FlowSeen {
    let begun = plan.clock.now();
    let before = plan.service.map(|own| own.service.counts());
    let token = notification_token(plan.number);
    secrets.learn(token.expose());
    if let Some(endpoint) = plan.endpoint {
        endpoint.inbox.take_strangers();
        // A handful of flows cannot fill the registry.
        let _ = match plan.party.client().delivery_mode() {
            DeliveryMode::Push => endpoint.receiver.register_push(&token),
            DeliveryMode::Ping | DeliveryMode::Poll => endpoint.receiver.register(&token),
        };
    }
    let (ended, channel) = run(plan, &token, begun).await;
    let asked_for_tokens = plan.watch.begun(&plan.facts.token_endpoint);
    let polled_at_last = match (&ended, plan.endpoint) {
        // A push client may not ask.
        (None, Some(_)) if plan.party.client().delivery_mode() == DeliveryMode::Push => None,
        (None, Some(_)) if asked_for_tokens == 0 => poll_once(plan).await,
        (Some(_), _) | (None, _) => None,
    };
    plan.watch.teach(secrets);
    let took = plan.clock.now().saturating_duration_since(begun);
    let channel = plan
        .service
        .map(|own| Channel { counts: during(&before.unwrap_or_default(), &own.service.counts()), ..channel });
    let strangers = plan.endpoint.map(|endpoint| {
        endpoint.receiver.forget(plan.number);
        endpoint.inbox.take_strangers()
    });
    let (outcome, mut breaches) =
        ended.map_or((None, Vec::new()), |(outcome, breaches)| (Some(outcome), breaches));
    if plan.keys.is_empty() {
        // That is a finding of its own.
        breaches.retain(|breach| breach.rule != Rule::IdTokenSignature);
    }
    let asked = plan.watch.noted(&plan.facts.backchannel_authentication_endpoint);
    let answered = asked.last();
    FlowSeen {
        mode: plan.party.client().delivery_mode(),
        user: plan.user.to_owned(),
        binding_message: plan.binding_message.clone(),
        correlation_id: plan.trace.correlation_id(plan.number, 0),
        answered: answered.map(Noted::said),
        acknowledged: acknowledgement(plan),
        channel,
        asked: asked_for_tokens,
        polls: polls(plan, begun),
        ended: outcome,
        breaches,
        id_token: id_token(plan),
        strangers: strangers.unwrap_or_default().into_iter().map(Into::into).collect(),
        polled_at_last,
        took,
    }
}

/// The flow and its decision, side by side.
async fn run(
    plan: &FlowPlan<'_>,
    token: &NotificationToken,
    begun: Instant,
) -> (Option<(Outcome, Vec<Breach>)>, Channel) {
    let hint = Hint::LoginHint(plan.user.to_owned());
    // A ping is what is to be seen: nothing is fetched without it.
    let conduct = Conduct { fall_back_to_polling: false, ..Conduct::default() };
    let run = FlowRun {
        number: plan.number,
        user: plan.user,
        hint: &hint,
        binding_message: plan.binding_message.as_deref(),
        notification: plan.endpoint.map(|endpoint| (token, endpoint.inbox.as_ref())),
        conduct: &conduct,
    };
    let mut flow = pin!(run_flow(plan.party, &run, plan.clock));
    let mut deciding = pin!(approve(plan, begun));
    let (mut ended, mut channel, mut decided, mut until) = (None, Channel::default(), false, plan.until);
    loop {
        tokio::select! {
            biased;
            over = &mut flow, if ended.is_none() => {
                ended = Some(over);
                if decided || acknowledgement(plan).is_none() {
                    break;
                }
                until = until.min(plan.clock.now() + AFTERMATH);
            }
            (login, decision) = &mut deciding, if !decided => {
                decided = true;
                let taken = matches!(decision, Some(Ok(_)));
                let since = |at: Instant| at.saturating_duration_since(begun);
                channel.decision = decision.map(|decision| decision.map(|confirmed| Approved::of(confirmed, since)));
                channel.login = login.map(|login| { let at = since(login.start.at); (login, at) });
                if ended.is_some() || !taken {
                    break;
                }
                if plan.endpoint.is_some() {
                    until = until.min(plan.clock.now() + PING_WITHIN);
                }
            }
            () = sleep_until(until) => break,
        }
    }
    (ended, channel)
}

/// Finds the flow's login and approves it. Never ends where a person decides.
async fn approve(
    plan: &FlowPlan<'_>,
    begun: Instant,
) -> (Option<Login>, Option<Result<Confirmed, NotConfirmed>>) {
    let Some(own) = plan.service else { return std::future::pending().await };
    let decisions = Decisions::new(own.service.clone(), own.logins.clone());
    if !decisions.sees_prompts() {
        announce(plan, &decisions).await;
    }
    // Nobody else uses this user now: a login that shows the message is the flow's, and so is one that shows another.
    let by_message =
        Sought { user: plan.user, binding_message: plan.binding_message.as_deref(), after: begun };
    let by_user = Sought { binding_message: None, ..by_message };
    let login = tokio::select! {
        biased;
        login = decisions.login(&by_message, LOGIN_WITHIN) => login,
        login = decisions.login(&by_user, LOGIN_WITHIN) => login,
    };
    let Some(login) = login else { return (None, None) };
    sleep(DECISION_PAUSE).await;
    // Whom the person has to answer for was told before the flow.
    let within = if own.page.is_some() { PERSON_WITHIN } else { DECISION_WITHIN };
    let person = own.page.clone().map(|page| Person::new(page, |_| {}));
    let decisions = decisions.by_person(person);
    let decision = match timeout(within, decisions.decide(&login, Decision::Approve)).await {
        Ok(decision) => decision,
        Err(_) => Err(NotConfirmed {
            status: None,
            sent: None,
            reason: format!("no outcome within {} s", within.as_secs()),
        }),
    };
    (Some(login), Some(decision))
}

/// Waits for the acknowledgement and announces the flow, as no server will. The flow's end bounds it.
async fn announce(plan: &FlowPlan<'_>, decisions: &Decisions) {
    let acknowledged = loop {
        match acknowledgement(plan) {
            Some(acknowledged) => break acknowledged,
            None => sleep(ACKNOWLEDGEMENT_PAUSE).await,
        }
    };
    decisions.acknowledged(&Announcement {
        auth_req_id: acknowledged.auth_req_id.as_str(),
        user_identifier: plan.user,
        client_id: plan.party.client().id(),
        binding_message: plan.binding_message.as_deref(),
        scope: plan.party.scope(),
        expires: Some(plan.clock.now() + Duration::from_secs(acknowledged.expires_in)),
    });
}

/// A last look at a flow that was never notified: whether its result is there.
async fn poll_once(plan: &FlowPlan<'_>) -> Option<super::said::Said> {
    let acknowledged = acknowledgement(plan)?;
    let poll = plan.party.request_tokens(plan.number, 1, &acknowledged.auth_req_id, plan.user, 0.0);
    timeout(ANSWER_WITHIN, poll).await.ok()?;
    plan.watch.noted(&plan.facts.token_endpoint).last().map(Noted::said)
}

fn acknowledgement(plan: &FlowPlan<'_>) -> Option<Acknowledgement> {
    let asked = plan.watch.noted(&plan.facts.backchannel_authentication_endpoint);
    Acknowledgement::read(asked.last()?.success()?, &mut Vec::new())
}

fn polls(plan: &FlowPlan<'_>, begun: Instant) -> Vec<Poll> {
    let since = |at: Instant| at.saturating_duration_since(begun);
    let noted = plan.watch.noted(&plan.facts.token_endpoint);
    let poll = |noted: &Noted| Poll {
        sent: since(noted.timeline.sent),
        answered: since(noted.timeline.ended),
        said: noted.said(),
    };
    noted.iter().map(poll).collect()
}

/// What the ID token says; what it breaks is told by the flow itself.
fn id_token(plan: &FlowPlan<'_>) -> Option<Judged> {
    let noted = plan.watch.noted(&plan.facts.token_endpoint);
    let body: Value = serde_json::from_slice(noted.last()?.success()?).ok()?;
    let expected = Expected {
        issuer: &plan.facts.issuer,
        client_id: plan.party.client().id(),
        access_token: None,
        refresh_token: None,
        auth_req_id: "",
        hashes_required: false,
    };
    let now = plan.clock.wall(plan.clock.now());
    Some(judge(body.get("id_token")?.as_str()?, plan.keys, &expected, now, &mut Vec::new()))
}

/// What was counted between two looks.
fn during(before: &Counts, after: &Counts) -> Counts {
    let mut during = *after;
    for (counter, earlier) in [
        (&mut during.verify.valid, before.verify.valid),
        (&mut during.verify.invalid, before.verify.invalid),
        (&mut during.verify.malformed, before.verify.malformed),
        (&mut during.verify.unauthorized, before.verify.unauthorized),
        (&mut during.start.accepted, before.start.accepted),
        (&mut during.start.malformed, before.start.malformed),
        (&mut during.start.unauthorized, before.start.unauthorized),
        (&mut during.token.fetched, before.token.fetched),
        (&mut during.token.failed, before.token.failed),
    ] {
        *counter = counter.saturating_sub(earlier);
    }
    during
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_during_the_flow_counts() {
        let (mut before, mut after) = (Counts::default(), Counts::default());
        before.verify.unauthorized = 1;
        after.verify.unauthorized = 3;
        after.start.accepted = 1;
        let counts = during(&before, &after);
        assert_eq!((counts.verify.unauthorized, counts.start.accepted, counts.verify.valid), (2, 1, 0));
    }

    #[test]
    fn every_token_is_another() {
        let (one, other) = (notification_token(1), notification_token(1));
        assert!(one.flow() == 1 && one != other);
    }
}
