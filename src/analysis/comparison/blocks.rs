use super::log::Samples;
use std::ops::Range;

/// Cells in which the values around a percentile are told apart.
const CELLS: usize = 40;

/// How far from a percentile its cells reach: where the odds of being below are this many times smaller, or larger.
const ODDS_REACH: f64 = 4.0;

/// Blocks below which a side is not drawn from: so few independent stretches say nothing of how much they differ.
pub(super) const BLOCKS_MIN: usize = 10;

/// A block is at least this many times as long as the figure's autocorrelation time.
const CORRELATION_TIMES: f64 = 5.0;

/// Blocks of a stratum, below which it is put together with the next one.
const BLOCKS_OF_STRATUM_MIN: usize = 4;

/// What is added to the events of a share, and twice to what they are counted in, so that nothing has a ratio, too.
pub(super) const HALF_EVENT: f64 = 0.5;

/// One figure of one side, interval by interval, ready to be drawn from.
pub(super) struct Series {
    kind: Kind,
    /// Numbers of an interval: samples up to each cell's end, or numerator and denominator.
    columns: usize,
    rows: Vec<f64>,
    strata: Vec<Range<usize>>,
}

enum Kind {
    /// A percentile: its level, the least value, and the ends of the cells.
    Quantile { level: f64, least: f64, ends: Vec<f64> },
    /// One sum over another.
    Ratio { share: bool },
}

/// The blocks of a series: a row for each interval that one can begin at.
pub(super) struct Blocks<'s> {
    series: &'s Series,
    rows: Vec<f64>,
    strata: Vec<Stratum>,
}

struct Stratum {
    first: usize,
    beginnings: usize,
    draws: usize,
}

impl Series {
    /// A percentile of samples; the least value that is told apart is 1 µs.
    pub(super) fn quantile(level: f64, samples: &[&Samples], strata: Vec<Range<usize>>) -> Self {
        let mut pooled: Vec<(u64, u64)> = samples.iter().flat_map(|of| of.values.iter().copied()).collect();
        pooled.sort_unstable_by_key(|(value, _)| *value);
        let ends = ends(&pooled, level);
        let mut rows = vec![0.0; samples.len() * ends.len()];
        for (row, of) in rows.chunks_mut(ends.len().max(1)).zip(samples) {
            let mut cell = 0;
            for (value, count) in &of.values {
                while cell + 1 < ends.len() && *value > ends[cell] {
                    cell += 1;
                }
                row[cell] += *count as f64;
            }
            for cell in 1..row.len() {
                row[cell] += row[cell - 1];
            }
        }
        let least = pooled.first().map_or(1.0, |(value, _)| (*value as f64 - 1.0).max(1.0));
        let ends: Vec<f64> = ends.iter().map(|end| (*end as f64).max(1.0)).collect();
        Series { columns: ends.len(), kind: Kind::Quantile { level, least, ends }, rows, strata }
    }

    /// Sums of numerators over sums of denominators; `share` for events that may never happen.
    pub(super) fn ratio(parts: &[(f64, f64)], share: bool, strata: Vec<Range<usize>>) -> Self {
        let rows = parts.iter().flat_map(|(part, whole)| [*part, *whole]).collect();
        Series { kind: Kind::Ratio { share }, columns: 2, rows, strata }
    }

    fn intervals(&self) -> usize {
        self.rows.len() / self.columns.max(1)
    }

    fn row(&self, at: usize) -> &[f64] {
        &self.rows[at * self.columns..(at + 1) * self.columns]
    }

    /// The logarithm of the figure over all intervals.
    pub(super) fn estimate(&self) -> f64 {
        let all = |column: usize| (0..self.intervals()).map(|at| self.row(at)[column]).sum();
        self.kind.of(self.columns, all)
    }

    /// What an interval adds to the figure beyond its fair share: samples above a percentile that are too many, or a numerator
    /// that is too large.
    fn residuals(&self) -> Vec<f64> {
        let sum = |column: usize| (0..self.intervals()).map(|at| self.row(at)[column]).sum::<f64>();
        let (column, share) = match &self.kind {
            Kind::Quantile { level, .. } => {
                let last = self.columns - 1;
                let target = level * sum(last);
                let (mut low, mut column) = (0, last);
                while low < column {
                    let middle = usize::midpoint(low, column);
                    if sum(middle) >= target { column = middle } else { low = middle + 1 }
                }
                // Where one cell holds it all, the one below tells more than nothing.
                let column = if column == last { last.saturating_sub(1) } else { column };
                (column, if sum(last) > 0.0 { sum(column) / sum(last) } else { 0.0 })
            }
            Kind::Ratio { .. } => (0, if sum(1) > 0.0 { sum(0) / sum(1) } else { 0.0 }),
        };
        let last = self.columns - 1;
        let of = |at: usize| self.row(at)[column] - share * self.row(at)[last];
        (0..self.intervals()).map(of).collect()
    }

    /// Intervals over which the figure remembers: 1 where each is independent of the one before.
    fn correlation_time(&self) -> f64 {
        let mut residuals = self.residuals();
        for stratum in &self.strata {
            let part = &mut residuals[stratum.clone()];
            let mean = part.iter().sum::<f64>() / part.len().max(1) as f64;
            part.iter_mut().for_each(|residual| *residual -= mean);
        }
        let product = |lag: usize| -> f64 {
            let of = |stratum: &Range<usize>| -> f64 {
                let part = &residuals[stratum.clone()];
                part.iter().zip(part.iter().skip(lag)).map(|(one, later)| one * later).sum()
            };
            self.strata.iter().map(of).sum()
        };
        let variance = product(0);
        if variance <= 0.0 {
            return 1.0;
        }
        // Beyond this, an autocorrelation cannot be told from that of noise.
        let noise = 2.0 / (residuals.len() as f64).sqrt();
        let longest = self.strata.iter().map(Range::len).max().unwrap_or(1);
        let mut time = 1.0;
        for lag in 1..longest {
            let correlation = product(lag) / variance;
            if correlation <= noise {
                break;
            }
            time += 2.0 * correlation;
        }
        time
    }

    /// How long a block is: five autocorrelation times, and at least the root of the number of intervals, as far as that
    /// leaves enough blocks.
    pub(super) fn block_length(&self) -> usize {
        let intervals = self.intervals();
        let root = ((intervals as f64).sqrt().ceil() as usize).min(intervals / BLOCKS_MIN);
        let correlated = (CORRELATION_TIMES * self.correlation_time()).ceil() as usize;
        root.max(correlated).max(1)
    }

    /// How many stretches of that length have anything in them: samples that all came at once say nothing of other times.
    pub(super) fn occupied(&self, length: usize) -> usize {
        let last = self.columns - 1;
        let occupied = |stratum: &Range<usize>| {
            let numbers: Vec<f64> = stratum.clone().map(|at| self.row(at)[last]).collect();
            numbers.chunks(length).filter(|stretch| stretch.iter().any(|number| *number > 0.0)).count()
        };
        self.strata.iter().map(occupied).sum()
    }

    /// Blocks of that length.
    pub(super) fn blocks(&self, length: usize) -> Blocks<'_> {
        let mut rows = Vec::new();
        let mut strata = Vec::new();
        for stratum in joined(&self.strata, length * BLOCKS_OF_STRATUM_MIN) {
            let intervals = stratum.len();
            let draws = ((intervals as f64 / length as f64).round() as usize).max(1);
            // What is drawn weighs as much as the stratum does.
            let weight = intervals as f64 / (draws * length) as f64;
            let first = rows.len() / self.columns.max(1);
            let at = |offset: usize| self.row(stratum.start + offset % intervals);
            let mut window = vec![0.0; self.columns];
            (0..length).for_each(|offset| add(&mut window, at(offset), 1.0));
            for beginning in 0..intervals {
                rows.extend(window.iter().map(|sum| sum * weight));
                add(&mut window, at(beginning), -1.0);
                add(&mut window, at(beginning + length), 1.0);
            }
            strata.push(Stratum { first, beginnings: intervals, draws });
        }
        Blocks { series: self, rows, strata }
    }
}

fn add(sums: &mut [f64], row: &[f64], times: f64) {
    sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number * times);
}

impl Kind {
    /// The logarithm of the figure, given the sum of each column.
    fn of(&self, columns: usize, sum: impl Fn(usize) -> f64) -> f64 {
        match self {
            Kind::Quantile { level, least, ends } => {
                let total = sum(columns - 1);
                if total <= 0.0 {
                    return f64::NAN;
                }
                let target = level * total;
                let (mut low, mut high) = (0, columns - 1);
                while low < high {
                    let middle = usize::midpoint(low, high);
                    if sum(middle) >= target { high = middle } else { low = middle + 1 }
                }
                let (before, from) = if low > 0 { (sum(low - 1), ends[low - 1]) } else { (0.0, *least) };
                let within = sum(low) - before;
                let part = if within > 0.0 { ((target - before) / within).clamp(0.0, 1.0) } else { 1.0 };
                (from + (ends[low] - from) * part).ln()
            }
            Kind::Ratio { share: true } => ((sum(0) + HALF_EVENT) / (sum(1) + 2.0 * HALF_EVENT)).ln(),
            Kind::Ratio { share: false } => (sum(0) / sum(1)).ln(),
        }
    }
}

impl Blocks<'_> {
    /// How many are drawn at a time.
    pub(super) fn count(&self) -> usize {
        self.strata.iter().map(|stratum| stratum.draws).sum()
    }

    /// The logarithm of the figure of blocks that are drawn at random, with replacement, as many from each stratum as it is long.
    /// `below` gives a number below the one that it is handed; `picks` is memory for reuse.
    pub(super) fn draw(&self, picks: &mut Vec<usize>, mut below: impl FnMut(usize) -> usize) -> f64 {
        picks.clear();
        let columns = self.series.columns;
        for stratum in &self.strata {
            picks.extend((0..stratum.draws).map(|_| (stratum.first + below(stratum.beginnings)) * columns));
        }
        self.series.kind.of(columns, |column| {
            // The innermost loop: plain, so that it is fast in a build without optimisation, too.
            let mut sum = 0.0;
            for row in picks.iter() {
                sum += self.rows[row + column];
            }
            sum
        })
    }
}

/// The ends of the cells around a percentile, rising: the last one is the largest value.
fn ends(pooled: &[(u64, u64)], level: f64) -> Vec<u64> {
    let total: u64 = pooled.iter().map(|(_, count)| count).sum();
    let Some((largest, _)) = pooled.last() else { return vec![1] };
    let odds = level / (1.0 - level);
    let reach = ODDS_REACH.ln();
    let levels = (0..CELLS - 1).map(|cell| {
        let place = 2.0 * cell as f64 / (CELLS - 2) as f64 - 1.0;
        let odds = odds * (place * reach).exp();
        odds / (1.0 + odds)
    });
    let mut ends = Vec::with_capacity(CELLS);
    let (mut at, mut below) = (0, pooled[0].1);
    for level in levels {
        while (below as f64) < level * total as f64 && at + 1 < pooled.len() {
            at += 1;
            below += pooled[at].1;
        }
        if ends.last() != Some(&pooled[at].0) {
            ends.push(pooled[at].0);
        }
    }
    if ends.last() != Some(largest) {
        ends.push(*largest);
    }
    ends
}

/// Strata that are shorter than that are put together with the next one, the last with the one before.
fn joined(strata: &[Range<usize>], shortest: usize) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for stratum in strata.iter().filter(|stratum| !stratum.is_empty()) {
        match joined.last_mut().filter(|last| last.len() < shortest && last.end == stratum.start) {
            Some(last) => last.end = stratum.end,
            None => joined.push(stratum.clone()),
        }
    }
    if let [.., before, last] = &mut joined[..]
        && last.len() < shortest
        && before.end == last.start
    {
        before.end = last.end;
        joined.pop();
    }
    joined
}

/// A run of one stage.
#[cfg(test)]
pub(super) fn one_stratum(intervals: usize) -> Vec<Range<usize>> {
    std::iter::once(0..intervals).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[(u64, u64)]) -> Samples {
        Samples {
            values: values.to_vec(),
            count: values.iter().map(|(_, count)| count).sum(),
            sum_us: values.iter().map(|(value, count)| (value * count) as f64).sum(),
        }
    }

    #[test]
    fn a_percentile_is_read_from_its_cells() {
        let one: Vec<(u64, u64)> = (1..=1000).map(|value| (value, 1)).collect();
        let intervals: Vec<Samples> = one.chunks(100).map(samples).collect();
        let intervals: Vec<&Samples> = intervals.iter().collect();
        for (level, expected) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0)] {
            let series = Series::quantile(level, &intervals, one_stratum(10));
            let value = series.estimate().exp();
            assert!((value / expected - 1.0).abs() < 0.002, "{level}: {value}");
        }
        let alone = samples(&[(70, 5)]);
        assert!((Series::quantile(0.5, &[&alone], one_stratum(1)).estimate().exp() - 70.0).abs() < 1.1);
        let nothing = samples(&[]);
        assert!(Series::quantile(0.5, &[&nothing], one_stratum(1)).estimate().is_nan());
    }

    #[test]
    fn a_share_of_nothing_has_a_logarithm() {
        let never = Series::ratio(&[(0.0, 99.0)], true, one_stratum(1));
        assert!((never.estimate() - (0.5_f64 / 100.0).ln()).abs() < 1e-12);
        let mean = Series::ratio(&[(6.0, 2.0), (10.0, 2.0)], false, one_stratum(2));
        assert!((mean.estimate() - 4.0_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn blocks_are_longer_where_the_figure_remembers() {
        let series = |value: &dyn Fn(usize) -> f64| {
            let parts: Vec<(f64, f64)> = (0..400).map(|at| (value(at), 1.0)).collect();
            Series::ratio(&parts, false, one_stratum(400))
        };
        // Noise that forgets at once, and a slow wave.
        let noise = series(&|at| 10.0 + ((at * 7_919 + at * at * 104_729) % 101) as f64 / 50.0);
        let wave = series(&|at| 10.0 + (at as f64 / 15.0).sin());
        assert_eq!(noise.block_length(), 20, "the root of the number of intervals");
        assert!(wave.block_length() > 40, "{}", wave.block_length());
        assert_eq!(series(&|_| 3.0).block_length(), 20);
    }

    #[test]
    fn what_is_drawn_holds_as_much_of_each_stratum_as_there_is() {
        let parts: Vec<(f64, f64)> = (0..100).map(|at| (if at < 50 { 1.0 } else { 3.0 }, 1.0)).collect();
        let series = Series::ratio(&parts, false, vec![0..50, 50..100]);
        let blocks = series.blocks(7);
        assert_eq!(blocks.count(), 14);
        let mut number = 0;
        for _ in 0..20 {
            let drawn = blocks.draw(&mut Vec::new(), |below| {
                number += 13;
                number % below
            });
            assert!((drawn - 2.0_f64.ln()).abs() < 1e-12, "{drawn}");
        }
    }

    #[test]
    fn samples_that_came_at_once_fill_one_stretch() {
        let parts: Vec<(f64, f64)> = (0..100).map(|at| (1.0, if at < 5 { 1.0 } else { 0.0 })).collect();
        assert_eq!(Series::ratio(&parts, false, vec![0..50, 50..100]).occupied(10), 1);
        assert_eq!(Series::ratio(&[(1.0, 1.0); 100], false, vec![0..50, 50..100]).occupied(10), 10);
    }

    #[test]
    fn short_strata_are_put_together() {
        assert_eq!(joined(&[0..10, 10..12, 12..30], 8), [0..10, 10..30]);
        assert_eq!(joined(&[0..3, 3..20, 20..22], 8), one_stratum(22));
        assert_eq!(joined(&[0..20, 20..22], 8), one_stratum(22));
        assert_eq!(joined(&one_stratum(2), 8), one_stratum(2));
    }
}
