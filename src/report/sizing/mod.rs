//! Sizes side by side, for a terminal and for a comment: `account` says what is to be said, once; `paper` writes it down.

mod account;
mod paper;
#[cfg(test)]
mod tests;

pub use paper::{markdown, terminal};
