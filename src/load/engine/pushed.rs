//! What is pushed to a flow: its result (CIBA Core 1.0, 10.3.1 and 12).

use super::{Done, Engine};
use crate::flow::{FlowEvent, PushAnswer};
use crate::relying_party::PushTaken;
use tokio::time::Instant;

impl Engine {
    /// Reads what was pushed, once it is known what the flow's request was. That may take a while, since the ID token may
    /// name a key that has to be fetched.
    pub(super) fn read_push(&mut self, key: usize) {
        let Some(slot) = self.flows.get_mut(key) else { return };
        let Some(auth_req_id) = slot.auth_req_id.clone().filter(|_| !slot.is_busy()) else { return };
        let Some(push) = slot.push.take() else { return };
        slot.reads_push = true;
        let (party, user) = (self.party.clone(), slot.user.clone());
        self.exchange(key, async move {
            let (at, body) = *push;
            Done::PushTaken(key, at, party.take_push(&auth_req_id, &user, &body).await)
        });
    }

    pub(super) fn push_taken(&mut self, key: usize, at: Instant, taken: PushTaken) {
        for breach in taken.breaches {
            self.breach(key, breach, taken.exchange.as_deref());
        }
        if let Some(id_token) = taken.id_token {
            let sampler = &self.shared.measurement.sampler;
            sampler.record(|shard| shard.counts.events.count(id_token));
        }
        let event = FlowEvent::Pushed { at: self.since_start(at), answer: taken.answer };
        let Some(slot) = self.flows.get_mut(key) else { return };
        slot.due_at = at;
        if taken.answer == PushAnswer::Tokens {
            slot.tokens = Some(at);
        }
        self.conclude(key, event, taken.access_token);
    }
}
