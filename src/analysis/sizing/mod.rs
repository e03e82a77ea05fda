//! Which size of a deployment carries how much: records of capacity searches, held side by side.
//!
//! Rates are flows per second at which the thresholds of the search held. Nothing is predicted beyond
//! [`EXTRAPOLATION_MAX`] times the largest size that was measured, and nothing at all from fewer than [`SIZES_MIN`] sizes.

mod advice;
mod scaling_law;
mod searched;
mod size;
mod table;
#[cfg(test)]
mod tests;

pub use advice::Advice;
pub use scaling_law::{EXTRAPOLATION_MAX, Estimate, NoScalingLaw, SIZES_MIN, ScalingLaw};
pub use searched::Searched;
pub use size::{AtCapacity, Measured, Size};
pub use table::{Difference, HEADROOM, Sizing, SizingError, Step};
