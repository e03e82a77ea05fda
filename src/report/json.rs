use super::{Format, RenderError, Style};
use serde::Serialize;

pub(super) const FORMAT: Format = Format {
    name: "json",
    stem: "record",
    extension: "json",
    about: "the record itself, as record.json holds it",
    render,
};

/// Anything as JSON, as people can read it.
pub(super) fn render<T: Serialize>(whole: &T, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut bytes = serde_json::to_vec_pretty(whole).map_err(RenderError::Json)?;
    bytes.push(b'\n');
    Ok(bytes)
}
