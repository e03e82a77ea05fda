//! What reaches the notification endpoint: for a flow, or for nobody who is known.

use super::{Engine, STRANGERS_KEPT_MAX};
use crate::ciba::{AuthReqId, Breach, Rule};
use crate::flow::FlowEvent;
use crate::notification::{Notification, Stranger};
use crate::record::Event;

impl Engine {
    pub(super) fn notified(&mut self, notification: Notification) {
        let Some(key) = self.keys.get(&notification.flow).copied() else { return };
        let Some(slot) = self.flows.get_mut(key) else { return };
        slot.pinged = Some(notification.at);
        let acknowledged = slot.auth_req_id.is_some();
        if !acknowledged {
            let sampler = &self.shared.measurement.sampler;
            sampler.record(|shard| shard.counts.events.count(Event::PingBeforeAcknowledgement));
        }
        for (rule, detail) in notification.breaches {
            self.breach(key, Breach { rule, detail }, None);
        }
        if let Some(push) = notification.push {
            if let Some(slot) = self.flows.get_mut(key) {
                slot.push = Some(Box::new((notification.at, push)));
            }
            return self.read_push(key);
        }
        match notification.auth_req_id {
            Some(id) if acknowledged => self.compare_ids(key, &id),
            Some(id) => {
                if let Some(slot) = self.flows.get_mut(key) {
                    slot.pinged_id = Some(id.into());
                }
            }
            None => {}
        }
        let at = self.since_start(notification.at);
        if let Some(slot) = self.flows.get_mut(key)
            && slot.in_flight.is_none()
        {
            slot.due_at = notification.at;
        }
        self.step(key, FlowEvent::Pinged { at });
    }

    /// A notification has to name its own flow's request.
    pub(super) fn compare_ids(&mut self, key: usize, notified: &str) {
        let Some(slot) = self.flows.get(key) else { return };
        if slot.auth_req_id.as_ref().is_some_and(|id| id.as_str() != notified) {
            let detail = "the notification names another auth_req_id than the acknowledgement".to_owned();
            self.breach(key, Breach { rule: Rule::PingAuthReqId, detail }, None);
        }
    }

    /// A call without a valid token breaks the standard when it names one of our requests.
    pub(super) fn stranger(&mut self, stranger: Stranger) {
        let Some(id) = stranger.auth_req_id.as_deref() else { return };
        match self.ids.get(id).copied() {
            Some(key) => self.wrong_bearer(key, &stranger),
            None => {
                if self.strangers.len() >= STRANGERS_KEPT_MAX {
                    self.strangers.pop_front();
                }
                self.strangers.push_back(stranger);
            }
        }
    }

    /// Calls without a valid token may come before the acknowledgement that shows whose they are.
    pub(super) fn claim_strangers(&mut self, key: usize, auth_req_id: &AuthReqId) {
        while let Some(at) = self
            .strangers
            .iter()
            .position(|stranger| stranger.auth_req_id.as_deref() == Some(auth_req_id.as_str()))
        {
            let Some(stranger) = self.strangers.remove(at) else { return };
            self.wrong_bearer(key, &stranger);
        }
    }

    fn wrong_bearer(&mut self, key: usize, stranger: &Stranger) {
        let detail = format!("a notification for this request came with {}", stranger.cause.about());
        self.breach(key, Breach { rule: Rule::PingBearer, detail }, None);
    }
}
