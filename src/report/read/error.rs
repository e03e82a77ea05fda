use crate::record::{HistogramError, SCHEMA};

/// Largest record that is read, in bytes: many times a day's log.
pub(super) const RECORD_MAX: usize = 512 * 1024 * 1024;

/// Why a file is no record that this tool can read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("the record is empty: the run was ended before it could write; run again")]
    Empty,
    /// More than a record.
    #[error("the record is {0} bytes long, at most {RECORD_MAX} are read: give the record.json of a run")]
    TooLarge(usize),
    /// The end is missing.
    #[error(
        "the record ends in the middle, at line {line}, column {column}: it was cut off; copy it again, or run again"
    )]
    Truncated {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// Not JSON.
    #[error("the record is not JSON: give the record.json of a run")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but no record.
    #[error("{0}, so this is no record: give the record.json of a run")]
    NotARecord(&'static str),
    /// Another version.
    #[error(
        "field schema is {found:?}, this version reads {SCHEMA:?}: read it with the version that wrote it ({writer})"
    )]
    Schema {
        /// What the record says.
        found: String,
        /// What the record says about the tool that wrote it.
        writer: String,
    },
    /// A field that is missing, unknown or of the wrong kind.
    #[error("field {path}: {problem}; the record was changed by hand, or is another tool's")]
    Field {
        /// From the root, `load.stages[1].name`.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A histogram that cannot be read.
    #[error(
        "field {path}: the histogram of span {span} cannot be read; the record was changed by hand or damaged"
    )]
    Histogram {
        /// From the root.
        path: String,
        /// The span.
        span: String,
        /// Why.
        #[source]
        source: HistogramError,
    },
}
