use super::{Counted, Doubt, Figure, FigureComparison, Ratio};
use crate::analysis::Exit;
use crate::ciba::Named;
use crate::profile::document::nearest;
use crate::profile::{Statistic, ThresholdError, Word, Words};
use crate::record::Span;
use serde::Serialize;
use std::str::FromStr;

/// Largest bound: ten times as much.
const BOUND_MAX: f64 = 9.0;

/// By how much a figure may have become worse: `notify p99 > 5%`.
///
/// ```text
/// limit = figure [statistic] ">" share
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limit {
    /// As it was written.
    pub expression: String,
    /// What is judged.
    pub figure: Figure,
    /// The part by which it may be worse, 0.05 for 5 %.
    pub bound: f64,
}

/// A limit and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedLimit {
    /// As it was written.
    pub expression: String,
    /// What came of it.
    pub outcome: LimitOutcome,
    /// The ratio and its interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
    /// Why nothing can be said, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What comes of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOutcome {
    /// The whole interval lies within the limit.
    Kept,
    /// The interval reaches over the limit: a regression is neither shown nor ruled out.
    NotShown,
    /// The whole interval lies beyond the limit.
    Regressed,
    /// There is no interval.
    Unknown,
}

impl LimitOutcome {
    /// The exit code that it calls for. A limit about which nothing is known is not kept.
    pub fn exit(self) -> Exit {
        match self {
            LimitOutcome::Kept | LimitOutcome::NotShown => Exit::Done,
            LimitOutcome::Regressed => Exit::Regression,
            LimitOutcome::Unknown => Exit::Inconclusive,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            LimitOutcome::Kept => "kept",
            LimitOutcome::NotShown => "no regression shown",
            LimitOutcome::Regressed => "regression",
            LimitOutcome::Unknown => "inconclusive",
        }
    }
}

impl JudgedLimit {
    /// Judges a limit by the figures of a comparison.
    pub(super) fn of(limit: &Limit, figures: &[FigureComparison]) -> Self {
        let judged = |outcome, ratio, reason| JudgedLimit {
            expression: limit.expression.clone(),
            outcome,
            ratio,
            reason,
        };
        let Some(of) = figures.iter().find(|of| of.figure == limit.figure) else {
            return judged(
                LimitOutcome::Unknown,
                None,
                Some(format!("no run has samples of {}", limit.figure)),
            );
        };
        let unfit = of.doubt.as_ref().filter(|doubt| **doubt != Doubt::Wide);
        match (of.ratio, unfit) {
            (Some(ratio), None) => judged(limit.holds(ratio), Some(ratio), None),
            // Of what never happened on either side there is no more.
            (None, None) => judged(LimitOutcome::Kept, None, None),
            (ratio, Some(doubt)) => judged(LimitOutcome::Unknown, ratio, Some(doubt.message())),
        }
    }
}

impl Limit {
    fn holds(&self, ratio: Ratio) -> LimitOutcome {
        // Worse by a part of the smaller figure, whichever direction is the bad one.
        let (low, high) = if self.figure.more_is_better() {
            (1.0 / ratio.high, 1.0 / ratio.low)
        } else {
            (ratio.low, ratio.high)
        };
        let most = 1.0 + self.bound;
        match () {
            () if low > most => LimitOutcome::Regressed,
            () if high <= most => LimitOutcome::Kept,
            () => LimitOutcome::NotShown,
        }
    }
}

impl FromStr for Limit {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let mut words = Words::of(text);
        let figure = read_figure(&mut words)?;
        words.keyword(">")?;
        let word = words.next();
        let bound = part(word.text)
            .ok_or_else(|| word.error("how much worse it may become, from 0% to 900%, such as 5%", None))?;
        let rest = words.next();
        if !rest.text.is_empty() {
            return Err(rest.error("the end", None));
        }
        Ok(Limit { expression: text.trim().to_owned(), figure, bound })
    }
}

fn read_figure(words: &mut Words<'_>) -> Result<Figure, ThresholdError> {
    let word = words.next();
    if let Some(counted) = Counted::from_name(word.text) {
        return Ok(Figure::Counted(counted));
    }
    let span = Span::from_name(word.text).ok_or_else(|| unknown_figure(&word))?;
    let word = words.next();
    let statistic = Figure::STATISTICS.into_iter().find(|statistic| statistic.name() == word.text);
    let names = Figure::STATISTICS.map(Statistic::name);
    let unknown = || word.error(&format!("a statistic ({})", names.join(", ")), nearest(word.text, &names));
    Ok(Figure::Time(span, statistic.ok_or_else(unknown)?))
}

fn unknown_figure(word: &Word<'_>) -> ThresholdError {
    let counted = Counted::ALL.iter().map(|counted| counted.name());
    let names: Vec<&str> = Span::ALL.iter().map(|span| span.name()).chain(counted).collect();
    word.error(&format!("a span or another figure ({})", names.join(", ")), nearest(word.text, &names))
}

/// A part: `5%`, or `0.05`.
pub fn part(text: &str) -> Option<f64> {
    let (digits, scale) = text.strip_suffix('%').map_or((text, 1.0), |percent| (percent.trim_end(), 100.0));
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let value: f64 = digits.parse().ok().filter(|_| plain)?;
    let value = value / scale;
    (value <= BOUND_MAX).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_mistakes_are_explained() {
        for (text, figure, bound) in [
            ("notify p99 > 5%", Figure::Time(Span::Notify, Statistic::P99), 0.05),
            ("ack p99.9>0.1", Figure::Time(Span::Ack, Statistic::P999), 0.1),
            (" error_rate > 150% ", Figure::Counted(Counted::ErrorRate), 1.5),
            ("throughput > 0%", Figure::Counted(Counted::Throughput), 0.0),
        ] {
            let limit: Limit = text.parse().unwrap();
            assert_eq!(
                (limit.figure, limit.bound, limit.expression.as_str()),
                (figure, bound, text.trim()),
                "{text}"
            );
        }
        for (text, part) in [
            ("notfy p99 > 5%", "column 1: found \"notfy\", expected a span or another figure"),
            ("notfy p99 > 5%", "did you mean \"notify\""),
            ("notify p98 > 5%", "column 8: found \"p98\", expected a statistic (mean, p50, p90, p99, p99.9)"),
            ("notify p99 < 5%", "column 12: found \"<\", expected \">\""),
            ("notify p99 > 5ms", "column 14: found \"5ms\", expected how much worse"),
            ("notify p99 > 1000%", "from 0% to 900%"),
            ("notify p99 >", "the expression ends here"),
            ("notify p99 > 5% please", "column 17: found \"please\", expected the end"),
            ("", "column 1: the expression ends here"),
        ] {
            let error = text.parse::<Limit>().unwrap_err().to_string();
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }

    #[test]
    fn only_a_whole_interval_beyond_the_limit_is_a_regression() {
        let ratio = |low: f64, high: f64| Ratio { measured: low, low, high };
        let slower: Limit = "ack p99 > 5%".parse().unwrap();
        let fewer: Limit = "throughput > 5%".parse().unwrap();
        for (limit, ratio, outcome, code) in [
            (&slower, ratio(1.06, 1.2), LimitOutcome::Regressed, 7),
            (&slower, ratio(1.04, 1.2), LimitOutcome::NotShown, 0),
            (&slower, ratio(0.5, 1.05), LimitOutcome::Kept, 0),
            (&fewer, ratio(0.5, 0.9), LimitOutcome::Regressed, 7),
            (&fewer, ratio(0.9, 1.1), LimitOutcome::NotShown, 0),
            (&fewer, ratio(0.99, 1.5), LimitOutcome::Kept, 0),
        ] {
            assert_eq!((limit.holds(ratio), limit.holds(ratio).exit().code()), (outcome, code), "{ratio:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_kept() {
        let limit: Limit = "details p99 > 5%".parse().unwrap();
        let judged = JudgedLimit::of(&limit, &[]);
        assert_eq!((judged.outcome, judged.outcome.exit()), (LimitOutcome::Unknown, Exit::Inconclusive));
        assert_eq!(judged.reason.as_deref(), Some("no run has samples of details p99"));
    }
}
