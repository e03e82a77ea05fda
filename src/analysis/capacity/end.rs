//! How a search ends.

use super::search::Judged;

/// What a search has come to. Rates are flows per second.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// The limit lies between two rates.
    Bracket {
        /// The thresholds hold here and below.
        lower: f64,
        /// They do not here and above.
        upper: f64,
        /// What came after an overload; `None` where there was no time for one, or no generator.
        recovery: Option<Recovery>,
    },
    /// The generator was at fault again and again.
    GeneratorBound {
        /// The rate at which it was.
        at: f64,
        /// The highest rate at which the thresholds hold.
        met: Option<f64>,
    },
    /// The thresholds do not hold at the lowest rate.
    BelowMinimum,
    /// They hold at the highest.
    AboveMaximum,
    /// No answer.
    Unfinished {
        /// The thresholds hold here, so far.
        lower: Option<f64>,
        /// They do not here, so far.
        upper: Option<f64>,
        /// Why the search ended.
        reason: &'static str,
    },
}

/// A trial at the lower end of the bracket, right after one above its upper end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// Rate of the overload.
    pub overload: f64,
    /// What the trial after it came to: met, or broken.
    pub after: Judged,
}
