//! What this machine can do as a generator, measured in two or three seconds, and whether a load fits it.
//!
//! Everything is measured by the very parts that a run uses, with nothing but the loopback interface between them and the
//! embedded OP. Whether a load fits what was measured is for [`fits`] to say, which does no I/O.

mod calibration;
mod ceiling;
mod exchanges;
mod fit;
mod judgement;
mod lateness;
mod signatures;

pub use calibration::{CalibrationError, Sizes, calibrate};
pub use ceiling::{Ceiling, Signer};
pub use fit::{Fit, Part};
pub use judgement::{Demand, fits};
