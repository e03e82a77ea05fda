use super::document::Document;
use super::figures::{Column, mark, plain, table};
use super::plot::{Kind, Look, More, Plot, Series, Unit};
use crate::analysis::comparison::{
    Against, Comparison, Difference, FigureComparison, Ratio, ShiftPoint, SpanShift,
};
use crate::analysis::{Owner, unit};
use crate::report::comparison::{ComparisonFormat, STEM, account};
use crate::report::{RenderError, Style};
use maud::{Markup, html};

/// The format's row in the list of formats.
pub(in crate::report) const COMPARISON: ComparisonFormat = ComparisonFormat {
    name: "html",
    stem: STEM,
    extension: "html",
    about: "one HTML file with plots: how each percentile moved, and the distributions over one another",
    render,
};

/// Names of sides, and of what plots show of them: as many as are compared at once.
const SIDES: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];
const RATIOS: [[&str; 3]; 7] = [
    ["B/A", "B/A, low", "B/A, high"],
    ["C/A", "C/A, low", "C/A, high"],
    ["D/A", "D/A, low", "D/A, high"],
    ["E/A", "E/A, low", "E/A, high"],
    ["F/A", "F/A, low", "F/A, high"],
    ["G/A", "G/A, low", "G/A, high"],
    ["H/A", "H/A, low", "H/A, high"],
];

fn render(comparison: &Comparison, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let all: Vec<Difference> = comparison.against.iter().map(account::overall).collect();
    let tone = match () {
        () if all.contains(&Difference::Worse) => "bad",
        () if all.contains(&Difference::Inconclusive) => "careful",
        () => "good",
    };
    let letters: Vec<String> = comparison.sides.iter().map(|side| side.letter.to_string()).collect();
    let mut document = Document::of(&format!("compare {}", letters.join(", ")), tone);
    document.head(head(comparison));
    limits(&mut document, comparison);
    if !comparison.remarks.is_empty() {
        let body = html! { ul.caveats { @for remark in &comparison.remarks { li { (plain(remark)) } } } };
        document.section("remarks", "Before believing it", "", body);
    }
    for (against, id) in comparison.against.iter().zip(["b", "c", "d", "e", "f", "g", "h"]) {
        figures(&mut document, against, id);
    }
    shifts(&mut document, comparison);
    sides(&mut document, comparison);
    document.finish()
}

fn head(comparison: &Comparison) -> Markup {
    html! {
        p.what { "ciba-bench compare" }
        @for against in &comparison.against {
            @let (class, mark) = tone(account::overall(against));
            h1 { span class=(class) { span aria-hidden="true" { (mark) " " } (plain(&account::headline(against))) } }
            p.exit { (account::counts(against)) }
        }
        @if let Some(line) = account::exit_line(comparison) { p.exit { (line) } }
        p.quiet { (account::rule(comparison)) }
    }
}

/// Class of a colour, and a mark.
fn tone(overall: Difference) -> (&'static str, &'static str) {
    match overall {
        Difference::Worse => ("bad", "✗"),
        Difference::Better | Difference::NoDifference => ("good", "✓"),
        Difference::Inconclusive => ("careful", "?"),
    }
}

fn limits(document: &mut Document, comparison: &Comparison) {
    if comparison.against.iter().all(|of| of.limits.is_empty()) {
        return;
    }
    let columns = [
        Column::Text(""),
        Column::Text("side"),
        Column::Text("worse by more than"),
        Column::Number("ratio"),
        Column::Number("interval"),
        Column::Text("outcome"),
    ];
    let rows = comparison.against.iter().flat_map(|against| {
        against.limits.iter().map(|limit| {
            vec![
                mark(account::holds(limit)),
                html! { (against.letter) },
                html! { code { (plain(&limit.expression)) } },
                html! { (measured(limit.ratio)) },
                html! { (account::interval(limit.ratio)) },
                html! {
                    (limit.outcome.name())
                    @if let Some(reason) = &limit.reason { " " span.quiet { (plain(reason)) } }
                },
            ]
        })
    });
    let body = table(&columns, rows);
    document.section(
        "limits",
        "Limits",
        "a regression is shown only where the whole interval lies beyond",
        body,
    );
}

fn measured(ratio: Option<Ratio>) -> String {
    ratio.map_or_else(|| unit::NONE.to_owned(), |of| account::ratio(of.measured))
}

fn figures(document: &mut Document, against: &Against, id: &'static str) {
    let columns = [
        Column::Text("figure"),
        Column::Text("whose"),
        Column::Number("A"),
        Column::Number("other"),
        Column::Number("ratio"),
        Column::Number("95 % interval"),
        Column::Text(""),
        Column::Number("samples A"),
        Column::Number("samples"),
    ];
    let all: Vec<&FigureComparison> =
        Owner::ALL.into_iter().flat_map(|owner| account::shown(against, owner)).collect();
    let rows = all.iter().map(|of| {
        let class = match of.difference {
            Difference::Worse if of.is_servers() => "bad",
            Difference::Better if of.is_servers() => "good",
            Difference::Worse | Difference::Better | Difference::NoDifference | Difference::Inconclusive => "quiet",
        };
        vec![
            html! { code { (of.figure) } },
            html! { (of.figure.owner().name()) },
            html! { (account::value(of.figure, of.baseline)) },
            html! { (account::value(of.figure, of.other)) },
            html! { (measured(of.ratio)) },
            html! { (account::interval_of(of)) },
            html! {
                b class=(class) { (of.difference) }
                @if let Some(doubt) = &of.doubt { " " span.quiet { (doubt.message()) } }
                @if let Some(p) = of.ranks.and_then(|ranks| ranks.p) { " " span.quiet { "p = " (format!("{p:.3}")) } }
            },
            html! { (unit::count(of.baseline.samples)) },
            html! { (unit::count(of.other.samples)) },
        ]
    });
    let body = html! {
        (table(&columns, rows))
        @for line in [account::stretches_line(against), account::ranks_line(against)].into_iter().flatten() {
            p.quiet { (line) }
        }
        p.quiet { "-: too few samples; what neither side has enough samples for is left out." }
    };
    let title = format!("A and {}", against.letter);
    document.section(id, &title, &account::counts(against), body);
}

/// How each percentile moved, and the distributions over one another, span by span: the server's first.
fn shifts(document: &mut Document, comparison: &Comparison) {
    let of_server = |shift: &&SpanShift| matches!(Owner::of(shift.span), Owner::Server | Owner::EndToEnd);
    let (mut moved, mut over) = (Vec::new(), Vec::new());
    for shift in comparison.shifts.iter().filter(of_server) {
        moved.extend(quantile_shift(shift).map(|plot| document.plot(plot)));
        over.push(document.plot(distributions(shift)));
    }
    if !moved.is_empty() {
        let body = html! {
            div.maps { @for plot in &moved { (plot) } }
            p.quiet { "Above 1 a percentile is slower than the baseline's. The band is the 95 % interval of each percentile by itself." }
        };
        document.section("shift", "How the percentiles moved", "ratio to A, percentile by percentile", body);
    }
    if !over.is_empty() {
        let body = html! { div.maps { @for plot in &over { (plot) } } };
        document.section("shares", "The distributions", "share of samples that are no longer than", body);
    }
}

fn quantile_shift(shift: &SpanShift) -> Option<Plot> {
    let x: Vec<f64> = shift.against.first()?.iter().map(|point| point.place).collect();
    if x.len() < 2 {
        return None;
    }
    let values = |points: &[ShiftPoint], of: fn(Ratio) -> f64| {
        points.iter().map(|point| point.ratio.map(of).filter(|ratio| ratio.is_finite())).collect()
    };
    let mut series = Vec::new();
    for ((points, names), colour) in shift.against.iter().zip(RATIOS).zip(1..) {
        let line =
            |name, look, of| Series { name, unit: Unit::Factor, look, colour, values: values(points, of) };
        series.push(line(names[0], Look::Line, |ratio| ratio.measured));
        series.push(line(names[1], Look::Dotted, |ratio| ratio.low));
        series.push(line(names[2], Look::Dotted, |ratio| ratio.high));
    }
    Some(Plot {
        id: format!("shift-{}", shift.span),
        title: shift.span.to_string(),
        remark: shift.span.about().replace("->", "→"),
        kind: Kind::Shift,
        x,
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Factor,
        series,
        more: More::default(),
    })
}

fn distributions(shift: &SpanShift) -> Plot {
    let shown = shift.shares.iter().zip(SIDES).zip([7, 1, 2, 3, 4, 5, 6, 8]);
    let series = shown
        .filter(|((shares, _), _)| !shares.is_empty())
        .map(|((shares, name), colour)| Series {
            name,
            unit: Unit::Share,
            look: Look::Line,
            colour,
            values: shares.iter().copied().map(Some).collect(),
        })
        .collect();
    Plot {
        id: format!("shares-{}", shift.span),
        title: shift.span.to_string(),
        remark: shift.span.about().replace("->", "→"),
        kind: Kind::Shares,
        x: shift.values_us.clone(),
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Share,
        series,
        more: More::default(),
    }
}

/// What was compared.
fn sides(document: &mut Document, comparison: &Comparison) {
    let columns = [Column::Text("side"), Column::Text("run"), Column::Text("what"), Column::Text("tool")];
    let rows = comparison.sides.iter().flat_map(|side| {
        side.runs.iter().map(move |run| {
            vec![
                html! { (account::side(side)) },
                html! { code { (plain(&run.place)) } },
                plain(&account::about(run)),
                html! { "ciba-bench " (plain(&run.tool_version)) },
            ]
        })
    });
    let body = table(&columns, rows);
    document.section("sides", "What was compared", "", body);
}
