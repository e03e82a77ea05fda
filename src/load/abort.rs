use super::breaches::Breaches;
use super::parts::Part;
use super::sampler::Shard;
use crate::analysis::{judge_thresholds, unit};
use crate::ciba::Named as _;
use crate::profile::{self, Threshold};
use crate::record::{Arrivals, Counts, LoadRecord, Span, StageRecord, Summary, summaries};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Judges, while a run goes on, the thresholds that end it.
pub(super) struct Abort {
    thresholds: Vec<Threshold>,
    after: Duration,
}

/// What the collector has gathered up to now.
pub(super) struct SoFar<'c> {
    pub now: Duration,
    pub arrivals: Arrivals,
    /// Load asked for now, or at the end of the present part, where that has come.
    pub asked: f64,
    pub part: &'c Part,
    pub in_part: &'c Shard,
    /// Stages that are over.
    pub stages: &'c [StageRecord],
    /// Of these, without the warm-up.
    pub measured: &'c [Histogram<u32>],
    pub breaches: &'c Breaches,
}

impl Abort {
    pub fn new(settings: &profile::Abort) -> Self {
        Abort { thresholds: settings.on_fail.clone(), after: settings.after }
    }

    /// Which threshold does not hold, at what value, and when; the first one in the profile's order. One without samples is
    /// none: that it has none is known at the end.
    pub fn crossed(&self, so_far: &SoFar<'_>) -> Option<String> {
        let due: Vec<&Threshold> = self.thresholds.iter().filter(|of| self.is_due(of, so_far)).collect();
        if due.is_empty() || so_far.part.name == StageRecord::WARM_UP {
            return None;
        }
        let load = so_far.record(&due);
        let started = load.stages.iter().map(|stage| stage.counts.flows.started).sum();
        let conformance = so_far.breaches.record(started);
        due.into_iter().find_map(|threshold| {
            let gate = judge_thresholds(std::slice::from_ref(threshold), &load, Some(&conformance))
                .into_iter()
                .next()?;
            let measured = gate.measured.filter(|_| !gate.met)?;
            Some(format!(
                "{} does not hold {} into the run, in {}: {measured}, {} samples",
                threshold.expression,
                unit::seconds(so_far.now.as_secs_f64()),
                match so_far.part.name.as_str() {
                    StageRecord::DRAIN => "the drain".to_owned(),
                    stage => format!("stage {stage}"),
                },
                unit::count(gate.samples)
            ))
        })
    }

    /// A stage's threshold is judged within its stage, the run's once the delay has passed.
    fn is_due(&self, threshold: &Threshold, so_far: &SoFar<'_>) -> bool {
        match &threshold.stage {
            Some(stage) => *stage == so_far.part.name && so_far.now >= so_far.part.start + self.after,
            None => so_far.now >= self.after,
        }
    }
}

impl SoFar<'_> {
    /// As much of a record as these thresholds need: no more histograms are written than they ask for.
    fn record(&self, thresholds: &[&Threshold]) -> LoadRecord {
        let asked = |span: &Span| {
            let of = |name: &str| thresholds.iter().any(|threshold| threshold.metric.name() == name);
            of(span.name()) || (Span::POLLS.contains(span) && of(Span::Poll.name()))
        };
        let spans: Vec<Span> = Span::ALL.iter().copied().filter(asked).collect();
        let in_part = |span: Span| Some(self.in_part.histogram(span));
        let whole = |span: Span| {
            let mut sum = self.measured.get(span.index())?.clone();
            // Both have the one shape of this tool, so nothing can be out of range.
            let _ = sum.add(self.in_part.histogram(span));
            Some(sum)
        };
        let mut stages: Vec<StageRecord> = self.stages.iter().map(without_spans).collect();
        stages.push(StageRecord {
            name: self.part.name.clone(),
            measured: self.part.measured,
            start_s: self.part.start.as_secs_f64(),
            length_s: self.now.min(self.part.end).saturating_sub(self.part.start).as_secs_f64(),
            asked_from: self.part.asked_from,
            asked_to: self.asked,
            counts: self.in_part.counts.clone(),
            spans: summed_up(&spans, |span| in_part(span).cloned()),
        });
        LoadRecord {
            arrivals: self.arrivals,
            counts: Counts::default(),
            spans: summed_up(&spans, whole),
            stages,
            intervals: Vec::new(),
            polling: Default::default(),
            decisions: BTreeMap::new(),
            created_consents: None,
            generator: Default::default(),
            server_memory: None,
        }
    }
}

fn without_spans(stage: &StageRecord) -> StageRecord {
    StageRecord { name: stage.name.clone(), counts: stage.counts.clone(), spans: BTreeMap::new(), ..*stage }
}

/// Sums up these spans only.
fn summed_up(spans: &[Span], histogram: impl Fn(Span) -> Option<Histogram<u32>>) -> BTreeMap<Span, Summary> {
    let of: BTreeMap<Span, Histogram<u32>> =
        spans.iter().filter_map(|span| Some((*span, histogram(*span)?))).collect();
    summaries(|span| of.get(&span))
}
