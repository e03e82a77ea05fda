use super::grid::Grid;
use super::page::{Page, Tone};
use crate::analysis::unit;
use crate::ciba::Named;
use crate::record::{ConsentsRecord, Counts, Endpoint, LoadRecord, Tally};

/// How flows ended, what the endpoints answered, and what else was counted.
pub(super) fn write(page: &mut Page<'_>, load: &LoadRecord) {
    outcomes(page, &load.counts);
    answers(page, &load.counts);
    events(page, load);
}

fn outcomes(page: &mut Page<'_>, counts: &Counts) {
    let flows = &counts.flows;
    page.heading(
        "Outcomes",
        &format!(
            "{} scheduled = {} started + {} dropped; warm-up and drain included",
            unit::count(flows.scheduled),
            unit::count(flows.started),
            unit::count(flows.dropped)
        ),
    );
    let mut grid = Grid::new(&["outcome", "flows", "of started"], &[0]);
    for (outcome, n) in flows.outcomes.iter() {
        grid.row([outcome.to_string(), unit::count(n), share(n, flows.started)]);
    }
    if grid.is_empty() {
        page.text(2, "no flow ended");
    } else {
        page.grid(grid);
    }
}

fn answers(page: &mut Page<'_>, counts: &Counts) {
    page.heading("Exchanges", "what each endpoint answered, and what called the notification endpoint");
    let mut grid = Grid::new(&["endpoint", "answer", "count", "share"], &[0, 1]);
    for endpoint in Endpoint::ALL {
        rows(&mut grid, endpoint.name(), counts.answers(*endpoint));
    }
    rows(&mut grid, "notification", &counts.pings);
    if grid.is_empty() {
        page.text(2, "none: nothing was sent and nothing arrived");
    } else {
        page.grid(grid);
    }
}

/// One row per answer; the endpoint stands in the first.
fn rows<K: Named>(grid: &mut Grid, endpoint: &str, answers: &Tally<K>) {
    let total = answers.total();
    for (at, (answer, n)) in answers.iter().enumerate() {
        let endpoint = if at == 0 { endpoint } else { "" };
        grid.row([endpoint.to_owned(), answer.name().to_owned(), unit::count(n), share(n, total)]);
    }
}

fn events(page: &mut Page<'_>, load: &LoadRecord) {
    page.heading("Events", "");
    let listed = |pairs: Vec<(String, u64)>| {
        let all: Vec<String> =
            pairs.into_iter().map(|(name, n)| format!("{name} {}", unit::count(n))).collect();
        if all.is_empty() { "none".to_owned() } else { all.join(", ") }
    };
    let events = load.counts.events.iter().map(|(event, n)| (event.to_string(), n)).collect();
    page.marked(2, Tone::Plain, "flows                   ", &listed(events));
    let decisions = load.decisions.iter().map(|(name, n)| (name.clone(), *n)).collect();
    page.marked(2, Tone::Plain, "authentication service  ", &listed(decisions));
    if let Some(consents) = &load.created_consents {
        page.marked(2, Tone::Plain, "consents                ", &about(consents));
    }
}

fn about(consents: &ConsentsRecord) -> String {
    let created = format!("{} created ({})", unit::count(consents.created), consents.kind);
    let ended = match consents.deletable {
        true => format!(
            "{} deleted at the end, {} left",
            unit::count(consents.deleted),
            unit::count(consents.left)
        ),
        false => "which cannot be deleted".to_owned(),
    };
    let said = match consents.refusals.is_empty() {
        true => String::new(),
        false => format!("; the server said: {}", consents.refusals.join("; ")),
    };
    format!("{created}, {ended}{said}")
}

fn share(part: u64, whole: u64) -> String {
    unit::ratio(part, whole).map_or_else(|| unit::NONE.to_owned(), unit::percent)
}
