//! Two runs, or more, held against the first: both values of each figure, their ratio with an interval, and a verdict in words.
//!
//! Pure, as all of `analysis`. `compare` is the way in and `outcome` what comes out; `comparability` says whether there is
//! anything to compare. The interval comes from `bootstrap`, which draws `blocks` of the run's own intervals (`log`) anew; where
//! runs were repeated, from their ranks (`ranks`); where a run is too short for either, only what is apart grossly is called different
//! (`separation`). docs/METHODOLOGY.md has the method with its sources. Deliberately not here:
//! files, formats, and any memory of earlier comparisons.

mod blocks;
mod bootstrap;
mod comparability;
mod compare;
mod drawn;
mod figure;
mod judge;
mod limit;
mod log;
mod outcome;
mod ranks;
mod separation;
mod shift;
#[cfg(test)]
mod synthetic;

pub use comparability::Incomparable;
pub use compare::{Settings, Side, compare, refused_baseline};
pub use figure::{Counted, Figure};
pub use judge::{Difference, NOISE, Ratio};
pub use limit::{JudgedLimit, Limit, LimitOutcome, part};
pub use outcome::{
    Against, Comparison, ComparisonSettings, Doubt, FigureComparison, RanksSeen, RunSeen, SideSeen,
    StretchesSeen, Value,
};
pub use ranks::runs_needed;
pub use shift::{ShiftPoint, SpanShift};
