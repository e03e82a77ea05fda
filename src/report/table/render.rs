use super::page::Page;
use super::{caution, conformance, exchanges, files, head, spans, throughput};
use crate::record::RunRecord;
use crate::report::{Format, RenderError, Style};

/// The format's row in the list of formats.
pub(in crate::report) const FORMAT: Format = Format {
    name: "table",
    extension: "txt",
    about: "tables for a terminal: verdict, throughput, conformance, spans",
    render,
};

fn render(record: &RunRecord, style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = Page::new(style);
    head::write(&mut page, record);
    caution::write(&mut page, record);
    match &record.load {
        Some(load) => throughput::write(&mut page, load),
        None => {
            page.heading("Throughput", "");
            page.text(2, "not measured: this run put no load on the target");
        }
    }
    conformance::write(&mut page, record);
    if let Some(load) = &record.load {
        exchanges::write(&mut page, load);
        spans::write(&mut page, load);
    }
    files::write(&mut page, record);
    Ok(page.finish().into_bytes())
}
