use super::Ratio;

/// The chance of being wrong that a test of ranks is held to.
pub(super) const SIGNIFICANCE: f64 = 0.05;

/// Most runs of a side whose ranks are counted exactly; beyond it the normal distribution is as good.
const EXACT_MAX: usize = 20;

/// The normal distribution's quantile for an interval of 95 %.
const NORMAL: f64 = 1.959_964;

/// What the ranks of repeated runs say (Mann and Whitney's U, two-sided).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranks {
    /// The chance of ranks like these if the sides were the same.
    pub(super) p: f64,
    /// The median of all ratios of a run of the one side to a run of the other (Hodges and Lehmann), and the interval that the
    /// test does not rule out.
    pub(super) ratio: Ratio,
}

/// The least p that so many runs can show.
pub(super) fn least_p(baseline: usize, other: usize) -> f64 {
    (2.0 / choose(baseline + other, baseline)).min(1.0)
}

/// Whether so many runs can show anything.
pub(super) fn suffice(baseline: usize, other: usize) -> bool {
    baseline > 0 && other > 0 && least_p(baseline, other) <= SIGNIFICANCE
}

/// Runs of each side that suffice, both having as many.
pub fn runs_needed() -> usize {
    (2..).find(|runs| suffice(*runs, *runs)).unwrap_or(usize::MAX)
}

/// The ranks of two sides' values, all of them positive, where there are enough ([`suffice`]).
pub(super) fn ranks(baseline: &[f64], other: &[f64]) -> Option<Ranks> {
    let (n, m) = (baseline.len(), other.len());
    if !suffice(n, m) || baseline.iter().chain(other).any(|value| !value.is_finite() || *value <= 0.0) {
        return None;
    }
    let doubled = doubled_ranks(baseline, other);
    let exact = n.max(m) <= EXACT_MAX;
    let p = if exact { exact_p(&doubled, m) } else { normal_p(&doubled, m) };
    let mut ratios: Vec<f64> =
        baseline.iter().flat_map(|mine| other.iter().map(move |theirs| theirs / mine)).collect();
    ratios.sort_by(f64::total_cmp);
    let out = if exact { exact_outside(n, m) } else { normal_outside(n, m) };
    let middle = ratios.len() / 2;
    let measured = if ratios.len() % 2 == 1 {
        ratios[middle]
    } else {
        f64::midpoint(ratios[middle - 1], ratios[middle])
    };
    Some(Ranks { p, ratio: Ratio { measured, low: ratios[out], high: ratios[ratios.len() - 1 - out] } })
}

/// Twice the ranks of all values, those of `other` last: whole numbers even where values are equal and share their ranks.
fn doubled_ranks(baseline: &[f64], other: &[f64]) -> Vec<usize> {
    let all: Vec<f64> = baseline.iter().chain(other).copied().collect();
    let doubled = |value: &f64| {
        let below = all.iter().filter(|other| *other < value).count();
        let same = all.iter().filter(|other| *other == value).count();
        2 * below + same + 1
    };
    all.iter().map(doubled).collect()
}

/// Of all ways to choose the other side's ranks, the share that lies at least as far from the middle.
fn exact_p(doubled: &[usize], m: usize) -> f64 {
    let total: usize = doubled.iter().sum();
    // ways[k][s]: to choose k ranks with the sum s.
    let mut ways = vec![vec![0.0_f64; total + 1]; m + 1];
    ways[0][0] = 1.0;
    for rank in doubled {
        for chosen in (1..=m).rev() {
            for sum in (*rank..=total).rev() {
                ways[chosen][sum] += ways[chosen - 1][sum - rank];
            }
        }
    }
    let seen: usize = doubled[doubled.len() - m..].iter().sum();
    let middle = total as f64 * m as f64 / doubled.len() as f64;
    let far = |sum: usize| (sum as f64 - middle).abs() >= (seen as f64 - middle).abs() - 1e-9;
    let all: f64 = ways[m].iter().sum();
    let as_far: f64 = ways[m].iter().enumerate().filter(|(sum, _)| far(*sum)).map(|(_, ways)| ways).sum();
    as_far / all
}

/// The same by the normal distribution, corrected for ties.
fn normal_p(doubled: &[usize], m: usize) -> f64 {
    let all = doubled.len() as f64;
    let mean = doubled.iter().sum::<usize>() as f64 / all;
    let variance = doubled.iter().map(|rank| (*rank as f64 - mean).powi(2)).sum::<f64>() / all;
    let seen = doubled[doubled.len() - m..].iter().sum::<usize>() as f64;
    let chosen = m as f64;
    let deviation = (variance * chosen * (all - chosen) / (all - 1.0)).sqrt();
    if deviation <= 0.0 {
        return 1.0;
    }
    two_sided((seen - mean * chosen).abs() / deviation)
}

/// How many ratios at each end of the sorted ones the test rules out.
fn exact_outside(n: usize, m: usize) -> usize {
    // ways[u]: orders of n and m values in which u pairs are the wrong way round, by adding one value after the other.
    let mut ways = vec![vec![vec![0.0_f64; n * m + 1]; m + 1]; n + 1];
    for row in &mut ways {
        row[0][0] = 1.0;
    }
    ways[0].iter_mut().for_each(|of| of[0] = 1.0);
    for a in 1..=n {
        for b in 1..=m {
            for u in 0..=a * b {
                let last_is_other = if u >= a { ways[a][b - 1][u - a] } else { 0.0 };
                ways[a][b][u] = last_is_other + ways[a - 1][b][u];
            }
        }
    }
    let all = choose(n + m, n);
    let mut below = 0.0;
    let mut outside = 0;
    for (u, ways) in ways[n][m].iter().enumerate() {
        below += ways / all;
        if below > SIGNIFICANCE / 2.0 {
            break;
        }
        outside = u;
    }
    outside.min((n * m - 1) / 2)
}

fn normal_outside(n: usize, m: usize) -> usize {
    let pairs = (n * m) as f64;
    let deviation = (pairs * (n + m + 1) as f64 / 12.0).sqrt();
    (pairs / 2.0 - NORMAL * deviation - 1.0).max(0.0) as usize
}

/// The chance that a normal variable is at least so many deviations from its mean (Abramowitz and Stegun, 7.1.26).
fn two_sided(deviations: f64) -> f64 {
    let x = deviations / 2.0_f64.sqrt();
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let sum = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    (sum * (-x * x).exp()).clamp(0.0, 1.0)
}

fn choose(of: usize, few: usize) -> f64 {
    (0..few).map(|n| (of - n) as f64 / (n + 1) as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_runs_it_takes() {
        assert_eq!(runs_needed(), 4);
        for (n, m, enough) in [
            (3, 3, false),
            (4, 4, true),
            (3, 5, true),
            (2, 7, false),
            (2, 8, true),
            (1, 9, false),
            (0, 9, false),
        ] {
            assert_eq!(suffice(n, m), enough, "{n} and {m}");
        }
        assert!((least_p(4, 4) - 2.0 / 70.0).abs() < 1e-12);
    }

    /// Counted over all 70 choices of four among eight.
    #[test]
    fn p_is_exact() {
        for (a, b, p) in [
            (&[1.0, 2.0, 3.0, 4.0][..], &[5.0, 6.0, 7.0, 8.0][..], 2.0 / 70.0),
            (&[1.0, 2.0, 3.0, 5.0], &[4.0, 6.0, 7.0, 8.0], 4.0 / 70.0),
            (&[1.0, 3.0, 5.0, 7.0], &[2.0, 4.0, 6.0, 8.0], 48.0 / 70.0),
            (&[1.0, 1.0, 1.0, 1.0], &[1.0, 1.0, 1.0, 1.0], 1.0),
            (&[1.0, 2.0, 2.0, 3.0], &[2.0, 4.0, 5.0, 6.0], 8.0 / 70.0),
        ] {
            let found = ranks(a, b).unwrap().p;
            assert!((found - p).abs() < 1e-9, "{a:?} {b:?}: {found}, expected {p}");
        }
    }

    #[test]
    fn the_interval_is_what_the_test_does_not_rule_out() {
        let found = ranks(&[10.0, 10.1, 10.2, 10.3], &[12.0, 12.1, 12.2, 12.3]).unwrap().ratio;
        assert!((found.low - 12.0 / 10.3).abs() < 1e-12 && (found.high - 1.23).abs() < 1e-12, "{found:?}");
        assert!((found.measured - 1.197).abs() < 0.003, "{found:?}");
        // From the tables of the distribution: with 5 and 5 the critical value is 2, with 10 and 10 it is 23.
        assert_eq!((exact_outside(5, 5), exact_outside(10, 10), exact_outside(4, 4)), (2, 23, 0));
    }

    #[test]
    fn many_runs_are_judged_by_the_normal_distribution() {
        let side = |from: f64| (0..30).map(|n| from + f64::from(n * 7 % 30)).collect::<Vec<_>>();
        let same = ranks(&side(100.0), &side(100.0)).unwrap();
        assert!(same.p > 0.99 && same.ratio.low < 1.0 && same.ratio.high > 1.0, "{same:?}");
        let far = ranks(&side(100.0), &side(200.0)).unwrap();
        assert!(far.p < 1e-6 && far.ratio.low > 1.5, "{far:?}");
        assert!((two_sided(1.959_964) - 0.05).abs() < 1e-5);
    }

    #[test]
    fn what_is_no_figure_has_no_ranks() {
        assert_eq!(ranks(&[1.0, 2.0, 3.0, f64::NAN], &[1.0, 2.0, 3.0, 4.0]), None);
        assert_eq!(ranks(&[0.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0]), None);
        assert_eq!(ranks(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), None);
    }
}
