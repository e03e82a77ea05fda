//! Push mode: the notification is the result (CIBA Core 1.0, 10.3.1 and 12).

use super::{EXPIRY_GUARD, Flow, FlowAction};
use crate::ciba::{Breach, Outcome, Rule};
use std::time::Duration;

/// What a push says, as far as the flow cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushAnswer {
    /// Tokens.
    Tokens,
    /// `access_denied`.
    Denied,
    /// `expired_token`.
    Expired,
    /// `transaction_failed`, or an error that section 12 does not name.
    Failed,
    /// Neither tokens nor an error, or another request's.
    Unusable,
}

impl Flow {
    /// A push is final, whatever it says: nothing else will come.
    pub(super) fn pushed(
        &mut self,
        at: Duration,
        answer: PushAnswer,
        breaches: &mut Vec<Breach>,
    ) -> FlowAction {
        self.pinged_at.get_or_insert(at);
        if answer == PushAnswer::Expired && at + EXPIRY_GUARD < self.expires_at {
            let left = self.expires_at.saturating_sub(at).as_secs_f64();
            let detail = format!("expired_token was pushed {left:.1} s before the end");
            breaches.push(Breach { rule: Rule::ExpiredEarly, detail });
        }
        self.finish(match answer {
            PushAnswer::Tokens => Outcome::Tokens,
            PushAnswer::Denied => Outcome::Denied,
            PushAnswer::Expired => Outcome::Expired,
            PushAnswer::Failed => Outcome::Refused,
            PushAnswer::Unusable => Outcome::Violation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::{Behaviour, DeliveryMode};
    use crate::flow::{Conduct, FlowEvent, TokenAnswer};
    use proptest::prelude::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn acknowledged(expires_in: u64) -> FlowEvent {
        FlowEvent::Acknowledged { sent: ms(0), answered: ms(10), interval: None, expires_in }
    }

    fn pushed(at: u64, answer: PushAnswer) -> FlowEvent {
        FlowEvent::Pushed { at: ms(at), answer }
    }

    fn run(conduct: Conduct, events: &[FlowEvent]) -> (Vec<FlowAction>, Vec<Rule>) {
        let mut flow = Flow::new(DeliveryMode::Push);
        let mut breaches = Vec::new();
        let mut actions = vec![flow.begin()];
        actions.extend(events.iter().map(|event| flow.handle(*event, &conduct, &mut breaches)));
        (actions, breaches.into_iter().map(|breach| breach.rule).collect())
    }

    #[test]
    fn a_push_ends_the_flow_by_what_it_says() {
        use PushAnswer::*;
        let over = FlowAction::AwaitNotification { until: ms(122_010) };
        for (at, answer, outcome, rules) in [
            (700, Tokens, Outcome::Tokens, &[][..]),
            (700, Denied, Outcome::Denied, &[]),
            (700, Failed, Outcome::Refused, &[]),
            (700, Unusable, Outcome::Violation, &[]),
            (118_011, Expired, Outcome::Expired, &[]),
            (118_009, Expired, Outcome::Expired, &[Rule::ExpiredEarly]),
        ] {
            let (actions, broken) = run(Conduct::default(), &[acknowledged(120), pushed(at, answer)]);
            let expected = [FlowAction::SendAuthenticationRequest, over, FlowAction::Finish(outcome)];
            assert_eq!((actions.as_slice(), broken.as_slice()), (&expected[..], rules), "{answer:?} at {at}");
        }
    }

    #[test]
    fn who_hears_nothing_gives_up_when_the_request_is_over_and_never_polls() {
        let events =
            [acknowledged(120), FlowEvent::Tick { at: ms(60_000) }, FlowEvent::Tick { at: ms(122_010) }];
        let (actions, rules) = run(Conduct::default(), &events);
        let wait = FlowAction::AwaitNotification { until: ms(122_010) };
        assert_eq!(actions[1..], [wait, wait, FlowAction::Finish(Outcome::Expired)]);
        assert_eq!(rules, []);
    }

    #[test]
    fn only_the_first_push_counts_and_a_flow_that_left_takes_none() {
        let twice = [acknowledged(120), pushed(5, PushAnswer::Denied), pushed(6, PushAnswer::Tokens)];
        assert_eq!(run(Conduct::default(), &twice).0[3], FlowAction::Finish(Outcome::Denied));
        let leaving = Conduct { behaviour: Behaviour::Abandon, ..Conduct::default() };
        let (actions, _) = run(leaving, &[acknowledged(120), pushed(5, PushAnswer::Tokens)]);
        assert_eq!(actions[1..], [FlowAction::Finish(Outcome::Abandoned); 2]);
    }

    proptest! {
        /// Whatever happens, no token request is sent, and at the end of its life the flow is over.
        #[test]
        fn a_push_flow_never_polls(
            events in proptest::collection::vec((0u8..6, 0u64..200_000), 0..40), expires_in in 1u64..150,
        ) {
            let mut flow = Flow::new(DeliveryMode::Push);
            flow.begin();
            let (conduct, mut breaches) = (Conduct::default(), Vec::new());
            flow.handle(acknowledged(expires_in), &conduct, &mut breaches);
            let answers = [PushAnswer::Tokens, PushAnswer::Denied, PushAnswer::Expired, PushAnswer::Unusable];
            for (kind, at) in events {
                let event = match kind {
                    0 => FlowEvent::Pinged { at: ms(at) },
                    1 => FlowEvent::TokenAnswer { sent: ms(at), answered: ms(at), answer: TokenAnswer::Pending },
                    2 => pushed(at, answers[(at % 4) as usize]),
                    _ => FlowEvent::Tick { at: ms(at) },
                };
                let action = flow.handle(event, &conduct, &mut breaches);
                prop_assert!(action != FlowAction::SendTokenRequest, "{event:?}");
            }
            let end = FlowEvent::Tick { at: ms(10 + expires_in * 1000) + EXPIRY_GUARD };
            flow.handle(end, &conduct, &mut breaches);
            prop_assert!(flow.outcome().is_some(), "still alive: {flow:?}");
        }
    }
}
