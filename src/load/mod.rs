//! The load engine: Goose users that are relying parties, fed by a pacer, measured by sharded histograms.
//!
//! Floor 5. Goose is named in `attack` only; what is true about latency is in [`Measurement`]. The pacer runs
//! on an OS thread of its own, an engine is one task that carries thousands of flows, and every wait looks at the one
//! level-triggered [`StopHandle`].
//!
//! Invariants: `scheduled = started + dropped` and `started = outcomes`; each counter is incremented where the thing
//! happens; a start that finds no place is dropped and counted, never delayed.

mod abort;
mod alarm;
mod attack;
mod breaches;
mod collector;
mod consents;
mod engine;
mod goose_rows;
mod health;
mod heartbeat;
mod identifiers;
mod inlet;
mod keeping;
mod live;
mod measurement;
mod pacer;
mod parts;
mod poisson;
mod polling;
mod population;
mod progress;
mod run;
mod sampler;
mod schedule;
mod server_memory;
mod signer;
mod slot;
mod stop;
mod vitals;

pub use attack::LoadError;
pub use keeping::Logging;
pub use measurement::Measurement;
pub use progress::{LastBreach, Progress, SPAN_BOUNDS_US, SpanProgress};
pub use run::{LoadResult, LoadSetting, run, simulate};
pub use sampler::{Sampler, Shard};
pub use schedule::Schedule;
pub use stop::{LEAVE_WITHIN, StopHandle};
