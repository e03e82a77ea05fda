use super::document::Document;
use super::figures::{facts, plain};
use super::plot::{Kind, Look, More, Plot, Series, Unit};
use crate::analysis::{memory_use, unit};
use crate::record::{LoadRecord, MemorySample, ServerMemory};
use maud::html;

/// What was seen of the machine under test itself, where the operator's command told it.
pub(super) fn write(document: &mut Document, load: &LoadRecord) {
    let Some(memory) = &load.server_memory else { return };
    let plot = memory_plot(load, memory).map(|plot| document.plot(plot));
    let used = memory_use([memory]);
    let body = html! {
        @if let Some(used) = &used { p { (plain(&used.sentence())) } } @else { p.quiet { "The command told nothing." } }
        @if let Some(plot) = plot { (plot) }
        (facts(&[("as told by", html! { code { (plain(&memory.command)) } })]))
    };
    let remark = format!("resident memory, {} samples", unit::count(memory.samples.len() as u64));
    document.measured("server", "System under test", &remark, body);
}

/// Memory over time, beside the flows under way; nothing without samples.
fn memory_plot(load: &LoadRecord, memory: &ServerMemory) -> Option<Plot> {
    let seconds = |ms: u64| ms as f64 / 1e3;
    let x: Vec<f64> = memory.samples.iter().map(|sample| seconds(sample.at_ms)).collect();
    let last = *x.last()?;
    let end = load.intervals.last().map_or(last, |of| seconds(of.start_ms + of.length_ms)).max(last);
    // A sample stands for the time up to the next one; the axis is that of all plots over time.
    let to: Vec<f64> = x.iter().skip(1).copied().chain([end]).collect();
    let from = [0.0].into_iter().chain(x.iter().skip(1).copied()).collect();
    let values =
        |of: fn(&MemorySample) -> u64| memory.samples.iter().map(|sample| Some(of(sample) as f64)).collect();
    Some(Plot {
        id: "server-memory".to_owned(),
        title: "Resident memory of the server".to_owned(),
        remark: "as the command told it; beside it the flows that were under way".to_owned(),
        kind: Kind::Time,
        x,
        from,
        to,
        unit: Unit::Memory,
        series: vec![
            Series {
                name: "memory",
                unit: Unit::Memory,
                look: Look::Line,
                colour: 1,
                values: values(|sample| sample.bytes),
            },
            Series {
                name: "flows under way",
                unit: Unit::Count,
                look: Look::Told,
                colour: 7,
                values: values(|sample| sample.in_flight),
            },
        ],
        more: More::default(),
    })
}
