//! `ciba-bench gate`: conformance, then load, against one target; one record, one verdict, one exit code.
//!
//! The two parts run one after the other, since each would disturb the other's figures. What the first one learned is written
//! down however the second one ends.

mod annotations;
mod arguments;
mod command;
mod gate_file;
mod gate_record;
mod github;
mod job;
mod parts;
mod pipeline;
mod summary;
mod workflow_command;

pub use arguments::Arguments;
pub use command::run;
pub use pipeline::PIPELINE;
