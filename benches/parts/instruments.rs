use ciba_bench::ciba::DeliveryMode;
use ciba_bench::flow::{Conduct, Flow, FlowAction, FlowEvent, TokenAnswer};
use ciba_bench::load::{Sampler, Schedule, Shard};
use ciba_bench::profile::{Profile, Stage};
use ciba_bench::record::{Answered, Endpoint, Span};
use criterion::{BatchSize, Criterion, Throughput};
use std::hint::black_box;
use std::time::Duration;

/// Threads of a sampler here: two cores, the pacer and the collector.
const THREADS: usize = 4;
/// Samples of one interval at 5,000 exchanges per second.
const SAMPLES: u64 = 20_000;
/// Pending polls of the flow that runs through the machine.
const POLLS: u32 = 10;

/// The sampler, the pacer's schedule and the flow machine.
pub fn measure(criterion: &mut Criterion) {
    recording(criterion);
    schedule(criterion);
    machine(criterion);
}

fn recording(criterion: &mut Criterion) {
    let sampler = Sampler::new(THREADS);
    let mut n = 0;
    criterion.bench_function("record one sample", |bencher| {
        bencher.iter(|| {
            n = (n + 7919) % 1_000_000;
            sampler.record(|shard| shard.span(Span::PollPending, Duration::from_micros(black_box(n))));
        });
    });
    criterion.bench_function("record one exchange", |bencher| {
        bencher.iter(|| {
            n = (n + 7919) % 1_000_000;
            sampler.record(|shard| {
                shard.counts.answers_mut(Endpoint::Token).count(Answered::AuthorizationPending);
                shard.span(Span::Blocked, Duration::ZERO);
                shard.span(Span::PollLateness, Duration::from_micros(black_box(n / 100)));
                shard.span(Span::PollPending, Duration::from_micros(black_box(n)));
            });
        });
    });
    let (mut interval, mut spare) = (Shard::default(), Box::default());
    criterion.bench_function("collect an interval", |bencher| {
        bencher.iter_batched(
            || {
                for n in 0..SAMPLES {
                    let span = if n % 2 == 0 { Span::PollPending } else { Span::PollLateness };
                    sampler.record(|shard| shard.span(span, Duration::from_micros(n * 37 % 1_000_000)));
                }
            },
            |()| {
                sampler.collect(&mut interval, &mut spare);
                interval.clear();
            },
            BatchSize::PerIteration,
        );
    });
}

fn schedule(criterion: &mut Criterion) {
    let stage =
        |from: f64, to: f64| Stage { name: "stage".to_owned(), duration: Duration::from_secs(60), from, to };
    let schedule = Schedule::new(&[stage(0.0, 500.0), stage(500.0, 500.0), stage(500.0, 50.0)]);
    let (total, mut n) = (schedule.total(), 0);
    criterion.bench_function("when a flow is meant to start", |bencher| {
        bencher.iter(|| {
            n = (n + 1) % total;
            schedule.start_of(black_box(n))
        });
    });
    let random = "workload.arrivals = \"poisson\"\n[[workload.stages]]\nduration = \"180s\"\nrate = 500\n";
    let random = Schedule::of(&Profile::parse("random", "random", random).unwrap());
    criterion.bench_function("when a flow is meant to start, at random", |bencher| {
        bencher.iter(|| {
            n = (n + 1) % total;
            random.start_of(black_box(n))
        });
    });
}

fn machine(criterion: &mut Criterion) {
    let conduct = Conduct::default();
    let mut group = criterion.benchmark_group("flow machine");
    group.throughput(Throughput::Elements(u64::from(POLLS)));
    group.bench_function(format!("a flow of {POLLS} polls"), |bencher| {
        bencher.iter(|| assert_eq!(run(black_box(&conduct)), POLLS));
    });
    group.finish();
}

/// Drives a flow until its tokens; every answer takes a millisecond. Gives the number of polls.
fn run(conduct: &Conduct) -> u32 {
    let took = Duration::from_millis(1);
    let (mut flow, mut breaches) = (Flow::new(DeliveryMode::Poll), Vec::new());
    let (mut now, mut polls) = (Duration::ZERO, 0);
    let mut action = flow.begin();
    loop {
        let sent = now;
        let event = match action {
            FlowAction::SendAuthenticationRequest => {
                now += took;
                FlowEvent::Acknowledged { sent, answered: now, interval: Some(1), expires_in: 600 }
            }
            FlowAction::SendTokenRequest => {
                now += took;
                polls += 1;
                let answer = if polls < POLLS { TokenAnswer::Pending } else { TokenAnswer::Tokens };
                FlowEvent::TokenAnswer { sent, answered: now, answer }
            }
            FlowAction::WaitUntil(until) | FlowAction::AwaitNotification { until } => {
                now = until;
                FlowEvent::Tick { at: until }
            }
            FlowAction::CreateConsent | FlowAction::Finish(_) | FlowAction::AwaitAnswer => return polls,
        };
        action = flow.handle(event, conduct, &mut breaches);
    }
}
