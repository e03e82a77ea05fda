//! What must not allocate, because it runs for every exchange.

use allocation_counter::measure;
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::flow::{Conduct, Flow, FlowAction, FlowEvent, TokenAnswer};
use ciba_bench::load::Sampler;
use ciba_bench::record::{Answered, Endpoint, Event, Span};
use std::hint::black_box;
use std::time::Duration;

#[test]
fn recording_a_sample_allocates_nothing() {
    let sampler = Sampler::new(2);
    let allocations = measure(|| {
        for n in 0..1_000 {
            sampler.record(|shard| {
                shard.counts.answers_mut(Endpoint::Token).count(Answered::AuthorizationPending);
                shard.counts.events.count(Event::FirstPoll);
                shard.span(Span::PollPending, Duration::from_micros(n * n * n));
            });
        }
    });
    assert_eq!(allocations.count_total, 0, "{allocations:?}");
    // The counter is at work in this binary.
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
}

#[test]
fn a_pending_answer_takes_the_flow_on_without_an_allocation() {
    let (mut flow, conduct, mut breaches) = (Flow::new(DeliveryMode::Poll), Conduct::default(), Vec::new());
    let ms = Duration::from_millis;
    flow.begin();
    let acknowledged =
        FlowEvent::Acknowledged { sent: ms(0), answered: ms(1), interval: Some(5), expires_in: 600 };
    let FlowAction::WaitUntil(due) = flow.handle(acknowledged, &conduct, &mut breaches) else {
        panic!("a poll flow waits for its interval");
    };
    let mut next = None;
    let allocations = measure(|| {
        flow.handle(FlowEvent::Tick { at: due }, &conduct, &mut breaches);
        let answer =
            FlowEvent::TokenAnswer { sent: due, answered: due + ms(1), answer: TokenAnswer::Pending };
        next = Some(flow.handle(answer, &conduct, &mut breaches));
    });
    assert_eq!(allocations.count_total, 0, "{allocations:?}");
    assert_eq!(next, Some(FlowAction::WaitUntil(due + ms(5051))));
}
