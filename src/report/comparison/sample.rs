//! Runs whose comparison comes to every verdict.

use crate::ciba::Outcome;
use crate::record::sample::passed;
use crate::record::{
    Answered, Counts, Event, IntervalRecord, RunRecord, Span, StageRecord, encode, new_histogram, summaries,
};
use std::collections::BTreeMap;

/// Seconds of the measured stage, one interval each.
const SECONDS: u64 = 150;

/// The spans of the sample, each with its samples per second and its least time in µs.
const SPANS: [(Span, u32, f64); 9] = [
    (Span::Ack, 50, 600.0),
    (Span::Start, 40, 450.0),
    (Span::Accept, 40, 280.0),
    (Span::Notify, 25, 350.0),
    (Span::Redeem, 40, 480.0),
    (Span::ApproveToToken, 40, 900.0),
    (Span::UseToken, 3, 900.0),
    (Span::Pacing, 40, 2_000.0),
    (Span::StartLag, 50, 40.0),
];

/// A run of 150 s with an interval log. `seed` varies its times by chance.
/// `times` says how much slower a span is.
pub(crate) fn logged(seed: u64, times: impl Fn(Span) -> f64) -> RunRecord {
    let mut record = passed();
    record.run_id = format!("{:016x}", 0x5eed_0000 + seed);
    record.profile = "workload.stages = [{ duration = \"150s\", rate = 50 }]\n".to_owned();
    record.elapsed_s = SECONDS as f64;
    let load = record.load.as_mut().unwrap();
    load.stages.truncate(2);
    load.stages.remove(0);
    let mut state = seed * 1_000 + 17;
    let mut chance = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((state >> 33) as u32) / f64::from(1_u32 << 31)
    };
    let mut totals = BTreeMap::new();
    let mut counts = Counts::default();
    load.intervals = (0..SECONDS)
        .map(|second| {
            let mut spans = BTreeMap::new();
            let wave = ((second + 29 * seed) as f64 / 25.0).sin();
            for (span, samples, least) in SPANS {
                let mut histogram = new_histogram::<u32>();
                // Starting and accepting drift: slow for a while, fast for a while.
                let depth = [(Span::Start, 0.2), (Span::Accept, 0.6)];
                let depth = depth.iter().find(|(of, _)| *of == span).map_or(0.0, |(_, depth)| *depth);
                let drift = 1.0 + depth * wave;
                for _ in 0..samples {
                    // Few samples with a long tail: nothing can be said of its end.
                    let tail = if span == Span::UseToken { 20.0 } else { 0.4 };
                    let slow = 1.0 + chance() + tail * chance().powi(12);
                    histogram.record((least * times(span) * drift * slow) as u64).unwrap();
                }
                totals.entry(span).or_insert_with(new_histogram::<u32>).add(&histogram).unwrap();
                spans.insert(span, encode(&histogram));
            }
            if second < 10 {
                let mut denied = new_histogram::<u32>();
                denied.record(300).unwrap();
                totals.entry(Span::PollDenied).or_insert_with(new_histogram::<u32>).add(&denied).unwrap();
                spans.insert(Span::PollDenied, encode(&denied));
            }
            let counted = of_second(times(Span::Flow) > 1.0);
            counts.merge(&counted);
            IntervalRecord {
                start_ms: second * 1_000,
                length_ms: 1_000,
                stage: 0,
                in_flight: 250,
                counts: counted,
                spans,
            }
        })
        .collect();
    let stage = &mut load.stages[0];
    *stage = StageRecord {
        start_s: 0.0,
        length_s: SECONDS as f64,
        counts: counts.clone(),
        spans: BTreeMap::new(),
        ..stage.clone()
    };
    load.counts = counts;
    load.spans = summaries(|span| totals.get(&span));
    record
}

/// Fifty flows; of a server in trouble some fail.
fn of_second(trouble: bool) -> Counts {
    let mut counts = Counts::default();
    let failed = if trouble { 2 } else { 0 };
    counts.flows.scheduled = 50;
    counts.flows.started = 50;
    counts.flows.outcomes.add(Outcome::Tokens, 50 - failed);
    counts.flows.outcomes.add(Outcome::TransportFailed, failed);
    counts.token.add(Answered::Tokens, 50 - failed);
    counts.token.add(Answered::AuthorizationPending, 30);
    counts.events.add(Event::FirstPoll, 50);
    counts
}

/// The baseline.
pub(crate) fn baseline(seed: u64) -> RunRecord {
    logged(seed, |_| 1.0)
}

/// Slower to acknowledge, several times slower to ask the authentication service, faster to notify, and with flows that fail.
pub(crate) fn changed(seed: u64) -> RunRecord {
    let times = [(Span::Ack, 1.3), (Span::Start, 6.0), (Span::Notify, 0.7), (Span::Flow, 2.0)];
    logged(seed, move |span| times.iter().find(|(of, _)| *of == span).map_or(1.0, |(_, times)| *times))
}
