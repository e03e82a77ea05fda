use super::notified::{PING_PATIENCE, PING_SILENCE};
use super::reading::{acknowledgement, tokens};
use super::{FlowSeen, Scene, Seen};
use crate::ciba::Interval;
use crate::conformance::{Pause, Request, Step, Stop, Tokens, Unheld};
use crate::jose::KeySet;
use crate::notification::{NotificationToken, RANDOM_BYTES};
use crate::record::CheckExchange;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::Instant;

/// What a client waits beyond the interval, so that a server which measures from its own side sees a whole one.
pub const GUARD: Duration = Duration::from_millis(100);
/// Most polls of one flow at a client's pace.
const POLLS_MAX: usize = 20;
/// Longest `interval` that is followed, in seconds. A check that would have to wait a longer one does not apply.
const INTERVAL_MAX: u64 = 300;
/// Longest wait of one step: ten minutes, which are a usual lifetime of a request, and one more for what lies around them.
/// A check that would have to wait longer does not apply.
const WAIT_MAX: Duration = Duration::from_secs(11 * 60);

impl Scene {
    /// Carries out one step.
    pub async fn act(&mut self, index: usize, step: &Step) -> Result<(), Stop> {
        self.step = index;
        self.perform(step).await
    }

    /// Carries out a step that is a part of the present one.
    pub async fn perform(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Authenticate(request) => {
                self.answers.clear();
                self.authenticate(request).await
            }
            Step::AuthenticateTimes(times, request) => {
                self.answers.clear();
                for _ in 0..*times {
                    self.authenticate(request).await?;
                }
                Ok(())
            }
            Step::Poll(request) => {
                self.answers.clear();
                self.poll(request).await
            }
            Step::PollTogether(times, request) => self.poll_together(*times, request).await,
            Step::PollUntilSettled(request) => self.poll_until_settled(request).await,
            Step::Consent(step) => self.consent(*step).await,
            Step::Registration(step) => self.registration(*step).await,
            Step::FetchMetadata => self.fetch_metadata().await,
            Step::FetchKeys => self.fetch_keys().await,
            Step::UseAccessToken => self.use_access_token().await,
            Step::Refresh(request) => self.refresh(request).await,
            Step::CallApi(shown) => self.call_api(*shown).await,
            Step::AwaitPrompt => self.await_prompt().await,
            Step::RefuseToAsk => self.refuse_to_ask(),
            Step::Decide(decision) => self.decide(*decision, false).await,
            Step::DecideLate(decision) => self.decide(*decision, true).await,
            Step::ApproveOpenidOnly => self.approve_openid_only().await,
            Step::AnswerPingsWith(answer) => {
                self.answer_pings_with(*answer);
                Ok(())
            }
            Step::ShowForeignCertificate => self.show_foreign_certificate(),
            Step::ShowOwnCertificate => {
                self.foreign_certificate = None;
                Ok(())
            }
            Step::AwaitPing | Step::AwaitPush => {
                self.await_ping(PING_PATIENCE).await;
                Ok(())
            }
            Step::AwaitNoPing => {
                tokio::time::sleep(PING_SILENCE).await;
                self.await_ping(Duration::ZERO).await;
                Ok(())
            }
            Step::Take(flow) => {
                self.current = *flow;
                self.flow().map(|_| ()).map_err(unbegun)
            }
            Step::Wait(pause) => self.wait(*pause).await,
            Step::Given(claim) => claim.given(self),
            Step::Expect(claim) => claim.expect(self),
            Step::DoneIf(claim) => claim.done(self),
            Step::Custom(_, procedure) => procedure(self).await,
        }
    }

    /// Gives away what was kept of the wire, with every secret struck out, and forgets the flows at our notification
    /// endpoint.
    pub fn finish(&mut self) -> Vec<CheckExchange> {
        if let Some(notifications) = &self.surface.notifications {
            for flow in &self.flows {
                notifications.receiver.forget(flow.number);
            }
        }
        self.ask_again();
        self.withdraw_documents();
        let mut exchanges = std::mem::take(&mut self.exchanges);
        for kept in &mut exchanges {
            let exchange = &mut kept.exchange;
            for text in [&mut exchange.request, &mut exchange.form, &mut exchange.body] {
                self.scrubber.scrub(text);
            }
            exchange.headers.iter_mut().for_each(|header| self.scrubber.scrub(header));
        }
        exchanges
    }

    /// Strikes the check's secrets out of a text.
    pub fn scrub(&self, text: &mut String) {
        self.scrubber.scrub(text);
    }

    async fn authenticate(&mut self, request: &Request) -> Result<(), Stop> {
        let client = self.client(request.by)?;
        let number = self.surface.next_flow();
        let mut parameters = self.authentication_parameters(&client, number);
        if Scene::is_notified(&client) {
            let mut randomness = [0; RANDOM_BYTES];
            aws_lc_rs::rand::fill(&mut randomness)
                .map_err(|_| Stop::Broken("the operating system has no randomness".to_owned()))?;
            let token = NotificationToken::new(number, &randomness);
            parameters.push(("client_notification_token".to_owned(), token.expose().to_owned()));
            let replaced = request.touches("client_notification_token");
            self.expect_notifications(number, &token, client.delivery_mode(), replaced);
        }
        self.change(&mut parameters, request)?;
        self.expect_text(number, request, &parameters);
        // Some of them are soon inside a signed object.
        self.scrubber.learn_parameters(parameters.iter().map(|(name, value)| (name, value)));
        let user = self.hinted_user(&parameters);
        let binding_message = Scene::parameter(&parameters, "binding_message");
        let scope = Scene::parameter(&parameters, "scope").unwrap_or_default();
        let sent = self.surface.clock.now();
        self.flows.push(FlowSeen {
            number,
            by: request.by,
            user,
            binding_message,
            scope,
            sent,
            acknowledged: None,
            login: None,
            decided: None,
            decision_refused: false,
            pace: Interval::DEFAULT.as_duration(),
            last_poll: None,
            polls: 0,
            tokens: None,
            ping: None,
            push: None,
        });
        self.current = self.flows.len() - 1;
        let endpoint = self.surface.facts.backchannel_authentication_endpoint.clone();
        let parameters = self.sealed(&client, request, parameters)?;
        let seen = self.send(endpoint, request, parameters, false).await?;
        let acknowledged = acknowledgement(&seen);
        if let Some(acknowledged) = &acknowledged {
            self.scrubber.learn(&acknowledged.auth_req_id);
        }
        if let Some(flow) = self.flow_mut() {
            let interval = acknowledged.as_ref().and_then(|acknowledged| acknowledged.interval);
            flow.pace = interval.map_or(flow.pace, |s| Duration::from_secs(s.min(INTERVAL_MAX)));
            flow.acknowledged = acknowledged;
        }
        self.announce(&client);
        self.answered(seen)
    }

    /// Keeps an answer as the last one; a failure to get any ends the check.
    pub(super) fn answered(&mut self, seen: Seen) -> Result<(), Stop> {
        let failure = seen.result.as_ref().err().map(ToString::to_string);
        self.answers.push(seen);
        match failure {
            None => Ok(()),
            Some(actual) => Err(Stop::Inconclusive { expected: "an answer".to_owned(), actual }),
        }
    }

    async fn poll(&mut self, request: &Request) -> Result<(), Stop> {
        let mut parameters = self.token_parameters()?;
        self.change(&mut parameters, request)?;
        let endpoint = self.surface.facts.token_endpoint.clone();
        let early = self.polls_early();
        let seen = self.send(endpoint, request, parameters, early).await?;
        self.polled(request, &seen);
        self.answered(seen)
    }

    /// Polls at once, so that the requests are under way together.
    async fn poll_together(&mut self, times: usize, request: &Request) -> Result<(), Stop> {
        self.answers.clear();
        let mut parameters = self.token_parameters()?;
        self.change(&mut parameters, request)?;
        let endpoint = self.surface.facts.token_endpoint.clone();
        let scenes = (0..times).map(|_| {
            let mut other = Scene::new(self.surface.clone(), self.users.clone());
            other.started = self.started;
            other.step = self.step;
            let (endpoint, parameters, request) = (endpoint.clone(), parameters.clone(), *request);
            async move {
                let seen = other.send(endpoint, &request, parameters, true).await;
                (seen, other.exchanges)
            }
        });
        let mut first_failure = None;
        for (seen, exchanges) in join_all(scenes).await {
            self.exchanges.extend(exchanges);
            let seen = seen?;
            self.polled(request, &seen);
            if let Err(stop) = self.answered(seen) {
                first_failure.get_or_insert(stop);
            }
        }
        first_failure.map_or(Ok(()), Err)
    }

    async fn poll_until_settled(&mut self, request: &Request) -> Result<(), Stop> {
        for _ in 0..POLLS_MAX {
            self.wait(Pause::Interval).await?;
            self.answers.clear();
            self.poll(request).await?;
            if !self.answers.last().is_some_and(Seen::unsettled) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether a poll that is sent now comes sooner than a well-behaved client's would.
    fn polls_early(&self) -> bool {
        let now = self.surface.clock.now();
        self.flow().is_ok_and(|flow| flow.last_poll.is_some_and(|(sent, _)| now < sent + flow.pace))
    }

    /// Strikes tokens out of all that is shown from now on.
    pub(super) fn learn_tokens(&mut self, tokens: Option<&Tokens>) {
        for secret in tokens.iter().flat_map(|t| [&t.access_token, &t.refresh_token, &t.id_token]).flatten() {
            self.scrubber.learn(secret);
        }
    }

    fn polled(&mut self, request: &Request, seen: &Seen) {
        let tokens = tokens(seen);
        self.learn_tokens(tokens.as_ref());
        let slowed = seen.error() == Some("slow_down");
        let times = (seen.timeline.sent, seen.timeline.ended);
        let Some(flow) = self.flow_mut() else { return };
        if flow.by != request.by {
            // Somebody else's poll is not this client's pace.
            return;
        }
        flow.polls += 1;
        flow.last_poll = Some(times);
        if slowed {
            flow.pace += Interval::SLOW_DOWN_STEP;
        }
        if tokens.is_some() {
            flow.tokens = tokens;
        }
    }

    async fn fetch_metadata(&mut self) -> Result<(), Stop> {
        self.answers.clear();
        let url = self.surface.facts.metadata_url.clone();
        let seen = self.fetch(url, None).await;
        self.metadata = seen.json.clone().filter(|_| seen.status() == Some(200));
        self.answered(seen)
    }

    /// The keys are beside the answers that a script asks about, so the last answer stays what it was.
    async fn fetch_keys(&mut self) -> Result<(), Stop> {
        let url = self.surface.facts.jwks_uri.clone();
        let seen = self.fetch(url, None).await;
        let document = seen.result.as_ref().ok().filter(|answer| answer.status == 200);
        let keys = document.map(|answer| KeySet::parse(&answer.body)).transpose();
        self.keys = keys.ok().flatten();
        if self.keys.is_some() {
            return Ok(());
        }
        Err(Stop::Inconclusive { expected: "200 with a key set".to_owned(), actual: seen.in_words() })
    }

    async fn wait(&mut self, pause: Pause) -> Result<(), Stop> {
        let now = self.surface.clock.now();
        let flow = self.flow();
        let until = match pause {
            Pause::Seconds(seconds) => now + Duration::from_secs(seconds),
            Pause::Interval => {
                let flow = flow.map_err(unbegun)?;
                if let Some(interval) = flow.interval_too_long() {
                    return Err(too_long(&format!("an interval of {interval} s"), INTERVAL_MAX));
                }
                since(flow).map_or(now, |from| from + flow.pace + GUARD)
            }
            Pause::ShareOfInterval(share) => {
                let flow = flow.map_err(unbegun)?;
                let from = flow.last_poll.map(|(sent, _)| sent).or_else(|| since(flow)).unwrap_or(now);
                from + flow.pace.mul_f64(share)
            }
            Pause::AfterIdTokenExpiry(seconds) => {
                self.id_token_expiry(flow.map_err(unbegun)?)? + Duration::from_secs(seconds)
            }
            Pause::BeforeExpiry(seconds) => expiry(flow)? - Duration::from_secs(seconds),
            Pause::AfterExpiry(seconds) => expiry(flow)? + Duration::from_secs(seconds),
        };
        let length = until.saturating_duration_since(now);
        if length > WAIT_MAX {
            let what = format!("what ends in {} s", length.as_secs());
            return Err(too_long(&what, WAIT_MAX.as_secs()));
        }
        tokio::time::sleep_until(until).await;
        Ok(())
    }
}

impl FlowSeen {
    /// The interval, where it is longer than any that is followed.
    fn interval_too_long(&self) -> Option<u64> {
        self.acknowledged.as_ref()?.interval.filter(|interval| *interval > INTERVAL_MAX)
    }
}

/// What a server does so slowly that it is not waited for.
fn too_long(what: &str, max: u64) -> Stop {
    Stop::NotApplicable(format!("{what} is not waited for ({max} s at most)"))
}

/// From when a client counts the interval: the last answer, or the acknowledgement.
fn since(flow: &FlowSeen) -> Option<Instant> {
    flow.last_poll.map(|(_, answered)| answered).or(flow.acknowledged.as_ref().map(|a| a.at))
}

/// When the flow's request expires at the latest, as its client knows it: counted from the acknowledgement's arrival.
fn expiry(flow: Result<&FlowSeen, Unheld>) -> Result<Instant, Stop> {
    let flow = flow.map_err(unbegun)?;
    let unknown = |actual: &str| Stop::Inconclusive {
        expected: "an acknowledged flow with expires_in".to_owned(),
        actual: actual.to_owned(),
    };
    let acknowledged = flow.acknowledged.as_ref().ok_or_else(|| unknown("there is none to expire"))?;
    let lifetime = acknowledged.expires_in.ok_or_else(|| unknown("no expires_in to go by"))?;
    Ok(acknowledged.at + Duration::from_secs(lifetime))
}

pub(super) fn unbegun(unheld: Unheld) -> Stop {
    match unheld {
        Unheld::No(text) | Unheld::Unclear(text) | Unheld::DoesNotApply(text) => {
            Stop::Broken(format!("the script acts on a flow that it never began: {text}"))
        }
    }
}
