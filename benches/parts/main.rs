//! What the parts of this tool cost: `cargo bench --bench parts`.
//!
//! Nothing here touches the network. The bounds are in docs/METHODOLOGY.md; that recording allocates nothing is a test.

#![expect(clippy::unwrap_used, reason = "what a benchmark sets up must work")]

mod client;
mod instruments;
mod world;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    instruments::measure(&mut criterion);
    client::measure(&mut criterion);
    world::measure(&mut criterion);
    criterion.final_summary();
}
