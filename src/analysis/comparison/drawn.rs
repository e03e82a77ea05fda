use super::blocks::{BLOCKS_MIN, HALF_EVENT, Series};
use super::bootstrap::{Drawn, RESAMPLES};
use super::log::{Log, Samples};
use super::outcome::Doubt;
use super::separation::Stretches;
use super::{Counted, Figure, Value};
use crate::ciba::Named;
use crate::profile::Statistic;
use crate::record::{HistogramError, LoadRecord, Span, samples_needed};
use std::ops::Range;

/// Samples below which a mean is not compared.
const SAMPLES_OF_MEAN_MIN: u64 = 30;

/// Flows, polls or requests below which a share of them is not compared: what was never seen is rarer than one in a hundred.
const WHOLE_OF_SHARE_MIN: u64 = 300;

/// A side's runs, ready to be drawn from.
pub(super) struct SideLogs<'r> {
    pub(super) letter: char,
    logs: Vec<Log<'r>>,
    strata: Vec<Range<usize>>,
    invalid: bool,
    /// Whether its runs are ranked, so that nothing is drawn anew.
    ranked: bool,
}

/// What a side has of one figure.
pub(super) struct SideFigure {
    pub(super) value: Value,
    /// Events, where it is a share.
    pub(super) events: u64,
    /// The same of each run; no number where a run has too few samples.
    pub(super) of_runs: Vec<f64>,
    /// Drawn anew, unless runs are ranked.
    pub(super) drawn: Result<Option<Drawn>, Doubt>,
    /// Stretch by stretch, where there are enough samples for several.
    pub(super) stretches: Option<Stretches>,
}

/// The samples of a span on one side: run by run, interval by interval.
pub(super) struct SpanSamples {
    of_runs: Vec<Vec<Samples>>,
    span: Span,
}

impl<'r> SideLogs<'r> {
    pub(super) fn new(letter: char, loads: &[&'r LoadRecord], ranked: bool) -> Self {
        let logs: Vec<Log<'r>> = loads.iter().map(|load| Log::new(load)).collect();
        let mut strata = Vec::new();
        let mut first = 0;
        for log in &logs {
            strata.extend(log.strata.iter().map(|range| range.start + first..range.end + first));
            first += log.len();
        }
        let invalid = loads.iter().any(|load| !load.generator.invalid.is_empty());
        SideLogs { letter, logs, strata, invalid, ranked }
    }

    /// The samples of a span.
    pub(super) fn samples(&self, span: Span) -> Result<SpanSamples, HistogramError> {
        let of_runs = self.logs.iter().map(|log| log.samples(span)).collect::<Result<_, _>>()?;
        Ok(SpanSamples { of_runs, span })
    }

    /// A statistic of a span.
    pub(super) fn time(&self, samples: &SpanSamples, statistic: Statistic) -> SideFigure {
        let all: Vec<&Samples> = samples.of_runs.iter().flatten().collect();
        let needed = statistic.quantile().map_or(SAMPLES_OF_MEAN_MIN, samples_needed);
        let count = all.iter().map(|of| of.count).sum();
        let value = (count >= needed).then(|| statistic_of(&all, statistic));
        let of_run = |run: &Vec<Samples>| {
            let run: Vec<&Samples> = run.iter().collect();
            let enough = run.iter().map(|of| of.count).sum::<u64>() >= needed;
            if enough { statistic_of(&run, statistic) } else { f64::NAN }
        };
        let series = || match statistic.quantile() {
            Some(level) => Series::quantile(level, &all, self.strata.clone()),
            None => {
                let parts: Vec<(f64, f64)> = all.iter().map(|of| (of.sum_us, of.count as f64)).collect();
                Series::ratio(&parts, false, self.strata.clone())
            }
        };
        let figure = Figure::Time(samples.span, statistic);
        SideFigure {
            value: Value { value, samples: count },
            events: count,
            of_runs: samples.of_runs.iter().map(of_run).collect(),
            drawn: self.drawn(count, needed, figure, RESAMPLES, series),
            stretches: Stretches::of(all.iter().map(|of| of.count), needed, |stretch| {
                statistic_of(&all[stretch], statistic)
            }),
        }
    }

    /// One count over another; nothing where no run has it.
    pub(super) fn counted(&self, counted: Counted) -> Option<SideFigure> {
        let of_runs: Vec<Vec<(f64, f64)>> =
            self.logs.iter().map(|log| log.counted(counted)).collect::<Option<_>>()?;
        let figure = Figure::Counted(counted);
        let all: Vec<(f64, f64)> = of_runs.iter().flatten().copied().collect();
        let (part, whole) = sums(&all);
        // A rate is made of flows per time, a share of events in what could have been one.
        let of_parts = matches!(counted, Counted::Throughput | Counted::Rate);
        let count_of = |(part, whole): (f64, f64)| if of_parts { part as u64 } else { whole as u64 };
        let needed = if figure.is_share() { WHOLE_OF_SHARE_MIN } else { SAMPLES_OF_MEAN_MIN };
        let count = count_of((part, whole));
        let series = || Series::ratio(&all, figure.is_share(), self.strata.clone());
        let of_run = |(part, whole): (f64, f64)| {
            if figure.is_share() { share_of_events(part, whole) } else { part / whole }
        };
        Some(SideFigure {
            value: Value { value: (whole > 0.0).then(|| part / whole), samples: count },
            events: part as u64,
            of_runs: of_runs.iter().map(|run| of_run(sums(run))).collect(),
            drawn: self.drawn(count, needed, figure, RESAMPLES, series),
            // Events of many stretches are counted together, so each of them need not have enough by itself.
            stretches: Stretches::of(all.iter().copied().map(count_of), SAMPLES_OF_MEAN_MIN, |stretch| {
                of_run(sums(&all[stretch]))
            }),
        })
    }

    /// A percentile for plots, drawn less often.
    pub(super) fn percentile(
        &self,
        samples: &SpanSamples,
        level: f64,
        resamples: usize,
    ) -> (Option<f64>, Option<Drawn>) {
        let all: Vec<&Samples> = samples.of_runs.iter().flatten().collect();
        let needed = samples_needed(level);
        let count: u64 = all.iter().map(|of| of.count).sum();
        let series = || Series::quantile(level, &all, self.strata.clone());
        let figure = Figure::Time(samples.span, Statistic::Value);
        let value = (count >= needed).then(|| quantile(&all, level));
        (value, self.drawn(count, needed, figure, resamples, series).ok().flatten())
    }

    fn drawn(
        &self,
        count: u64,
        needed: u64,
        figure: Figure,
        resamples: usize,
        series: impl FnOnce() -> Series,
    ) -> Result<Option<Drawn>, Doubt> {
        let side = self.letter;
        match count {
            _ if self.invalid => return Err(Doubt::InvalidRun { side }),
            0 => return Err(Doubt::NoSamples { side }),
            few if few < needed => return Err(Doubt::TooFewSamples { side, needed }),
            _ if self.ranked => return Ok(None),
            _ => {}
        }
        Drawn::of(&series(), resamples, self.stream(figure))
            .map(Some)
            .map_err(|too_few| Doubt::TooFewBlocks { side, blocks: too_few.blocks, needed: BLOCKS_MIN })
    }

    /// A number of its own for each side and figure.
    fn stream(&self, figure: Figure) -> u64 {
        let figure = match figure {
            Figure::Time(span, statistic) => {
                let place = Figure::STATISTICS.iter().position(|of| *of == statistic);
                64 + 16 * span.index() as u64 + place.unwrap_or(Figure::STATISTICS.len()) as u64
            }
            Figure::Counted(counted) => counted.index() as u64,
        };
        figure << 32 | u64::from(u32::from(self.letter))
    }
}

impl SpanSamples {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.of_runs.iter().flatten().map(|of| of.count).sum()
    }

    /// Least and largest value in µs, where there are any.
    pub(super) fn reach(&self) -> Option<(u64, u64)> {
        let all = || self.of_runs.iter().flatten().flat_map(|of| of.values.iter().map(|(value, _)| *value));
        Some((all().min()?, all().max()?))
    }

    /// The share of samples that are no larger than each of these rising values, in µs.
    pub(super) fn shares(&self, values: &[f64]) -> Vec<f64> {
        let mut counts = vec![0_u64; values.len() + 1];
        for (value, count) in self.of_runs.iter().flatten().flat_map(|of| &of.values) {
            counts[values.partition_point(|end| *end < *value as f64)] += count;
        }
        let total = counts.iter().sum::<u64>().max(1) as f64;
        let mut below = 0;
        counts[..values.len()]
            .iter()
            .map(|count| {
                below += count;
                below as f64 / total
            })
            .collect()
    }
}

/// A share with half an event more, so that what never happened can be held against what did.
pub(super) fn share_of_events(events: f64, whole: f64) -> f64 {
    (events + HALF_EVENT) / (whole + 2.0 * HALF_EVENT)
}

fn sums(parts: &[(f64, f64)]) -> (f64, f64) {
    parts.iter().fold((0.0, 0.0), |(part, whole), (more, of)| (part + more, whole + of))
}

fn statistic_of(all: &[&Samples], statistic: Statistic) -> f64 {
    match statistic.quantile() {
        Some(level) => quantile(all, level),
        None => {
            let count: u64 = all.iter().map(|of| of.count).sum();
            all.iter().map(|of| of.sum_us).sum::<f64>() / count as f64
        }
    }
}

/// The value that a histogram of all samples names for this level.
fn quantile(all: &[&Samples], level: f64) -> f64 {
    let mut pooled: Vec<(u64, u64)> = all.iter().flat_map(|of| of.values.iter().copied()).collect();
    pooled.sort_unstable_by_key(|(value, _)| *value);
    let total: u64 = pooled.iter().map(|(_, count)| count).sum();
    let wanted = ((level * total as f64).ceil() as u64).max(1);
    let mut below = 0;
    let found = pooled.iter().find(|(_, count)| {
        below += count;
        below >= wanted
    });
    found.map_or(f64::NAN, |(value, _)| *value as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    #[test]
    fn values_are_those_of_the_report() {
        let mut load = sample::passed().load.unwrap();
        // Everything in one stage that is measured, as often as the report's own summary holds it.
        load.intervals.retain(|interval| interval.stage == 1);
        let side = SideLogs::new('A', &[&load], false);
        let samples = side.samples(Span::Ack).unwrap();
        let summary = &load.spans[&Span::Ack];
        let value = |statistic| side.time(&samples, statistic).value;
        assert_eq!(
            value(Statistic::P99),
            Value { value: summary.p99_us.map(|us| us as f64), samples: summary.count }
        );
        assert_eq!(value(Statistic::P50).value, summary.p50_us.map(|us| us as f64));
        assert_eq!(value(Statistic::P999).value, None);
        let mean = value(Statistic::Mean).value.unwrap();
        assert!((mean / summary.mean_us - 1.0).abs() < 1e-9, "{mean} {}", summary.mean_us);
        assert_eq!(samples.shares(&[summary.max_us as f64]), [1.0]);
        assert_eq!(samples.reach().unwrap().1, summary.max_us);
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let mut load = sample::passed().load.unwrap();
        let doubt = |load: &LoadRecord, span: Span, statistic: Statistic| {
            let side = SideLogs::new('B', &[load], false);
            side.time(&side.samples(span).unwrap(), statistic).drawn.unwrap_err()
        };
        assert_eq!(doubt(&load, Span::Details, Statistic::P50), Doubt::NoSamples { side: 'B' });
        assert_eq!(
            doubt(&load, Span::Notify, Statistic::P999),
            Doubt::TooFewSamples { side: 'B', needed: 3_000 }
        );
        let few = Doubt::TooFewBlocks { side: 'B', blocks: 1, needed: BLOCKS_MIN };
        assert_eq!(doubt(&load, Span::Notify, Statistic::P50), few);
        load.generator.invalid.push("late".to_owned());
        assert_eq!(doubt(&load, Span::Notify, Statistic::P50), Doubt::InvalidRun { side: 'B' });
    }
}
