use super::frames::{Frames, Next};
use super::{Head, Part, RebuildError, StagePlan};
use crate::ciba::{Outcome, Rule};
use crate::record::{
    ConformanceRecord, ConsentsRecord, Counts, Ended, IntervalRecord, LoadRecord, RunRecord, ServerMemory,
    Span, StageRecord, Violation, decode, summaries,
};
use hdrhistogram::Histogram;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

/// Most intervals that are read, several times what a run is divided into.
const INTERVALS_MAX: usize = 1 << 15;

/// Largest whole number in an interval: sums over [`INTERVALS_MAX`] of them cannot overflow.
const NUMBER_MAX: u64 = 1 << 48;

/// A record that was put together from a log.
#[derive(Debug)]
pub struct Rebuilt {
    /// The record. Its thresholds, its validity and its caveats are still to be judged.
    pub record: RunRecord,
    /// When the first flow was due, as wall time since the Unix epoch.
    pub begun: Duration,
}

/// Puts the record of a run together from the log that it kept.
///
/// Whatever cannot be read ends the log there: the beginning of a run is a true record of the run up to a moment, a run with a
/// hole in it is not. Flows that were under way count as abandoned, so that the accounting closes.
pub fn rebuild(log: &[u8]) -> Result<Rebuilt, RebuildError> {
    let mut frames = Frames::of(log)?;
    let head = match frames.next() {
        Next::Whole(payload) => head(payload)?,
        Next::End | Next::Torn => return Err(RebuildError::NoHead),
        Next::Damaged => return Err(RebuildError::DamagedHead),
    };
    let mut sums = Sums::new(&head);
    let end = loop {
        let left = frames.left();
        match frames.next() {
            Next::Whole(payload) => match part(payload).and_then(|part| sums.add(part)) {
                Some(()) => {}
                None => break End::Damaged(left),
            },
            Next::End => break End::Whole,
            Next::Torn => break End::Torn,
            Next::Damaged => break End::Damaged(left),
        }
    };
    let begun = Duration::from_millis(head.begun_ms);
    Ok(Rebuilt { record: sums.record(head, end), begun })
}

/// How a log ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// With a whole frame.
    Whole,
    /// In the middle of a frame that was being written.
    Torn,
    /// In so many bytes that are not what was written.
    Damaged(usize),
}

fn head(payload: &[u8]) -> Result<Head, RebuildError> {
    let mut reader = serde_json::Deserializer::from_slice(payload);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| RebuildError::Head {
        path: error.path().to_string(),
        problem: error.into_inner().to_string(),
    })
}

fn part(payload: &[u8]) -> Option<Part> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    if !is_bounded(&value) {
        return None;
    }
    serde_json::from_value(value).ok()
}

fn is_bounded(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_none_or(|n| n <= NUMBER_MAX),
        Value::Array(items) => items.iter().all(is_bounded),
        Value::Object(fields) => fields.values().all(is_bounded),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// What the intervals come to.
struct Sums {
    plans: Vec<StagePlan>,
    stages: Vec<StageRecord>,
    /// Of the present stage.
    in_stage: Histograms,
    /// Without the warm-up.
    measured: Histograms,
    intervals: Vec<IntervalRecord>,
    broken: BTreeMap<Rule, Violation>,
    server_memory: Option<ServerMemory>,
    /// Everything but its interval.
    last: Option<Part>,
}

impl Sums {
    fn new(head: &Head) -> Self {
        Sums {
            plans: head.stages.clone(),
            stages: Vec::new(),
            in_stage: Histograms::new(),
            measured: Histograms::new(),
            intervals: Vec::new(),
            broken: BTreeMap::new(),
            server_memory: None,
            last: None,
        }
    }

    /// Adds an interval; `None`, and nothing is changed, where it does not fit to what was there before.
    fn add(&mut self, mut part: Part) -> Option<()> {
        let interval = &part.interval;
        let before = self.intervals.last().map_or(0, |last| last.stage);
        let fits = (before..=before + 1).contains(&interval.stage)
            && interval.stage < self.plans.len()
            && self.intervals.len() < INTERVALS_MAX
            && (interval.stage == 0 || !self.intervals.is_empty());
        let spans: Option<Vec<(Span, Histogram<u64>)>> =
            interval.spans.iter().map(|(span, text)| Some((*span, decode(text).ok()?))).collect();
        let spans = spans.filter(|_| fits)?;
        while self.stages.len() <= interval.stage {
            self.next_stage();
        }
        for (span, histogram) in spans {
            add(&mut self.in_stage, span, histogram);
        }
        if let Some(stage) = self.stages.last_mut() {
            let plan = &self.plans[interval.stage];
            let end_s = end_s(interval);
            let is_over = plan.end_s.is_some_and(|end| end_s >= end);
            stage.counts.merge(&interval.counts);
            stage.length_s = (plan.end_s.unwrap_or(end_s).min(end_s) - plan.start_s).max(0.0);
            // A stage that was cut short asked for what it had come to.
            stage.asked_to = if is_over { plan.asked_to } else { part.asked };
        }
        for broken in std::mem::take(&mut part.broken) {
            let known = self.broken.entry(broken.rule).or_insert_with(|| Violation {
                count: 0,
                examples: Vec::new(),
                ..broken.clone()
            });
            known.count = broken.count;
            known.examples.extend(broken.examples);
        }
        if let Some(mut more) = part.server_memory.take() {
            let mut samples = self.server_memory.take().map(|known| known.samples).unwrap_or_default();
            samples.append(&mut more.samples);
            self.server_memory = Some(ServerMemory { samples, ..more });
        }
        let interval = std::mem::replace(&mut part.interval, nothing());
        self.intervals.push(interval);
        self.last = Some(part);
        Some(())
    }

    /// Sums up the present stage, and begins the next one.
    fn next_stage(&mut self) {
        self.sum_up();
        let plan = &self.plans[self.stages.len()];
        self.stages.push(StageRecord {
            name: plan.name.clone(),
            measured: plan.measured,
            start_s: plan.start_s,
            length_s: 0.0,
            asked_from: plan.asked_from,
            asked_to: plan.asked_from,
            counts: Counts::default(),
            spans: BTreeMap::new(),
        });
    }

    fn sum_up(&mut self) {
        let Some(stage) = self.stages.last_mut() else { return };
        stage.spans = summaries(|span| self.in_stage.get(&span));
        for (span, histogram) in std::mem::take(&mut self.in_stage) {
            if stage.name != StageRecord::WARM_UP {
                add(&mut self.measured, span, histogram);
            }
        }
    }

    fn record(mut self, head: Head, end: End) -> RunRecord {
        if self.stages.is_empty() && !self.plans.is_empty() {
            self.next_stage();
        }
        self.sum_up();
        let elapsed_s = self.intervals.last().map_or(0.0, end_s);
        let under_way = self.close();
        let mut record = head.record;
        record.elapsed_s = elapsed_s;
        record.ended = Ended::CutOff { reason: reason(elapsed_s, under_way, self.intervals.last(), end) };
        let mut counts = Counts::default();
        self.stages.iter().for_each(|stage| counts.merge(&stage.counts));
        let seen = record.conformance.take();
        record.conformance = Some(ConformanceRecord {
            flows_observed: counts.flows.started,
            violations: self.broken.into_values().collect(),
            suite: seen.and_then(|seen| seen.suite),
        });
        let last = self.last;
        let created = last.as_ref().map_or(0, |last| last.consents);
        record.load = Some(LoadRecord {
            arrivals: head.arrivals,
            counts,
            spans: summaries(|span| self.measured.get(&span)),
            stages: self.stages,
            created_consents: head.consents.map(|(kind, deletable)| ConsentsRecord {
                kind,
                created,
                left: if deletable { created } else { 0 },
                deletable,
                ..ConsentsRecord::default()
            }),
            generator: last.as_ref().map(|last| last.generator.clone()).unwrap_or_default(),
            intervals: self.intervals,
            polling: last.map(|last| last.polling).unwrap_or_default(),
            decisions: BTreeMap::new(),
            server_memory: self.server_memory,
        });
        record
    }

    /// Closes the accounting in the last interval, and gives the number of flows that were under way.
    ///
    /// Shards are emptied one after the other, so the last interval may hold a flow's end and not its beginning, or its
    /// beginning and not that it was due: what has ended had begun, and what has begun was due.
    fn close(&mut self) -> u64 {
        let mut total = Counts::default();
        self.stages.iter().for_each(|stage| total.merge(&stage.counts));
        let flows = &total.flows;
        let ended = flows.outcomes.total();
        let started = flows.started.max(ended);
        let under_way = started - ended;
        let known = started + flows.dropped;
        let scheduled = flows.scheduled.max(known);
        let more = |counts: &mut Counts| {
            counts.flows.started += started - flows.started;
            counts.flows.outcomes.add(Outcome::Abandoned, under_way);
            counts.flows.scheduled += scheduled - flows.scheduled;
            // Handed over and not begun: it never will be.
            counts.flows.dropped += scheduled - known;
        };
        if let (Some(stage), Some(interval)) = (self.stages.last_mut(), self.intervals.last_mut()) {
            more(&mut stage.counts);
            more(&mut interval.counts);
        }
        under_way
    }
}

/// Those that have samples.
type Histograms = BTreeMap<Span, Histogram<u64>>;

fn add(sums: &mut Histograms, span: Span, histogram: Histogram<u64>) {
    match sums.entry(span) {
        Entry::Vacant(place) => {
            place.insert(histogram);
        }
        Entry::Occupied(mut sum) => {
            // All have the one shape of this tool, which reading them made sure of.
            let _ = sum.get_mut().add(histogram);
        }
    }
}

fn nothing() -> IntervalRecord {
    IntervalRecord {
        start_ms: 0,
        length_ms: 0,
        stage: 0,
        in_flight: 0,
        counts: Counts::default(),
        spans: BTreeMap::new(),
    }
}

/// Seconds from the run's start to an interval's end.
fn end_s(interval: &IntervalRecord) -> f64 {
    (interval.start_ms + interval.length_ms) as f64 / 1e3
}

fn reason(elapsed_s: f64, under_way: u64, last: Option<&IntervalRecord>, end: End) -> String {
    let lost = match (end, last) {
        (End::Whole | End::Torn, None) => "at most its first interval is missing".to_owned(),
        (End::Whole | End::Torn, Some(last)) => {
            format!("at most the interval after that is missing ({:.1} s)", last.length_ms as f64 / 1e3)
        }
        (End::Damaged(bytes), _) => {
            format!("there its log is damaged, and what followed ({bytes} bytes) is not read")
        }
    };
    format!(
        "the process was ended before it could write its record, which was rebuilt from its log up to {elapsed_s:.1} s; {lost}; \
         {under_way} flows under way count as abandoned"
    )
}
