use crate::analysis::sizing::{
    Difference, EXTRAPOLATION_MAX, Estimate, Measured, NoScalingLaw, ScalingLaw, Size, Sizing,
};
use crate::analysis::unit;

/// A part of the report.
pub(super) enum Part {
    /// A section begins.
    Heading { title: &'static str, remark: String },
    /// A table; the first column is text, the others are figures.
    Table { headings: Vec<&'static str>, rows: Vec<Vec<String>> },
    /// What has to be known before anything is read from the tables.
    Caution(String),
    /// A sentence.
    Text(String),
}

/// Everything that is to be said, in order.
pub(super) fn account(sizing: &Sizing) -> Vec<Part> {
    let mut parts = Vec::new();
    capacities(&mut parts, sizing);
    rates(&mut parts, sizing);
    steps(&mut parts, sizing);
    law(&mut parts, sizing);
    advice(&mut parts, sizing);
    parts
}

fn capacities(parts: &mut Vec<Part>, sizing: &Sizing) {
    let runs: usize = sizing.sizes.iter().map(|size| size.runs).sum();
    let remark = format!(
        "{} of {}; flows per second at which all thresholds held, and at which one broke",
        counted(sizing.sizes.len(), "size", "sizes"),
        counted(runs, "search", "searches")
    );
    parts.push(Part::Heading { title: "Capacity", remark });
    for difference in &sizing.differences {
        parts.push(Part::Caution(caution(*difference).to_owned()));
    }
    let rows = sizing.sizes.iter().map(|size| {
        let (held, broke) = match &size.measured {
            Measured::Between { lower, upper } => (unit::figure(*lower), unit::figure(*upper)),
            Measured::AtLeast { lower, .. } => (unit::figure(*lower), unit::NONE.to_owned()),
            Measured::Unknown { .. } => (unit::NONE.to_owned(), unit::NONE.to_owned()),
        };
        vec![
            size.name(),
            size.runs.to_string(),
            held,
            broke,
            optional(size.per_vcpu()),
            optional(size.cost_per_hour),
            optional(size.per_cost()),
        ]
    });
    parts.push(Part::Table {
        headings: vec!["size", "runs", "held at", "broke at", "per vCPU", "cost/h", "per cost"],
        rows: rows.collect(),
    });
    for size in &sizing.sizes {
        match &size.measured {
            Measured::AtLeast { reason, .. } => {
                parts.push(Part::Text(format!("{}: at least so much; {reason}", size.name())));
            }
            Measured::Unknown { reason } => {
                parts.push(Part::Text(format!("{}: not known; {reason}", size.name())))
            }
            Measured::Between { .. } => {}
        }
    }
}

fn rates(parts: &mut Vec<Part>, sizing: &Sizing) {
    let rows: Vec<_> = sizing
        .sizes
        .iter()
        .filter_map(|size| {
            let at = size.at_capacity?;
            Some(vec![
                size.name(),
                unit::figure(at.authentication_requests),
                unit::figure(at.polls),
                unit::figure(at.pings),
                unit::count(at.in_flight),
            ])
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    parts.push(Part::Heading {
        title: "At capacity",
        remark: "answered per second in the longest trial whose thresholds held".to_owned(),
    });
    let headings = vec!["size", "backchannel requests", "polls", "pings", "most flows pending"];
    parts.push(Part::Table { headings, rows });
}

fn steps(parts: &mut Vec<Part>, sizing: &Sizing) {
    if sizing.steps.is_empty() {
        return;
    }
    parts.push(Part::Heading {
        title: "Scaling",
        remark: "capacity gained over size gained; 100 %: twice the size carries twice as much".to_owned(),
    });
    let rows = sizing.steps.iter().filter_map(|step| {
        let (from, to) = (sizing.sizes.get(step.from)?, sizing.sizes.get(step.to)?);
        Some(vec![
            format!("{} -> {}", from.name(), to.name()),
            unit::percent(step.efficiency),
            format!("{} to {}", unit::percent(step.range.0), unit::percent(step.range.1)),
        ])
    });
    let rows = rows.collect();
    parts.push(Part::Table { headings: vec!["step", "efficiency", "the brackets allow"], rows });
}

fn law(parts: &mut Vec<Part>, sizing: &Sizing) {
    parts.push(Part::Heading { title: "Universal Scalability Law", remark: String::new() });
    match &sizing.law {
        Ok(law) => fitted(parts, sizing, law),
        Err(
            reason
            @ (NoScalingLaw::TooFewSizes { .. } | NoScalingLaw::NoNumbers | NoScalingLaw::NoFit { .. }),
        ) => {
            parts.push(Part::Text(format!("none: {reason}")));
        }
    }
}

fn fitted(parts: &mut Vec<Part>, sizing: &Sizing, law: &ScalingLaw) {
    let row = |name: &str, estimate: Estimate, shown: fn(f64) -> String| {
        let Estimate { value, low, high } = estimate;
        vec![name.to_owned(), shown(value), format!("{} to {}", shown(low), shown(high))]
    };
    parts.push(Part::Table {
        headings: vec!["parameter", "value", "95 % interval"],
        rows: vec![
            row("lambda, capacity of size 1", law.lambda, unit::figure),
            row("sigma, contention", law.sigma, small),
            row("kappa, coherency", law.kappa, small),
        ],
    });
    let largest = law.largest * EXTRAPOLATION_MAX;
    parts.push(Part::Text(format!(
        "{} of the variance is explained; nothing is predicted beyond size {}, {EXTRAPOLATION_MAX} times the largest that was measured",
        unit::percent(law.explained),
        unit::figure(largest)
    )));
    if let Some(capacity) = law.capacity_of(largest) {
        parts.push(Part::Text(format!(
            "size {} would carry {} flows/s",
            unit::figure(largest),
            unit::figure(capacity)
        )));
    }
    match law.peak() {
        Some(peak) => parts.push(Part::Text(format!(
            "the capacity is highest at size {}; a larger one carries less",
            unit::figure(peak)
        ))),
        None if sizing.sizes.len() > 1 => {
            parts.push(Part::Text("no size is seen from which on a larger one carries less".to_owned()));
        }
        None => {}
    }
}

fn advice(parts: &mut Vec<Part>, sizing: &Sizing) {
    let headroom = unit::percent(sizing.advice.headroom);
    let remark = format!("{headroom} of the capacity is left unused");
    parts.push(Part::Heading { title: "Sizing", remark });
    if let Some(rule) = rule_of_thumb(sizing) {
        parts.push(Part::Text(rule));
    }
    if let Some(wanted) = sizing.advice.wanted {
        let wanted_words = format!("{} flows/s", unit::figure(wanted));
        parts.push(Part::Text(match sizing.advice.choice.and_then(|index| sizing.sizes.get(index)) {
            Some(size) => format!("{wanted_words}: {}{}", size.name(), price(size)),
            None => format!(
                "{wanted_words}: no size that was measured carries so much with {headroom} to spare{}",
                predicted(sizing, wanted)
            ),
        }));
    }
    parts.push(Part::Text(
        "Memory of the server is not seen from outside: watch it beside the search, at the most flows that were pending.".to_owned(),
    ));
}

/// The form in which servers' own sizing guides put it.
fn rule_of_thumb(sizing: &Sizing) -> Option<String> {
    let size = sizing.sizes.get(sizing.advice.least_per_vcpu?)?;
    let (at, vcpus) = (size.at_capacity?, size.vcpus?);
    let each = |rate: f64| unit::figure(rate * (1.0 - sizing.advice.headroom) / vcpus);
    Some(format!(
        "1 vCPU per {} backchannel requests/s together with {} polls/s and {} pings/s (by {}, the least of all sizes; {} flows pending)",
        each(at.authentication_requests),
        each(at.polls),
        each(at.pings),
        size.name(),
        unit::count(at.in_flight)
    ))
}

fn price(size: &Size) -> String {
    size.cost_per_hour.map_or_else(String::new, |cost| format!(", at {} an hour", unit::figure(cost)))
}

/// What the law says of a rate that no measured size carries.
fn predicted(sizing: &Sizing, wanted: f64) -> String {
    const STEPS: u32 = 1_000;
    let Ok(law) = &sizing.law else { return String::new() };
    let needed = wanted / (1.0 - sizing.advice.headroom);
    let largest = law.largest * EXTRAPOLATION_MAX;
    let enough = (1..=STEPS)
        .map(|step| largest * f64::from(step) / f64::from(STEPS))
        .find(|size| law.capacity_of(*size).is_some_and(|capacity| capacity >= needed));
    match enough {
        Some(size) => format!("; by the scaling law size {} would", unit::figure(size)),
        None => "; by the scaling law none up to the largest that can be predicted would".to_owned(),
    }
}

fn caution(difference: Difference) -> &'static str {
    match difference {
        Difference::Profile => "the runs have different profiles: their capacities are for different loads",
        Difference::Thresholds => {
            "the runs have different thresholds: their capacities mean different things"
        }
        Difference::Generator => "the runs were made from different machines",
        Difference::Version => "the runs were made by different versions of ciba-bench",
    }
}

/// With two more digits than a rate has: contention and coherency are small.
fn small(value: f64) -> String {
    format!("{value:.5}")
}

fn optional(figure: Option<f64>) -> String {
    figure.map_or_else(|| unit::NONE.to_owned(), unit::figure)
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
