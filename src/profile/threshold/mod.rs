//! What a run has to reach: `notify p99 < 250ms`, `violations == 0`, `rate >= 95% of asked`.

mod expression;
mod metric;
mod words;

pub use expression::{Op, Threshold};
pub use metric::{Metric, Quantity, Statistic};
pub use words::ThresholdError;
pub(crate) use words::{Word, Words};
