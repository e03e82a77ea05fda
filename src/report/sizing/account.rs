use super::answer::{Answer, answer};
use crate::analysis::sizing::{
    AtCapacity, Difference, EXTRAPOLATION_MAX, Estimate, Measured, NoScalingLaw, ScalingLaw, Size, Sizing,
};
use crate::analysis::{PerFlow, unit};

/// A part of the report.
pub(in crate::report) enum Part {
    /// A section begins; the id names it where sections are linked to.
    Heading { id: &'static str, title: &'static str, remark: String },
    /// A table; the first column is text, the others are figures.
    Table { headings: Vec<&'static str>, rows: Vec<Vec<String>> },
    /// What has to be known before anything is read from the tables.
    Caution(String),
    /// A sentence.
    Text(String),
}

/// Everything that is to be said, in order.
pub(in crate::report) fn account(sizing: &Sizing) -> Vec<Part> {
    let mut parts = Vec::new();
    capacities(&mut parts, sizing);
    rates(&mut parts, sizing);
    guide(&mut parts, sizing);
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
    parts.push(Part::Heading { id: "capacity", title: "Capacity", remark });
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
        id: "rates",
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
        id: "scaling",
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
    parts.push(Part::Heading { id: "law", title: "Universal Scalability Law", remark: String::new() });
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
    let remark = format!("{} of the capacity is left unused", unit::percent(sizing.advice.headroom));
    parts.push(Part::Heading { id: "advice", title: "Sizing", remark });
    let Answer { sentence, others, .. } = answer(sizing);
    parts.extend([sentence].into_iter().chain(others).map(Part::Text));
}

/// The form in which servers' own sizing guides put it, size by size.
fn guide(parts: &mut Vec<Part>, sizing: &Sizing) {
    let each = |size: &Size, rate: fn(&AtCapacity) -> f64| {
        let (at, vcpus) = size.at_capacity.as_ref().zip(size.vcpus)?;
        Some(rate(at) * (1.0 - sizing.advice.headroom) / vcpus)
    };
    let rows: Vec<Vec<String>> = sizing
        .sizes
        .iter()
        .filter(|size| size.memory.is_some() || (size.at_capacity.is_some() && size.vcpus.is_some()))
        .map(|size| {
            let memory = size.memory.as_ref();
            let (per_flow, range) = match memory.map(|memory| &memory.per_flow) {
                Some(PerFlow::Measured { slope, .. }) => (slope.figure(), slope.range()),
                Some(PerFlow::NotMeasured { .. }) | None => (unit::NONE.to_owned(), unit::NONE.to_owned()),
            };
            vec![
                size.name(),
                optional(each(size, |at| at.authentication_requests)),
                optional(each(size, |at| at.polls)),
                optional(each(size, |at| at.pings)),
                memory.map_or_else(
                    || unit::NONE.to_owned(),
                    |memory| unit::megabytes(memory.highest_bytes as f64),
                ),
                per_flow,
                range,
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let headroom = unit::percent(sizing.advice.headroom);
    parts.push(Part::Heading {
        id: "guide",
        title: "Per vCPU",
        remark: format!(
            "what 1 vCPU carries with {headroom} left unused, all of it together; memory of the server"
        ),
    });
    parts.push(Part::Table {
        headings: vec![
            "size",
            "requests/s",
            "polls/s",
            "pings/s",
            "memory at most",
            "MB per 1,000 pending",
            "95 % interval",
        ],
        rows,
    });
    for size in &sizing.sizes {
        let Some(memory) = &size.memory else { continue };
        if let PerFlow::NotMeasured { reason } = &memory.per_flow {
            parts
                .push(Part::Text(format!("{}: memory per pending flow not measured: {reason}", size.name())));
        }
        if let Some(kept) = memory.per_ended {
            parts.push(Part::Text(format!(
                "{}: flows that have ended leave {} MB per 1,000 of them behind ({})",
                size.name(),
                kept.figure(),
                kept.range()
            )));
        }
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
