use super::{json, markdown, table};
use crate::analysis::comparison::Comparison;
use crate::report::{FormatOf, html};

/// Name of all files of a comparison, without their extension.
pub(in crate::report) const STEM: &str = "comparison";

/// One way to write a comparison.
pub type ComparisonFormat = FormatOf<Comparison>;

/// Every format that a comparison can be written in.
pub const COMPARISON_FORMATS: &[ComparisonFormat] =
    &[table::FORMAT, html::COMPARISON, markdown::FORMAT, json::FORMAT];

/// The format of that name.
pub fn comparison_format_named(name: &str) -> Option<&'static ComparisonFormat> {
    COMPARISON_FORMATS.iter().find(|format| format.name == name)
}
