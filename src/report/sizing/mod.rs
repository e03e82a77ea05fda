//! Sizes side by side, in the forms of [`SIZING_FORMATS`]: `account` says what is to be said, `answer` what is said first; `paper` writes
//! it down, and `html/sizing` beside its plots.

mod account;
mod answer;
mod format;
mod paper;
#[cfg(test)]
mod tests;

pub(super) use account::{Part, account};
pub(super) use answer::{Answer, answer};
pub(super) use format::STEM;
pub use format::{SIZING_FORMATS, SizingFormat};
