//! The comparison against servers whose speed is known: it drifts, remembers its drift, and is 10 % slower or not.

use super::blocks::{Series, one_stratum};
use super::bootstrap::{Chance, Drawn};
use super::log::Samples;
use super::separation::Stretches;
use super::{Difference, NOISE, Ratio};
use crate::record::samples_needed;

/// Pairs of runs.
const PAIRS: u64 = 1_000;

/// Intervals of a run: ten minutes, two seconds each.
const INTERVALS: usize = 300;

/// Samples of an interval; what is beneath their p95 is one value.
const SAMPLES: f64 = 200.0;

/// How often a figure is drawn anew: fewer times than for people, since there are thousands of them.
const RESAMPLES: usize = 300;

/// How a server drifts.
#[derive(Clone, Copy)]
struct Drift {
    /// Correlation of the drift from one interval to the next.
    memory: f64,
    /// Its deviation: 0.04 for 4 %.
    deviation: f64,
}

fn uniform(chance: &mut Chance) -> f64 {
    ((chance.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Twelve of them are near enough to a normal variable.
fn normal(chance: &mut Chance) -> f64 {
    (0..12).map(|_| uniform(chance)).sum::<f64>() - 6.0
}

/// The interval histograms of a run. Every twentieth sample lies in a tail whose p99 is 1.27 times its p95.
fn run(seed: u64, drift: Drift) -> Vec<Samples> {
    let chance = &mut Chance(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) + 1);
    let mut state = drift.deviation * normal(chance);
    let kick = drift.deviation * (1.0 - drift.memory * drift.memory).sqrt();
    let mut until_next = 0.0;
    let mut intervals = Vec::with_capacity(INTERVALS);
    for _ in 0..INTERVALS {
        state = drift.memory * state + kick * normal(chance);
        let speed = state.exp();
        let mut values = Vec::with_capacity(16);
        until_next -= SAMPLES;
        while until_next < 0.0 {
            until_next += (uniform(chance).ln() / 0.95_f64.ln()).ceil();
            values.push((20_000.0 * speed * uniform(chance).powf(-0.15)) as u64);
        }
        values.sort_unstable();
        let tail = values.len() as f64;
        let mut counted = vec![((9_000.0 * speed) as u64, (SAMPLES - tail).max(0.0) as u64)];
        counted.extend(values.into_iter().map(|value| (value, 1)));
        let count = counted.iter().map(|(_, count)| count).sum();
        intervals.push(Samples { values: counted, count, sum_us: 0.0 });
    }
    intervals
}

fn slower(intervals: &[Samples], times: f64) -> Vec<Samples> {
    let slow = |value: u64| (value as f64 * times) as u64;
    let of = |samples: &Samples| Samples {
        values: samples.values.iter().map(|(value, count)| (slow(*value), *count)).collect(),
        ..samples.clone()
    };
    intervals.iter().map(of).collect()
}

/// The logarithm of a p99, as it is and drawn anew; nothing where a run is too short for its drift.
type Side = Option<(f64, Drawn)>;

fn side(samples: &[Samples], stream: u64) -> Side {
    let series = Series::quantile(0.99, &samples.iter().collect::<Vec<_>>(), one_stratum(samples.len()));
    Some((series.estimate(), Drawn::of(&series, RESAMPLES, stream).ok()?))
}

fn compared(a: &Side, b: &Side) -> Option<Ratio> {
    let ((mine, a), (theirs, b)) = (a.as_ref()?, b.as_ref()?);
    let (down, up) = a.spread_against(b);
    let measured = (theirs - mine).exp();
    Some(Ratio { measured, low: measured * down.exp(), high: measured * up.exp() })
}

/// What came of many pairs.
#[derive(Debug, Default)]
struct Told {
    better: u64,
    worse: u64,
    same: u64,
    inconclusive: u64,
    too_short: u64,
    /// Intervals that do not hold the true ratio.
    missed: u64,
}

impl Told {
    fn count(&mut self, ratio: Option<Ratio>, truth: f64) {
        let Some(ratio) = ratio else {
            self.too_short += 1;
            return;
        };
        self.missed += u64::from(ratio.low > truth || ratio.high < truth);
        match ratio.says(NOISE, false) {
            Difference::Better => self.better += 1,
            Difference::Worse => self.worse += 1,
            Difference::NoDifference => self.same += 1,
            Difference::Inconclusive => self.inconclusive += 1,
        }
    }
}

/// Pairs that are the same, and the same pairs with the second one 10 % slower.
fn judged(pairs: u64, drift: impl Fn(u64) -> Drift) -> (Told, Told) {
    let (mut same, mut slow) = (Told::default(), Told::default());
    for pair in 0..pairs {
        let drift = drift(pair);
        let (a, b) = (run(2 * pair, drift), run(2 * pair + 1, drift));
        let (baseline, other) = (side(&a, 2 * pair), side(&b, 2 * pair + 1));
        same.count(compared(&baseline, &other), 1.0);
        slow.count(compared(&baseline, &side(&slower(&b, 1.1), 2 * pair + 1)), 1.1);
    }
    (same, slow)
}

/// The figures of docs/METHODOLOGY.md: `cargo test -p ciba-bench --lib comparison::synthetic -- --nocapture`.
fn show(what: &str, told: &Told) {
    println!("{what}: {told:?}");
}

#[test]
fn false_alarms_are_rare_and_ten_percent_are_found() {
    // The drift is half forgotten after one to seven seconds.
    let drift =
        |pair: u64| Drift { memory: (0.5 + 0.4 * (pair % 101) as f64 / 100.0).powi(2), deviation: 0.04 };
    let (same, slow) = judged(PAIRS, drift);
    show("same", &same);
    show("10 % slower", &slow);
    assert!(same.better + same.worse <= PAIRS * 2 / 100, "false alarms: {same:?}");
    assert!(slow.worse >= PAIRS * 90 / 100 && slow.better == 0, "found: {slow:?}");
    assert!(same.same >= PAIRS * 80 / 100, "told to be the same: {same:?}");
    assert!(
        same.missed + slow.missed <= 2 * PAIRS * 8 / 100,
        "intervals without the truth: {same:?} {slow:?}"
    );
}

#[test]
fn a_run_that_is_too_short_for_its_drift_says_so() {
    let pairs = PAIRS / 5;
    let (same, slow) = judged(pairs, |_| Drift { memory: 0.99, deviation: 0.15 });
    show("slow drift, same", &same);
    show("slow drift, 10 % slower", &slow);
    assert!(same.better + same.worse <= pairs * 2 / 100, "false alarms: {same:?}");
    assert!(same.inconclusive + same.too_short >= pairs * 90 / 100, "{same:?}");
}

#[test]
fn a_gross_difference_is_found_in_runs_that_are_too_short() {
    let (mut alarms, mut found, mut wrong) = (0, 0, 0);
    for pair in 0..PAIRS {
        let drift = Drift { memory: 0.99, deviation: 0.15 };
        let short = |seed: u64| run(seed, drift).into_iter().take(20).collect::<Vec<_>>();
        let (a, b) = (short(2 * pair), short(2 * pair + 1));
        let told = |b: &[Samples]| {
            let ratio = stretches(&a)?.apart(&stretches(b)?, p99(b) / p99(&a))?;
            Some(ratio.says(NOISE, false))
        };
        alarms += u64::from(told(&b).is_some());
        let slow = told(&slower(&b, 4.0));
        found += u64::from(slow == Some(Difference::Worse));
        wrong += u64::from(slow == Some(Difference::Better));
    }
    println!("of {PAIRS} pairs of 20 intervals: {alarms} false alarms, {found} four times slower found");
    assert!(alarms <= PAIRS * 2 / 100 && wrong == 0, "{alarms} {wrong}");
    assert!(found >= PAIRS * 80 / 100, "{found}");
}

fn p99(samples: &[Samples]) -> f64 {
    Series::quantile(0.99, &samples.iter().collect::<Vec<_>>(), one_stratum(samples.len())).estimate().exp()
}

fn stretches(samples: &[Samples]) -> Option<Stretches> {
    Stretches::of(samples.iter().map(|of| of.count), samples_needed(0.99), |of| p99(&samples[of]))
}
