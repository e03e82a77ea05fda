//! What is wrong with a file.

use std::fmt;

/// Problems shown at most; the rest is counted.
const MOST_SHOWN: usize = 50;

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// The key with its tables, as in `workload.stages[2].duration`; empty where the file is not TOML.
    pub key: String,
    /// The value, what was expected, what to do.
    pub message: String,
}

/// Everything that is wrong with one file: at least one problem, in the order of the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    file: String,
    list: Vec<Problem>,
}

impl Problems {
    /// The problems of a file, in any order.
    #[must_use]
    pub fn new(file: &str, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| problem.line);
        Self { file: file.to_owned(), list }
    }

    /// The file, as it was named to the parser.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Each of them.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.list
    }
}

impl fmt::Display for Problems {
    /// One line for each: `file:line: key: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().take(MOST_SHOWN).enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            let colon = if problem.key.is_empty() { "" } else { ": " };
            write!(
                f,
                "{line_break}{}:{}: {}{colon}{}",
                self.file, problem.line, problem.key, problem.message
            )?;
        }
        match self.list.len().checked_sub(MOST_SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n{}: and {more} more", self.file),
        }
    }
}

impl std::error::Error for Problems {}
