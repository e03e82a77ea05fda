use crate::analysis::{SuiteSummary, unit};
use crate::record::{CheckRecord, SuiteRecord};
use crate::report::account::milliseconds;
use crate::report::table::grid::Grid;
use crate::report::table::page::{Page, Tone};

/// Checks of the critical path that are shown: the longest ones.
const PATH_MAX: usize = 8;

/// Time after the last check, in ms, from which on it is worth a line.
const PROBING_SHOWN_MIN_MS: f64 = 100.0;

/// The checks that made the suite as long as it was.
pub(super) fn write(page: &mut Page<'_>, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    let path = &summary.critical_path;
    if path.is_empty() {
        return;
    }
    let took: f64 = path.iter().map(|check| check.took_ms).sum();
    page.heading(
        "Critical path",
        &format!(
            "{} of the suite's {}: the rest ran beside it",
            milliseconds(took),
            milliseconds(suite.took_ms)
        ),
    );
    let shown = longest(path);
    let mut grid = Grid::new(&["began", "took", "of all", "check"], &[3]);
    for check in &shown {
        let share = if suite.took_ms > 0.0 {
            unit::percent(check.took_ms / suite.took_ms)
        } else {
            unit::NONE.to_owned()
        };
        grid.row([milliseconds(check.started_ms), milliseconds(check.took_ms), share, check.id.clone()]);
    }
    page.grid(grid);
    let checked = path.last().map_or(0.0, |check| check.started_ms + check.took_ms);
    let probing = suite.took_ms - checked;
    if suite.polling.is_some() && probing >= PROBING_SHOWN_MIN_MS {
        let text =
            format!("then {} for probes of the polling policy, which need silence", milliseconds(probing));
        page.toned(2, Tone::Quiet, &text);
    }
    let more = path.len() - shown.len();
    if more > 0 {
        let rest = took - shown.iter().map(|check| check.took_ms).sum::<f64>();
        page.toned(2, Tone::Quiet, &format!("and {more} shorter ones, {} together", milliseconds(rest)));
    }
}

/// The longest checks of the path, in its order.
fn longest<'r>(path: &[&'r CheckRecord]) -> Vec<&'r CheckRecord> {
    let mut places: Vec<usize> = (0..path.len()).collect();
    places.sort_by(|one, other| path[*other].took_ms.total_cmp(&path[*one].took_ms));
    places.truncate(PATH_MAX);
    places.sort_unstable();
    places.into_iter().map(|place| path[place]).collect()
}
