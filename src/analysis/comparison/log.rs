use super::Counted;
use crate::analysis::gates::{failed, stale, throttled};
use crate::record::{
    Answered, Arrivals, Counts, HistogramError, IntervalRecord, LoadRecord, Span, StageRecord, decode,
};
use std::collections::BTreeMap;
use std::ops::Range;

/// The interval log of a run without its warm-up.
///
/// The drain is drawn from as a part of the last stage: the flows that end in it began there, and a report's figures hold them.
pub(super) struct Log<'r> {
    load: &'r LoadRecord,
    intervals: Vec<&'r IntervalRecord>,
    /// Intervals of one stage each: they are not mixed, since how much of each load there was is the profile's.
    pub(super) strata: Vec<Range<usize>>,
}

/// The samples of one interval.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples {
    /// Values in µs as the histogram names them, rising, each with how often.
    pub(super) values: Vec<(u64, u64)>,
    /// How many.
    pub(super) count: u64,
    /// Their sum in µs.
    pub(super) sum_us: f64,
}

impl<'r> Log<'r> {
    /// Of a run.
    pub(super) fn new(load: &'r LoadRecord) -> Self {
        let stage_of = |interval: &IntervalRecord| load.stages.get(interval.stage);
        let drain = |interval: &IntervalRecord| stage_of(interval).is_some_and(|stage| !stage.measured);
        let counted = |interval: &&IntervalRecord| {
            stage_of(interval).is_some_and(|stage| stage.name != StageRecord::WARM_UP)
        };
        let intervals: Vec<&IntervalRecord> = load.intervals.iter().filter(counted).collect();
        let mut strata: Vec<Range<usize>> = Vec::new();
        for (at, interval) in intervals.iter().enumerate() {
            let same = at > 0 && (intervals[at - 1].stage == interval.stage || drain(interval));
            match strata.last_mut().filter(|_| same) {
                Some(stratum) => stratum.end = at + 1,
                None => strata.push(at..at + 1),
            }
        }
        Log { load, intervals, strata }
    }

    /// How many intervals there are.
    pub(super) fn len(&self) -> usize {
        self.intervals.len()
    }

    /// The samples of a span, interval by interval.
    pub(super) fn samples(&self, span: Span) -> Result<Vec<Samples>, HistogramError> {
        let alone = [span];
        let parts: &[Span] = if span == Span::Poll { &Span::POLLS } else { &alone };
        self.intervals.iter().map(|interval| samples(interval, parts)).collect()
    }

    /// Numerator and denominator of a figure, interval by interval; nothing where the run does not have the figure.
    pub(super) fn counted(&self, counted: Counted) -> Option<Vec<(f64, f64)>> {
        if counted == Counted::Rate && self.load.arrivals == Arrivals::Closed {
            return None;
        }
        Some(self.intervals.iter().map(|interval| self.part(interval, counted)).collect())
    }

    fn part(&self, interval: &IntervalRecord, counted: Counted) -> (f64, f64) {
        let counts = &interval.counts;
        let of = |part: u64, whole: u64| (part as f64, whole as f64);
        let stage = self.load.stages.get(interval.stage).filter(|stage| stage.measured);
        match counted {
            Counted::Throughput => stage.map_or((0.0, 0.0), |_| {
                (counts.flows.outcomes.total() as f64, interval.length_ms as f64 / 1e3)
            }),
            Counted::Rate => {
                stage.map_or((0.0, 0.0), |stage| (counts.flows.started as f64, asked(stage, interval)))
            }
            Counted::ErrorRate => {
                let (failed, ended) = failed(counts);
                of(failed, ended)
            }
            Counted::PollsPerFlow => of(counts.token.total(), counts.flows.outcomes.total()),
            Counted::StalePolls => {
                let stale = stale(counts);
                of(stale, stale + informed(counts))
            }
            Counted::Throttled => of(throttled(counts), counts.token.total()),
        }
    }
}

fn informed(counts: &Counts) -> u64 {
    counts.token.get(Answered::Tokens) + counts.token.get(Answered::AccessDenied)
}

/// Flows that a stage asks for within an interval of it.
fn asked(stage: &StageRecord, interval: &IntervalRecord) -> f64 {
    let (begin_s, length_s) = (interval.start_ms as f64 / 1e3, interval.length_ms as f64 / 1e3);
    let done = |at_s: f64| {
        if stage.length_s > 0.0 { ((at_s - stage.start_s) / stage.length_s).clamp(0.0, 1.0) } else { 0.0 }
    };
    let rate = |at_s: f64| stage.asked_from + (stage.asked_to - stage.asked_from) * done(at_s);
    f64::midpoint(rate(begin_s), rate(begin_s + length_s)) * length_s
}

fn samples(interval: &IntervalRecord, parts: &[Span]) -> Result<Samples, HistogramError> {
    let mut merged: BTreeMap<u64, u64> = BTreeMap::new();
    let mut found = Samples::default();
    for text in parts.iter().filter_map(|part| interval.spans.get(part)) {
        let histogram = decode(text)?;
        for cell in histogram.iter_recorded() {
            let (value, count) = (cell.value_iterated_to(), cell.count_at_value());
            found.count += count;
            found.sum_us += histogram.median_equivalent(value) as f64 * count as f64;
            if parts.len() == 1 {
                found.values.push((value, count));
            } else {
                *merged.entry(value).or_default() += count;
            }
        }
    }
    found.values.extend(merged);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::judge_thresholds;
    use crate::ciba::Named;
    use crate::record::sample;

    #[test]
    fn the_warm_up_is_left_out_and_the_drain_belongs_to_the_last_stage() {
        let load = sample::complete().load.unwrap();
        let log = Log::new(&load);
        assert_eq!((log.len(), log.strata.clone()), (3, vec![0..1, 1..3]));
        let samples = log.samples(Span::Ack).unwrap();
        assert_eq!(samples.iter().map(|of| of.count).sum::<u64>(), 2 * load.spans[&Span::Ack].count);
        assert!(samples[0].values.is_sorted() && samples[0].sum_us > 0.0);
    }

    #[test]
    fn counted_figures_are_those_of_the_thresholds() {
        let record = sample::complete();
        let load = record.load.unwrap();
        let log = Log::new(&load);
        let value = |counted: Counted| {
            let parts = log.counted(counted).unwrap();
            let sum = |of: fn(&(f64, f64)) -> f64| parts.iter().map(of).sum::<f64>();
            sum(|part| part.0) / sum(|part| part.1)
        };
        let measured = |expression: &str| {
            let gates = judge_thresholds(&[expression.parse().unwrap()], &load, None);
            gates[0].measured.clone().unwrap()
        };
        let percent = crate::analysis::unit::percent;
        assert_eq!(percent(value(Counted::ErrorRate)), measured("error_rate < 1%"));
        assert_eq!(percent(value(Counted::StalePolls)), measured("stale_polls < 1%"));
        assert_eq!(percent(value(Counted::Rate)), measured("rate >= 1% of asked"));
        for counted in Counted::ALL {
            assert!(value(*counted) > 0.0, "{counted}");
        }
        assert_eq!(value(Counted::Throughput), f64::from(55 * (20 + 31)) / 50.0);
    }

    #[test]
    fn a_closed_model_asks_for_no_rate() {
        let mut load = sample::passed().load.unwrap();
        load.arrivals = Arrivals::Closed;
        assert_eq!(Log::new(&load).counted(Counted::Rate), None);
    }

    #[test]
    fn polls_are_the_sum_of_their_parts() {
        let mut load = sample::passed().load.unwrap();
        let (pending, denied) = (sample::spread(40, 10.0, 90.0), sample::spread(7, 20.0, 50.0));
        load.intervals[1].spans.insert(Span::PollPending, pending.histogram);
        load.intervals[1].spans.insert(Span::PollDenied, denied.histogram);
        let samples = Log::new(&load).samples(Span::Poll).unwrap();
        assert_eq!((samples[0].count, samples[1].count), (47, 0));
        assert!(samples[0].values.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(samples[0].values.iter().map(|(_, count)| count).sum::<u64>(), 47);
    }
}
