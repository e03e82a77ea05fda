//! The threshold's own little language.
//!
//! ```text
//! threshold = metric [statistic] op value ["of asked"] ["for stage" name]
//! ```

use std::fmt;
use std::str::FromStr;

use super::words::{ThresholdError, Word, Words};
use super::{Metric, Quantity, Statistic};
use crate::ciba::Named;
use crate::profile::document::nearest;

/// One condition on the run's figures. A figure without samples does not meet its threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The condition as it was written.
    pub expression: String,
    /// What is judged.
    pub metric: Metric,
    /// Which figure of it.
    pub statistic: Statistic,
    /// How it compares with `value`.
    pub op: Op,
    /// Microseconds for times, a ratio from 0 to 1 for shares, a plain number for counts.
    pub value: f64,
    /// The one stage that is judged; the whole run without its warm-up when absent.
    pub stage: Option<String>,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

impl Op {
    const ALL: [Self; 5] = [Self::AtMost, Self::AtLeast, Self::Equal, Self::Less, Self::Greater];

    /// Whether `measured` compares with `bound` as this operator says.
    #[must_use]
    #[expect(
        clippy::float_cmp,
        reason = "equality is asked for by the profile's author, of counts above all"
    )]
    pub fn holds(self, measured: f64, bound: f64) -> bool {
        match self {
            Self::Less => measured < bound,
            Self::AtMost => measured <= bound,
            Self::Greater => measured > bound,
            Self::AtLeast => measured >= bound,
            Self::Equal => measured == bound,
        }
    }

    /// The operator as it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
        }
    }
}

impl fmt::Display for Threshold {
    /// The canonical spelling, which parses to the same condition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.metric.name())?;
        if self.statistic != Statistic::Value {
            write!(f, " {}", self.statistic.name())?;
        }
        write!(f, " {} ", self.op.symbol())?;
        match self.metric.quantity() {
            Quantity::Time => write_time(f, self.value)?,
            Quantity::Share => write_share(f, self.value)?,
            Quantity::ShareOfAsked => {
                write_share(f, self.value)?;
                write!(f, " of asked")?;
            }
            Quantity::Count => write!(f, "{}", self.value)?,
        }
        match &self.stage {
            Some(stage) => write!(f, " for stage {stage}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let mut words = Words::of(text);
        let metric = read_metric(&words.next())?;
        let statistic = read_statistic(metric, &mut words)?;
        let op = read_op(&words.next())?;
        let value = read_value(metric, &words.next())?;
        if metric.quantity() == Quantity::ShareOfAsked {
            words.keyword("of")?;
            words.keyword("asked")?;
        }
        let stage = read_stage(metric, &mut words)?;
        Ok(Self { expression: text.trim().to_owned(), metric, statistic, op, value, stage })
    }
}

fn read_metric(word: &Word<'_>) -> Result<Metric, ThresholdError> {
    Metric::from_name(word.text).ok_or_else(|| {
        let names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        word.error(&format!("a metric ({})", names.join(", ")), nearest(word.text, &names))
    })
}

fn read_statistic(metric: Metric, words: &mut Words<'_>) -> Result<Statistic, ThresholdError> {
    if metric.quantity() != Quantity::Time {
        return Ok(Statistic::Value);
    }
    let word = words.next();
    Statistic::OF_TIMES.into_iter().find(|statistic| statistic.name() == word.text).ok_or_else(|| {
        let names = Statistic::OF_TIMES.map(Statistic::name);
        word.error(&format!("a statistic ({})", names.join(", ")), nearest(word.text, &names))
    })
}

fn read_op(word: &Word<'_>) -> Result<Op, ThresholdError> {
    Op::ALL.into_iter().find(|op| op.symbol() == word.text).ok_or_else(|| {
        let suggestion = match word.text {
            "=" => Some("=="),
            "=<" => Some("<="),
            "=>" => Some(">="),
            _ => None,
        };
        word.error("a comparison (<, <=, >, >=, ==)", suggestion)
    })
}

fn read_value(metric: Metric, word: &Word<'_>) -> Result<f64, ThresholdError> {
    let (value, expected) = match metric.quantity() {
        Quantity::Time => (time_in_micros(word.text), "a time with its unit (us, ms, s, m), such as 250ms"),
        Quantity::Share => (share(word.text), "a share from 0% to 100%, such as 0.1%"),
        Quantity::ShareOfAsked => (share(word.text), "a share from 0% to 100%, as in 95% of asked"),
        Quantity::Count => (count(word.text), "a whole number, such as 0"),
    };
    value.ok_or_else(|| word.error(expected, None))
}

fn read_stage(metric: Metric, words: &mut Words<'_>) -> Result<Option<String>, ThresholdError> {
    let word = words.next();
    if word.text.is_empty() {
        return Ok(None);
    }
    if metric == Metric::Violations {
        return Err(word.error("nothing more: violations are judged over the whole run", None));
    }
    word.must_be("for")?;
    words.keyword("stage")?;
    let name = words.next();
    if name.text.is_empty() {
        return Err(name.error("the name of a stage", None));
    }
    let rest = words.next();
    if rest.text.is_empty() { Ok(Some(name.text.to_owned())) } else { Err(rest.error("the end", None)) }
}

/// Units of time with their length in microseconds, longest name first so that `ms` is not read as `s`.
const TIME_UNITS: [(&str, f64); 5] = [("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6)];

fn time_in_micros(text: &str) -> Option<f64> {
    TIME_UNITS.iter().find_map(|(unit, micros)| Some(plain(text.strip_suffix(unit)?)? * micros))
}

fn share(text: &str) -> Option<f64> {
    let value = match text.strip_suffix('%') {
        Some(percent) => plain(percent)? / 100.0,
        None => plain(text)?,
    };
    (value <= 1.0).then_some(value)
}

fn count(text: &str) -> Option<f64> {
    // 2^53: above it a float no longer counts in steps of one.
    const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;
    plain(text).filter(|value| value.fract() == 0.0 && *value <= LARGEST_COUNT)
}

/// A number of digits and at most one point: no sign, no exponent, no `inf`, no `nan`.
fn plain(text: &str) -> Option<f64> {
    let only_digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let value: f64 = text.parse().ok().filter(|_| only_digits)?;
    value.is_finite().then_some(value)
}

fn write_time(f: &mut fmt::Formatter<'_>, micros: f64) -> fmt::Result {
    let whole = |unit: f64| micros > 0.0 && micros % unit == 0.0 && micros / unit * unit == micros;
    match micros {
        _ if whole(1e6) => write!(f, "{}s", micros / 1e6),
        _ if whole(1e3) => write!(f, "{}ms", micros / 1e3),
        _ => write!(f, "{micros}us"),
    }
}

/// As a percentage where that is exact, else as the plain ratio.
#[expect(clippy::float_cmp, reason = "the question is whether the percentage reads back as the same ratio")]
fn write_share(f: &mut fmt::Formatter<'_>, ratio: f64) -> fmt::Result {
    // Twelve digits hide the last bit that a multiplication by 100 gets wrong, as in 0.07 * 100.
    let percent = format!("{:.12}", ratio * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    match share(&format!("{percent}%")) {
        Some(back) if back == ratio => write!(f, "{percent}%"),
        Some(_) | None => write!(f, "{ratio}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Threshold {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn expressions_mean_what_they_say() {
        let table = [
            ("notify p99 < 250ms", Metric::Notify, Statistic::P99, Op::Less, 250_000.0, None),
            (
                "ack p99.9 < 500ms for stage peak",
                Metric::Ack,
                Statistic::P999,
                Op::Less,
                500_000.0,
                Some("peak"),
            ),
            ("violations == 0", Metric::Violations, Statistic::Value, Op::Equal, 0.0, None),
            ("rate >= 95% of asked", Metric::Rate, Statistic::Value, Op::AtLeast, 0.95, None),
            (
                "rate>=95% of asked for stage s-1",
                Metric::Rate,
                Statistic::Value,
                Op::AtLeast,
                0.95,
                Some("s-1"),
            ),
            ("error_rate < 0.1%", Metric::ErrorRate, Statistic::Value, Op::Less, 0.001, None),
            ("stale_polls < 0.01%", Metric::StalePolls, Statistic::Value, Op::Less, 0.0001, None),
            ("  start_lag  p99<5ms ", Metric::StartLag, Statistic::P99, Op::Less, 5_000.0, None),
            ("flow max <= 1.5s", Metric::Flow, Statistic::Max, Op::AtMost, 1_500_000.0, None),
            ("poll min > 40us", Metric::Poll, Statistic::Min, Op::Greater, 40.0, None),
            ("poll mean > 40µs", Metric::Poll, Statistic::Mean, Op::Greater, 40.0, None),
            ("approve_to_token p50 < 2m", Metric::ApproveToToken, Statistic::P50, Op::Less, 120e6, None),
            ("dropped == 0 for stage peak", Metric::Dropped, Statistic::Value, Op::Equal, 0.0, Some("peak")),
        ];
        for (text, metric, statistic, op, value, stage) in table {
            let expected = Threshold {
                expression: text.trim().to_owned(),
                metric,
                statistic,
                op,
                value,
                stage: stage.map(str::to_owned),
            };
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_located_and_explained() {
        let table = [
            ("", "column 1: the expression ends here, expected a metric (start_lag, "),
            ("notfy p99 < 250ms", "column 1: found \"notfy\", expected a metric"),
            ("notfy p99 < 250ms", "did you mean \"notify\""),
            (
                "notify p98 < 250ms",
                "column 8: found \"p98\", expected a statistic (p50, p90, p95, p99, p99.9, ",
            ),
            ("notify < 250ms", "column 8: found \"<\", expected a statistic"),
            (
                "notify p99 = 1s",
                "column 12: found \"=\", expected a comparison (<, <=, >, >=, ==); did you mean \"==\"",
            ),
            ("notify p99 != 1s", "column 12: found \"!=\", expected a comparison"),
            ("notify p99 <", "column 13: the expression ends here, expected a time"),
            ("notify p99 < 250", "column 14: found \"250\", expected a time with its unit"),
            ("notify p99 < -1ms", "column 14: found \"-1ms\", expected a time"),
            ("notify p99 < infms", "expected a time"),
            ("error_rate < 101%", "column 14: found \"101%\", expected a share from 0% to 100%"),
            ("error_rate p99 < 1%", "column 12: found \"p99\", expected a comparison"),
            ("violations == 0.5", "column 15: found \"0.5\", expected a whole number"),
            ("violations == 0 for stage peak", "violations are judged over the whole run"),
            ("rate >= 95%", "column 12: the expression ends here, expected \"of\""),
            ("rate >= 95% of all", "column 16: found \"all\", expected \"asked\""),
            ("ack p99 < 1s in stage peak", "column 14: found \"in\", expected \"for\""),
            ("ack p99 < 1s for stage", "column 23: the expression ends here, expected the name of a stage"),
            ("ack p99 < 1s for stage a b", "column 26: found \"b\", expected the end"),
        ];
        for (text, expected) in table {
            let error = text.parse::<Threshold>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}\n  gave     {error}\n  expected {expected}");
        }
    }

    #[test]
    fn operators_compare() {
        for (op, below, same, above) in [
            (Op::Less, true, false, false),
            (Op::AtMost, true, true, false),
            (Op::Equal, false, true, false),
            (Op::AtLeast, false, true, true),
            (Op::Greater, false, false, true),
        ] {
            assert_eq!([op.holds(1.0, 2.0), op.holds(2.0, 2.0), op.holds(3.0, 2.0)], [below, same, above]);
            assert!(!op.holds(f64::NAN, 2.0), "{op:?}: no number meets no threshold");
        }
    }

    fn any_threshold() -> impl Strategy<Value = Threshold> {
        let metric = proptest::sample::select(Metric::ALL.to_vec());
        let statistic = proptest::sample::select(Statistic::OF_TIMES.to_vec());
        let op = proptest::sample::select(Op::ALL.to_vec());
        let stage = proptest::option::of("[a-z][a-z0-9-]{0,9}");
        (metric, statistic, op, 0.0..=1.0f64, 0u32..1_000_000, stage).prop_map(
            |(metric, statistic, op, share, count, stage)| {
                let (statistic, value) = match metric.quantity() {
                    Quantity::Time => (statistic, f64::from(count) * share * 1e3),
                    Quantity::Share | Quantity::ShareOfAsked => (Statistic::Value, share),
                    Quantity::Count => (Statistic::Value, f64::from(count)),
                };
                let stage = stage.filter(|_| metric != Metric::Violations);
                let mut made = Threshold { expression: String::new(), metric, statistic, op, value, stage };
                made.expression = made.to_string();
                made
            },
        )
    }

    proptest! {
        #[test]
        fn the_canonical_spelling_reads_back(threshold in any_threshold()) {
            prop_assert_eq!(parsed(&threshold.to_string()), threshold);
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = text.parse::<Threshold>();
        }
    }

    #[test]
    fn spellings_stay_readable() {
        for text in ["notify p99 < 250ms", "error_rate < 0.1%", "rate >= 95% of asked", "error_rate < 7%"] {
            assert_eq!(parsed(text).to_string(), text);
        }
    }
}
