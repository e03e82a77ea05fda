use super::Engine;
use crate::flow::TokenAnswer;
use crate::record::{Answered, Endpoint, Event, Span};
use crate::relying_party::TokenAnswered;
use crate::transport::Timeline;
use std::time::Duration;

impl Engine {
    /// Counts an exchange and records its parts. `span` is recorded where the answer is the one that it is about.
    pub(super) fn count(
        &self,
        endpoint: Endpoint,
        answered: Answered,
        timeline: &Timeline,
        span: Option<Span>,
    ) {
        let succeeded = matches!(answered, Answered::Acknowledged | Answered::Tokens | Answered::Ok);
        self.shared.measurement.sampler.record(|shard| {
            shard.counts.answers_mut(endpoint).count(answered);
            shard.span(Span::Blocked, timeline.permitted.saturating_duration_since(timeline.asked));
            if let Some(connect) = timeline.connect {
                shard.span(Span::Connect, connect);
            }
            if let Some(span) = span.filter(|_| succeeded) {
                shard.span(span, timeline.service());
            }
        });
    }

    /// Counts a poll, records its spans, and holds our own pacing against the interval.
    pub(super) fn count_poll(&mut self, key: usize, done: &TokenAnswered) {
        self.count(Endpoint::Token, done.answered, &done.timeline, Some(Span::Redeem));
        let answered_at_all = !matches!(done.answer, TokenAnswer::NotSent { .. } | TokenAnswer::Lost);
        let sent = done.timeline.sent;
        let shared = self.shared.clone();
        let since_start = self.since_start(sent);
        let Some(slot) = self.flows.get_mut(key) else { return };
        let schedule = *slot.flow.schedule();
        let taken_at = shared.traces.taken_at(slot.number);
        if let Some(taken_at) = taken_at.filter(|taken_at| *taken_at <= sent) {
            slot.paced.get_or_insert(sent);
            if done.answer == TokenAnswer::Pending {
                let age = sent.saturating_duration_since(taken_at);
                shared.measurement.sampler.record(|shard| shard.counts.events.count(stale(age)));
            }
        }
        let keeps_pace = slot.behaviour.keeps_pace();
        if schedule.polls() > 0 {
            let (polling, interval) = (&shared.measurement.polling, schedule.interval().as_duration());
            let gap = since_start.saturating_sub(schedule.last_answered());
            if keeps_pace {
                polling.gap(gap, interval);
            }
            if answered_at_all {
                polling.answered(gap, interval, done.answer == TokenAnswer::SlowDown);
            }
        }
        // Up to here it is this tool's time; waiting for a connection, which a slow server may hold, is `blocked`.
        let lateness = done.timeline.asked.saturating_duration_since(slot.due_at);
        shared.measurement.sampler.record(|shard| {
            if schedule.polls() == 0 {
                shard.counts.events.count(Event::FirstPoll);
            }
            if done.answer == TokenAnswer::SlowDown {
                shard.counts.events.count(Event::IntervalGrew);
                if !keeps_pace {
                    shard.counts.events.count(Event::SlowDownProvoked);
                }
            }
            if matches!(done.answer, TokenAnswer::Unavailable { .. } | TokenAnswer::NotSent { .. }) {
                shard.counts.events.count(Event::Retried);
            }
            if let Some(id_token) = done.id_token {
                shard.counts.events.count(id_token);
            }
            if answered_at_all {
                shard.span(Span::PollLateness, lateness);
            }
            if let Some(span) = span_of(done.answer) {
                shard.span(span, done.timeline.service());
            }
        });
    }
}

/// The span of a poll that did not issue tokens; a poll without an answer has none.
fn span_of(answer: TokenAnswer) -> Option<Span> {
    match answer {
        TokenAnswer::Pending => Some(Span::PollPending),
        TokenAnswer::SlowDown => Some(Span::PollSlowDown),
        TokenAnswer::Denied => Some(Span::PollDenied),
        TokenAnswer::Expired => Some(Span::PollExpired),
        TokenAnswer::InvalidGrant | TokenAnswer::Refused | TokenAnswer::Unavailable { .. } => {
            Some(Span::PollError)
        }
        TokenAnswer::Tokens | TokenAnswer::NotSent { .. } | TokenAnswer::Lost => None,
    }
}

/// A poll that still said pending although the decision had been taken, by the decision's age.
fn stale(age: Duration) -> Event {
    match age.as_millis() {
        0..5 => Event::StalePoll5Ms,
        5..20 => Event::StalePoll20Ms,
        20..100 => Event::StalePoll100Ms,
        _ => Event::StalePollLater,
    }
}
