//! The search for the highest rate that meets a profile's thresholds, from its settings to its record.
//!
//! Floor 6. `analysis::capacity` says which rate comes next and judges trials; a [`Campaign`] turns that into loads that
//! somebody carries out, and what came of them into a [`CapacityRecord`](crate::record::CapacityRecord). It sends nothing and
//! waits for nothing: so it runs against sockets, and in virtual time.

mod campaign;
mod constant_rate;

pub use campaign::{Campaign, Planned};
pub use constant_rate::{CapacityError, ConstantRate};
