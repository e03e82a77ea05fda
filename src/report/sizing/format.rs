use super::paper;
use crate::analysis::sizing::Sizing;
use crate::report::json::render;
use crate::report::{FormatOf, html};

/// Name of all files of a sizing, without their extension.
pub(in crate::report) const STEM: &str = "sizing";

/// One way to write sizes that are held side by side.
pub type SizingFormat = FormatOf<Sizing>;

/// Every format that they can be written in; the names are those of comparisons.
pub const SIZING_FORMATS: &[SizingFormat] = &[
    paper::TABLE,
    html::SIZING,
    paper::MARKDOWN,
    SizingFormat {
        name: "json",
        stem: STEM,
        extension: "json",
        about: "every figure of it, for machines",
        render,
    },
];
