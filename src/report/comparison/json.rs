use super::{ComparisonFormat, STEM};
use crate::report::json::render;

/// The format's row in the list of formats.
pub(super) const FORMAT: ComparisonFormat = ComparisonFormat {
    name: "json",
    stem: STEM,
    extension: "json",
    about: "every figure of the comparison, for machines",
    render,
};
