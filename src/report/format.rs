use super::{csv, html, json, junit, markdown, table, traceability, verdicts};
use crate::record::{HistogramError, RunRecord, Span};

/// One way to write a record.
pub type Format = FormatOf<RunRecord>;

/// One way to write something.
#[derive(Debug)]
pub struct FormatOf<T> {
    /// The name on the command line.
    pub name: &'static str,
    /// The name of its file, without the extension.
    pub stem: &'static str,
    /// Extension of its file, without the dot.
    pub extension: &'static str,
    /// One line for lists.
    pub about: &'static str,
    /// Writes it.
    pub render: fn(&T, &Style) -> Result<Vec<u8>, RenderError>,
}

impl<T> FormatOf<T> {
    /// The name of its file in a folder, for example `junit.xml`.
    pub fn file(&self) -> String {
        format!("{}.{}", self.stem, self.extension)
    }
}

/// How a report looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours may be used.
    pub colour: bool,
    /// Columns there are for text that can be wrapped.
    pub width: usize,
    /// The folder that holds the run's files, as the reader can type it; `None` where there is none.
    pub folder: Option<String>,
    /// Files that are in it, as paths within it.
    pub files: Vec<String>,
}

impl Default for Style {
    /// No colour, 100 columns, no folder.
    fn default() -> Self {
        Style { colour: false, width: 100, folder: None, files: Vec::new() }
    }
}

/// Why a record could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The record's JSON form.
    #[error("the record cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    /// The JUnit file.
    #[error("the record cannot be written as JUnit XML")]
    Junit(#[source] quick_junit::SerializeError),
    /// A histogram in the record.
    #[error("the histogram of span {span} cannot be read")]
    Histogram {
        /// The span.
        span: Span,
        /// Why.
        #[source]
        source: HistogramError,
    },
}

/// Every format that one record can be written in.
pub const FORMATS: &[Format] = &[
    table::FORMAT,
    html::FORMAT,
    junit::FORMAT,
    markdown::FORMAT,
    traceability::FORMAT,
    verdicts::FORMAT,
    csv::FORMAT,
    json::FORMAT,
];

/// The format of that name.
pub fn format_named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
