//! Searches against a thousand servers whose limit is known, with everything that makes trials contradict each other.

use super::tests::{search, settings};
use super::{End, Judged, Trial};
use crate::record::{CapacitySearch, TrialPart};

const SERVERS: u64 = 1_000;

/// Random numbers that follow from a seed.
struct Draw(u64);

impl Draw {
    /// Evenly from 0 to 1.
    fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.even() * (high - low)
    }

    /// Normally, with mean 0 and deviation 1.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.even().max(1e-12).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.even()).cos()
    }
}

/// A server whose limit in one trial is its true one, times what makes trials differ.
struct Server {
    draw: Draw,
    /// The rate that it carries in half of all trials of full length.
    limit: f64,
    /// Deviation of the limit from trial to trial, relative, in trials of full length; shorter ones deviate more.
    noise: f64,
    /// A part of the noise that changes slowly: other work on its machine.
    drift: f64,
    /// How much more it seems to carry in a trial of half the length, since queues have no time to grow.
    optimism: f64,
    /// What is left of queues from the trial before, as a share of its limit.
    backlog: f64,
    /// Share of trials that break, and share that are invalid, whatever the rate.
    hiccups: f64,
}

impl Server {
    fn new(seed: u64) -> Self {
        let mut draw = Draw(seed.wrapping_mul(0xD134_2543_DE82_EF95));
        Server {
            limit: 20.0 * 75f64.powf(draw.even()),
            noise: draw.between(0.001, 0.015),
            drift: draw.normal(),
            optimism: draw.between(0.0, 0.03),
            backlog: 0.0,
            hiccups: draw.between(0.0, 0.01),
            draw,
        }
    }

    fn judge(&mut self, trial: &Trial) -> Judged {
        if self.draw.even() < self.hiccups {
            return Judged::Invalid;
        }
        if self.draw.even() < self.hiccups {
            return Judged::Broken;
        }
        let shortness = settings().last_trial_s / trial.length_s;
        self.drift = 0.8 * self.drift + 0.6 * self.draw.normal();
        let deviation = self.noise * (0.5 * self.drift + 0.866 * self.draw.normal() * shortness.sqrt());
        let carried = self.limit * (1.0 + deviation + self.optimism * (shortness - 1.0) - self.backlog);
        // The pause between two trials takes most of a queue away.
        self.backlog = (0.02 * (trial.rate / self.limit - 1.0)).clamp(0.0, 0.01);
        if trial.rate <= carried { Judged::Met } else { Judged::Broken }
    }
}

/// How many brackets hold the true limit, and how wide and long the searches were in the mean.
struct Score {
    held: u64,
    found: u64,
    width: f64,
    trials: f64,
}

fn score(settings: &CapacitySearch) -> Score {
    let mut score = Score { held: 0, found: 0, width: 0.0, trials: 0.0 };
    for seed in 0..SERVERS {
        let mut server = Server::new(seed);
        let (end, trials) = search(settings.clone(), |trial| server.judge(trial));
        if let End::Bracket { lower, upper, .. } = end {
            score.found += 1;
            score.held += u64::from(lower <= server.limit && server.limit <= upper);
            score.width += (upper / lower - 1.0) / SERVERS as f64;
            score.trials += trials.len() as f64 / SERVERS as f64;
        }
    }
    score
}

#[test]
fn the_bracket_holds_the_true_limit_of_at_least_95_of_100_noisy_servers() {
    let Score { held, found, width, trials } = score(&settings());
    assert_eq!(found, SERVERS);
    assert!(held * 100 >= SERVERS * 95, "{held} of {SERVERS}; width {width:.3}, {trials:.1} trials");
    // Honest brackets are no use if they are wide, or take hours.
    assert!(width < 0.08 && trials < 30.0, "width {width:.3}, {trials:.1} trials");
}

/// The servers are noisy indeed: bisection that believes each trial misses the limit often.
#[test]
fn believing_single_trials_would_not_do() {
    let settings = CapacitySearch { duration_sum_s: 10.0, ..settings() };
    let Score { held, .. } = score(&settings);
    assert!(held * 100 < SERVERS * 90, "{held} of {SERVERS}");
}

#[test]
fn the_overload_is_above_every_bracket() {
    for seed in 0..SERVERS / 10 {
        let mut server = Server::new(seed);
        let (end, trials) = search(settings(), |trial| server.judge(trial));
        let End::Bracket { upper, recovery, .. } = end else { panic!("{end:?}") };
        let overloads = trials.iter().filter(|(trial, _)| trial.part == TrialPart::Overload);
        assert!(overloads.clone().count() > 0 && overloads.clone().all(|(trial, _)| trial.rate >= upper));
        assert!(recovery.is_none_or(|recovery| recovery.overload >= upper));
    }
}
