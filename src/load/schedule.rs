use crate::profile::Stage;
use std::time::Duration;

/// When each flow of an open workload is meant to start: a pure function of its number.
///
/// Arrivals are evenly spaced for the rate at their moment: the n-th flow (from 0) starts when the integral of the rate
/// reaches n. Nothing here looks at a clock, so the schedule cannot drift and is the same for every run of a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pieces: Vec<Piece>,
    end: f64,
    total: u64,
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
    /// The schedule of the stages, in their order.
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
        Schedule { pieces, end: start, total: (before - EPSILON).ceil().max(0.0) as u64 }
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
        let n = n as f64;
        let piece = self
            .pieces
            .iter()
            .rev()
            .find(|piece| piece.before <= n + EPSILON && piece.to + piece.from > 0.0)?;
        let at = piece.start + piece.time_of(n - piece.before).min(piece.length);
        Some(Duration::from_secs_f64(at))
    }

    /// How many flows are due at a time.
    pub fn due(&self, elapsed: Duration) -> u64 {
        let at = elapsed.as_secs_f64();
        let arrivals = self
            .pieces
            .iter()
            .rev()
            .find(|piece| piece.start <= at)
            .map_or(0.0, |piece| piece.before + piece.arrivals((at - piece.start).min(piece.length)));
        ((arrivals + EPSILON).floor() as u64 + 1).min(self.total)
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

    /// Seconds until `arrivals` have come: the inverse, in the form that loses no digits when the ramp is flat.
    fn time_of(&self, arrivals: f64) -> f64 {
        let arrivals = arrivals.max(0.0);
        let slope = (self.to - self.from) / self.length;
        let root = (self.from * self.from + 2.0 * slope * arrivals).max(0.0).sqrt();
        if self.from + root == 0.0 { 0.0 } else { 2.0 * arrivals / (self.from + root) }
    }
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

    proptest! {
        /// Starts are in order, none before its time, and `due` counts exactly those whose time has come.
        #[test]
        fn schedule_and_count_agree(
            stages in proptest::collection::vec((0.1f64..20.0, 0.0f64..300.0, 0.0f64..300.0), 1..6),
        ) {
            let stages: Vec<_> = stages.into_iter().map(|(length, from, to)| stage(length, from, to)).collect();
            let schedule = Schedule::new(&stages);
            let mut last = Duration::ZERO;
            for n in 0..schedule.total() {
                let start = schedule.start_of(n).unwrap();
                prop_assert!(start + Duration::from_micros(1) >= last && start <= schedule.end(), "{n}: {start:?}");
                prop_assert!(schedule.due(start + Duration::from_micros(20)) > n, "{n} is due at {start:?}");
                if let Some(before) = start.checked_sub(Duration::from_millis(1)) {
                    let gap_ok = schedule.due(before) <= n + 1;
                    prop_assert!(gap_ok, "{n}");
                }
                last = start;
            }
        }
    }
}
