//! Flows that ask for their tokens more often than once, on purpose: an `auth_req_id` is redeemed once (CIBA Core 1.0, 10.1.1).

use super::{Done, Engine};
use crate::ciba::{AuthReqId, Behaviour, Breach, Outcome, Rule};
use crate::flow::{FlowEvent, TokenAnswer};
use crate::load::population::Population;
use crate::record::{Answered, Endpoint, Event, Span};
use crate::relying_party::TokenAnswered;

impl Engine {
    /// How many token requests the flow sends at once now: when its user has decided, so that there is something to redeem.
    pub(super) fn races(&self, key: usize) -> Option<u8> {
        let slot = self.flows.get(key)?;
        match slot.behaviour {
            Behaviour::RedeemRace(ways) => {
                let decided = slot.pinged.is_some() || self.shared.traces.taken_at(slot.number).is_some();
                decided.then_some(ways)
            }
            Behaviour::Conformant
            | Behaviour::Impatient(_)
            | Behaviour::Abandon
            | Behaviour::RedeemAgain
            | Behaviour::SlowEndpoint(_) => None,
        }
    }

    /// Sends several token requests at once. They are one step of the flow: it goes on when all of them are answered.
    pub(super) fn race(&mut self, key: usize, auth_req_id: AuthReqId, ways: u8) {
        let Some(slot) = self.flows.get_mut(key) else { return };
        let first = slot.step;
        slot.step += u32::from(ways) - 1;
        let (number, user, seed) = (slot.number, slot.user.clone(), self.shared.seed);
        let party = self.party.clone();
        self.exchange(key, async move {
            let requests = (first..first + u32::from(ways)).map(|step| {
                let jitter = Population::jitter(seed, number, step);
                party.request_tokens(number, step, &auth_req_id, &user, jitter)
            });
            Done::Raced(key, futures_util::future::join_all(requests).await)
        });
    }

    /// One answer is the flow's own, the others are those of the race.
    pub(super) fn raced(&mut self, key: usize, mut answers: Vec<TokenAnswered>) {
        let rank = |answered: &TokenAnswered| rank(answered.answer);
        let Some(own) = (0..answers.len()).min_by_key(|at| rank(&answers[*at])) else { return };
        let own = answers.swap_remove(own);
        for other in answers {
            self.count_further(key, other);
        }
        self.token_answered(key, own);
    }

    /// The flow has its tokens, and asks for them again before it ends.
    pub(super) fn redeem_again(&mut self, key: usize, event: FlowEvent) {
        let Some(slot) = self.flows.get_mut(key) else { return };
        let Some(auth_req_id) = slot.auth_req_id.clone() else { return };
        let mut breaches = Vec::new();
        slot.flow.handle(event, &self.shared.conduct_of(slot), &mut breaches);
        slot.ending = slot.flow.outcome();
        slot.in_flight = Some(Endpoint::Token);
        slot.step += 1;
        let (number, step, user) = (slot.number, slot.step, slot.user.clone());
        for breach in breaches {
            self.breach(key, breach, None);
        }
        let party = self.party.clone();
        self.exchange(key, async move {
            Done::RedeemedAgain(key, party.request_tokens(number, step, &auth_req_id, &user, 0.0).await)
        });
    }

    pub(super) fn redeemed_again(&mut self, key: usize, done: TokenAnswered) {
        self.count_further(key, done);
        let ending = self.flows.get(key).and_then(|slot| slot.ending).unwrap_or(Outcome::Tokens);
        self.finish(key, ending);
    }

    /// Counts an answer that the flow does not need, and holds it against single use. Of further tokens nothing else is said.
    fn count_further(&mut self, key: usize, done: TokenAnswered) {
        self.count(Endpoint::Token, done.answered, &done.timeline, None::<Span>);
        self.row(done.answered, Endpoint::Token, done.timeline.service(), &done.exchange);
        self.shared.measurement.sampler.record(|shard| {
            if !done.answered.is_failure() {
                shard.counts.events.count(Event::RedeemedAgain);
            }
            if done.answered == Answered::SlowDown {
                shard.counts.events.count(Event::SlowDownProvoked);
            }
            if let Some(id_token) = done.id_token {
                shard.counts.events.count(id_token);
            }
        });
        if done.answer == TokenAnswer::Tokens {
            let detail =
                "a further token request for the same auth_req_id was answered with tokens, too".to_owned();
            return self.breach(
                key,
                Breach { rule: Rule::AuthReqIdReused, detail },
                done.exchange.as_deref(),
            );
        }
        for breach in done.breaches {
            self.breach(key, breach, done.exchange.as_deref());
        }
    }
}

/// Which answer of several is the flow's own, the least first: tokens, what may have been tokens, what is final because of the
/// user, what means waiting, and last what says that somebody else was first.
fn rank(answer: TokenAnswer) -> u8 {
    match answer {
        TokenAnswer::Tokens => 0,
        TokenAnswer::Lost => 1,
        TokenAnswer::Denied => 2,
        TokenAnswer::Expired => 3,
        TokenAnswer::Pending => 4,
        TokenAnswer::SlowDown => 5,
        TokenAnswer::Unavailable { .. } => 6,
        TokenAnswer::NotSent { .. } => 7,
        TokenAnswer::Refused => 8,
        TokenAnswer::InvalidGrant => 9,
    }
}
