//! Named deviations from the standard that a test can switch on.
//!
//! Each fault is consulted at exactly one place, beside the correct code.

mod name;
mod set;
mod table;

pub use name::UnknownFault;
pub use set::FaultSet;
pub use table::Fault;
