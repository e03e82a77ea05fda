use super::{AuthenticationRequest, RelyingParty};
use crate::ciba::{AuthReqId, Breach, Hint, Outcome, Rule};
use crate::clock::Clock;
use crate::flow::{Conduct, Flow, FlowAction, FlowEvent};
use crate::notification::{Inbox, Notification, NotificationToken};
use std::time::Duration;
use tokio::time::Instant;

/// One flow to run, and how.
pub struct FlowRun<'a> {
    /// Its number; distinct for all flows that share a receiver.
    pub number: u64,
    /// Whom to authenticate.
    pub user: &'a str,
    /// How the request names them.
    pub hint: &'a Hint,
    /// What both devices show.
    pub binding_message: Option<&'a str>,
    /// For a ping or a push client: its notification token, already registered for it, and where the notification will be found.
    pub notification: Option<(&'a NotificationToken, &'a Inbox)>,
    /// How the client conducts the flow.
    pub conduct: &'a Conduct,
}

/// Runs one flow to its end. Gives its outcome and every rule that the server broke on the way.
pub async fn run_flow(party: &RelyingParty, run: &FlowRun<'_>, clock: Clock) -> (Outcome, Vec<Breach>) {
    let since_start = |at: Instant| at.saturating_duration_since(clock.start());
    let mut breaches = Vec::new();
    let mut flow = Flow::new(party.client().delivery_mode());
    let mut auth_req_id = None;
    let mut step = 0;
    let mut consent = None;
    let mut action = if party.consent_type().is_some() { flow.begin_with_consent() } else { flow.begin() };
    loop {
        let event = match action {
            FlowAction::CreateConsent => match party.create_consent(run.number).await.map(|done| done.result)
            {
                Some(Ok(id)) => {
                    consent = Some(id);
                    FlowEvent::ConsentCreated
                }
                Some(Err((outcome, _))) => FlowEvent::ConsentRefused { outcome },
                None => FlowEvent::ConsentRefused { outcome: Outcome::HarnessPanic },
            },
            FlowAction::SendAuthenticationRequest => {
                let request = AuthenticationRequest {
                    flow: run.number,
                    user: run.user,
                    hint: run.hint,
                    binding_message: run.binding_message,
                    notification_token: run.notification.map(|(token, _)| token.expose()),
                    consent: consent.as_deref(),
                };
                let done = party.authenticate(&request).await;
                breaches.extend(done.breaches);
                match done.result {
                    Ok(acknowledgement) => {
                        let event = FlowEvent::Acknowledged {
                            sent: since_start(done.timeline.sent),
                            answered: since_start(done.timeline.ended),
                            interval: acknowledgement.interval,
                            expires_in: acknowledgement.expires_in,
                        };
                        auth_req_id = Some(acknowledgement.auth_req_id);
                        event
                    }
                    Err(outcome) => FlowEvent::NotAcknowledged { outcome },
                }
            }
            FlowAction::SendTokenRequest => {
                let Some(id) = &auth_req_id else { return (Outcome::HarnessPanic, breaches) };
                step += 1;
                let done = party.request_tokens(run.number, step, id, run.user, 0.0).await;
                breaches.extend(done.breaches);
                FlowEvent::TokenAnswer {
                    sent: since_start(done.timeline.sent),
                    answered: since_start(done.timeline.ended),
                    answer: done.answer,
                }
            }
            FlowAction::WaitUntil(until) => {
                tokio::time::sleep_until(clock.start() + until).await;
                FlowEvent::Tick { at: until }
            }
            FlowAction::AwaitNotification { until } => {
                let patience = until.saturating_sub(since_start(clock.now()));
                match notified(run, patience).await {
                    Some(Notification { push: Some(push), at, breaches: found, .. }) => {
                        breaches.extend(found.into_iter().map(|(rule, detail)| Breach { rule, detail }));
                        let Some(id) = &auth_req_id else { return (Outcome::HarnessPanic, breaches) };
                        let taken = party.take_push(id, run.user, &push).await;
                        breaches.extend(taken.breaches);
                        FlowEvent::Pushed { at: since_start(at), answer: taken.answer }
                    }
                    Some(notification) => {
                        let at = since_start(notification.at);
                        judge(notification, auth_req_id.as_ref(), &mut breaches);
                        FlowEvent::Pinged { at }
                    }
                    None => FlowEvent::Tick { at: until },
                }
            }
            FlowAction::Finish(outcome) => {
                judge_late_calls(run, auth_req_id.as_ref(), &mut breaches);
                return (outcome, breaches);
            }
            // Nothing is under way between two turns of this loop.
            FlowAction::AwaitAnswer => return (Outcome::HarnessPanic, breaches),
        };
        action = flow.handle(event, run.conduct, &mut breaches);
    }
}

async fn notified(run: &FlowRun<'_>, patience: Duration) -> Option<Notification> {
    match run.notification {
        Some((_, inbox)) => inbox.wait(run.number, patience).await,
        None => {
            tokio::time::sleep(patience).await;
            None
        }
    }
}

/// Holds a notification against section 10.2.
fn judge(notification: Notification, own: Option<&AuthReqId>, breaches: &mut Vec<Breach>) {
    breaches.extend(notification.breaches.into_iter().map(|(rule, detail)| Breach { rule, detail }));
    if let (Some(named), Some(own)) = (notification.auth_req_id, own)
        && named != own.as_str()
    {
        let detail = "the notification names another auth_req_id than the acknowledgement".to_owned();
        breaches.push(Breach { rule: Rule::PingAuthReqId, detail });
    }
}

/// Judges the calls that nobody waited for. One without a valid token breaks the standard when it names this request.
fn judge_late_calls(run: &FlowRun<'_>, own: Option<&AuthReqId>, breaches: &mut Vec<Breach>) {
    let Some((_, inbox)) = run.notification else { return };
    while let Some(notification) = inbox.take(run.number) {
        judge(notification, own, breaches);
    }
    while let Some(stranger) = own.and_then(|own| inbox.take_wrong_bearer(own.as_str())) {
        let detail = format!("a notification for this request came with {}", stranger.cause.about());
        breaches.push(Breach { rule: Rule::PingBearer, detail });
    }
}
