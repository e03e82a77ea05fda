use super::courses::Assumed;
use super::load_plan::{BINS, Mean, starts, under_way};
use crate::profile::{Profile, Workload};
use std::time::Duration;

/// Flows under way at each moment of a run by Little's law, against a server that answers at once: what more there is, the server
/// makes them wait.
#[derive(Debug, Clone, PartialEq)]
pub struct InFlightCurve {
    bin_s: f64,
    flows: Vec<f64>,
}

impl InFlightCurve {
    /// Works it out, as [`LoadPlan`](super::LoadPlan) does for the peaks: to a 4000th of the run.
    pub fn of(profile: &Profile, assumed: &Assumed) -> Self {
        let mean = Mean::of(profile, assumed);
        let length_s = profile.workload.length().as_secs_f64();
        match &profile.workload {
            Workload::Open { max_in_flight, .. } => {
                let bin_s = (length_s + profile.drain.as_secs_f64()) / BINS as f64;
                let flows = under_way(&mean, &starts(profile, bin_s), bin_s).into_iter();
                let flows = flows.map(|flows| flows.clamp(0.0, *max_in_flight as f64)).collect();
                InFlightCurve { bin_s, flows }
            }
            Workload::Closed { think_time, stages } => {
                let bin_s = length_s / BINS as f64;
                let share = mean.cycle(*think_time).share;
                let users = |bin: usize| {
                    let mut at = (bin as f64 + 0.5) * bin_s;
                    for stage in stages {
                        let length = stage.duration.as_secs_f64();
                        if at < length {
                            return stage.from + (stage.to - stage.from) * at / length;
                        }
                        at -= length;
                    }
                    0.0
                };
                InFlightCurve { bin_s, flows: (0..BINS).map(|bin| users(bin) * share).collect() }
            }
        }
    }

    /// Flows under way so long after the first one was due; `None` beyond what was worked out.
    pub fn at(&self, elapsed: Duration) -> Option<f64> {
        let bin = elapsed.as_secs_f64() / self.bin_s;
        // The cast saturates.
        self.flows.get(bin as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::LoadPlan;

    fn curve(text: &str) -> (InFlightCurve, LoadPlan) {
        let profile = Profile::parse("t", "t.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
        let assumed = Assumed::default();
        (InFlightCurve::of(&profile, &assumed), LoadPlan::of(&profile, &assumed))
    }

    #[track_caller]
    fn near(curve: &InFlightCurve, at_s: u64, expected: f64) {
        let flows = curve.at(Duration::from_secs(at_s)).unwrap();
        assert!((flows - expected).abs() <= expected * 0.01 + 1.0, "at {at_s} s: {flows}, not {expected}");
    }

    #[test]
    fn it_rises_with_the_load_and_falls_when_flows_end() {
        let (curve, plan) = curve(
            "decisions.delay.constant = \"20s\"\nmix.ping = 1\nflow.fall_back_to_polling = false\ndrain = \"60s\"\n\
             [[workload.stages]]\nduration = \"100s\"\nrate = 10\n[[workload.stages]]\nduration = \"100s\"\nrate = 30\n",
        );
        for (at_s, expected) in
            [(10, 100.0), (50, 200.0), (110, 400.0), (150, 600.0), (210, 300.0), (230, 0.0)]
        {
            near(&curve, at_s, expected);
        }
        assert_eq!(curve.at(Duration::from_secs(261)), None);
        // The highest of it is what the plan says.
        let highest = curve.flows.iter().copied().fold(0.0, f64::max);
        assert_eq!(plan.in_flight, (highest - 1e-6).ceil() as u64);
    }

    #[test]
    fn it_knows_the_room_and_the_closed_model() {
        let (few, _) =
            curve("workload.max_in_flight = 7\n[[workload.stages]]\nduration = \"60s\"\nrate = 10\n");
        near(&few, 30, 7.0);
        let (closed, _) = curve(
            "mix.ping = 1\nworkload.model = \"closed\"\nworkload.think_time = \"6s\"\ndecisions.delay.constant = \"4s\"\n\
             [[workload.stages]]\nduration = \"10s\"\nfrom = 0\nto = 50\n[[workload.stages]]\nduration = \"10s\"\nflows = 50\n",
        );
        near(&closed, 5, 10.0);
        near(&closed, 15, 20.0);
        assert_eq!(closed.at(Duration::from_secs(20)), None);
    }
}
