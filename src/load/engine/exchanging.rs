//! The exchanges of a flow: sending them, and taking in their answers.

use super::{Done, Engine};
use crate::ciba::{Behaviour, Breach, DeliveryMode, EndpointTrouble, Outcome, Rule, Secret};
use crate::decision_channel::Announcement;
use crate::flow::{FlowEvent, TokenAnswer};
use crate::load::population::Population;
use crate::notification::{Answer, NotificationToken, RANDOM_BYTES, Receiver};
use crate::record::{Endpoint, Event, Span};
use crate::relying_party::{Authenticated, AuthenticationRequest, TokenAnswered, Used};
use futures_util::FutureExt;
use http::StatusCode;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// The step, among those of a flow, whose random share chooses its kind of hint; no flow has so many.
const HINT_STEP: u32 = 0xfffd;

/// How long an endpoint that hangs holds its answer back: longer than servers usually wait.
const HANG: Duration = Duration::from_secs(30);

impl Engine {
    pub(super) fn authenticate(&mut self, key: usize) {
        let shared = self.shared.clone();
        let Some(slot) = self.flows.get_mut(key) else { return };
        let number = slot.number;
        slot.in_flight = Some(Endpoint::BackchannelAuthentication);
        let token = if self.party.client().delivery_mode() != DeliveryMode::Poll {
            let mode = self.party.client().delivery_mode();
            register(number, shared.receiver.as_ref(), mode, trouble(slot.behaviour))
        } else {
            None
        };
        let binding_message = shared.traces.binding_message(number);
        let user = slot.user.clone();
        let consent = slot.consent.take();
        let party = self.party.clone();
        self.exchange(key, async move {
            let share = Population::jitter(shared.seed, number, HINT_STEP);
            let (hint, substituted) = party.hint(&user, share);
            if substituted {
                let sampler = &shared.measurement.sampler;
                sampler.record(|shard| shard.counts.events.count(Event::HintSubstituted));
            }
            let request = AuthenticationRequest {
                flow: number,
                user: &user,
                hint: &hint,
                binding_message: binding_message.as_deref(),
                notification_token: token.as_ref().map(NotificationToken::expose),
                consent: consent.as_deref(),
            };
            Done::Authenticated(key, party.authenticate(&request).await)
        });
    }

    pub(super) fn request_tokens(&mut self, key: usize) {
        let Some(slot) = self.flows.get_mut(key) else { return };
        let Some(auth_req_id) = slot.auth_req_id.clone() else { return };
        slot.in_flight = Some(Endpoint::Token);
        slot.step += 1;
        let (number, step, user) = (slot.number, slot.step, slot.user.clone());
        if let Some(ways) = self.races(key) {
            return self.race(key, auth_req_id, ways);
        }
        let jitter = Population::jitter(self.shared.seed, number, step);
        let party = self.party.clone();
        self.exchange(key, async move {
            Done::TokenAnswered(key, party.request_tokens(number, step, &auth_req_id, &user, jitter).await)
        });
    }

    pub(super) fn exchange(&mut self, key: usize, exchange: impl Future<Output = Done> + Send + 'static) {
        let guarded =
            AssertUnwindSafe(exchange).catch_unwind().map(move |done| done.unwrap_or(Done::Panicked(key)));
        self.exchanges.push(guarded.boxed());
    }

    pub(super) fn answered(&mut self, done: Done) {
        let key = match &done {
            Done::Consented(key, _)
            | Done::Authenticated(key, _)
            | Done::TokenAnswered(key, _)
            | Done::Raced(key, _)
            | Done::RedeemedAgain(key, _)
            | Done::PushTaken(key, ..)
            | Done::Used(key, _)
            | Done::Panicked(key) => *key,
        };
        if let Some(slot) = self.flows.get_mut(key) {
            slot.in_flight = None;
            slot.reads_push = false;
        }
        match done {
            Done::Consented(key, done) => self.consented(key, done),
            Done::Authenticated(key, done) => self.authenticated(key, done),
            Done::TokenAnswered(key, done) => self.token_answered(key, done),
            Done::Raced(key, answers) => self.raced(key, answers),
            Done::RedeemedAgain(key, done) => self.redeemed_again(key, done),
            Done::PushTaken(key, at, taken) => self.push_taken(key, at, taken),
            Done::Used(key, used) => self.used(key, used),
            Done::Panicked(key) => self.finish(key, Outcome::HarnessPanic),
        }
    }

    fn authenticated(&mut self, key: usize, done: Authenticated) {
        self.count(Endpoint::BackchannelAuthentication, done.answered, &done.timeline, Some(Span::Ack));
        self.row(done.answered, Endpoint::BackchannelAuthentication, done.timeline.service(), &done.exchange);
        for breach in done.breaches {
            self.breach(key, breach, done.exchange.as_deref());
        }
        if let Ok(acknowledgement) = &done.result
            && self.shared.measurement.identifiers.is_repeat(&acknowledgement.auth_req_id)
        {
            let detail = "the auth_req_id was given to an earlier flow of this run, too".to_owned();
            self.breach(key, Breach { rule: Rule::AuthReqIdRepeated, detail }, done.exchange.as_deref());
        }
        if let Some(said) = self.standing.heard(done.answered, done.exchange.as_deref()) {
            let client = self.party.client().id();
            self.shared.measurement.refuse(format!(
                "client {client:?}: the server refused it from the beginning ({said}); client_id, credentials and \
                 authentication of the target file have to be as registered, for CIBA"
            ));
        }
        let (sent, ended) = (done.timeline.sent, done.timeline.ended);
        let Some(slot) = self.flows.get_mut(key) else { return };
        slot.asked = Some(sent);
        // What follows at once is due now; what has to wait gets its time when that has come.
        slot.due_at = ended;
        let event = match done.result {
            Ok(acknowledgement) => {
                self.shared
                    .measurement
                    .polling
                    .acknowledged(acknowledgement.interval, acknowledgement.expires_in);
                if let Some(announcer) = &self.shared.announcer {
                    announcer.announce(&Announcement {
                        auth_req_id: acknowledgement.auth_req_id.as_str(),
                        user_identifier: &slot.user,
                        client_id: self.party.client().id(),
                        binding_message: self.shared.traces.binding_message(slot.number).as_deref(),
                        scope: self.party.scope(),
                        expires: Some(ended + Duration::from_secs(acknowledgement.expires_in)),
                    });
                }
                let early = slot.pinged_id.take();
                slot.auth_req_id = Some(acknowledgement.auth_req_id.clone());
                if let Some(id) = early {
                    self.compare_ids(key, &id);
                }
                if self.party.client().delivery_mode() != DeliveryMode::Poll {
                    self.claim_strangers(key, &acknowledgement.auth_req_id);
                    self.ids.insert(acknowledgement.auth_req_id, key);
                }
                FlowEvent::Acknowledged {
                    sent: self.since_start(sent),
                    answered: self.since_start(ended),
                    interval: acknowledgement.interval,
                    expires_in: acknowledgement.expires_in,
                }
            }
            Err(outcome) => FlowEvent::NotAcknowledged { outcome },
        };
        self.step(key, event);
        self.read_push(key);
    }

    pub(super) fn token_answered(&mut self, key: usize, done: TokenAnswered) {
        self.count_poll(key, &done);
        self.row(done.answered, Endpoint::Token, done.timeline.service(), &done.exchange);
        for breach in done.breaches {
            self.breach(key, breach, done.exchange.as_deref());
        }
        let ended = done.timeline.ended;
        let event = FlowEvent::TokenAnswer {
            sent: self.since_start(done.timeline.sent),
            answered: self.since_start(ended),
            answer: done.answer,
        };
        let Some(slot) = self.flows.get_mut(key) else { return };
        slot.due_at = ended;
        if done.answer == TokenAnswer::Tokens {
            slot.tokens = Some(ended);
        }
        self.conclude(key, event, done.access_token);
    }

    /// Hands the flow its result. Tokens may have to be used before it is over.
    pub(super) fn conclude(&mut self, key: usize, event: FlowEvent, access_token: Option<Secret<String>>) {
        let Some(slot) = self.flows.get_mut(key) else { return };
        match access_token {
            Some(_) if slot.behaviour == Behaviour::RedeemAgain => self.redeem_again(key, event),
            Some(access_token) if self.shared.use_token && self.party.can_use_tokens() => {
                // The flow has its tokens; its last step is to use them.
                let mut breaches = Vec::new();
                slot.flow.handle(event, &self.shared.conduct_of(slot), &mut breaches);
                slot.ending = slot.flow.outcome();
                slot.in_flight = Some(Endpoint::Userinfo);
                slot.step += 1;
                let (number, step) = (slot.number, slot.step);
                for breach in breaches {
                    self.breach(key, breach, None);
                }
                let party = self.party.clone();
                self.exchange(key, async move {
                    Done::Used(key, party.use_token(number, step, &access_token).await)
                });
            }
            Some(_) | None => self.step(key, event),
        }
    }

    fn used(&mut self, key: usize, used: Option<Used>) {
        if let Some(used) = used {
            self.count(Endpoint::Userinfo, used.answered, &used.timeline, Some(Span::UseToken));
            self.row(used.answered, Endpoint::Userinfo, used.timeline.service(), &used.exchange);
            for breach in used.breaches {
                self.breach(key, breach, used.exchange.as_deref());
            }
        }
        let ending = self.flows.get(key).and_then(|slot| slot.ending).unwrap_or(Outcome::Tokens);
        self.finish(key, ending);
    }
}

/// Registers a flow's notification token before its request is sent. Without one the request goes out all the same, and
/// the server's refusal shows.
fn register(
    flow: u64,
    receiver: Option<&Receiver>,
    mode: DeliveryMode,
    trouble: Option<EndpointTrouble>,
) -> Option<NotificationToken> {
    let receiver = receiver?;
    let mut randomness = [0; RANDOM_BYTES];
    aws_lc_rs::rand::fill(&mut randomness).ok()?;
    let token = NotificationToken::new(flow, &randomness);
    let registered = match mode {
        DeliveryMode::Push => receiver.register_push(&token),
        DeliveryMode::Ping | DeliveryMode::Poll => receiver.register(&token),
    };
    registered.ok()?;
    let Some(trouble) = trouble else { return Some(token) };
    let answer = match trouble {
        EndpointTrouble::Hang => Answer::default().after(HANG),
        EndpointTrouble::Error => Answer::status(StatusCode::INTERNAL_SERVER_ERROR),
        EndpointTrouble::Reset => Answer::reset(),
    };
    receiver.answer_with(Some(flow), answer);
    Some(token)
}

fn trouble(behaviour: Behaviour) -> Option<EndpointTrouble> {
    match behaviour {
        Behaviour::SlowEndpoint(trouble) => Some(trouble),
        Behaviour::Conformant
        | Behaviour::Impatient(_)
        | Behaviour::Abandon
        | Behaviour::RedeemAgain
        | Behaviour::RedeemRace(_) => None,
    }
}
