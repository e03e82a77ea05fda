use super::plot::{Kind, Look, More, Plot, Series, Unit};
use crate::analysis::capacity::{Course, TrialMark, course, part_name};
use crate::record::CapacityRecord;

/// The rates of all trials in their order, by what they came to, and how both bounds close in; nothing where there was no trial.
pub(super) fn trial_plot(capacity: &CapacityRecord) -> Option<Plot> {
    if capacity.trials.is_empty() {
        return None;
    }
    let course = course(capacity);
    let rates = |wanted: TrialMark| {
        let trials = capacity.trials.iter().zip(&course);
        trials.map(|(trial, seen)| (seen.mark == wanted).then_some(trial.rate_per_s)).collect()
    };
    let bound = |of: fn(&Course) -> Option<f64>| course.iter().map(of).collect();
    let series = |name, look, colour, values: Vec<Option<f64>>| Series {
        name,
        unit: Unit::Rate,
        look,
        colour,
        values,
    };
    let trials = 1..=capacity.trials.len();
    let names =
        trials.clone().zip(&capacity.trials).map(|(at, trial)| format!("{at}, {}", part_name(trial.part)));
    Some(Plot {
        id: "trials".to_owned(),
        title: "Trials in their order, flows per second".to_owned(),
        remark: "each point is a load at one rate; the lines are the rates between which the capacity lay after each trial".to_owned(),
        kind: Kind::Trials,
        x: trials.map(|at| at as f64).collect(),
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Rate,
        series: vec![
            series("lower bound", Look::Stepped, 3, bound(|seen| seen.lower)),
            series("upper bound", Look::Stepped, 2, bound(|seen| seen.upper)),
            series("met", Look::Mark, 3, rates(TrialMark::Met)),
            series("missed", Look::Ring, 2, rates(TrialMark::Broken)),
            series("undecided rate", Look::Ring, 4, rates(TrialMark::Undecided)),
            series("invalid", Look::Mark, 7, rates(TrialMark::Invalid)),
        ],
        more: More {
            names: names.collect(),
            axis: Some("trial"),
            ..More::default()
        },
    })
}
