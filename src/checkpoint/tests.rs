//! Logs that are whole, cut off at every byte, damaged, and none at all.

use super::*;
use crate::ciba::{Outcome, Rule};
use crate::record::sample::{complete, passed};
use crate::record::{
    Ended, IntervalRecord, RunRecord, ServerMemory, Span, StageRecord, Violation, encode, new_histogram,
    summaries,
};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

/// Storage that the test can look into.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Shared {
    fn content(&self) -> Vec<u8> {
        self.0.lock().unwrap().get_ref().clone()
    }
}

impl Read for Shared {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap().read(into)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.lock().unwrap().seek(to)
    }
}

fn head(of: &RunRecord) -> Head {
    let load = of.load.as_ref().unwrap();
    let plan = |stage: &StageRecord| StagePlan {
        name: stage.name.clone(),
        measured: stage.measured,
        start_s: stage.start_s,
        end_s: (stage.name != StageRecord::DRAIN).then_some(stage.start_s + stage.length_s),
        asked_from: stage.asked_from,
        asked_to: stage.asked_to,
    };
    let nothing =
        RunRecord { load: None, conformance: None, gates: Vec::new(), caveats: Vec::new(), ..of.clone() };
    Head {
        arrivals: load.arrivals,
        begun_ms: 1_773_480_413_000,
        stages: load.stages.iter().map(plan).collect(),
        consents: None,
        record: nothing,
    }
}

/// One interval per stage, as the sample has them.
fn parts_of(of: &RunRecord) -> Vec<Part> {
    let load = of.load.as_ref().unwrap();
    let memory = load.server_memory.clone().unwrap_or_default();
    let mut samples = memory.samples.chunks(memory.samples.len().div_ceil(load.intervals.len()).max(1));
    let mut part = |interval: &IntervalRecord| Part {
        interval: interval.clone(),
        asked: 7.0,
        broken: Vec::new(),
        polling: load.polling.clone(),
        server_memory: load
            .server_memory
            .is_some()
            .then(|| ServerMemory { samples: samples.next().unwrap_or_default().to_vec(), ..memory.clone() }),
        consents: 0,
        generator: load.generator.clone(),
    };
    load.intervals.iter().map(&mut part).collect()
}

/// A log, and where its frames begin.
fn written(head: &Head, parts: &[Part]) -> (Vec<u8>, Vec<usize>) {
    let shared = Shared::default();
    let mut log = Log::new(Box::new(shared.clone()), "x".to_owned());
    log.begin(head).unwrap();
    let mut begins = Vec::new();
    for part in parts {
        begins.push(shared.content().len());
        log.interval(part).unwrap();
    }
    let intervals: Vec<_> = parts.iter().map(|part| part.interval.clone()).collect();
    assert_eq!(log.intervals().unwrap(), intervals, "what was written is read back");
    (shared.content(), begins)
}

/// A run with a few samples in each interval, so that its frames are short.
fn sample() -> (RunRecord, Vec<u8>, Vec<usize>) {
    let mut record = complete();
    let mut few = new_histogram::<u32>();
    [900, 1_200, 77_000].into_iter().for_each(|us| few.record(us).unwrap());
    let load = record.load.as_mut().unwrap();
    for interval in &mut load.intervals {
        interval.spans = [(Span::Ack, encode(&few))].into();
        load.stages[interval.stage].spans = summaries(|span| (span == Span::Ack).then_some(&few));
    }
    let (log, begins) = written(&head(&record), &parts_of(&record));
    (record, log, begins)
}

fn intervals(log: &[u8]) -> Vec<IntervalRecord> {
    rebuild(log).unwrap().record.load.unwrap().intervals
}

fn reason(record: &RunRecord) -> &str {
    match &record.ended {
        Ended::CutOff { reason } => reason,
        Ended::Completed
        | Ended::Interrupted
        | Ended::TargetLost
        | Ended::Refused { .. }
        | Ended::Aborted { .. }
        | Ended::Failed { .. } => panic!("{:?}", record.ended),
    }
}

#[test]
fn a_whole_log_gives_the_whole_run() {
    let (record, log, _) = sample();
    let rebuilt = rebuild(&log).unwrap();
    assert_eq!(rebuilt.begun.as_secs(), 1_773_480_413);
    let (load, seen) = (rebuilt.record.load.as_ref().unwrap(), record.load.as_ref().unwrap());
    assert_eq!((&load.counts, &load.intervals), (&seen.counts, &seen.intervals));
    assert!(seen.server_memory.as_ref().is_some_and(|memory| memory.samples.len() > 2));
    assert_eq!(load.server_memory, seen.server_memory);
    assert_eq!(load.stages.len(), seen.stages.len());
    for (ours, theirs) in load.stages.iter().zip(&seen.stages) {
        assert_eq!(
            (&ours.name, ours.measured, &ours.counts),
            (&theirs.name, theirs.measured, &theirs.counts)
        );
        assert!((ours.length_s - theirs.length_s).abs() < 1e-3, "{ours:?}");
        assert_eq!(ours.spans, theirs.spans);
    }
    assert_eq!((&rebuilt.record.run_id, &rebuilt.record.profile), (&record.run_id, &record.profile));
    assert!(reason(&rebuilt.record).contains("at most the interval after that is missing"));
}

#[test]
fn a_log_that_is_cut_at_any_byte_of_its_last_frame_loses_that_interval_and_no_more() {
    let (_, mut log, mut begins) = sample();
    // Two intervals will do.
    log.truncate(begins[2]);
    begins.truncate(2);
    let last = *begins.last().unwrap();
    let whole = intervals(&log[..last]);
    assert_eq!(whole.len(), begins.len() - 1);
    for cut in last..log.len() {
        let record = rebuild(&log[..cut]).unwrap().record;
        let load = record.load.as_ref().unwrap();
        assert_eq!(load.intervals, whole, "cut at byte {cut}");
        assert!(load.counts.closes());
        assert!(reason(&record).contains("at most the interval after that is missing"), "{record:?}");
    }
    assert_eq!(intervals(&log).len(), begins.len());
}

#[test]
fn a_log_that_is_cut_anywhere_gives_what_was_whole_or_a_clear_error() {
    let (_, log, begins) = sample();
    let first = begins[0];
    for cut in (0..first).step_by(7) {
        let error = rebuild(&log[..cut]).unwrap_err().to_string();
        assert!(error.ends_with("run again"), "{cut}: {error}");
    }
    let none = rebuild(&log[..first]).unwrap().record;
    let load = none.load.as_ref().unwrap();
    assert_eq!((load.counts.flows.started, load.intervals.len(), load.stages.len()), (0, 0, 1));
    assert!(reason(&none).contains("at most its first interval is missing"), "{none:?}");
    for (n, begin) in begins.iter().enumerate() {
        assert_eq!(intervals(&log[..*begin]).len(), n);
    }
}

#[test]
fn damage_ends_the_log_there_and_is_told() {
    let (_, log, begins) = sample();
    for at in (begins[1]..begins[2]).step_by(37).chain([begins[1], begins[1] + 4, begins[1] + 8]) {
        let mut damaged = log.clone();
        damaged[at] ^= 0x10;
        let record = rebuild(&damaged).unwrap().record;
        // Two intervals follow that could be read; a run with a hole in it would be a lie.
        assert_eq!(record.load.as_ref().unwrap().intervals.len(), 1, "byte {at}");
        assert!(record.load.as_ref().unwrap().counts.closes());
        let told = reason(&record);
        assert!(told.contains("its log is damaged") || told.contains("is missing"), "{told}");
    }
    let mut zeros = log.clone();
    zeros.extend([0; 64]);
    assert!(reason(&rebuild(&zeros).unwrap().record).contains("damaged, and what followed (64 bytes)"));
    let mut head = log;
    head[MAGIC.len() + 20] ^= 1;
    assert!(matches!(rebuild(&head), Err(RebuildError::DamagedHead)));
}

#[test]
fn what_is_no_log_of_this_version_is_named() {
    for (bytes, part) in [
        (&b""[..], "the log is empty"),
        (b"{\"schema\":\"ciba-bench/run/1\"}", "this is no log of a run"),
        (
            b"ciba-bench/checkpoint/2\n\0\0",
            "form \"ciba-bench/checkpoint/2\", this version reads \"ciba-bench/checkpoint/1\"",
        ),
        (b"ciba-bench/che", "ends before its first frame"),
        (MAGIC, "ends before its first frame"),
    ] {
        let error = rebuild(bytes).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let frame = frames::frame(br#"{"record":7}"#).unwrap();
    let error = rebuild(&[MAGIC, &frame].concat()).unwrap_err().to_string();
    assert!(error.contains("field record of the log's first frame"), "{error}");
    assert!(is_log(b"ciba-bench/checkpoint/9\n") && !is_log(b"{}"));
}

#[test]
fn flows_that_were_under_way_are_abandoned_and_the_accounting_closes() {
    // Scheduled, started, dropped, ended; and what they become.
    for (seen, scheduled, started, dropped, abandoned) in [
        ([10, 9, 1, 9], 10, 9, 1, 0),
        ([10, 9, 1, 4], 10, 9, 1, 5),
        // Handed over, not begun.
        ([12, 9, 1, 9], 12, 9, 3, 0),
        // The shard that holds the beginnings was emptied first.
        ([8, 9, 1, 9], 10, 9, 1, 0),
        ([10, 7, 1, 9], 10, 9, 1, 0),
    ] {
        let mut record = passed();
        let load = record.load.as_mut().unwrap();
        load.intervals.truncate(1);
        load.intervals[0].counts.clear();
        let flows = &mut load.intervals[0].counts.flows;
        (flows.scheduled, flows.started, flows.dropped) = (seen[0], seen[1], seen[2]);
        flows.outcomes.add(Outcome::Tokens, seen[3]);
        let (log, _) = written(&head(&record), &parts_of(&record));
        let rebuilt = rebuild(&log).unwrap().record;
        let load = rebuilt.load.as_ref().unwrap();
        let flows = &load.counts.flows;
        assert!(load.counts.closes(), "{flows:?}");
        assert_eq!(
            (flows.scheduled, flows.started, flows.dropped),
            (scheduled, started, dropped),
            "{seen:?}"
        );
        assert_eq!(flows.outcomes.get(Outcome::Abandoned), abandoned, "{seen:?}");
        assert_eq!((&load.stages[0].counts, &load.intervals[0].counts), (&load.counts, &load.counts));
        assert!(reason(&rebuilt).contains(&format!("{abandoned} flows under way")), "{rebuilt:?}");
    }
}

#[test]
fn breaches_are_counted_as_the_last_frame_says_and_examples_are_gathered() {
    let record = complete();
    let violation = |rule: Rule| {
        let all = &record.conformance.as_ref().unwrap().violations;
        all.iter().find(|violation| violation.rule == rule).unwrap().clone()
    };
    let of = |rule, count| Violation { count, ..violation(rule) };
    let mut parts = parts_of(&record);
    parts[0].broken = vec![of(Rule::IdTokenSubject, 2)];
    parts[1].broken = vec![of(Rule::IdTokenSubject, 5), of(Rule::PingMissing, 1)];
    let (log, _) = written(&head(&record), &parts);
    let seen = rebuild(&log).unwrap().record.conformance.unwrap();
    let told: Vec<_> = seen.violations.iter().map(|of| (of.rule, of.count, of.examples.len())).collect();
    assert_eq!(told, [(Rule::PingMissing, 1, 1), (Rule::IdTokenSubject, 5, 2)]);
    assert_eq!(seen.flows_observed, record.load.unwrap().counts.flows.started);
}

#[test]
fn intervals_that_do_not_follow_each_other_end_the_log() {
    let record = complete();
    type Change = fn(&mut Vec<Part>);
    let changes: [(Change, usize); 4] = [
        (|parts| parts[2].interval.stage = 9, 2),
        (|parts| parts[2].interval.stage = 0, 2),
        (|parts| parts[1].interval.counts.flows.started = u64::MAX, 1),
        (|parts| parts.swap(0, 1), 0),
    ];
    for (change, left) in changes {
        let mut parts = parts_of(&record);
        change(&mut parts);
        let (log, _) = written(&head(&record), &parts);
        assert_eq!(intervals(&log).len(), left);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_panic(tail in proptest::collection::vec(proptest::num::u8::ANY, 0..200), keep in 0usize..4) {
        static LOG: std::sync::OnceLock<(Vec<u8>, Vec<usize>)> = std::sync::OnceLock::new();
        let (log, begins) = LOG.get_or_init(|| {
            let (_, log, begins) = sample();
            (log, begins)
        });
        let mut bytes = log[..begins[keep]].to_vec();
        bytes.extend(tail);
        let _ = rebuild(&bytes);
    }
}
