//! What load costs the generator, how much of it there can be, and how punctual it is.
//!
//! ```text
//! cargo bench --bench generator                         memory, then cpu, as docs/METHODOLOGY.md has them
//! cargo bench --bench generator -- cpu [FLOWS]          beside a bare reqwest loop that makes the same requests
//! cargo bench --bench generator -- generator [FLOWS]    the first half of that alone, for a profiler
//! cargo bench --bench generator -- bare [FLOWS]         the second half of that alone
//! cargo bench --bench generator -- memory [FLOWS]
//! cargo bench --bench generator -- scale [FLOWS]        pending flows that poll, over two intervals
//! cargo bench --bench generator -- poll-rate            the highest rate of polls in a valid run
//! cargo bench --bench generator -- pacing               when flows begin and poll, beside a thread that only sleeps
//! cargo bench --bench generator -- flows [RATE]         the highest rate of completed flows in a valid run
//! ```
//!
//! The OP is `ciba-bench serve op`, in a process of its own: its work and its memory are not counted.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

mod bare_loop;
mod cpu;
mod flows;
mod gauge;
mod memory;
mod op_process;
mod pacing;
mod poll_rate;
mod rig;
mod scale;
mod trial;

/// As the program itself has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever stops a measurement.
type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let what = words.next();
    let number = words.next().map(|number| number.parse::<u32>()).transpose()?;
    match what.as_deref() {
        Some("cpu") => cpu::compare(number.unwrap_or(cpu::FLOWS)),
        Some("generator") => cpu::generator_alone(number.unwrap_or(cpu::FLOWS)),
        Some("bare") => cpu::bare_alone(number.unwrap_or(cpu::FLOWS)),
        Some("memory") => memory::measure(number.unwrap_or(memory::FLOWS)),
        Some("scale") => scale::measure(number.unwrap_or(scale::FLOWS)),
        Some("poll-rate") => poll_rate::climb(),
        Some("pacing") => pacing::compare(),
        Some("flows") => flows::climb(number),
        None => {
            // Memory first: what the other measurement has freed would be used again, and not be seen to grow.
            memory::measure(memory::FLOWS)?;
            cpu::compare(cpu::FLOWS)
        }
        Some(other) => {
            Err(format!("no measurement {other:?}; the head of benches/generator/main.rs names them all")
                .into())
        }
    }
}
