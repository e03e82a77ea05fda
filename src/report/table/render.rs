use super::page::Page;
use super::{capacity, caution, conformance, exchanges, files, head, server, spans, suite, throughput};
use crate::record::RunRecord;
use crate::report::{Format, RenderError, Style};

/// The format's row in the list of formats.
pub(in crate::report) const FORMAT: Format = Format {
    name: "table",
    stem: "report",
    extension: "txt",
    about: "tables for a terminal: verdict, checks, throughput, conformance, spans",
    render,
};

fn render(record: &RunRecord, style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = Page::new(style);
    head::write(&mut page, record);
    if let Some(found) = &record.capacity {
        capacity::write(&mut page, found);
    }
    caution::write(&mut page, record);
    if let Some(load) = &record.load {
        server::write(&mut page, load);
    }
    if let Some(suite) = record.suite() {
        suite::write(&mut page, suite);
    }
    match &record.load {
        Some(load) => throughput::write(&mut page, load),
        None if record.suite().is_some() || record.capacity.is_some() => {}
        None => {
            page.heading("Throughput", "");
            page.text(2, "not measured: this run put no load on the target");
        }
    }
    // A suite alone sends no flows that could break rules beside it.
    let observed = record.conformance.as_ref().is_some_and(|seen| seen.flows_observed > 0);
    if record.load.is_some() || record.suite().is_none() || observed {
        conformance::write(&mut page, record);
    }
    if let Some(load) = &record.load {
        exchanges::write(&mut page, load);
        spans::write(&mut page, load);
    }
    files::write(&mut page, record);
    Ok(page.finish().into_bytes())
}
