use crate::analysis::sizing::{EXTRAPOLATION_MAX, Size, Sizing};
use crate::analysis::{PerFlow, unit};

/// What somebody who has to choose wants to know.
pub(in crate::report) struct Answer {
    /// The answer in one sentence.
    pub sentence: String,
    /// Whether it is one.
    pub is_known: bool,
    /// What else there is to say, a sentence each.
    pub others: Vec<String>,
}

/// Which size to choose for the wanted rate, what each processor and each unit of cost carry, and which memory that takes.
pub(in crate::report) fn answer(sizing: &Sizing) -> Answer {
    let (choice, rule) = (choice(sizing), rule_of_thumb(sizing));
    let mut others: Vec<String> = Vec::new();
    let (sentence, is_known) = match (choice, rule) {
        (Some(choice), rule) => {
            others.extend(rule);
            choice
        }
        (None, Some(rule)) => (rule, true),
        (None, None) => largest(sizing),
    };
    let best = |what: &str, of: fn(&Size) -> Option<f64>| {
        let known = sizing.sizes.iter().filter_map(|size| Some((size, of(size)?)));
        let (size, figure) = known.max_by(|(_, one), (_, two)| one.total_cmp(two))?;
        Some(format!("most {what}: {}, {} flows/s", size.name(), unit::figure(figure)))
    };
    others.extend(best("per vCPU", Size::per_vcpu));
    others.extend(best("for each unit of cost per hour", Size::per_cost));
    others.push(memory(sizing));
    Answer { sentence, is_known, others }
}

/// The size that carries most, where nothing can be said by processors.
fn largest(sizing: &Sizing) -> (String, bool) {
    let known = sizing.sizes.iter().filter_map(|size| Some((size, size.measured.lower()?)));
    match known.max_by(|(_, one), (_, two)| one.total_cmp(two)) {
        Some((size, lower)) => (
            format!(
                "most of all sizes: {}, the thresholds held at {} flows/s",
                size.name(),
                unit::figure(lower)
            ),
            true,
        ),
        None => ("no size has a known capacity".to_owned(), false),
    }
}

/// The size for the wanted rate, and whether there is one; nothing where no rate is wanted.
fn choice(sizing: &Sizing) -> Option<(String, bool)> {
    let wanted = sizing.advice.wanted?;
    let flows = format!("{} flows/s", unit::figure(wanted));
    Some(match sizing.advice.choice.and_then(|index| sizing.sizes.get(index)) {
        Some(size) => (format!("{flows}: {}{}", size.name(), price(size)), true),
        None => {
            let headroom = unit::percent(sizing.advice.headroom);
            let predicted = predicted(sizing, wanted);
            let sentence = format!(
                "{flows}: no size that was measured carries so much with {headroom} to spare{predicted}"
            );
            (sentence, false)
        }
    })
}

/// The memory that pending flows take, by the size whose flows take most.
fn memory(sizing: &Sizing) -> String {
    let measured = sizing.sizes.iter().filter_map(|size| match size.memory.as_ref()?.per_flow {
        PerFlow::Measured { slope, .. } => Some((size, slope)),
        PerFlow::NotMeasured { .. } => None,
    });
    match measured.max_by(|(_, one), (_, two)| one.bytes.total_cmp(&two.bytes)) {
        Some((size, slope)) => {
            format!(
                "{} MB per 1,000 pending flows (by {}, the most of all sizes)",
                slope.figure(),
                size.name()
            )
        }
        None if sizing.sizes.iter().any(|size| size.memory.is_some()) => {
            "memory per pending flow is not known: see each size".to_owned()
        }
        None => "memory of the server was not measured: search with --sut-memory CMD".to_owned(),
    }
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
