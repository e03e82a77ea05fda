use super::poisson;
use crate::profile::{Profile, Spacing, Stage, Workload};
use std::sync::Arc;
use std::time::Duration;

/// When each flow of an open workload is meant to start: a pure function of its number.
///
/// Evenly spaced arrivals follow the rate at their moment: the n-th flow (from 0) starts when the integral of the rate
/// reaches n. Random ones are as many in each stage, and anywhere in it. Nothing here looks at a clock, so the schedule
/// cannot drift and is the same for every run of a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pieces: Vec<Piece>,
    end: f64,
    total: u64,
    moments: Moments,
}

/// Where in their stage flows start.
#[derive(Debug, Clone, PartialEq)]
enum Moments {
    /// As far from each other as the rate says.
    Even,
    /// Anywhere, by this seed.
    Random(u64),
    /// At these.
    Listed(Arc<[Duration]>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    start: f64,
    length: f64,
    from: f64,
    to: f64,
    /// Arrivals before this piece.
    before: f64,
}

/// Sums of floating point numbers come out a little under whole numbers.
const EPSILON: f64 = 1e-6;

impl Schedule {
    /// The schedule of a profile.
    pub fn of(profile: &Profile) -> Self {
        let even = Self::new(profile.workload.stages());
        match &profile.workload {
            Workload::Open { spacing: Spacing::Poisson, .. } => {
                Schedule { moments: Moments::Random(profile.seed), ..even }
            }
            Workload::Open { spacing: Spacing::Replayed(starts), .. } => {
                let listed = starts.times();
                Schedule { total: listed.len() as u64, moments: Moments::Listed(listed), ..even }
            }
            Workload::Open { spacing: Spacing::Uniform, .. } | Workload::Closed { .. } => even,
        }
    }

    /// The schedule of the stages, in their order, with evenly spaced arrivals.
    pub fn new(stages: &[Stage]) -> Self {
        let mut pieces = Vec::with_capacity(stages.len());
        let (mut start, mut before) = (0.0, 0.0);
        for stage in stages {
            let piece =
                Piece { start, length: stage.duration.as_secs_f64(), from: stage.from, to: stage.to, before };
            before += piece.arrivals(piece.length);
            start += piece.length;
            pieces.push(piece);
        }
        Schedule { pieces, end: start, total: whole(before), moments: Moments::Even }
    }

    /// Number of flows.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// When the last stage ends.
    pub fn end(&self) -> Duration {
        Duration::from_secs_f64(self.end)
    }

    /// When the n-th flow is meant to start, from 0; `None` past the last.
    pub fn start_of(&self, n: u64) -> Option<Duration> {
        if n >= self.total {
            return None;
        }
        if let Moments::Listed(starts) = &self.moments {
            return starts.get(usize::try_from(n).ok()?).copied();
        }
        let piece = self
            .pieces
            .iter()
            .rev()
            .find(|piece| piece.before <= n as f64 + EPSILON && piece.to + piece.from > 0.0)?;
        let arrivals = match self.moments {
            Moments::Random(seed) => piece.random(seed, n),
            Moments::Even | Moments::Listed(_) => n as f64 - piece.before,
        };
        Some(Duration::from_secs_f64(piece.start + piece.time_of(arrivals).min(piece.length)))
    }

    /// Load at a time: flows per second in the open model, concurrent flows in the closed one.
    pub fn load_at(&self, elapsed: Duration) -> f64 {
        let at = elapsed.as_secs_f64();
        if at >= self.end {
            return 0.0;
        }
        let piece = self.pieces.iter().rev().find(|piece| piece.start <= at);
        piece.map_or(0.0, |piece| piece.from + (piece.to - piece.from) * (at - piece.start) / piece.length)
    }
}

impl Piece {
    /// Arrivals in the first `t` seconds.
    fn arrivals(&self, t: f64) -> f64 {
        self.from * t + (self.to - self.from) * t * t / (2.0 * self.length)
    }

    /// Arrivals before the n-th flow, which is one of this piece's, where they come at random: the integral of the rate up to
    /// a moment anywhere in the piece.
    fn random(&self, seed: u64, n: u64) -> f64 {
        let (first, area) = (whole(self.before), self.arrivals(self.length));
        let count = whole(self.before + area).saturating_sub(first).max(1);
        area * poisson::moment(seed ^ first.rotate_left(32), n.saturating_sub(first), count)
    }

    /// Seconds until `arrivals` have come: the inverse, in the form that loses no digits when the ramp is flat.
    fn time_of(&self, arrivals: f64) -> f64 {
        let arrivals = arrivals.max(0.0);
        let slope = (self.to - self.from) / self.length;
        let root = (self.from * self.from + 2.0 * slope * arrivals).max(0.0).sqrt();
        if self.from + root == 0.0 { 0.0 } else { 2.0 * arrivals / (self.from + root) }
    }
}

/// The first whole number that is not below.
fn whole(arrivals: f64) -> u64 {
    (arrivals - EPSILON).ceil().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stage(seconds: f64, from: f64, to: f64) -> Stage {
        Stage { name: "s".to_owned(), duration: Duration::from_secs_f64(seconds), from, to }
    }

    #[test]
    fn starts() {
        for (name, stages, total, n, at) in [
            ("constant: the first at once", vec![stage(10.0, 20.0, 20.0)], 200, 0, 0.0),
            ("constant: evenly spaced", vec![stage(10.0, 20.0, 20.0)], 200, 199, 9.95),
            ("from zero: the square root", vec![stage(10.0, 0.0, 20.0)], 100, 25, 5.0),
            ("to zero", vec![stage(10.0, 20.0, 0.0)], 100, 75, 5.0),
            (
                "steps: the second stage begins on time",
                vec![stage(2.0, 5.0, 5.0), stage(1.0, 50.0, 50.0)],
                60,
                10,
                2.0,
            ),
            (
                "steps: and runs at its own rate",
                vec![stage(2.0, 5.0, 5.0), stage(1.0, 50.0, 50.0)],
                60,
                11,
                2.02,
            ),
            (
                "a pause between",
                vec![stage(1.0, 2.0, 2.0), stage(5.0, 0.0, 0.0), stage(1.0, 2.0, 2.0)],
                4,
                2,
                6.0,
            ),
            ("slow", vec![stage(10.0, 0.25, 0.25)], 3, 2, 8.0),
        ] {
            let schedule = Schedule::new(&stages);
            assert_eq!(schedule.total(), total, "{name}");
            let start = schedule.start_of(n).unwrap().as_secs_f64();
            assert!((start - at).abs() < 1e-6, "{name}: {start}");
            assert_eq!(schedule.start_of(total), None, "{name}");
        }
    }

    fn random(text: &str) -> Schedule {
        let text = format!("workload.arrivals = \"poisson\"\n{text}");
        Schedule::of(&Profile::parse("t", "t.toml", &text).unwrap())
    }

    #[test]
    fn random_arrivals_are_as_many_in_each_stage_and_follow_a_ramp() {
        let stages = "[[workload.stages]]\nduration = \"20s\"\nfrom = 0\nto = 100\n\
                      [[workload.stages]]\nduration = \"5s\"\nrate = 10\n";
        let schedule = random(stages);
        let starts: Vec<f64> =
            (0..schedule.total()).map(|n| schedule.start_of(n).unwrap().as_secs_f64()).collect();
        assert_eq!((starts.len(), starts.iter().filter(|at| **at < 20.0).count()), (1050, 1000));
        assert!(starts.is_sorted() && starts[1049] <= 25.0);
        // A quarter of a ramp's arrivals come in its first half.
        let early = starts.iter().filter(|at| **at < 10.0).count();
        assert!((210..290).contains(&early), "{early}");
        let gaps: Vec<f64> = starts[1000..].windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().any(|gap| *gap > 0.25) && gaps.iter().any(|gap| *gap < 0.02), "{gaps:?}");
        assert_eq!(random(stages), schedule);
        assert_ne!(random(&format!("seed = 2\n{stages}")).start_of(5), schedule.start_of(5));
    }

    proptest! {
        /// Starts are in order, none before its time, and the rate's integral up to the n-th is n.
        #[test]
        fn the_integral_of_the_rate_counts_the_starts(
            stages in proptest::collection::vec((0.1f64..20.0, 0.0f64..300.0, 0.0f64..300.0), 1..6),
        ) {
            let stages: Vec<_> = stages.into_iter().map(|(length, from, to)| stage(length, from, to)).collect();
            let schedule = Schedule::new(&stages);
            let mut last = Duration::ZERO;
            for n in 0..schedule.total() {
                let start = schedule.start_of(n).unwrap();
                prop_assert!(start + Duration::from_micros(1) >= last && start <= schedule.end(), "{n}: {start:?}");
                let at = start.as_secs_f64();
                let piece = schedule.pieces.iter().rfind(|piece| piece.start <= at + 1e-9).unwrap();
                let before = piece.before + piece.arrivals((at - piece.start).clamp(0.0, piece.length));
                prop_assert!((before - n as f64).abs() < 0.01, "{n}: {before} at {start:?}");
                last = start;
            }
        }
    }
}
