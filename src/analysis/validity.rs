use super::unit;
use crate::record::{Environment, LoadRecord, Span, Stalls, Summary};

/// Share of the usable cores above which lateness is put down to a busy generator, 0 to 1. Being busy alone invalidates
/// nothing: with the embedded OP in the same process the cores are there to be used.
pub const CPU_SHARE_MAX: f64 = 0.90;

/// Share of the time in which the generator's threads could have run and had no processor, above which lateness is put down to
/// other programs, 0 to 1.
pub const WAITED_SHARE_MAX: f64 = 0.50;

/// 99th percentile of `start_lag`, in µs, above which a run is invalid if the generator was busy ([`CPU_SHARE_MAX`]) or had to
/// wait for a processor ([`WAITED_SHARE_MAX`]).
pub const START_LAG_MAX_WHEN_BUSY_US: u64 = 5_000;

/// 99th percentile of `start_lag`, in µs, above which a run is invalid however idle the generator was: the arrivals were
/// not the profile's.
pub const START_LAG_MAX_US: u64 = 50_000;

/// 99th percentile of `poll_lateness`, in µs, above which a run is invalid: the polls were not the protocol's.
pub const POLL_LATENESS_MAX_US: u64 = 100_000;

/// 99th percentile of `notification_answer` and of `service_answer`, in µs, above which a run is invalid: the server waited for
/// this tool, and what was measured of it is not its own.
pub const OWN_ANSWER_MAX_US: u64 = 50_000;

/// Share of the decisions that may begin late (more than 10 ms after their time) before the authentication service invalidates
/// the run, 0 to 1.
pub const DECISIONS_LATE_INVALID: f64 = 0.10;

/// Decisions without which their lateness says nothing.
const DECISIONS_MIN: u64 = 30;

/// Stalls, in ms all together, that every run may have.
pub const STALLED_MAX_MS: u64 = 250;

/// Share of a run's length that stalls may take in a longer run, 0 to 1: what a p99.9 does not see.
pub const STALLED_SHARE_MAX: f64 = 0.001;

/// Share of the file descriptors that may be in use, 0 to 1: above it connections fail on this side.
pub const DESCRIPTORS_SHARE_MAX: f64 = 0.98;

/// Share of the machine's memory that the generator may use, 0 to 1: above it the system begins to swap, or to kill.
pub const MEMORY_SHARE_MAX: f64 = 0.80;

/// Why the generator's own behaviour makes a run worthless, each reason with what to do about it; empty when it is valid.
/// Nothing that a server does can bring one about.
///
/// Lateness is judged by the 99th percentile, and by the 90th where the samples do not carry a 99th: a single hiccup in a
/// short run is no reason.
pub fn invalid_reasons(load: &LoadRecord, environment: &Environment) -> Vec<String> {
    let mut reasons = Vec::new();
    reasons.extend(stalled(load));
    reasons.extend(late_starts(load));
    reasons.extend(own_span(load, Span::PollLateness, POLL_LATENESS_MAX_US, "polls were sent late", LOWER));
    reasons.extend(own_span(
        load,
        Span::NotificationAnswer,
        OWN_ANSWER_MAX_US,
        "the notification endpoint was slow",
        LOWER,
    ));
    reasons.extend(own_span(
        load,
        Span::ServiceAnswer,
        OWN_ANSWER_MAX_US,
        "the authentication service was slow",
        LOWER,
    ));
    reasons.extend(late_decisions(load));
    reasons.extend(used_up(load, environment));
    reasons
}

/// What helps against a generator that does not keep up.
const LOWER: &str = "lower the rate, give the generator more cores, or free the machine of other work";

/// What helps against a process that stands still.
const UNDISTURBED: &str =
    "run it on a machine that does nothing else, and neither stop nor suspend it while it runs";

/// Somebody's beats failed to come. That of the process counts for all: where it stood still, so did they.
fn stalled(load: &LoadRecord) -> Option<String> {
    let health = &load.generator;
    let elapsed_ms = load.stages.iter().map(|stage| stage.length_s * 1e3).sum::<f64>();
    let most = (elapsed_ms * STALLED_SHARE_MAX).max(STALLED_MAX_MS as f64);
    let too_long = |stalls: &Stalls| stalls.stalled_ms as f64 > most;
    let hearts = [
        (&health.stalls, "the generator stood still"),
        (&health.engine_stalls, "the engines stood still"),
        (&health.instrument_stalls, "the authentication service and the notification endpoint stood still"),
    ];
    let (stalls, what) = hearts.into_iter().find(|(stalls, _)| too_long(stalls))?;
    Some(format!(
        "{what}: for {} in {} stalls, the longest {}, at most {} are accepted; {UNDISTURBED}",
        ms(stalls.stalled_ms as f64),
        unit::count(stalls.count),
        ms(stalls.longest_ms as f64),
        ms(most)
    ))
}

fn late_starts(load: &LoadRecord) -> Option<String> {
    let (name, lag) = load.spans.get(&Span::StartLag).and_then(tail)?;
    let shown = unit::time_us(lag as f64);
    if lag > START_LAG_MAX_US {
        let most = unit::time_us(START_LAG_MAX_US as f64);
        return Some(format!(
            "flows began late: start_lag {name} is {shown}, at most {most} is accepted; {LOWER}"
        ));
    }
    if lag <= START_LAG_MAX_WHEN_BUSY_US {
        return None;
    }
    let health = &load.generator;
    let waited = health.waited_s / (health.waited_s + health.cpu_s).max(1e-9);
    let (cause, share, most) = if health.cpu_share > CPU_SHARE_MAX {
        ("of its cores used", health.cpu_share, CPU_SHARE_MAX)
    } else if waited > WAITED_SHARE_MAX {
        ("of the time in which it could have run spent waiting for one", waited, WAITED_SHARE_MAX)
    } else {
        return None;
    };
    Some(format!(
        "the generator had no processor left: {} {cause}, and start_lag {name} is {shown}, at most {} and {} together are \
         accepted; {LOWER}",
        unit::percent(share),
        unit::percent(most),
        unit::time_us(START_LAG_MAX_WHEN_BUSY_US as f64)
    ))
}

/// A span of this tool's own that is too long.
fn own_span(load: &LoadRecord, span: Span, most_us: u64, what: &str, remedy: &str) -> Option<String> {
    let (name, us) = load.spans.get(&span).and_then(tail).filter(|(_, us)| *us > most_us)?;
    let (shown, most) = (unit::time_us(us as f64), unit::time_us(most_us as f64));
    Some(format!("{what}: {span} {name} is {shown}, at most {most} is accepted; {remedy}"))
}

fn late_decisions(load: &LoadRecord) -> Option<String> {
    let decisions = |name: &str| load.decisions.get(name).copied().unwrap_or(0);
    let (late, all) = (decisions("decisions.late"), decisions("start.accepted"));
    let share = unit::ratio(late, all).filter(|_| all >= DECISIONS_MIN)?;
    (share > DECISIONS_LATE_INVALID).then(|| {
        format!(
            "the authentication service was slow: {} of {} decisions were sent late, at most {} are accepted; {LOWER}",
            unit::count(late),
            unit::count(all),
            unit::percent(DECISIONS_LATE_INVALID)
        )
    })
}

/// File descriptors and memory.
fn used_up(load: &LoadRecord, environment: &Environment) -> impl Iterator<Item = String> {
    let over = |used: u64, of: u64, most: f64| unit::ratio(used, of).is_some_and(|share| share > most);
    let (open, limit) = (load.generator.descriptors_peak, environment.descriptors);
    let descriptors = over(open, limit, DESCRIPTORS_SHARE_MAX).then(|| {
        format!(
            "file descriptors ran out: {} of {} were open; raise the limit with `ulimit -n`, or lower engine.max_connections",
            unit::count(open),
            unit::count(limit)
        )
    });
    let (used, there) = (load.generator.rss_peak_mib, environment.memory_mib);
    let memory = over(used, there, MEMORY_SHARE_MAX).then(|| {
        format!(
            "memory ran out: {} of {} MiB were used; lower the number of flows at once, or take a larger machine",
            unit::count(used),
            unit::count(there)
        )
    });
    descriptors.into_iter().chain(memory)
}

fn ms(ms: f64) -> String {
    unit::time_us(ms * 1e3)
}

fn tail(summary: &Summary) -> Option<(&'static str, u64)> {
    let p99 = summary.p99_us.map(|us| ("p99", us));
    p99.or_else(|| summary.p90_us.map(|us| ("p90", us)))
}

#[cfg(test)]
mod tests;
