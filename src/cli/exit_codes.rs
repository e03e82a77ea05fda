//! The table of exit codes, as help and lists print it.

use super::columns::columns;
use crate::analysis::Exit;

/// Every exit code and what it means.
pub fn table() -> String {
    let rows = Exit::ALL.map(|exit| [format!("{:>3}", exit.code()), exit.about().to_owned()]);
    columns("  ", &rows)
}

/// The table under its heading, for help texts.
pub fn help() -> String {
    format!("Exit codes:\n{}", table().trim_end())
}
