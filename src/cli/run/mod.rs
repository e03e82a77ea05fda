//! `ciba-bench run`: one load run, from its arguments to its record and exit code.
//!
//! Everything that can be wrong is found before the first request: profile and target file with all their problems, the
//! permission to send load, descriptors, the folder for the results, ports, the server's metadata and keys. From then on
//! nothing that was measured is lost: the record is written whatever else fails.

mod arguments;
mod command;
mod job;
mod measure;
mod parties;
mod plan;
mod progress;
mod relying_parties;
mod run_record;
mod silence;
mod summary;
mod view;
mod watching;

pub use arguments::Arguments;
pub use command::{run, start};
pub use job::Job;
pub use measure::{Kept, Measured, load as carry_load};
pub use relying_parties::check_target;
pub use run_record::{Known, run_record};
pub use summary::Summary;
pub use view::give_back as give_terminal_back;
pub use watching::Watching;
