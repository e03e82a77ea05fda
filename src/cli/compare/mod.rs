//! `ciba-bench compare`: records of two or more sides in, a comparison and an exit code out. `run --baseline` compares by the
//! same parts.

mod arguments;
mod baseline;
mod command;
mod files;
mod sides;
mod sizing;

pub use arguments::{Arguments, limit};
pub use baseline::RunBaseline;
pub use command::run;
