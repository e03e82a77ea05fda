//! What a load profile will demand of the generator, worked out before anything is started.

use super::costs::{CORES_USED, Costs, PENDING_FLOW_BYTES, PeakRates, STANDING_BYTES};
use super::courses::{Assumed, Course, courses};
use crate::profile::{Profile, Stage, Workload};
use serde::Serialize;
use std::time::Duration;

/// Flows whose course is worked out, for the decisions, delays and modes that the profile draws.
const FLOWS_SAMPLED: u64 = 2_000;

/// Parts into which a run is divided.
pub(super) const BINS: usize = 4_000;

/// What a profile will demand. Rates are per second, and the highest of any second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadPlan {
    /// The stages in their order.
    pub stages: Vec<PlannedStage>,
    /// Starts that the profile asks for; `None` where the server's speed decides.
    pub arrivals: Option<u64>,
    /// Mean length of a flow against a server that answers at once, in seconds.
    pub flow_s: f64,
    /// Token requests of a flow in the mean.
    pub polls_per_flow: f64,
    /// Flows under way at the peak by Little's law, the run's shape considered.
    pub in_flight: u64,
    /// Most that the profile allows; what is due beyond is dropped.
    pub in_flight_max: u64,
    /// `None` where the server's speed decides.
    pub peak: Option<PeakRates>,
    /// Memory of the generator at the peak, in bytes.
    pub memory_bytes: u64,
    /// Cores that the generator keeps busy at the peak; `None` as for `peak`.
    pub cores: Option<f64>,
    /// Length of all stages, in seconds.
    pub length_s: f64,
    /// Longest time for the flows that are still under way then, in seconds.
    pub drain_s: f64,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedStage {
    /// Its name.
    pub name: String,
    /// Its length, in seconds.
    pub length_s: f64,
    /// Load at its begin: flows per second, or flows at once in the closed model.
    pub from: f64,
    /// Load at its end.
    pub to: f64,
    /// Starts in it; `None` where the server's speed decides.
    pub arrivals: Option<u64>,
    /// Flows under way at its peak.
    pub in_flight: u64,
}

impl LoadPlan {
    /// Plans a profile.
    pub fn of(profile: &Profile, assumed: &Assumed) -> Self {
        let mean = Mean::of(profile, assumed);
        let demand = match &profile.workload {
            Workload::Open { .. } => open(profile, assumed, &mean),
            Workload::Closed { think_time, .. } => closed(profile, assumed, &mean, *think_time),
        };
        let in_flight = demand.in_flight.iter().copied().fold(0.0, f64::max);
        let stages = profile.workload.stages().iter().zip(&demand.in_flight);
        let is_open = matches!(profile.workload, Workload::Open { .. });
        LoadPlan {
            stages: stages.map(|(stage, in_flight)| planned(stage, is_open, *in_flight)).collect(),
            arrivals: profile.workload.arrivals().map(whole),
            flow_s: mean.length_s,
            polls_per_flow: mean.polls,
            in_flight: up(in_flight),
            in_flight_max: profile.workload.peak_in_flight(),
            peak: demand.peak,
            memory_bytes: STANDING_BYTES
                + PENDING_FLOW_BYTES * up(in_flight).min(profile.workload.peak_in_flight()),
            cores: demand.peak.map(|peak| peak.cores(&Costs::default())),
            length_s: profile.workload.length().as_secs_f64(),
            drain_s: profile.drain.as_secs_f64(),
        }
    }

    /// Generator machines with so many cores each; `None` where the server's speed decides.
    pub fn machines(&self, cores_of_each: usize) -> Option<u64> {
        self.cores.map(|cores| up(cores / (cores_of_each.max(1) as f64 * CORES_USED)).max(1))
    }
}

/// A flow in the mean.
pub(super) struct Mean {
    pub length_s: f64,
    polls: f64,
    pings: f64,
    tokens: f64,
    pub courses: Vec<Course>,
}

impl Mean {
    pub fn of(profile: &Profile, assumed: &Assumed) -> Self {
        let courses: Vec<Course> =
            (0..FLOWS_SAMPLED).flat_map(|flow| courses(profile, assumed, flow)).collect();
        let sum = |figure: &dyn Fn(&Course) -> f64| {
            courses.iter().map(|course| course.weight * figure(course)).sum::<f64>() / FLOWS_SAMPLED as f64
        };
        Mean {
            length_s: sum(&|course| course.length_s),
            polls: sum(&|course| course.token_requests.iter().map(|(_, times)| times).sum()),
            pings: sum(&|course| f64::from(u8::from(course.notified_s.is_some()))),
            tokens: sum(&|course| f64::from(u8::from(course.has_tokens))),
            courses,
        }
    }

    pub fn cycle(&self, think_time: Duration) -> Cycle {
        let length_s = self.length_s + think_time.as_secs_f64();
        Cycle { length_s, share: if length_s > 0.0 { self.length_s / length_s } else { 1.0 } }
    }

    /// How long after their start flows end.
    fn ends(&self, bin_s: f64) -> Distances {
        let mut ends = Distances::new(bin_s);
        for course in &self.courses {
            ends.add(course.length_s, course.weight);
        }
        ends
    }
}

/// What a user of the closed model does over and over: a flow, then thinking.
pub(super) struct Cycle {
    pub length_s: f64,
    /// The flow's part of it, 0 to 1: flows under way of each user in the mean.
    pub share: f64,
}

/// What a workload demands.
struct Demand {
    /// At the peak of each stage; what lasts longer counts for the last one.
    in_flight: Vec<f64>,
    peak: Option<PeakRates>,
}

fn closed(profile: &Profile, assumed: &Assumed, mean: &Mean, think_time: Duration) -> Demand {
    let Cycle { length_s: cycle, share } = mean.cycle(think_time);
    let loads = profile.workload.stages().iter().map(|stage| stage.from.max(stage.to));
    let users = loads.clone().fold(0.0, f64::max);
    let peak = (cycle > 0.0).then(|| {
        let starts = users / cycle;
        let polls = starts * mean.polls;
        PeakRates {
            authentication_requests: starts,
            polls,
            pings: starts * mean.pings,
            tokens: starts * mean.tokens,
            rsa_signatures: assumed.rsa_signatures(starts, polls),
        }
    });
    Demand { in_flight: loads.map(|load| load * share).collect(), peak }
}

/// Starts are laid over the run, and what follows from each at its distance.
fn open(profile: &Profile, assumed: &Assumed, mean: &Mean) -> Demand {
    let length_s = profile.workload.length().as_secs_f64();
    let bin_s = (length_s + profile.drain.as_secs_f64()) / BINS as f64;
    let starts = starts(profile, bin_s);
    let [mut polls, mut pings, mut tokens] = [(); 3].map(|()| Distances::new(bin_s));
    for course in &mean.courses {
        for (after_s, times) in &course.token_requests {
            polls.add(*after_s, course.weight * times);
        }
        if let Some(after_s) = course.notified_s {
            pings.add(after_s, course.weight);
        }
        if course.has_tokens {
            tokens.add(course.length_s, course.weight);
        }
    }
    let polls = polls.after(&starts);
    let both: Vec<f64> =
        starts.iter().zip(&polls).map(|(start, poll)| assumed.rsa_signatures(*start, *poll)).collect();
    let peak = PeakRates {
        authentication_requests: highest(&starts, bin_s),
        polls: highest(&polls, bin_s),
        pings: highest(&pings.after(&starts), bin_s),
        tokens: highest(&tokens.after(&starts), bin_s),
        rsa_signatures: highest(&both, bin_s),
    };
    Demand { in_flight: peaks(profile, &under_way(mean, &starts, bin_s), bin_s), peak: Some(peak) }
}

/// Starts in each bin of the run.
pub(super) fn starts(profile: &Profile, bin_s: f64) -> Vec<f64> {
    let until = |bin: usize| profile.workload.arrivals_until(bin as f64 * bin_s);
    (0..BINS).map(|bin| until(bin + 1) - until(bin)).collect()
}

/// Flows under way in each bin of the run, by Little's law.
pub(super) fn under_way(mean: &Mean, starts: &[f64], bin_s: f64) -> Vec<f64> {
    let ends = mean.ends(bin_s).after(starts);
    let mut now = 0.0;
    let under_way = |(started, ended): (&f64, &f64)| {
        now += started - ended;
        now
    };
    starts.iter().zip(&ends).map(under_way).collect()
}

/// Most flows under way in each stage.
fn peaks(profile: &Profile, under_way: &[f64], bin_s: f64) -> Vec<f64> {
    let stages = profile.workload.stages();
    let mut peaks = vec![0.0f64; stages.len()];
    let (mut stage, mut until_s) = (0, stages.first().map_or(0.0, |stage| stage.duration.as_secs_f64()));
    for (bin, now) in under_way.iter().enumerate() {
        while bin as f64 * bin_s >= until_s && stage + 1 < stages.len() {
            stage += 1;
            until_s += stages[stage].duration.as_secs_f64();
        }
        peaks[stage] = peaks[stage].max(*now);
    }
    peaks
}

/// How long after its start something happens to a flow: its number in each bin.
#[derive(Clone)]
struct Distances {
    bin_s: f64,
    bins: Vec<f64>,
}

impl Distances {
    fn new(bin_s: f64) -> Self {
        Distances { bin_s, bins: vec![0.0; BINS] }
    }

    fn add(&mut self, after_s: f64, times: f64) {
        // What happens between two bins belongs to both in part, so that the mean is kept.
        let (at, share) = ((after_s / self.bin_s).floor(), (after_s / self.bin_s).fract());
        let mut note = |bin: f64, share: f64| {
            if let Some(bin) = self.bins.get_mut(bin as usize) {
                *bin += times * share / FLOWS_SAMPLED as f64;
            }
        };
        note(at, 1.0 - share);
        note(at + 1.0, share);
    }

    /// How often it happens in each bin of the run, given the starts in each.
    fn after(&self, starts: &[f64]) -> Vec<f64> {
        let mut happened = vec![0.0; starts.len()];
        for (distance, share) in self.bins.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            for (at, started) in starts.iter().enumerate().take(starts.len() - distance) {
                happened[at + distance] += share * started;
            }
        }
        happened
    }
}

/// The highest rate of any second, or of a bin that is longer.
fn highest(bins: &[f64], bin_s: f64) -> f64 {
    let wide = ((1.0 / bin_s).round() as usize).clamp(1, bins.len());
    let mut sum: f64 = bins[..wide].iter().sum();
    let mut most = sum;
    for at in wide..bins.len() {
        sum += bins[at] - bins[at - wide];
        most = most.max(sum);
    }
    most / (wide as f64 * bin_s)
}

fn planned(stage: &Stage, is_open: bool, in_flight: f64) -> PlannedStage {
    let length_s = stage.duration.as_secs_f64();
    PlannedStage {
        name: stage.name.clone(),
        length_s,
        from: stage.from,
        to: stage.to,
        arrivals: is_open.then(|| whole(length_s * f64::midpoint(stage.from, stage.to))),
        in_flight: up(in_flight),
    }
}

fn whole(figure: f64) -> u64 {
    // The cast saturates; figures here are neither negative nor huge.
    figure.round() as u64
}

/// The next whole number; sums of floating point numbers come out a little over.
fn up(figure: f64) -> u64 {
    (figure - 1e-6).ceil().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{EXCHANGE_US, ID_TOKEN_US, RSA_SIGNATURE_US};

    fn plan(text: &str, assumed: &Assumed) -> LoadPlan {
        let profile = Profile::parse("t", "t.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
        LoadPlan::of(&profile, assumed)
    }

    const HOLD: &str = "[[workload.stages]]\nduration = \"600s\"\nrate = 100\n";

    /// Whether a figure is the expected one, to a thousandth.
    #[track_caller]
    fn near(figure: f64, expected: f64) {
        assert!((figure - expected).abs() <= expected.abs() * 1e-3 + 1e-9, "{figure}, expected {expected}");
    }

    #[test]
    fn little_s_law_holds_where_the_load_lasts() {
        let half_a_minute = format!("decisions.delay.constant = \"30s\"\n{HOLD}");
        let plan = plan(&half_a_minute, &Assumed::default());
        // A poll flow learns of it at its sixth poll, 30.3 s after its start.
        near(plan.flow_s, 30.3);
        near(plan.polls_per_flow, 6.0);
        assert_eq!((plan.in_flight, plan.arrivals), (3_030, Some(60_000)));
        let peak = plan.peak.unwrap();
        near(peak.polls, 600.0);
        near(peak.authentication_requests, 100.0);
        near(peak.tokens, 100.0);
        assert_eq!((peak.pings, peak.rsa_signatures), (0.0, 0.0));
        assert_eq!(plan.memory_bytes, STANDING_BYTES + 3_030 * PENDING_FLOW_BYTES);
        near(plan.cores.unwrap(), (700.0 * EXCHANGE_US + 100.0 * ID_TOKEN_US) / 1e6);
    }

    #[test]
    fn a_spike_does_not_last_and_what_it_causes_comes_later() {
        let spike = "mix.ping = 1\nflow.fall_back_to_polling = false\ndecisions.delay.constant = \"20s\"\n\
                     [[workload.stages]]\nduration = \"2s\"\nrate = 300\n\
                     [[workload.stages]]\nduration = \"58s\"\nrate = 10\n";
        let plan = plan(spike, &Assumed::default());
        // Not 300 x 20: it lasts two seconds, and 18 s of the rest come before its flows end.
        let in_flight: Vec<_> = plan.stages.iter().map(|stage| stage.in_flight).collect();
        assert!((600..=601).contains(&in_flight[0]) && (779..=781).contains(&in_flight[1]), "{in_flight:?}");
        let peak = plan.peak.unwrap();
        assert!((290.0..=301.0).contains(&peak.pings), "{peak:?}");
        assert!((290.0..=311.0).contains(&peak.polls), "{peak:?}");
    }

    #[test]
    fn signatures_and_machines() {
        let assumed = Assumed { rsa_of_authentication: 2.0, rsa_of_poll: 1.0, ..Assumed::default() };
        let plan = plan(&format!("decisions.delay.constant = \"30s\"\n{HOLD}"), &assumed);
        near(plan.peak.unwrap().rsa_signatures, 800.0);
        let cores = plan.cores.unwrap();
        assert!(cores > 0.8 * RSA_SIGNATURE_US / 1e3, "{cores}");
        assert_eq!(plan.machines(1_000), Some(1));
        assert_eq!(plan.machines(1), Some((cores / CORES_USED).ceil() as u64));
    }

    #[test]
    fn the_closed_model_goes_as_fast_as_flows_end() {
        let closed = "mix.ping = 1\nworkload.model = \"closed\"\nworkload.think_time = \"6s\"\n\
                      decisions.delay.constant = \"4s\"\n[[workload.stages]]\nduration = \"10s\"\nflows = 50\n";
        let planned = plan(closed, &Assumed::default());
        assert_eq!((planned.arrivals, planned.in_flight), (None, 20));
        near(planned.peak.unwrap().pings, 5.0);
        let at_once = closed.replace("6s", "0s").replace("4s", "0s");
        assert_eq!(
            (plan(&at_once, &Assumed::default()).peak, plan(&at_once, &Assumed::default()).in_flight),
            (None, 50)
        );
    }

    #[test]
    fn another_interval_is_another_load() {
        let assumed = Assumed { interval: Duration::from_secs(2), ..Assumed::default() };
        let plan = plan(&format!("decisions.delay.constant = \"30s\"\n{HOLD}"), &assumed);
        near(plan.polls_per_flow, 15.0);
        near(plan.peak.unwrap().polls, 1_500.0);
    }
}
