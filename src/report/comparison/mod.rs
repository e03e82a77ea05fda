//! Comparisons of runs: a comparison in, bytes out, in the forms of [`COMPARISON_FORMATS`].
//!
//! Pure, as all of `report`. What is said in every form is worded in `account`.

pub(super) mod account;
mod format;
#[cfg(test)]
mod golden;
mod json;
mod markdown;
#[cfg(test)]
pub(crate) mod sample;
mod table;

pub(super) use format::STEM;
pub use format::{COMPARISON_FORMATS, ComparisonFormat, comparison_format_named};
