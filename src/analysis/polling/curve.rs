use super::replay::fate_of;
use super::window::Fate;
use crate::record::{CurvePoint, PollingProbe};

/// Fractions of the interval at which the policy curve is taken.
pub const CURVE_FRACTIONS: [f64; 6] = [0.1, 0.25, 0.5, 0.75, 0.9, 1.0];

/// Name of the probe that takes one point of the curve.
pub(super) fn curve_probe(fraction: f64) -> String {
    format!("curve-{fraction:.2}")
}

/// The policy curve: what a poll was answered that came at each fraction of the interval after an accepted one. A point is
/// missing where no poll was accepted.
pub fn curve(probes: &[PollingProbe]) -> Vec<CurvePoint> {
    CURVE_FRACTIONS
        .into_iter()
        .filter_map(|fraction| {
            let name = curve_probe(fraction);
            let polls = &probes.iter().find(|probe| probe.name == name)?.sequences.first()?.polls;
            let (before, after) = (polls.first()?, polls.get(1)?);
            (fate_of(before.answer) == Fate::Accepted).then_some(CurvePoint {
                fraction,
                answer: after.answer,
                retry_after_s: after.retry_after_s,
            })
        })
        .collect()
}
