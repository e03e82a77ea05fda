use super::ComparisonFormat;
use crate::analysis::comparison::Comparison;
use crate::report::{RenderError, Style};

/// The format's row in the list of formats.
pub(super) const FORMAT: ComparisonFormat = ComparisonFormat {
    name: "json",
    extension: "json",
    about: "every figure of the comparison, for machines",
    render,
};

fn render(comparison: &Comparison, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut text = serde_json::to_vec_pretty(comparison).map_err(RenderError::Json)?;
    text.push(b'\n');
    Ok(text)
}
