use super::grid::Grid;
use super::page::{Page, Tone};
use crate::analysis::{StageThroughput, Throughput, throughput, unit};
use crate::record::{Arrivals, LoadRecord};
use crate::report::printable::shortened;
use crate::report::validity::validity_remark;

/// Longest name of a stage that is shown in full.
const STAGE_MAX: usize = 14;

/// Asked and reached, per stage.
pub(super) fn write(page: &mut Page<'_>, load: &LoadRecord) {
    let Throughput { stages, measured } = throughput(load);
    let remark = match load.arrivals {
        Arrivals::Open => "open workload; rates are per second",
        Arrivals::Closed => "closed workload: asked are concurrent flows; rates are per second",
    };
    let remark = match validity_remark(load) {
        Some(invalid) => format!("{invalid}; {remark}"),
        None => remark.to_owned(),
    };
    page.heading("Throughput", &remark);
    if stages.is_empty() {
        page.text(2, "the run ended before its first stage");
        return;
    }
    // One measured stage is its own sum.
    let several = stages.iter().filter(|stage| stage.measured).count() > 1;
    let sum = measured.filter(|_| several);
    let rows: Vec<&StageThroughput> = stages.iter().chain(&sum).collect();
    flows(page, &rows);
    page.toned(
        2,
        Tone::Quiet,
        "*: measured. What happens in the drain belongs to the spans, too; the warm-up does not. In flight is the mean of the \
         log; Little's law is flows per second times the mean length of a flow.",
    );
    page.blank();
    polls(page, &rows);
}

fn flows(page: &mut Page<'_>, rows: &[&StageThroughput]) {
    let mut grid = Grid::new(
        &[
            "\nstage",
            "",
            "\nlength",
            "flows\nasked",
            "flows\nbegun",
            "of\nasked",
            "flows\nended",
            "acknow-\nledged",
            "\npings",
            "\ntokens",
            "in\nflight",
            "by\nLittle",
        ],
        &[0, 1],
    );
    for stage in rows {
        let optional = |value: Option<f64>| value.map_or_else(|| unit::NONE.to_owned(), unit::figure);
        grid.row([
            shortened(&stage.name, STAGE_MAX),
            if stage.measured { "*" } else { "" }.to_owned(),
            unit::seconds(stage.length_s),
            unit::figure(stage.asked),
            unit::figure(stage.started),
            stage.of_asked.map_or_else(|| unit::NONE.to_owned(), unit::percent),
            unit::figure(stage.ended),
            unit::figure(stage.acknowledgements),
            unit::figure(stage.pings),
            unit::figure(stage.tokens),
            optional(stage.in_flight_observed),
            optional(stage.in_flight_predicted),
        ]);
    }
    page.grid(grid);
}

fn polls(page: &mut Page<'_>, rows: &[&StageThroughput]) {
    let mut grid = Grid::new(
        &[
            "\nstage",
            "",
            "polls\nall",
            "\npending",
            "\nslow_down",
            "\ntokens",
            "\ndenied",
            "\nexpired",
            "other\nerror",
            "no\nanswer",
            "polls per\ntoken",
        ],
        &[0, 1],
    );
    for stage in rows {
        let polls = stage.polls;
        let rates = [
            polls.all,
            polls.pending,
            polls.slow_down,
            polls.tokens,
            polls.denied,
            polls.expired,
            polls.refused,
            polls.failed,
        ];
        let names = [shortened(&stage.name, STAGE_MAX), if stage.measured { "*" } else { "" }.to_owned()];
        let per_token = stage.polls_per_token.map_or_else(|| unit::NONE.to_owned(), unit::figure);
        grid.row(names.into_iter().chain(rates.map(unit::figure)).chain([per_token]));
    }
    page.grid(grid);
}
