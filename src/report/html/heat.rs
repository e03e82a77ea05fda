use super::document::Document;
use super::figures::about;
use super::plot::{Cells, Kind, More, Plot, Unit};
use super::timeline::Timeline;
use crate::analysis::unit;
use crate::record::{HISTOGRAM_MAX_US, LoadRecord, Span};
use crate::report::RenderError;
use maud::html;

/// Most columns of a heat map.
const COLUMNS_MAX: usize = 240;

/// Rows of a heat map per decade of latency.
const ROWS_PER_DECADE: i32 = 10;

/// Spans that have a heat map, each with the parts that it is the sum of.
const SPANS: [(Span, &[Span]); 5] = [
    (Span::Ack, &[Span::Ack]),
    (Span::Notify, &[Span::Notify]),
    (Span::Poll, &Span::POLLS),
    (Span::Redeem, &[Span::Redeem]),
    (Span::UseToken, &[Span::UseToken]),
];

/// Latency over time, one map per span: what percentiles hide shows as bands and stripes.
pub(super) fn write(document: &mut Document, load: &LoadRecord) -> Result<(), RenderError> {
    let timeline = Timeline::new(load, COLUMNS_MAX);
    let mut maps = Vec::new();
    for (span, parts) in SPANS {
        if let Some(plot) = map(&timeline, span, parts)? {
            maps.push(document.plot(plot));
        }
    }
    if !maps.is_empty() {
        let body = html! { div.maps { @for map in maps { (map) } } };
        let remark = "latency over time; the stronger the colour of a cell, the more samples (logarithmic)";
        document.measured("heat", "Heat maps", remark, body);
    }
    Ok(())
}

fn map(timeline: &Timeline<'_>, span: Span, parts: &[Span]) -> Result<Option<Plot>, RenderError> {
    let mut cells: Vec<(usize, i32, u64)> = Vec::new();
    let mut samples = 0;
    for (at, point) in timeline.points.iter().enumerate() {
        let Some(histogram) = point.histogram(parts)? else { continue };
        samples += histogram.len();
        for step in histogram.iter_recorded() {
            let (row, count) = (row_of(step.value_iterated_to()), step.count_at_value());
            match cells.last_mut() {
                Some(last) if (last.0, last.1) == (at, row) => last.2 += count,
                Some(_) | None => cells.push((at, row, count)),
            }
        }
    }
    let rows = || cells.iter().map(|cell| cell.1);
    let (Some(lowest), Some(highest)) = (rows().min(), rows().max()) else { return Ok(None) };
    let bounds = (lowest..=highest + 1).map(bound).collect();
    let counts = cells
        .iter()
        .map(|(at, row, count)| (*at, usize::try_from(row - lowest).unwrap_or_default(), *count))
        .collect();
    let (x, from, to) = timeline.times();
    Ok(Some(Plot {
        id: format!("heat-{span}"),
        title: span.to_string(),
        remark: format!("{}; {} samples, warm-up included", about(span), unit::count(samples)),
        kind: Kind::Heat,
        x,
        from,
        to,
        unit: Unit::Time,
        series: Vec::new(),
        more: More { cells: Some(Cells { bounds, counts }), ..More::default() },
    }))
}

/// The row that a latency in µs lies in.
fn row_of(us: u64) -> i32 {
    let us = us.clamp(1, HISTOGRAM_MAX_US) as f64;
    (us.log10() * f64::from(ROWS_PER_DECADE) + 1e-9).floor() as i32
}

/// The lower bound of a row, in µs.
fn bound(row: i32) -> f64 {
    10_f64.powf(f64::from(row) / f64::from(ROWS_PER_DECADE))
}
