use super::document::Document;
use super::figures::{Column, plain, table};
use super::plot::{Kind, Look, More, Plot, Series, Unit};
use super::timeline::{POINTS_MAX, Point, Timeline};
use crate::analysis::{StageThroughput, throughput, unit};
use crate::record::{Answered, Arrivals, LoadRecord, PingAnswer, StageRecord};
use maud::{Markup, html};

/// What was asked for against what was reached.
pub(super) fn write(document: &mut Document, load: &LoadRecord) {
    let timeline = Timeline::new(load, POINTS_MAX);
    if timeline.points.is_empty() {
        let none = html! { p.quiet { "Nothing was measured: the run ended before its first interval." } };
        return document.section("throughput", "Throughput", "", none);
    }
    let remark = match load.arrivals {
        Arrivals::Open => {
            "open workload: flows begin at the rate that is asked for, whatever the server does"
        }
        Arrivals::Closed => "closed workload: what is asked for is a number of concurrent flows, not a rate",
    };
    let plot = document.plot(over_time(load, &timeline));
    let body = html! { (plot) (stages(load)) };
    document.measured("throughput", "Throughput", remark, body);
}

fn over_time(load: &LoadRecord, timeline: &Timeline<'_>) -> Plot {
    let line = |name, look, colour, values| Series { name, unit: Unit::Rate, look, colour, values };
    let mut series = Vec::new();
    if load.arrivals == Arrivals::Open {
        let asked = timeline.each(|point| asked(load, point));
        series.push(line("flows asked", Look::Dashed, 7, asked));
    }
    let rate = |n: fn(&Point<'_>) -> u64| timeline.each(|point| point.rate(n(point)));
    series.extend([
        line("flows begun", Look::Line, 1, rate(|point| point.counts.flows.started)),
        line("flows ended", Look::Line, 3, rate(|point| point.counts.flows.outcomes.total())),
        line("tokens", Look::Line, 2, rate(|point| point.counts.token.get(Answered::Tokens))),
        line("pings", Look::Dotted, 4, rate(|point| point.counts.pings.get(PingAnswer::Accepted))),
        line("dropped", Look::Dashed, 6, rate(|point| point.counts.flows.dropped)),
    ]);
    let (x, from, to) = timeline.times();
    let flows = unit::count(load.counts.flows.started);
    Plot {
        id: "throughput".to_owned(),
        title: "Offered and reached, per second".to_owned(),
        remark: format!("{flows} flows; {}", timeline.in_words()),
        kind: Kind::Time,
        x,
        from,
        to,
        unit: Unit::Rate,
        series,
        more: More::default(),
    }
}

/// What the stage of a point asks for in its middle.
fn asked(load: &LoadRecord, point: &Point<'_>) -> Option<f64> {
    let StageRecord { start_s, length_s, asked_from, asked_to, .. } = load.stages.get(point.stage())?;
    if *length_s <= 0.0 {
        return Some(*asked_to);
    }
    let middle = f64::midpoint(point.begin_s(), point.end_s());
    let done = ((middle - start_s) / length_s).clamp(0.0, 1.0);
    Some(asked_from + (asked_to - asked_from) * done)
}

fn stages(load: &LoadRecord) -> Markup {
    let of = throughput(load);
    let columns = [
        Column::Text("stage"),
        Column::Number("length"),
        Column::Number("asked"),
        Column::Number("begun"),
        Column::Number("of asked"),
        Column::Number("ended"),
        Column::Number("acknowledged"),
        Column::Number("pings"),
        Column::Number("polls"),
        Column::Number("tokens"),
        Column::Number("polls per token"),
    ];
    html! {
        (table(&columns, of.stages.iter().map(row)))
        p.quiet {
            "Flows, acknowledgements, pings, polls and tokens per second of the stage, mean over its length. ● measured; what happens in \
             the drain belongs to the spans, too, the warm-up does not."
        }
    }
}

fn row(stage: &StageThroughput) -> Vec<Markup> {
    let figure = |figure: f64| html! { (unit::figure(figure)) };
    let maybe = |text: Option<String>| html! { (text.unwrap_or_else(|| unit::NONE.to_owned())) };
    vec![
        html! { (plain(&stage.name)) @if stage.measured { " ●" } },
        html! { (unit::seconds(stage.length_s)) },
        figure(stage.asked),
        figure(stage.started),
        maybe(stage.of_asked.map(unit::percent)),
        figure(stage.ended),
        figure(stage.acknowledgements),
        figure(stage.pings),
        figure(stage.polls.all),
        figure(stage.tokens),
        maybe(stage.polls_per_token.map(unit::figure)),
    ]
}
