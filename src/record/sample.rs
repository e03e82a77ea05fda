//! Records for tests: one of a clean run, and one that holds everything a record can hold.

use super::sample_caveats::every_caveat;
use super::*;
use crate::ciba::{Level, Named, Outcome, Rule};
use std::collections::BTreeMap;

/// `count` samples between `low` and `high` µs, most of them near `low`.
pub(crate) fn spread(count: u32, low: f64, high: f64) -> Summary {
    let mut histogram = new_histogram::<u32>();
    for sample in 0..count {
        let position = (f64::from(sample) + 0.5) / f64::from(count);
        histogram.record((low * (high / low).powf(position.powi(3))) as u64).unwrap();
    }
    Summary::of(&histogram).unwrap()
}

/// A short run against the embedded OP in which everything went well.
pub(crate) fn passed() -> RunRecord {
    let counts = |scheduled: u64, tokens: u64| {
        let mut counts = Counts::default();
        counts.flows.scheduled = scheduled;
        counts.flows.started = scheduled;
        counts.flows.outcomes.add(Outcome::Tokens, tokens);
        counts.backchannel_authentication.add(Answered::Acknowledged, scheduled);
        counts.token.add(Answered::Tokens, tokens);
        counts.pings.add(PingAnswer::Accepted, tokens / 2);
        counts.events.add(Event::IdTokenVerified, tokens);
        counts.events.add(Event::FirstPoll, tokens);
        counts
    };
    let spans: BTreeMap<_, _> = [
        (Span::StartLag, spread(600, 40.0, 900.0)),
        (Span::Connect, spread(24, 90.0, 400.0)),
        (Span::Ack, spread(600, 610.0, 4_100.0)),
        (Span::Accept, spread(580, 280.0, 2_000.0)),
        (Span::Notify, spread(310, 350.0, 9_500.0)),
        (Span::Redeem, spread(580, 480.0, 3_900.0)),
        (Span::PollLateness, spread(580, 60.0, 2_200.0)),
        (Span::ApproveToToken, spread(580, 900.0, 5_060_000.0)),
        (Span::Flow, spread(580, 2_100.0, 5_080_000.0)),
    ]
    .into();
    let stages = vec![
        stage(StageRecord::WARM_UP, false, (0.0, 3.0), (50.0, 50.0), counts(150, 40), &BTreeMap::new()),
        stage("steady", true, (3.0, 12.0), (50.0, 50.0), counts(600, 570), &spans),
        stage(StageRecord::DRAIN, false, (15.0, 5.1), (0.0, 0.0), counts(0, 140), &BTreeMap::new()),
    ];
    let mut load = load(stages, spans);
    load.polling = PollingSeen {
        intervals: [("5".to_owned(), 750)].into(),
        lifetimes: [("120".to_owned(), 750)].into(),
        conformant_polls_throttled: 0,
        first_polls_throttled: 0,
        gap_min_ms: None,
        gap_ratio_min: None,
        ..PollingSeen::default()
    };
    load.generator = GeneratorHealth {
        cpu_s: 3.2,
        cpu_share: 0.08,
        waited_s: 0.4,
        rss_start_mib: 48,
        rss_peak_mib: 61,
        descriptors_peak: 214,
        in_flight_peak: 264,
        ..GeneratorHealth::default()
    };
    load.decisions = [("decisions.accepted".to_owned(), 750), ("start.accepted".to_owned(), 750)].into();
    let conformance = ConformanceRecord { flows_observed: 750, ..ConformanceRecord::default() };
    let gates = vec![
        met("notify p99 < 250ms", "9.12 ms", 310),
        met("violations == 0", "0", 750),
        met("rate >= 95% of asked", "100 %", 600),
    ];
    run("smoke", load, conformance, gates, vec![Caveat::TargetIsReference])
}

/// A run with every outcome, answer, event, caveat, rule and level, with gates that hold and gates that do not.
pub(crate) fn complete() -> RunRecord {
    let spans = complete_spans();
    let late = BTreeMap::from([(Span::Flow, spread(80, 5_010_000.0, 9_900_000.0))]);
    let stages = vec![
        stage(StageRecord::WARM_UP, false, (0.0, 10.0), (50.0, 50.0), every_count(2), &BTreeMap::new()),
        stage("steady", true, (10.0, 30.0), (50.0, 50.0), every_count(20), &spans),
        stage("peak", true, (40.0, 20.0), (50.0, 200.0), every_count(31), &spans),
        stage(StageRecord::DRAIN, false, (60.0, 7.4), (0.0, 0.0), every_count(1), &late),
    ];
    let mut load = load(stages, spans);
    load.created_consents = Some(ConsentsRecord {
        kind: "open_banking_uk_accounts".to_owned(),
        created: 1_204,
        deleted: 1_201,
        left: 3,
        deletable: true,
        refusals: vec!["status 400, invalid_request: no such permission".to_owned()],
    });
    load.polling = PollingSeen {
        intervals: [("5".to_owned(), 2_100), ("absent".to_owned(), 60)].into(),
        lifetimes: [("120".to_owned(), 2_160)].into(),
        conformant_polls_throttled: 54,
        first_polls_throttled: 3,
        gap_min_ms: Some(5_050.4),
        gap_ratio_min: Some(1.01),
        polls_by_gap: by_gap([12, 30, 41, 55, 60, 3_900, 210, 34, 7]),
        slow_downs_by_gap: by_gap([12, 30, 41, 55, 57, 54, 0, 0, 0]),
    };
    load.generator = GeneratorHealth {
        cpu_s: 126.3,
        cpu_share: 0.94,
        waited_s: 88.4,
        rss_start_mib: 51,
        rss_peak_mib: 212,
        descriptors_peak: 1_040,
        stalls: Stalls { count: 1, stalled_ms: 291, longest_ms: 291 },
        engine_stalls: Stalls { count: 2, stalled_ms: 417, longest_ms: 293 },
        instrument_stalls: Stalls { count: 1, stalled_ms: 290, longest_ms: 290 },
        assertions: 9_000,
        assertions_late: 310,
        in_flight_peak: 1_204,
        invalid: vec!["start_lag p99 is 61.2 ms, above 50 ms".to_owned()],
    };
    load.server_memory = Some(server_memory(&load));
    load.decisions = [("decisions.accepted", 1_900), ("decisions.denied", 54), ("decisions.failed", 7)]
        .map(|(name, n)| (name.to_owned(), n))
        .into();
    let conformance = ConformanceRecord {
        flows_observed: load.counts.flows.started,
        violations: Rule::ALL.iter().map(|rule| violation(*rule)).collect(),
        suite: None,
    };
    let mut record = run("everything", load, conformance, complete_gates(), every_caveat());
    record.command.extend(["--fault".to_owned(), "wrong-sub".to_owned()]);
    record.ended = Ended::TargetLost;
    record.target.faults = vec!["wrong-sub".to_owned()];
    record
}

/// A run of the conformance suite alone, without load, that holds everything that a suite can hold.
pub(crate) fn conformance() -> RunRecord {
    suite_run("core", suite::sample::everything())
}

/// A run of the conformance suite alone in which everything went well.
pub(crate) fn conformance_passed() -> RunRecord {
    suite_run("core", suite::sample::passed())
}

/// A suite with everything, load and thresholds in one run.
pub(crate) fn gate() -> RunRecord {
    let mut record = passed();
    record.command = ["ciba-bench", "gate", "release.toml"].map(str::to_owned).to_vec();
    record.name = "release".to_owned();
    record.conformance.get_or_insert_default().suite = Some(suite::sample::everything());
    record.gates = complete_gates();
    record
}

fn suite_run(name: &str, suite: SuiteRecord) -> RunRecord {
    let mut record = passed();
    record.command = ["ciba-bench", "conformance", "--target", "bank.toml"].map(str::to_owned).to_vec();
    record.name = name.to_owned();
    record.elapsed_s = suite.took_ms / 1e3;
    record.profile.clear();
    record.conformance = Some(ConformanceRecord { suite: Some(suite), ..ConformanceRecord::default() });
    record.load = None;
    record.gates.clear();
    record
}

fn complete_spans() -> BTreeMap<Span, Summary> {
    // The scope grant is never asked for: a report must cope with a span without samples.
    Span::ALL
        .iter()
        .filter(|span| **span != Span::Details)
        .map(|span| {
            let place = u32::try_from(span.index()).unwrap();
            let count = [(Span::PollError, 4), (Span::Connect, 64)]
                .iter()
                .find(|(few, _)| few == span)
                .map_or(400 + 350 * place, |(_, count)| *count);
            let low = 45.0 * f64::from(place + 1);
            (*span, spread(count, low, low * 700.0))
        })
        .collect()
}

fn by_gap(polls: [u64; PollGap::ALL.len()]) -> Tally<PollGap> {
    let mut tally = Tally::default();
    for (gap, n) in PollGap::ALL.iter().zip(polls) {
        tally.add(*gap, n);
    }
    tally
}

fn every_count(times: u64) -> Counts {
    let mut counts = Counts::default();
    for (share, outcome) in (1..).zip(Outcome::ALL.iter().rev()) {
        counts.flows.outcomes.add(*outcome, share * times);
    }
    counts.flows.started = counts.flows.outcomes.total();
    counts.flows.dropped = 3 * times;
    counts.flows.scheduled = counts.flows.started + counts.flows.dropped;
    for (place, answered) in (1..).zip(Answered::ALL) {
        counts.token.add(*answered, if place < 6 { 40 * times } else { times });
    }
    counts.backchannel_authentication.add(Answered::Acknowledged, 40 * times);
    counts.backchannel_authentication.add(Answered::UnknownUserId, 2 * times);
    counts.userinfo.add(Answered::Ok, 9 * times);
    counts.consents.add(Answered::Ok, 7 * times);
    counts.consents.add(Answered::OtherError, times);
    counts.client_credentials.add(Answered::Tokens, times);
    for answer in PingAnswer::ALL {
        counts.pings.add(*answer, 4 * times);
    }
    for event in Event::ALL {
        counts.events.add(*event, times);
    }
    counts
}

fn stage(
    name: &str,
    measured: bool,
    (start_s, length_s): (f64, f64),
    (asked_from, asked_to): (f64, f64),
    counts: Counts,
    spans: &BTreeMap<Span, Summary>,
) -> StageRecord {
    // A few will do: each is a kilobyte in the sample on disk.
    let spans = [Span::Ack, Span::Notify, Span::Flow]
        .into_iter()
        .filter_map(|span| spans.get(&span).map(|summary| (span, summary.clone())))
        .collect();
    StageRecord { name: name.to_owned(), measured, start_s, length_s, asked_from, asked_to, counts, spans }
}

/// One interval per stage.
fn load(stages: Vec<StageRecord>, spans: BTreeMap<Span, Summary>) -> LoadRecord {
    let mut counts = Counts::default();
    let mut intervals = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        counts.merge(&stage.counts);
        intervals.push(IntervalRecord {
            start_ms: (stage.start_s * 1e3) as u64,
            length_ms: (stage.length_s * 1e3) as u64,
            stage: index,
            in_flight: by_little(stage),
            counts: stage.counts.clone(),
            spans: stage
                .spans
                .iter()
                .filter(|(span, _)| matches!(span, Span::Ack | Span::Notify))
                .map(|(span, summary)| (*span, summary.histogram.clone()))
                .collect(),
        });
    }
    LoadRecord {
        arrivals: Arrivals::Open,
        counts,
        spans,
        stages,
        intervals,
        polling: PollingSeen::default(),
        decisions: BTreeMap::new(),
        created_consents: None,
        generator: GeneratorHealth::default(),
        server_memory: None,
    }
}

/// A server that takes 3 kB for each flow that is under way, told once per interval and at the begin; twice it was not told.
fn server_memory(load: &LoadRecord) -> ServerMemory {
    let sample = |at_ms: u64, in_flight: u64| MemorySample {
        at_ms,
        in_flight,
        started: in_flight,
        bytes: 180_000_000 + 3_000 * in_flight,
    };
    let told = load.intervals.iter().map(|of| sample(of.start_ms + of.length_ms, of.in_flight));
    ServerMemory {
        command: "echo $(ps -o rss= -p 4711) KiB".to_owned(),
        samples: [sample(0, 0)].into_iter().chain(told).collect(),
        failures: 2,
        failure: Some("failed with exit status: 1: no such process".to_owned()),
    }
}

/// In the sample, flows under way are what Little's law says.
fn by_little(stage: &StageRecord) -> u64 {
    let mean_s = stage.spans.get(&Span::Flow).map_or(0.0, |flow| flow.mean_us / 1e6);
    (stage.counts.flows.started as f64 / stage.length_s * mean_s).round() as u64
}

fn run(
    name: &str,
    load: LoadRecord,
    conformance: ConformanceRecord,
    gates: Vec<Gate>,
    caveats: Vec<Caveat>,
) -> RunRecord {
    RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: "0b7c9d3e5f214a68".to_owned(),
        name: name.to_owned(),
        command: ["ciba-bench", "run", name, "--seed", "42"].map(str::to_owned).to_vec(),
        started_at: "2026-03-14T09:26:53Z".to_owned(),
        elapsed_s: load.stages.iter().map(|stage| stage.length_s).sum(),
        ended: Ended::Completed,
        seed: 42,
        environment: Environment {
            tool_version: "0.1.0".to_owned(),
            build: "release".to_owned(),
            system: "Linux 6.8".to_owned(),
            processor: "Example CPU 3.0 GHz".to_owned(),
            cores: 2,
            memory_mib: 7_936,
            descriptors: 65_536,
        },
        target: TargetSeen {
            issuer: "http://127.0.0.1:41873/demo/bank".to_owned(),
            reference: true,
            backchannel_authentication_endpoint:
                "http://127.0.0.1:41873/demo/bank/backchannel/authentication".to_owned(),
            token_endpoint: "http://127.0.0.1:41873/demo/bank/oauth2/token".to_owned(),
            delivery_modes: vec!["poll".to_owned(), "ping".to_owned()],
            faults: Vec::new(),
        },
        profile: "seed = 42\n".to_owned(),
        conformance: Some(conformance),
        load: Some(load),
        capacity: None,
        gates,
        caveats,
    }
}

/// A gate that holds.
pub(crate) fn met(expression: &str, measured: &str, samples: u64) -> Gate {
    Gate {
        expression: expression.to_owned(),
        measured: Some(measured.to_owned()),
        samples,
        met: true,
        reason: None,
    }
}

fn complete_gates() -> Vec<Gate> {
    let unmet = |expression: &str, measured: Option<&str>, samples, reason: Option<&str>| Gate {
        expression: expression.to_owned(),
        measured: measured.map(str::to_owned),
        samples,
        met: false,
        reason: reason.map(str::to_owned),
    };
    vec![
        met("ack p99 < 250ms", "104 ms", 1_450),
        unmet("notify p99 < 250ms", Some("284 ms"), 3_550, None),
        unmet("violations == 0", Some("1,356"), 2_430, None),
        unmet("details p99 < 50ms", None, 0, Some("details has no samples")),
    ]
}

/// A breach of a rule. One rule is shown as a MAY, which no rule of the flow is.
fn violation(rule: Rule) -> Violation {
    let place = rule.index() as u64;
    let (clause, level) = rule.source();
    let level = if rule == Rule::PingContentType { Level::May } else { level };
    Violation {
        rule,
        clause: rule.citation(),
        sentence: clause.sentence.to_owned(),
        level,
        count: 1 + (place * 37) % 100,
        examples: vec![Example {
            flow: 100 + place,
            at_ms: 12_000 + 13 * place,
            detail: format!("an example of {rule}: expected \"u-17\", got \"u-18\""),
            exchange: (rule != Rule::PingMissing).then(exchange),
        }],
    }
}

fn exchange() -> Exchange {
    Exchange {
        request: "POST http://127.0.0.1:41873/demo/bank/oauth2/token".to_owned(),
        form: "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=1c2661…".to_owned(),
        status: Some(200),
        headers: vec!["content-type: application/json".to_owned(), "cache-control: no-store".to_owned()],
        body: r#"{"access_token":"gTq0XW…","expires_in":3600,"id_token":"eyJhbG…","token_type":"Bearer"}"#
            .to_owned(),
        correlation_id: "0b7c9d3e-117".to_owned(),
        trace_id: Some("4bf92f3577b34da6".to_owned()),
    }
}
