use super::document::Document;
use super::figures::{Column, about, table, time};
use crate::analysis::{Owner, unit};
use crate::record::{LoadRecord, Span, Summary};
use maud::{Markup, html};

/// The parts of a flow from the request to the tokens, in their order, each with the number of its colour.
const PARTS: [(Span, u8); 6] = [
    (Span::Consent, 8),
    (Span::Ack, 1),
    (Span::DecisionDelay, 7),
    (Span::Accept, 4),
    (Span::Pacing, 6),
    (Span::Redeem, 3),
];

/// A statistic of a span, in µs; nothing where there are too few samples.
type Statistic = (&'static str, fn(&Summary) -> Option<f64>);

const STATISTICS: [Statistic; 4] = [
    ("mean", |of| Some(of.mean_us)),
    ("p50", |of| of.p50_us.map(|us| us as f64)),
    ("p90", |of| of.p90_us.map(|us| us as f64)),
    ("p99", |of| of.p99_us.map(|us| us as f64)),
];

/// Where the time of a flow goes: one bar per statistic, first with the user and the protocol, then what is the server's alone.
pub(super) fn write(document: &mut Document, load: &LoadRecord) {
    let parts: Vec<(Span, u8, &Summary)> =
        PARTS.iter().filter_map(|(span, colour)| Some((*span, *colour, load.spans.get(span)?))).collect();
    if parts.is_empty() {
        return;
    }
    let servers: Vec<_> =
        parts.iter().filter(|(span, ..)| Owner::of(*span) == Owner::Server).copied().collect();
    let body = html! {
        div.columns {
            div { h3 { "The whole flow" } (bars(&parts)) }
            @if !servers.is_empty() { div { h3 { "The server's parts alone" } (bars(&servers)) } }
        }
        (figures(&parts, load))
        p.quiet {
            "Means add up to the mean of flows that go through all parts. Percentiles of parts do not add up to the percentile of the \
             whole: the flow that is slow in one part need not be slow in another. Pings and pushes arrive between accept and redeem."
        }
    };
    document.measured(
        "waterfall",
        "Flow waterfall",
        "where the time goes, from the request to the tokens",
        body,
    );
}

/// One bar per statistic that every part has.
fn bars(parts: &[(Span, u8, &Summary)]) -> Markup {
    let bars: Vec<(&str, Vec<f64>)> = STATISTICS
        .iter()
        .filter_map(|(name, of)| {
            Some((*name, parts.iter().map(|(.., of_span)| of(of_span)).collect::<Option<_>>()?))
        })
        .collect();
    let longest = bars.iter().map(|(_, parts)| parts.iter().sum::<f64>()).fold(1.0, f64::max);
    html! {
        div.bars {
            @for (name, lengths) in &bars {
                span.label { (name) }
                svg width="100%" height="20" role="img" aria-label={ (name) " by part" } {
                    @for (at, (span, colour, _)) in parts.iter().enumerate() {
                        rect class={ "c" (colour) } x={ (percent(lengths[..at].iter().sum::<f64>() / longest)) } y="0"
                            width={ (percent(lengths[at] / longest)) } height="20" {
                            title { (span) " " (name) ": " (unit::time_us(lengths[at])) }
                        }
                    }
                }
                span.n { (unit::time_us(lengths.iter().sum())) }
            }
        }
        p.key { @for (span, colour, _) in parts { span { i class={ "c" (colour) } {} (span) } } }
    }
}

fn figures(parts: &[(Span, u8, &Summary)], load: &LoadRecord) -> Markup {
    let columns = [
        Column::Text("part"),
        Column::Text("whose time"),
        Column::Number("mean"),
        Column::Number("p50"),
        Column::Number("p90"),
        Column::Number("p99"),
        Column::Number("samples"),
    ];
    let parts = parts.iter().map(|(span, _, of)| (*span, *of));
    let whole = load.spans.get(&Span::Flow).map(|of| (Span::Flow, of));
    table(
        &columns,
        parts.chain(whole).map(|(span, of)| {
            vec![
                html! { code { (span) } " " span.quiet { (about(span)) } },
                html! { (Owner::of(span).name()) },
                html! { (unit::time_us(of.mean_us)) },
                html! { (time(of.p50_us)) },
                html! { (time(of.p90_us)) },
                html! { (time(of.p99_us)) },
                html! { (unit::count(of.count)) },
            ]
        }),
    )
}

/// A length of a drawing.
pub(super) fn percent(share: f64) -> String {
    format!("{:.3}%", 100.0 * if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 })
}
