use super::{json, markdown, table};
use crate::analysis::comparison::Comparison;
use crate::report::{RenderError, Style, html};

/// Name of all files of a comparison, without their extension.
const STEM: &str = "comparison";

/// One way to write a comparison.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonFormat {
    /// The name on the command line.
    pub name: &'static str,
    /// Extension of its file, without the dot.
    pub extension: &'static str,
    /// One line for lists.
    pub about: &'static str,
    /// Writes the comparison.
    pub render: fn(&Comparison, &Style) -> Result<Vec<u8>, RenderError>,
}

impl ComparisonFormat {
    /// The name of its file.
    pub fn file(&self) -> String {
        format!("{STEM}.{}", self.extension)
    }
}

/// Every format that a comparison can be written in.
pub const COMPARISON_FORMATS: &[ComparisonFormat] =
    &[table::FORMAT, html::COMPARISON, markdown::FORMAT, json::FORMAT];

/// The format of that name.
pub fn comparison_format_named(name: &str) -> Option<&'static ComparisonFormat> {
    COMPARISON_FORMATS.iter().find(|format| format.name == name)
}
