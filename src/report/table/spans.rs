use super::grid::Grid;
use super::page::{Page, Tone};
use crate::analysis::{Owner, unit};
use crate::ciba::Named;
use crate::record::{Event, LoadRecord, PingAnswer, Span, Summary, samples_needed};
use crate::report::validity::validity_remark;
use std::collections::BTreeMap;

/// The parts of a flow, grouped by whose time they are.
pub(super) fn write(page: &mut Page<'_>, load: &LoadRecord) {
    let remark = match validity_remark(load) {
        Some(remark) => format!("{remark}; by whose time it is"),
        None => "everything but the warm-up, by whose time it is".to_owned(),
    };
    page.heading("Spans", &remark);
    if load.spans.is_empty() {
        page.text(2, "no samples: nothing was measured outside the warm-up and the drain");
        return;
    }
    // What a span goes from and to is worth a column only where there is room for it.
    let wide = grid(&load.spans, true);
    let fits = wide.width() + 2 <= page.width();
    page.grid(if fits { wide } else { grid(&load.spans, false) });
    let needed = |quantile: f64| unit::count(samples_needed(quantile));
    page.toned(
        2,
        Tone::Quiet,
        &format!(
            "-: too few samples: p50 needs {}, p90 {}, p99 {}, p99.9 {}. The server's times include the network.",
            needed(0.5),
            needed(0.9),
            needed(0.99),
            needed(0.999)
        ),
    );
    if !fits {
        page.toned(
            2,
            Tone::Quiet,
            "What each span goes from and to is in reports/README.md; a wider terminal shows it here.",
        );
    }
    let early = load.counts.events.get(Event::PingBeforeAccepted);
    if early > 0 {
        let pings = unit::count(load.counts.pings.get(PingAnswer::Accepted));
        let early = unit::count(early);
        let text = format!("{early} of {pings} notifications came before the decision itself was answered.");
        page.toned(2, Tone::Quiet, &text);
    }
    let silent: Vec<&str> = Span::ALL
        .iter()
        .filter(|span| !load.spans.contains_key(span) && !Span::OF_AUTH_SERVICE.contains(span))
        .map(|span| span.name())
        .collect();
    if !silent.is_empty() {
        page.toned(2, Tone::Quiet, &format!("No samples at all: {}.", silent.join(", ")));
    }
}

fn grid(spans: &BTreeMap<Span, Summary>, about: bool) -> Grid {
    let headings = ["whose", "span", "count", "p50", "p90", "p99", "p99.9", "max", "from -> to"];
    let shown = if about { headings.len() } else { headings.len() - 1 };
    let mut grid = Grid::new(&headings[..shown], if about { &[0, 1, 8] } else { &[0, 1] });
    for owner in Owner::ALL {
        let mut name = owner.name();
        for (span, summary) in spans.iter().filter(|(span, _)| Owner::of(**span) == owner) {
            let row = [
                name.to_owned(),
                span.to_string(),
                unit::count(summary.count),
                time(summary.p50_us),
                time(summary.p90_us),
                time(summary.p99_us),
                time(summary.p999_us),
                time(Some(summary.max_us)),
                span.about().to_owned(),
            ];
            grid.row(row.into_iter().take(shown));
            name = "";
        }
    }
    grid
}

fn time(us: Option<u64>) -> String {
    us.map_or_else(|| unit::NONE.to_owned(), |us| unit::time_us(us as f64))
}
