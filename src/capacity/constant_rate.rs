use crate::analysis::capacity::{TRIAL_STAGE, samples_wanted};
use crate::analysis::{Assumed, LoadPlan};
use crate::profile::{Abort, Profile, Spacing, Stage, Threshold, Workload};
use std::time::Duration;

/// The stage before a trial's own, in which the load settles.
const SETTLING_STAGE: &str = "settling";
/// What the warm-up is longer than a flow.
const WARMUP_MARGIN: Duration = Duration::from_millis(500);
/// Longest warm-up that is not the profile's own.
const WARMUP_MAX: Duration = Duration::from_secs(30);
/// Longest that a trial becomes for the sake of its percentiles.
const LENGTH_MAX: Duration = Duration::from_secs(600);

/// Why a profile has no capacity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CapacityError {
    /// Its load depends on the server.
    #[error(
        "{profile}: workload.model is \"closed\", and the search asks for a rate of starts whatever the server does; expected \
         \"open\""
    )]
    Closed {
        /// Its name.
        profile: String,
    },
    /// It sets no thresholds.
    #[error(
        "{profile}: thresholds is empty, and the search is for the highest rate that meets them; add some, for example \
         \"ack p99 < 500ms\""
    )]
    NoThresholds {
        /// Its name.
        profile: String,
    },
}

/// A profile whose stages have given way to one rate that can be chosen.
#[derive(Debug, Clone)]
pub struct ConstantRate {
    profile: Profile,
    warmup: Duration,
    /// Flows that a trial needs for its percentiles.
    samples: f64,
}

impl ConstantRate {
    /// Takes a profile's flows, users and thresholds. Thresholds that are for one stage hold for the whole trial.
    ///
    /// # Errors
    /// A closed workload, or no thresholds.
    pub fn of(profile: &Profile, assumed: &Assumed) -> Result<Self, CapacityError> {
        let Workload::Open { max_in_flight, spacing, .. } = &profile.workload else {
            return Err(CapacityError::Closed { profile: profile.name.clone() });
        };
        if profile.thresholds.is_empty() {
            return Err(CapacityError::NoThresholds { profile: profile.name.clone() });
        }
        let spacing = match spacing {
            Spacing::Poisson => Spacing::Poisson,
            Spacing::Uniform | Spacing::Replayed(_) => Spacing::Uniform,
        };
        let workload = Workload::Open { stages: Vec::new(), max_in_flight: *max_in_flight, spacing };
        let mut profile = Profile { workload, ..profile.clone() };
        profile.thresholds = profile.thresholds.iter().map(for_all_stages).collect();
        let on_fail = profile.abort.on_fail.iter().map(for_all_stages).collect();
        profile.abort = Abort { on_fail, ..profile.abort };
        let mut rate = ConstantRate { warmup: profile.warmup, samples: samples_wanted(&profile), profile };
        // Until the first flows have ended, the server has not seen the whole load.
        let flow = LoadPlan::of(&rate.at(1.0, 1.0), assumed).flow_s;
        let flow = Duration::try_from_secs_f64(flow).unwrap_or(WARMUP_MAX).saturating_add(WARMUP_MARGIN);
        rate.warmup = rate.warmup.max(flow.min(WARMUP_MAX));
        Ok(rate)
    }

    /// The profile of a trial: so many flows per second for so many seconds, or for longer where its percentiles need that.
    #[must_use]
    pub fn at(&self, rate: f64, length_s: f64) -> Profile {
        let length =
            Duration::try_from_secs_f64(length_s.max(self.samples / rate).ceil()).unwrap_or(LENGTH_MAX);
        let stage = |name: &str, duration| Stage { name: name.to_owned(), duration, from: rate, to: rate };
        let trial = stage(TRIAL_STAGE, length.min(LENGTH_MAX.max(Duration::from_secs_f64(length_s))));
        let stages = match self.warmup.is_zero() {
            true => vec![trial],
            false => vec![stage(SETTLING_STAGE, self.warmup), trial],
        };
        let mut profile = Profile { warmup: self.warmup, ..self.profile.clone() };
        if let Workload::Open { stages: of_profile, .. } = &mut profile.workload {
            *of_profile = stages;
        }
        profile
    }

    /// The thresholds that trials are held against, as expressions.
    #[must_use]
    pub fn thresholds(&self) -> Vec<String> {
        self.profile.thresholds.iter().map(|threshold| threshold.expression.clone()).collect()
    }
}

/// A threshold without its stage.
fn for_all_stages(threshold: &Threshold) -> Threshold {
    let mut threshold = threshold.clone();
    if threshold.stage.take().is_some() {
        threshold.expression = threshold.to_string();
    }
    threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        Profile::parse("t", "t.toml", text).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn stages_give_way_to_one_rate_and_thresholds_lose_their_stage() {
        let text = "warmup = \"2s\"\nthresholds = [\"rate >= 95% of asked\", \"ack p99 < 500ms for stage a\"]\n\
                    [workload]\nmax_in_flight = 77\n[[workload.stages]]\nname = \"a\"\nduration = \"9s\"\nfrom = 1\nto = 9\n\
                    [mix]\nping = 1\n[decisions]\ndelay.constant = \"2s\"\n";
        let rate = ConstantRate::of(&profile(text), &Assumed::default()).unwrap();
        assert_eq!(rate.thresholds(), ["rate >= 95% of asked", "ack p99 < 500ms"]);
        let trial = rate.at(100.0, 10.0);
        assert_eq!(trial.workload.peak_in_flight(), 77);
        let stages: Vec<_> =
            trial.workload.stages().iter().map(|stage| (stage.name.as_str(), stage.from, stage.to)).collect();
        assert_eq!(stages, [("settling", 100.0, 100.0), ("trial", 100.0, 100.0)]);
        // A flow takes two seconds, and the warm-up a little more.
        assert_eq!(trial.warmup, trial.workload.stages()[0].duration);
        assert!((2.5..2.7).contains(&trial.warmup.as_secs_f64()), "{:?}", trial.warmup);
        assert_eq!(trial.workload.stages()[1].duration, Duration::from_secs(10));
        // A p99 needs 300 samples, and a few more to be sure.
        assert_eq!(rate.at(10.0, 5.0).workload.stages()[1].duration, Duration::from_secs(35));
    }

    #[test]
    fn what_has_no_rate_or_no_thresholds_is_refused() {
        let closed = "thresholds = [\"violations == 0\"]\nworkload.model = \"closed\"\n[[workload.stages]]\nduration = \"9s\"\nflows = 5\n";
        let open = "[[workload.stages]]\nduration = \"9s\"\nrate = 5\n";
        let refused = |text| ConstantRate::of(&profile(text), &Assumed::default()).unwrap_err();
        assert_eq!(refused(closed), CapacityError::Closed { profile: "t".to_owned() });
        assert_eq!(refused(open), CapacityError::NoThresholds { profile: "t".to_owned() });
    }
}
