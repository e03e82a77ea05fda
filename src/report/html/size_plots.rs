use super::plot::{Kind, Look, More, Plot, Series, Unit};
use crate::analysis::sizing::{EXTRAPOLATION_MAX, Measured, ScalingLaw, Size, Sizing};
use crate::report::printable::printable;

/// Points of the curve of the scaling law, beside those that were measured.
const CURVE_POINTS: u32 = 120;

/// Where sizes lie: at their processors or nodes, or side by side where these do not tell them apart.
struct Places {
    x: Vec<f64>,
    /// What `x` is; `None` where it only counts.
    axis: Option<&'static str>,
}

/// Capacity of each size with its interval; nothing where no capacity is known.
pub(super) fn capacity_plot(sizing: &Sizing) -> Option<Plot> {
    let known: Vec<&Size> = sizing.sizes.iter().filter(|size| size.measured.lower().is_some()).collect();
    let Places { x, axis } = places(&known)?;
    let upper = |size: &&Size| match size.measured {
        Measured::Between { upper, .. } => Some(upper),
        Measured::AtLeast { .. } | Measured::Unknown { .. } => None,
    };
    let series = |name, look, colour, values| Series { name, unit: Unit::Rate, look, colour, values };
    Some(Plot {
        id: "capacity".to_owned(),
        title: title("Capacity, flows per second", axis),
        remark:
            "bars: the thresholds held; lines: up to where one of them broke; light bars: so much at least"
                .to_owned(),
        kind: if axis.is_some() { Kind::Sizes } else { Kind::Named },
        x,
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Rate,
        series: vec![
            series("held at", Look::Bar, 1, known.iter().map(|size| size.measured.lower()).collect()),
            series("broke at", Look::Interval, 2, known.iter().map(upper).collect()),
        ],
        more: More {
            names: known.iter().map(|size| printable(&size.name())).collect(),
            axis: Some(axis.unwrap_or("size")),
            ..More::default()
        },
    })
}

/// What each step up brought; nothing where there is none.
pub(super) fn efficiency_plot(sizing: &Sizing) -> Option<Plot> {
    if sizing.steps.is_empty() {
        return None;
    }
    let number = |index: usize| sizing.sizes.get(index).and_then(Size::number).unwrap_or_default();
    let names = sizing.steps.iter().map(|step| format!("{} → {}", number(step.from), number(step.to)));
    let series = |name, look, colour, values| Series { name, unit: Unit::Share, look, colour, values };
    Some(Plot {
        id: "efficiency".to_owned(),
        title: "Efficiency of each step".to_owned(),
        remark: "capacity gained over size gained; lines: what both brackets leave open".to_owned(),
        kind: Kind::Named,
        x: (1..=sizing.steps.len()).map(|at| at as f64).collect(),
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Share,
        series: vec![
            series(
                "efficiency",
                Look::Bar,
                3,
                sizing.steps.iter().map(|step| Some(step.efficiency)).collect(),
            ),
            series(
                "at least",
                Look::Interval,
                2,
                sizing.steps.iter().map(|step| Some(step.range.0)).collect(),
            ),
            series(
                "at most",
                Look::Interval,
                2,
                sizing.steps.iter().map(|step| Some(step.range.1)).collect(),
            ),
        ],
        more: More { names: names.collect(), axis: Some("step"), ..More::default() },
    })
}

/// The law's curve as far as it may be drawn, with the capacities that it was fitted to.
pub(super) fn law_plot(sizing: &Sizing, law: &ScalingLaw) -> Plot {
    let end = law.largest * EXTRAPOLATION_MAX;
    let measured: Vec<(f64, f64)> = sizing
        .sizes
        .iter()
        .filter_map(|size| match size.measured {
            Measured::Between { lower, upper } => Some((size.number()?, (lower * upper).sqrt())),
            Measured::AtLeast { .. } | Measured::Unknown { .. } => None,
        })
        .collect();
    let curve = (1..=CURVE_POINTS).map(|step| end * f64::from(step) / f64::from(CURVE_POINTS));
    let mut x: Vec<f64> = curve.chain(measured.iter().map(|(size, _)| *size)).collect();
    x.sort_by(f64::total_cmp);
    x.dedup();
    let of_size = |x: &f64| measured.iter().find(|(size, _)| size == x).map(|(_, capacity)| *capacity);
    let series = |name, look, colour, values| Series { name, unit: Unit::Rate, look, colour, values };
    let axis = axis(&sizing.sizes.iter().collect::<Vec<_>>());
    Plot {
        id: "law".to_owned(),
        title: title("The law's curve and what was measured, flows per second", axis),
        remark: "points: the middle of each bracket; shaded: beyond the largest size that was measured"
            .to_owned(),
        kind: Kind::Law,
        series: vec![
            series("scaling law", Look::Line, 1, x.iter().map(|size| law.capacity_of(*size)).collect()),
            series("measured", Look::Mark, 2, x.iter().map(of_size).collect()),
        ],
        x,
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Rate,
        more: More { axis: Some(axis.unwrap_or("size")), beyond: Some(law.largest), ..More::default() },
    }
}

fn title(what: &str, axis: Option<&str>) -> String {
    axis.map_or_else(|| what.to_owned(), |axis| format!("{what}, by {axis} of the whole deployment"))
}

/// What the numbers of these sizes count, where all count the same.
fn axis(sizes: &[&Size]) -> Option<&'static str> {
    if sizes.iter().all(|size| size.vcpus.is_some()) {
        Some("vCPU")
    } else if sizes.iter().all(|size| size.vcpus.is_none() && size.nodes.is_some()) {
        Some("nodes")
    } else {
        None
    }
}

/// `None` where there are no sizes.
fn places(sizes: &[&Size]) -> Option<Places> {
    let numbers: Option<Vec<f64>> = sizes.iter().map(|size| size.number()).collect();
    let told_apart = numbers.filter(|numbers| numbers.is_sorted_by(|one, next| one < next));
    let counted = || Places { x: (1..=sizes.len()).map(|at| at as f64).collect(), axis: None };
    if sizes.is_empty() {
        return None;
    }
    Some(match (told_apart, axis(sizes)) {
        (Some(x), Some(name)) => Places { x, axis: Some(name) },
        (Some(_), None) | (None, _) => counted(),
    })
}
