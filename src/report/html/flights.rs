use super::document::Document;
use super::plot::{Kind, Look, More, Plot, Series, Unit};
use super::timeline::{POINTS_MAX, Timeline};
use crate::analysis::{throughput, unit};
use crate::record::LoadRecord;
use maud::html;

/// Flows under way against Little's law.
pub(super) fn write(document: &mut Document, load: &LoadRecord) {
    let timeline = Timeline::new(load, POINTS_MAX);
    if timeline.points.is_empty() {
        return;
    }
    let stages = throughput(load).stages;
    // Where no flow begins, the law says nothing about those that are left.
    let begun = |stage: usize| load.stages.get(stage).is_some_and(|stage| stage.counts.flows.started > 0);
    let predicted = timeline
        .each(|point| stages.get(point.stage()).filter(|_| begun(point.stage()))?.in_flight_predicted);
    let line = |name, look, colour, values| Series { name, unit: Unit::Count, look, colour, values };
    let most = timeline.each(|point| Some(point.in_flight().1 as f64));
    let mut series = if timeline.per_point > 1 {
        let fewest = timeline.each(|point| Some(point.in_flight().0 as f64));
        vec![line("most in flight", Look::Line, 1, most), line("fewest in flight", Look::Dotted, 1, fewest)]
    } else {
        vec![line("in flight", Look::Line, 1, most)]
    };
    if predicted.iter().any(Option::is_some) {
        series.push(line("Little's law", Look::Dashed, 2, predicted));
    }
    let (x, from, to) = timeline.times();
    let plot = document.plot(Plot {
        id: "in-flight".to_owned(),
        title: "Flows under way".to_owned(),
        remark: format!(
            "at the end of each interval, at most {}; {}",
            unit::count(load.generator.in_flight_peak),
            timeline.in_words()
        ),
        kind: Kind::Time,
        x,
        from,
        to,
        unit: Unit::Count,
        series,
        more: More::default(),
    });
    let body = html! {
        (plot)
        p.quiet {
            "Little's law: flows begun per second times the mean length of the flows that ended, stage by stage. In a steady stage the \
             two agree; where they do not, flows pile up, or the stage is shorter than a flow."
        }
    };
    document.measured("in-flight", "In flight", "", body);
}
