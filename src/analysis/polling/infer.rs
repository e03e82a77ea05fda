use super::replay::{fate_of, replay};
use super::window::Fate;
use super::{POLICIES, Policy, Scope, policies};
use crate::record::{PolicyFound, PolledOnce, PollingProbe, WindowLength};
use std::time::Duration;

/// Number of lengths that are tried where a window is not as long as the interval.
const LENGTHS: u32 = 100;

/// Longest window that is tried, in intervals.
const LENGTH_MAX: f64 = 2.0;

/// Names the policies that explain every observation: with a window as long as the interval, or else with one of another
/// length, up to twice that.
///
/// A poll too near to the end of a window ([`UNCERTAINTY`](super::UNCERTAINTY)) says nothing about that window, and what was
/// observed decides how it moves on. A policy in which flows share a throttle is held in full against the probes that ran
/// alone, since only they know of all polls; it is looked at only where no policy without sharing explains all probes.
pub fn infer(interval: Duration, probes: &[PollingProbe]) -> PolicyFound {
    let mut found =
        PolicyFound { name: None, window: None, candidates: Vec::new(), contradictions: Vec::new() };
    if !probes.iter().flat_map(|probe| &probe.sequences).flat_map(|sequence| &sequence.polls).any(says) {
        return found;
    }
    let interval_ms = interval.as_secs_f64() * 1e3;
    let fitting = fitting(interval_ms, probes);
    found.window = fitting.first().and_then(|(_, window)| *window);
    found.candidates = fitting.into_iter().map(|(name, _)| name).collect();
    found.name = found.candidates.first().cloned();
    if found.name.is_none() {
        found.contradictions =
            POLICIES.iter().filter_map(|policy| against(*policy, interval_ms, probes)).collect();
    }
    found
}

fn against(policy: Policy, interval_ms: f64, probes: &[PollingProbe]) -> Option<String> {
    let contradiction = replay(policy, interval_ms, probes).err()?;
    Some(format!("{}: {}", policy.name(), contradiction.words()))
}

/// The policies that fit, those of the first kind that has any: a window as long as the interval for each flow, one that
/// flows share, a window of another length for each flow. A shared window of unknown length would explain almost anything.
fn fitting(interval_ms: f64, probes: &[PollingProbe]) -> Vec<(String, Option<WindowLength>)> {
    let (own, mut shared): (Vec<_>, Vec<_>) =
        policies().into_iter().partition(|policy| policy.scope == Scope::Flow);
    if !probes.iter().any(|probe| probe.alone) {
        // Nothing speaks against a shared throttle, and nothing for it.
        shared.clear();
    }
    for policies in [&own, &shared] {
        let fits = |policy: &&Policy| replay(**policy, interval_ms, probes).is_ok();
        let fitting: Vec<_> = policies.iter().filter(fits).map(|policy| (policy.name(), None)).collect();
        if !fitting.is_empty() {
            return fitting;
        }
    }
    let with_length = own.into_iter().filter(Policy::has_length);
    with_length
        .filter_map(|policy| Some((policy.name(), Some(length_that_fits(policy, interval_ms, probes)?))))
        .collect()
}

fn says(poll: &PolledOnce) -> bool {
    fate_of(poll.answer) != Fate::Unknown
}

/// The lengths with which a policy fits, from the first to the last.
fn length_that_fits(policy: Policy, interval_ms: f64, probes: &[PollingProbe]) -> Option<WindowLength> {
    let step_ms = interval_ms * LENGTH_MAX / f64::from(LENGTHS);
    let fits = |length_ms: &f64| replay(policy, *length_ms, probes).is_ok();
    let lengths = || (1..=LENGTHS).map(|number| f64::from(number) * step_ms);
    let from_s = lengths().find(fits)? / 1e3;
    let to_s = lengths().rev().find(fits)? / 1e3;
    Some(WindowLength { from_s, to_s })
}
