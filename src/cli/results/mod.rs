//! What a run leaves behind: its folder, the files in it, and what is said at its end.

mod files;
mod folder;
mod stamps;
mod telling;

pub use files::{GOOSE_FILE, files_in, open_folder, write_record};
pub use folder::{LOG_FILE, RUNS, RunFolder};
pub use stamps::{rfc3339, target_seen, today};
pub use telling::{Told, tell, tell_results};
