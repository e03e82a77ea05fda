use super::document::Document;
use super::figures::{Column, about, facts, plain, table};
use super::head::caveat_list;
use crate::analysis::unit;
use crate::record::{LoadRecord, RunRecord, Span, Stalls, Summary};
use maud::html;

/// How late the generator may have been: spans of its own.
const OWN: [Span; 5] =
    [Span::StartLag, Span::PollLateness, Span::Blocked, Span::NotificationAnswer, Span::ServiceAnswer];

/// Whether the generator did what the profile asked for, and what to know before believing a figure.
pub(super) fn write(document: &mut Document, record: &RunRecord, load: &LoadRecord) {
    let health = &load.generator;
    let valid = health.invalid.is_empty();
    let stalls = |of: &Stalls| match of.count {
        0 => "none".to_owned(),
        n => format!("{}, the longest {}", unit::count(n), unit::time_us(of.longest_ms as f64 * 1e3)),
    };
    let told = [
        (
            "processor",
            html! {
                (unit::percent(health.cpu_share)) " of " (record.environment.cores) " cores, "
                (unit::seconds(health.cpu_s)) ", embedded parts included"
            },
        ),
        ("waited for a processor", html! { (unit::seconds(health.waited_s)) }),
        (
            "memory",
            html! {
                (unit::count(health.rss_start_mib)) " MiB at the begin, at most " (unit::count(health.rss_peak_mib)) " MiB"
            },
        ),
        ("file descriptors", html! { "at most " (unit::count(health.descriptors_peak)) }),
        ("in flight", html! { "at most " (unit::count(health.in_flight_peak)) " flows" }),
        (
            "stalls",
            html! {
                "process " (stalls(&health.stalls)) "; engines " (stalls(&health.engine_stalls)) "; instruments "
                (stalls(&health.instrument_stalls))
            },
        ),
    ];
    let columns =
        [Column::Text("lateness"), Column::Number("p99"), Column::Number("max"), Column::Number("samples")];
    let rows = OWN.iter().filter_map(|span| {
        let Summary { p99_us, max_us, count, .. } = load.spans.get(span)?;
        Some(vec![
            html! { code { (span) } " " span.quiet { (about(*span)) } },
            html! { (super::figures::time(*p99_us)) },
            html! { (unit::time_us(*max_us as f64)) },
            html! { (unit::count(*count)) },
        ])
    });
    let body = html! {
        @if !valid { ul.reasons { @for reason in &health.invalid { li { "✗ " (plain(reason)) } } } }
        (facts(&told))
        (table(&columns, rows))
        @if record.caveats.is_empty() { p.quiet { "No caveats." } } @else {
            h3 { "Caveats" }
            (caveat_list(&record.caveats))
        }
    };
    let remark = if valid { "valid" } else { "INVALID: do not use these figures" };
    document.section("generator", "Generator", remark, body);
}
