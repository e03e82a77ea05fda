use super::document::Document;
use super::{
    approval, capacity, environment, findings, flights, generator, head, heat, polls, server, spans, suite,
    throughput, traceability, waterfall,
};
use crate::record::RunRecord;
use crate::report::{Format, RenderError, Style};

/// The format's row in the list of formats.
pub(in crate::report) const FORMAT: Format = Format {
    name: "html",
    stem: "report",
    extension: "html",
    about: "one HTML file with plots, to be opened without a network: verdict, thresholds, spans, checks",
    render,
};

fn render(record: &RunRecord, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut document = Document::new(record);
    head::write(&mut document, record);
    if let Some(found) = &record.capacity {
        capacity::write(&mut document, found);
    }
    if let Some(load) = &record.load {
        generator::write(&mut document, record, load);
        server::write(&mut document, load);
        throughput::write(&mut document, load);
        waterfall::write(&mut document, load);
        approval::write(&mut document, load)?;
        flights::write(&mut document, load);
        polls::write(&mut document, record, load);
        heat::write(&mut document, load)?;
        spans::write(&mut document, load);
    } else {
        head::caveats(&mut document, record);
    }
    findings::write(&mut document, record);
    if let Some(suite) = record.suite() {
        suite::write(&mut document, suite);
        traceability::write(&mut document, suite);
    }
    environment::write(&mut document, record);
    document.finish()
}
