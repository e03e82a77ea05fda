use super::account::{DOUBTED_MAX, Doubted};
use super::{ComparisonFormat, STEM, account};
use crate::analysis::comparison::{Against, Comparison, Difference, FigureComparison};
use crate::analysis::{Owner, unit};
use crate::report::table::{Grid, Page, Tone};
use crate::report::{RenderError, Style};

/// The format's row in the list of formats.
pub(super) const FORMAT: ComparisonFormat = ComparisonFormat {
    name: "table",
    stem: STEM,
    extension: "txt",
    about: "tables for a terminal: verdict, limits, every figure with its ratio and interval",
    render,
};

fn render(comparison: &Comparison, style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = Page::new(style);
    page.toned(0, Tone::Title, "ciba-bench compare");
    for side in &comparison.sides {
        let label = format!("{}  ", side.letter);
        for run in &side.runs {
            page.marked(2, Tone::Plain, &label, &account::run(run));
        }
    }
    for against in &comparison.against {
        verdict(&mut page, against);
    }
    if let Some(line) = account::exit_line(comparison) {
        page.toned(2, Tone::Quiet, &line);
    }
    limits(&mut page, comparison);
    if !comparison.remarks.is_empty() {
        page.heading("Before believing it", "");
        comparison.remarks.iter().for_each(|remark| page.marked(2, Tone::Careful, "! ", remark));
    }
    for against in &comparison.against {
        figures(&mut page, against);
    }
    page.blank();
    page.toned(2, Tone::Quiet, &account::rule(comparison));
    page.toned(2, Tone::Quiet, "-: too few samples; what neither side has enough samples for is left out.");
    Ok(page.finish().into_bytes())
}

fn verdict(page: &mut Page<'_>, against: &Against) {
    let (tone, mark) = match account::overall(against) {
        Difference::Worse => (Tone::Bad, "✗ "),
        Difference::Better | Difference::NoDifference => (Tone::Good, "✓ "),
        Difference::Inconclusive => (Tone::Careful, "? "),
    };
    page.blank();
    page.marked(0, tone, mark, &account::headline(against));
    page.toned(2, Tone::Quiet, &account::counts(against));
}

fn limits(page: &mut Page<'_>, comparison: &Comparison) {
    if comparison.against.iter().all(|of| of.limits.is_empty()) {
        return;
    }
    page.heading("Limits", "a regression is shown only where the whole interval lies beyond");
    let mut grid = Grid::new(&["", "", "worse by more than", "ratio", "interval", ""], &[0, 1, 2, 5]);
    for against in &comparison.against {
        for limit in &against.limits {
            grid.row([
                if account::holds(limit) { "✓" } else { "✗" }.to_owned(),
                against.letter.to_string(),
                limit.expression.clone(),
                limit.ratio.map_or_else(|| unit::NONE.to_owned(), |of| account::ratio(of.measured)),
                account::interval(limit.ratio),
                limit.outcome.name().to_owned(),
            ]);
        }
    }
    page.grid(grid);
    for limit in comparison.against.iter().flat_map(|of| &of.limits) {
        if let Some(reason) = &limit.reason {
            page.toned(2, Tone::Careful, &format!("{}: {reason}", limit.expression));
        }
    }
}

fn figures(page: &mut Page<'_>, against: &Against) {
    for owner in Owner::ALL {
        let shown = account::shown(against, owner);
        if shown.is_empty() {
            continue;
        }
        let remark = match owner {
            Owner::Server | Owner::EndToEnd => String::new(),
            Owner::Protocol | Owner::User | Owner::Generator => {
                "shown, and not held against the server".to_owned()
            }
        };
        page.heading(&format!("A and {}: {}", against.letter, owner.name()), &remark);
        page.grid(grid(against.letter, &shown));
    }
    for Doubted { reason, figures, remedy } in account::doubts(against) {
        let figures = account::named(&figures, DOUBTED_MAX);
        page.toned(2, Tone::Careful, &format!("inconclusive, {reason}: {figures} -> {remedy}"));
    }
    if let Some(line) = account::stretches_line(against) {
        page.toned(2, Tone::Quiet, &line);
    }
    if let Some(line) = account::ranks_line(against) {
        page.toned(2, Tone::Quiet, &line);
    }
}

fn grid(letter: char, shown: &[&FigureComparison]) -> Grid {
    let tested = shown.iter().any(|of| of.ranks.is_some_and(|ranks| ranks.p.is_some()));
    let (other, ratio, samples) = (letter.to_string(), format!("{letter}/A"), format!("n {letter}"));
    let mut headings = vec!["", "", "A", &other, &ratio, "95 % interval", "", "n A", &samples];
    if tested {
        headings.push("p");
    }
    let mut grid = Grid::new(&headings, &[0, 1, 6]);
    let mut before = "";
    for of in shown {
        let [name, statistic] = of.figure.parts();
        let first = name != before;
        let count = |n: u64| if first { unit::count(n) } else { String::new() };
        let mut row = vec![
            if first { name.to_owned() } else { String::new() },
            statistic.to_owned(),
            account::value(of.figure, of.baseline),
            account::value(of.figure, of.other),
            of.ratio.map_or_else(|| unit::NONE.to_owned(), |of| account::ratio(of.measured)),
            account::interval_of(of),
            of.difference.to_string(),
            count(of.baseline.samples),
            count(of.other.samples),
        ];
        if tested {
            let p = of.ranks.and_then(|ranks| ranks.p);
            row.push(p.map_or_else(|| unit::NONE.to_owned(), |p| format!("{p:.3}")));
        }
        grid.row(row);
        before = name;
    }
    grid
}
