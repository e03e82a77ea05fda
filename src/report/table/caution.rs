use super::page::{Page, Tone};
use crate::analysis::unit;
use crate::record::{Caveat, LoadRecord, RunRecord, Span, Summary};

/// Generator health, and everything that a reader must know before believing a figure.
pub(super) fn write(page: &mut Page<'_>, record: &RunRecord) {
    if let Some(load) = &record.load {
        generator(page, load, record.environment.cores);
    }
    page.heading("Caveats", "");
    if record.caveats.is_empty() {
        page.text(2, "none");
    }
    let mut few = Vec::new();
    for caveat in &record.caveats {
        if let Caveat::TooFewSamples { span, samples, needed } = caveat {
            few.push((span, samples, needed, caveat));
        } else {
            caveat_line(page, &caveat.message(), caveat.remedy());
        }
    }
    // One line for all spans: a short run has many of them.
    if let Some((_, _, needed, caveat)) = few.first() {
        let spans: Vec<String> =
            few.iter().map(|(span, samples, _, _)| format!("{span} ({})", unit::count(**samples))).collect();
        let message =
            format!("fewer than {} samples, too few for a p99: {}", unit::count(**needed), spans.join(", "));
        caveat_line(page, &message, caveat.remedy());
    }
}

fn caveat_line(page: &mut Page<'_>, message: &str, remedy: &str) {
    page.marked(2, Tone::Careful, "! ", message);
    page.marked(4, Tone::Quiet, "-> ", remedy);
}

fn generator(page: &mut Page<'_>, load: &LoadRecord, cores: u32) {
    let health = &load.generator;
    page.heading(
        "Generator",
        if health.invalid.is_empty() { "valid" } else { "INVALID: do not use these figures" },
    );
    for reason in &health.invalid {
        page.marked(2, Tone::Bad, "✗ ", reason);
    }
    page.text(
        2,
        &format!(
            "processor {} of {cores} cores ({}, embedded parts included), memory {} MiB at the begin, at most {} MiB, in \
             flight peak {} flows",
            unit::percent(health.cpu_share),
            unit::seconds(health.cpu_s),
            unit::count(health.rss_start_mib),
            unit::count(health.rss_peak_mib),
            unit::count(health.in_flight_peak)
        ),
    );
    let stalls = [
        ("process", &health.stalls),
        ("engines", &health.engine_stalls),
        ("instruments", &health.instrument_stalls),
    ];
    let stalls = stalls.map(|(name, of)| match of.count {
        0 => format!("{name} none"),
        n => format!("{name} {} (longest {})", unit::count(n), unit::time_us(of.longest_ms as f64 * 1e3)),
    });
    page.text(
        2,
        &format!(
            "stalls: {}; waited {} for a processor; {} file descriptors",
            stalls.join(", "),
            unit::seconds(health.waited_s),
            unit::count(health.descriptors_peak)
        ),
    );
    let late = |span: Span| match load.spans.get(&span) {
        None => format!("{span} no samples"),
        Some(Summary { p99_us: Some(p99), .. }) => format!("{span} p99 {}", unit::time_us(*p99 as f64)),
        Some(summary) => format!("{span} max {}", unit::time_us(summary.max_us as f64)),
    };
    let lateness =
        [Span::StartLag, Span::PollLateness, Span::Blocked, Span::NotificationAnswer, Span::ServiceAnswer];
    let lateness = lateness.map(late).join(", ");
    page.text(2, &format!("lateness: {lateness}"));
}
