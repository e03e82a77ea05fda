use super::{Format, RenderError, Style};
use crate::record::RunRecord;

pub(super) const FORMAT: Format = Format {
    name: "json",
    stem: "record",
    extension: "json",
    about: "the record itself, as record.json holds it",
    render,
};

fn render(record: &RunRecord, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut bytes = serde_json::to_vec_pretty(record).map_err(RenderError::Json)?;
    bytes.push(b'\n');
    Ok(bytes)
}
