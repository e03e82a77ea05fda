use crate::analysis::polling::{Action, LastPoll, Offset, ProbePlan};
use crate::ciba::Decision;
use crate::conformance::{By, Request, Scene, Seen, Step, Surface};
use crate::record::{PollSequence, PolledAnswer, PolledOnce, PollingClient, PollingProbe};
use futures_util::future::join_all;
use http::header::RETRY_AFTER;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest that a poll may be late which is meant to be early. A later one has missed its moment, and ends its probe.
const LATE_MAX: Duration = Duration::from_millis(250);

/// The flows of a plan that the target has a client for, each with whether it is the second client's.
pub(super) fn flows_that_exist(plan: &ProbePlan, surface: &Surface) -> Vec<(usize, bool)> {
    let second = |client: &PollingClient| *client == PollingClient::Second;
    let flows = plan.flows.iter().map(second).enumerate();
    flows.filter(|(_, second)| !second || surface.clients.second.is_some()).collect()
}

/// Carries out one probe as far as it goes: each flow of the plan that is given here with a client, each with a user of its
/// own. `None` where one of the flows is not acknowledged.
pub(super) async fn carry_out(
    surface: &Arc<Surface>,
    plan: &ProbePlan,
    requests: &[(usize, Request)],
    users: &[String],
) -> Option<PollingProbe> {
    let begun = requests.iter().zip(users).map(|((number, request), user)| async move {
        let mut scene = Scene::new(surface.clone(), vec![user.clone()]);
        let acknowledged = scene.perform(&Step::Authenticate(*request)).await;
        Flow {
            number: *number,
            request: *request,
            scene,
            acknowledged: acknowledged.is_ok(),
            polls: Vec::new(),
        }
    });
    let flows = join_all(begun).await;
    let probe = match flows.iter().map(Flow::acknowledged_at).collect::<Option<Vec<Instant>>>() {
        Some(at) => {
            let origin = at.into_iter().min()?;
            let mut running = Running { surface, origin, flows, last: LastPoll::default() };
            for action in &plan.actions {
                if running.act(action).await.is_err() {
                    break;
                }
            }
            running
        }
        None => {
            flows.into_iter().for_each(Flow::finish);
            return None;
        }
    };
    Some(probe.into_record(plan))
}

/// One flow of a probe.
struct Flow {
    /// Its number in the plan.
    number: usize,
    request: Request,
    scene: Scene,
    acknowledged: bool,
    polls: Vec<PolledOnce>,
}

struct Running<'a> {
    surface: &'a Arc<Surface>,
    /// Where the time line begins.
    origin: Instant,
    flows: Vec<Flow>,
    last: LastPoll,
}

/// The probe cannot go on: what came next would say something else than it was meant to.
struct CutShort;

impl Flow {
    fn acknowledged_at(&self) -> Option<Instant> {
        let acknowledged = self.scene.flow().ok()?.acknowledged.as_ref()?;
        self.acknowledged.then_some(acknowledged.at)
    }

    fn finish(mut self) {
        self.scene.finish();
    }
}

impl Running<'_> {
    async fn act(&mut self, action: &Action) -> Result<(), CutShort> {
        match *action {
            Action::Poll { flow, at } => match self.flows.iter().position(|known| known.number == flow) {
                Some(place) => self.poll(place, at).await,
                None => Ok(()),
            },
            Action::Decide { flow, decision, at } => {
                match self.flows.iter().position(|known| known.number == flow) {
                    Some(place) if self.surface.decisions.is_some() => self.decide(place, decision, at).await,
                    Some(_) | None => Ok(()),
                }
            }
        }
    }

    async fn poll(&mut self, place: usize, at: Offset) -> Result<(), CutShort> {
        let due = self.origin + at.due(self.last);
        tokio::time::sleep_until(due).await;
        let missed = |sent: Instant| matches!(at, Offset::AfterSend(_)) && sent > due + LATE_MAX;
        if missed(self.surface.clock.now()) {
            return Err(CutShort);
        }
        let flow = &mut self.flows[place];
        // Why there is no answer, if there is none, stands in what was seen.
        let _ = flow.scene.perform(&Step::Poll(flow.request)).await;
        let Some(seen) = flow.scene.answers().last() else { return Err(CutShort) };
        let (sent, answered) = (seen.timeline.sent, seen.timeline.ended);
        if missed(sent) {
            return Err(CutShort);
        }
        let answer = polled(seen);
        let once = PolledOnce {
            at_ms: since(self.origin, sent),
            answered_ms: since(self.origin, answered),
            answer,
            retry_after_s: seen.header(&RETRY_AFTER).and_then(|text| text.trim().parse().ok()),
        };
        flow.polls.push(once);
        self.last = LastPoll {
            sent: sent.saturating_duration_since(self.origin),
            answered: answered.saturating_duration_since(self.origin),
            throttled: self.last.throttled + u32::from(answer.throttles()),
        };
        Ok(())
    }

    /// A decision of which it is not known whether the server has it ends the probe.
    async fn decide(&mut self, place: usize, decision: Decision, at: Offset) -> Result<(), CutShort> {
        tokio::time::sleep_until(self.origin + at.due(self.last)).await;
        self.flows[place].scene.perform(&Step::Decide(decision)).await.map_err(|_| CutShort)
    }

    fn into_record(self, plan: &ProbePlan) -> PollingProbe {
        let sequence = |mut flow: Flow| {
            let seen = flow.scene.flow().ok();
            let acknowledged = seen.and_then(|seen| seen.acknowledged.as_ref()).map(|a| a.at);
            let decided = seen.and_then(|seen| seen.decided).map(|(_, confirmed)| confirmed);
            let second = flow.request.by == By::Second;
            let sequence = PollSequence {
                client: if second { PollingClient::Second } else { PollingClient::First },
                acknowledged_ms: acknowledged.map_or(0.0, |at| since(self.origin, at)),
                decided_ms: decided.map(|at| since(self.origin, at)),
                polls: std::mem::take(&mut flow.polls),
            };
            flow.finish();
            sequence
        };
        PollingProbe {
            name: plan.name.clone(),
            alone: plan.alone,
            sequences: self.flows.into_iter().map(sequence).collect(),
        }
    }
}

/// What an answer says about throttling.
fn polled(seen: &Seen) -> PolledAnswer {
    match (seen.status(), seen.error()) {
        (None, _) => PolledAnswer::None,
        (_, Some("authorization_pending")) => PolledAnswer::Pending,
        (_, Some("slow_down")) => PolledAnswer::SlowDown,
        (_, Some("access_denied")) => PolledAnswer::Denied,
        (_, Some("expired_token")) => PolledAnswer::Expired,
        (_, Some("invalid_grant")) => PolledAnswer::InvalidGrant,
        (_, Some("invalid_request")) => PolledAnswer::InvalidRequest,
        (Some(429), _) => PolledAnswer::TooManyRequests,
        (Some(503), _) => PolledAnswer::Unavailable,
        (Some(200), None) if seen.member("access_token").is_some() => PolledAnswer::Tokens,
        (Some(_), _) => PolledAnswer::Other,
    }
}

fn since(origin: Instant, at: Instant) -> f64 {
    at.saturating_duration_since(origin).as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::transport::{Answer, Failure, Timeline};
    use http::HeaderMap;

    #[test]
    fn answers_are_taken_for_what_they_say() {
        let timeline = Timeline::at(Clock::system().now());
        let seen = |status, body: &str| {
            let answer = Answer { status, headers: HeaderMap::new(), body: body.to_owned().into() };
            Seen::new(Ok(answer), timeline, false)
        };
        for (status, body, expected) in [
            (400, r#"{"error":"authorization_pending"}"#, PolledAnswer::Pending),
            (400, r#"{"error":"slow_down"}"#, PolledAnswer::SlowDown),
            (429, r#"{"error":"slow_down"}"#, PolledAnswer::SlowDown),
            (400, r#"{"error":"invalid_request"}"#, PolledAnswer::InvalidRequest),
            (400, r#"{"error":"expired_token"}"#, PolledAnswer::Expired),
            (400, r#"{"error":"invalid_grant"}"#, PolledAnswer::InvalidGrant),
            (403, r#"{"error":"access_denied"}"#, PolledAnswer::Denied),
            (429, "", PolledAnswer::TooManyRequests),
            (503, "<html>", PolledAnswer::Unavailable),
            (200, r#"{"access_token":"t"}"#, PolledAnswer::Tokens),
            (200, "{}", PolledAnswer::Other),
            (500, r#"{"error":"server_error"}"#, PolledAnswer::Other),
        ] {
            assert_eq!(polled(&seen(status, body)), expected, "{status} {body}");
        }
        let lost = Seen::new(Err(Failure::Broken("reset".to_owned())), timeline, false);
        assert_eq!(polled(&lost), PolledAnswer::None);
    }
}
