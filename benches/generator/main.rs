//! What load costs the generator: processor time per pending poll, and resident memory per pending flow.
//!
//! ```text
//! cargo bench --bench generator                         both, as docs/METHODOLOGY.md has them
//! cargo bench --bench generator -- cpu [FLOWS]          beside a bare reqwest loop that makes the same requests
//! cargo bench --bench generator -- generator [FLOWS]    the first half of that alone, for a profiler
//! cargo bench --bench generator -- bare [FLOWS]         the second half of that alone
//! cargo bench --bench generator -- memory [FLOWS]
//! ```
//!
//! The OP is `ciba-bench serve op`, in a process of its own: its work and its memory are not counted.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

mod bare_loop;
mod cpu;
mod gauge;
mod memory;
mod op_process;
mod rig;

/// Whatever stops a measurement.
type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let what = words.next();
    let flows = words.next().map(|flows| flows.parse::<u32>()).transpose()?;
    match what.as_deref() {
        Some("cpu") => cpu::compare(flows.unwrap_or(cpu::FLOWS)),
        Some("generator") => cpu::generator_alone(flows.unwrap_or(cpu::FLOWS)),
        Some("bare") => cpu::bare_alone(flows.unwrap_or(cpu::FLOWS)),
        Some("memory") => memory::measure(flows.unwrap_or(memory::FLOWS)),
        None => {
            // Memory first: what the other measurement has freed would be used again, and not be seen to grow.
            memory::measure(memory::FLOWS)?;
            cpu::compare(cpu::FLOWS)
        }
        Some(other) => {
            Err(format!("no measurement {other:?}; expected cpu, generator, bare or memory").into())
        }
    }
}
