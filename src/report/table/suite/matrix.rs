use crate::analysis::{SuiteSummary, unit};
use crate::record::SuiteRecord;
use crate::report::group::Group;
use crate::report::printable::shortened;
use crate::report::table::grid::Grid;
use crate::report::table::page::{Page, Tone};

/// Longest title of a section that is shown in full, with and without marks beside it.
const TITLE_MAX: usize = 30;
const TITLE_MAX_NARROW: usize = 22;

/// Marks of checks that stand in one line.
const MARKS_MAX: usize = 20;

/// One line per section: every check as a mark, and how many of each.
pub(super) fn write(page: &mut Page<'_>, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    let took = unit::time_us(suite.took_ms * 1e3);
    page.heading("Checks", &format!("{} selected, {} ran, in {took}", summary.checks.len(), summary.ran()));
    if summary.checks.is_empty() {
        page.text(2, "none was selected");
        return;
    }
    // The marks say where in a section it is; the figures have the rest. They go where there is no room for both.
    let wide = grid(summary, true);
    page.grid(if wide.width() + 2 <= page.width() { wide } else { grid(summary, false) });
    legend(page, &Group::used(summary));
}

/// What the marks mean; a mark and its meaning stay in one line.
fn legend(page: &mut Page<'_>, used: &[Group]) {
    if used == [Group::Passed] {
        return;
    }
    let mut line = String::new();
    for group in used {
        let entry = format!("{} {}", group.mark(), group.about());
        if !line.is_empty() && 2 + line.chars().count() + 3 + entry.chars().count() > page.width() {
            page.toned(2, Tone::Quiet, &line);
            line.clear();
        }
        if !line.is_empty() {
            line.push_str("   ");
        }
        line.push_str(&entry);
    }
    page.toned(2, Tone::Quiet, &line);
}

fn grid(summary: &SuiteSummary<'_>, marks: bool) -> Grid {
    let groups = Group::used(summary);
    let mut headings = vec!["section"];
    headings.extend(groups.iter().map(|group| group.name()));
    if marks {
        headings.push("each check");
    }
    let left = if marks { vec![0, headings.len() - 1] } else { vec![0] };
    let mut grid = Grid::new(&headings, &left);
    for section in &summary.sections {
        let mut row = vec![shortened(section.title, if marks { TITLE_MAX } else { TITLE_MAX_NARROW })];
        row.extend(groups.iter().map(|group| number(group.members(&section.checks).len())));
        if !marks {
            grid.row(row);
            continue;
        }
        let each: Vec<&str> = section.checks.iter().map(|judged| Group::of(judged).mark()).collect();
        for (at, line) in each.chunks(MARKS_MAX).enumerate() {
            let before = if at == 0 { row.clone() } else { vec![String::new(); row.len()] };
            grid.row(before.into_iter().chain([line.concat()]));
        }
    }
    if summary.sections.len() > 1 {
        let mut row = vec!["all".to_owned()];
        row.extend(groups.iter().map(|group| number(group.members(&summary.checks).len())));
        grid.row(row.into_iter().chain(marks.then(String::new)));
    }
    grid
}

/// Nothing is left blank: most of the matrix is nothing.
fn number(n: usize) -> String {
    if n == 0 { String::new() } else { unit::count(n as u64) }
}
