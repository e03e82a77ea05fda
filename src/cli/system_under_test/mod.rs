//! What the operator's own commands say of the system under test: what it is, once, and how much memory it needs, again and again.

mod command;
mod describe;
mod memory;
mod quantity;

pub use describe::describe;
pub use memory::{MemoryWatch, check_memory};
