use super::document::Document;
use super::figures::{Column, about, table, time};
use crate::analysis::{Owner, unit};
use crate::record::LoadRecord;
use maud::html;

/// Every named part of a flow with its percentiles.
pub(super) fn write(document: &mut Document, load: &LoadRecord) {
    if load.spans.is_empty() {
        let none = html! { p.quiet { "No samples: nothing was measured after the warm-up." } };
        return document.section("spans", "Spans", "", none);
    }
    let columns = [
        Column::Text("whose"),
        Column::Text("span"),
        Column::Number("samples"),
        Column::Number("mean"),
        Column::Number("p50"),
        Column::Number("p90"),
        Column::Number("p99"),
        Column::Number("p99.9"),
        Column::Number("max"),
    ];
    let mut rows = Vec::new();
    for owner in Owner::ALL {
        for (span, of) in load.spans.iter().filter(|(span, _)| Owner::of(**span) == owner) {
            rows.push(vec![
                html! { (owner.name()) },
                html! { code { (span) } " " span.quiet { (about(*span)) } },
                html! { (unit::count(of.count)) },
                html! { (unit::time_us(of.mean_us)) },
                html! { (time(of.p50_us)) },
                html! { (time(of.p90_us)) },
                html! { (time(of.p99_us)) },
                html! { (time(of.p999_us)) },
                html! { (unit::time_us(of.max_us as f64)) },
            ]);
        }
    }
    let body = html! {
        (table(&columns, rows))
        p.quiet {
            "A percentile is shown where at least 3 / (1 - p) samples stand behind it: 6 for p50, 30 for p90, 300 for p99, 3,000 for p99.9."
        }
    };
    document.measured("spans", "Spans", "everything but the warm-up, by whose time it is", body);
}
