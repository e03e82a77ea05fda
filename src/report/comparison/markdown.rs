use super::account::{DOUBTED_MAX, Doubted};
use super::{ComparisonFormat, STEM, account};
use crate::analysis::comparison::{Against, Comparison, Difference, FigureComparison};
use crate::analysis::{Owner, unit};
use crate::report::markdown::escape;
use crate::report::{RenderError, Style};

/// The format's row in the list of formats.
pub(super) const FORMAT: ComparisonFormat = ComparisonFormat {
    name: "markdown",
    stem: STEM,
    extension: "md",
    about: "Markdown for a pull request: verdict, limits, what differs, and every figure folded away",
    render,
};

fn render(comparison: &Comparison, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = String::new();
    for against in &comparison.against {
        let mark = mark(account::overall(against));
        page.push_str(&format!("## {mark} ciba-bench compare: {}\n\n", account::overall(against)));
        page.push_str(&format!("**{}**\n\n", escape::text(&account::headline(against))));
        page.push_str(&format!("- {}\n", account::counts(against)));
    }
    if let Some(line) = account::exit_line(comparison) {
        page.push_str(&format!("- {}\n", escape::text(&line)));
    }
    for side in &comparison.sides {
        for run in &side.runs {
            let (place, about) = (escape::code(&run.place), escape::text(&account::about(run)));
            page.push_str(&format!("- {}: {place}, {about}\n", side.letter));
        }
    }
    page.push('\n');
    limits(&mut page, comparison);
    if !comparison.remarks.is_empty() {
        page.push_str("### Before believing it\n\n");
        for remark in &comparison.remarks {
            page.push_str(&format!("- {}\n", escape::text(remark)));
        }
        page.push('\n');
    }
    for against in &comparison.against {
        figures(&mut page, against);
    }
    page.push_str(&format!("{}\n", account::rule(comparison)));
    Ok(page.into_bytes())
}

fn mark(difference: Difference) -> &'static str {
    match difference {
        Difference::Worse => "❌",
        Difference::Better | Difference::NoDifference => "✅",
        Difference::Inconclusive => "⚠️",
    }
}

fn limits(page: &mut String, comparison: &Comparison) {
    if comparison.against.iter().all(|of| of.limits.is_empty()) {
        return;
    }
    page.push_str(
        "### Limits\n\n| | | worse by more than | ratio | interval | | |\n|---|---|---|---:|---:|---|---|\n",
    );
    for against in &comparison.against {
        for limit in &against.limits {
            page.push_str(&format!(
                "| {} | {} | {} | {} | {} | {} | {} |\n",
                if account::holds(limit) { "✅" } else { "❌" },
                against.letter,
                escape::code(&limit.expression),
                limit.ratio.map_or_else(|| unit::NONE.to_owned(), |of| account::ratio(of.measured)),
                account::interval(limit.ratio),
                limit.outcome.name(),
                escape::text(limit.reason.as_deref().unwrap_or_default())
            ));
        }
    }
    page.push('\n');
}

/// What differs, then everything, folded away.
fn figures(page: &mut String, against: &Against) {
    let all: Vec<&FigureComparison> =
        Owner::ALL.into_iter().flat_map(|owner| account::shown(against, owner)).collect();
    let differs = |of: &&FigureComparison| {
        of.is_servers() && matches!(of.difference, Difference::Worse | Difference::Better)
    };
    let differing: Vec<&FigureComparison> = all.iter().copied().filter(differs).collect();
    if !differing.is_empty() {
        page.push_str(&format!("### What differs between A and {}\n\n", against.letter));
        table(page, against.letter, &differing);
    }
    page.push_str(&format!(
        "<details><summary>Every figure of A and {} ({})</summary>\n\n",
        against.letter,
        all.len()
    ));
    table(page, against.letter, &all);
    for Doubted { reason, figures, remedy } in account::doubts(against) {
        let figures: Vec<String> = figures.iter().map(|name| escape::code(name)).collect();
        let figures = account::named(&figures, DOUBTED_MAX);
        page.push_str(&format!("- inconclusive, {reason}: {figures} → {remedy}\n"));
    }
    if let Some(line) = account::stretches_line(against) {
        page.push_str(&format!("- {}\n", escape::text(&line)));
    }
    if let Some(line) = account::ranks_line(against) {
        page.push_str(&format!("- {line}\n"));
    }
    page.push_str("\n</details>\n\n");
}

fn table(page: &mut String, letter: char, figures: &[&FigureComparison]) {
    page.push_str(&format!(
        "| figure | whose | A | {letter} | {letter}/A | 95 % interval | | n A | n {letter} |\n\
         |---|---|---:|---:|---:|---:|---|---:|---:|\n"
    ));
    for of in figures {
        let differs = matches!(of.difference, Difference::Worse | Difference::Better) && of.is_servers();
        let word = if differs { format!("**{}**", of.difference) } else { of.difference.to_string() };
        page.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {word} | {} | {} |\n",
            escape::code(&of.figure.to_string()),
            of.figure.owner().name(),
            account::value(of.figure, of.baseline),
            account::value(of.figure, of.other),
            of.ratio.map_or_else(|| unit::NONE.to_owned(), |of| account::ratio(of.measured)),
            account::interval_of(of),
            unit::count(of.baseline.samples),
            unit::count(of.other.samples)
        ));
    }
    page.push('\n');
}
