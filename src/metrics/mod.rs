//! What Prometheus sees of a load run while it goes on: `GET /metrics`, in the OpenMetrics text format.
//!
//! Floor 6. There is one set of books: what is shown is the [`Progress`](crate::load::Progress) of the last interval, and
//! its counters end as those of the record. The server has a thread of its own, so that nobody who asks can hold up the load.
//! `docs/METRICS.md` lists what there is.

mod exposition;
mod server;

pub use exposition::{CONTENT_TYPE, Exposition, Shown};
pub use server::{Bound, MetricsError, MetricsServer};
