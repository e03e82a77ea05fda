//! The consent that a flow begins with, where it does (Open Banking).

use super::{Done, Engine};
use crate::ciba::Outcome;
use crate::flow::FlowEvent;
use crate::record::{Endpoint, Span};
use crate::relying_party::Consented;

impl Engine {
    pub(super) fn create_consent(&mut self, key: usize) {
        let Some(slot) = self.flows.get_mut(key) else { return };
        slot.in_flight = Some(Endpoint::Consents);
        let number = slot.number;
        let party = self.party.clone();
        self.exchange(key, async move { Done::Consented(key, party.create_consent(number).await) });
    }

    pub(super) fn consented(&mut self, key: usize, done: Option<Consented>) {
        // None: this party has no consents to create, and so it was not asked to.
        let Some(done) = done else { return self.finish(key, Outcome::HarnessPanic) };
        for token in &done.tokens {
            self.count(Endpoint::ClientCredentials, token.answered, &token.timeline, None);
            self.row(token.answered, Endpoint::ClientCredentials, token.timeline.service(), &token.exchange);
        }
        if let Some(timeline) = &done.timeline {
            self.count(Endpoint::Consents, done.answered, timeline, Some(Span::Consent));
            self.row(done.answered, Endpoint::Consents, timeline.service(), &done.exchange);
        }
        let consents = &self.shared.measurement.consents;
        let event = match done.result {
            Ok(id) => {
                consents.created();
                if let Some(slot) = self.flows.get_mut(key) {
                    slot.consent = Some(id);
                }
                FlowEvent::ConsentCreated
            }
            Err((outcome, said)) => {
                if let Some(reason) = consents.not_created(outcome, said) {
                    self.shared.measurement.refuse(reason);
                }
                FlowEvent::ConsentRefused { outcome }
            }
        };
        self.step(key, event);
    }
}
