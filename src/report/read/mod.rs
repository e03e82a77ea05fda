//! Records that are read again: by this version, by hand, or not at all.

mod error;
mod load;
mod numbers;
#[cfg(test)]
mod tests;

pub use error::ReadError;
pub use load::load;
