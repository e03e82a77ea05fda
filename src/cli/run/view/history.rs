use crate::ciba::Named as _;
use crate::load::{Progress, SpanProgress};
use crate::record::Span;

/// Most points that are kept; when there are more, two become one, so that the whole run is always there.
const POINTS_MAX: usize = 512;

/// What a run was like in each interval since its begin, ever coarser as it gets longer.
#[derive(Debug, Clone, Default)]
pub struct History {
    points: Vec<Point>,
    /// Intervals that make a point.
    step: u32,
    /// Intervals of the last point.
    filled: u32,
}

/// A figure that a history has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Load that was asked for.
    Asked,
    /// Flows begun per second.
    Begun,
    /// Flows ended per second.
    Ended,
    /// Flows under way.
    InFlight,
    /// The same by Little's law.
    Expected,
    /// Median of a span, in µs.
    P50(Span),
    /// 99th percentile of a span, in µs.
    P99(Span),
}

#[derive(Debug, Clone)]
struct Point {
    asked: f64,
    begun: f64,
    ended: f64,
    in_flight: f64,
    expected: Option<f64>,
    /// p50 and p99 of each span, in the order of `Named::ALL`.
    spans: Vec<[Option<u64>; 2]>,
}

impl History {
    /// Adds an interval.
    pub fn add(&mut self, progress: &Progress) {
        let point = Point::of(progress);
        match self.points.last_mut() {
            Some(last) if self.filled < self.step => {
                last.add(&point, self.filled);
                self.filled += 1;
            }
            Some(_) | None => {
                if self.points.len() == POINTS_MAX {
                    self.halve();
                }
                self.points.push(point);
                self.filled = 1;
            }
        }
        self.step = self.step.max(1);
    }

    /// One figure since the begin, in so many columns: the highest of what falls into each, `None` where it had no value.
    pub fn columns(&self, course: Course, columns: usize) -> Vec<Option<f64>> {
        let points = self.points.len();
        if points == 0 {
            return Vec::new();
        }
        let highest = |column: usize| {
            let first = column * points / columns;
            let end = ((column + 1) * points / columns).max(first + 1);
            self.points[first..end].iter().filter_map(|point| point.figure(course)).reduce(f64::max)
        };
        (0..columns).map(highest).collect()
    }

    /// The highest value of a figure since the begin.
    pub fn highest(&self, course: Course) -> Option<f64> {
        self.points.iter().filter_map(|point| point.figure(course)).reduce(f64::max)
    }

    fn halve(&mut self) {
        let step = self.step;
        let pair = |pair: &[Point]| {
            let mut both = pair[0].clone();
            if let Some(second) = pair.get(1) {
                both.add(second, 1);
            }
            both
        };
        self.points = self.points.chunks(2).map(pair).collect();
        self.step = step.saturating_mul(2);
    }
}

impl Point {
    fn of(progress: &Progress) -> Self {
        let span = |span: &Span| {
            let SpanProgress { p50_us, p99_us, .. } = progress.span(*span);
            [p50_us, p99_us]
        };
        Point {
            asked: progress.asked,
            begun: progress.per_s(progress.last.flows.started),
            ended: progress.per_s(progress.last.flows.outcomes.total()),
            in_flight: progress.in_flight as f64,
            expected: progress.expected_in_flight,
            spans: Span::ALL.iter().map(span).collect(),
        }
    }

    /// Adds a later point to this one, which stands for `weight` as long ones: rates are means, all else is the highest.
    fn add(&mut self, later: &Point, weight: u32) {
        let weight = f64::from(weight);
        let mean = |mine: &mut f64, theirs: f64| *mine = (*mine * weight + theirs) / (weight + 1.0);
        mean(&mut self.asked, later.asked);
        mean(&mut self.begun, later.begun);
        mean(&mut self.ended, later.ended);
        self.in_flight = self.in_flight.max(later.in_flight);
        self.expected = self.expected.into_iter().chain(later.expected).reduce(f64::max);
        for (mine, theirs) in self.spans.iter_mut().zip(&later.spans) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine = (*mine).max(*theirs);
            }
        }
    }

    fn figure(&self, course: Course) -> Option<f64> {
        let percentile = |span: Span, which: usize| {
            self.spans.get(span.index()).and_then(|both| both[which]).map(|us| us as f64)
        };
        match course {
            Course::Asked => Some(self.asked),
            Course::Begun => Some(self.begun),
            Course::Ended => Some(self.ended),
            Course::InFlight => Some(self.in_flight),
            Course::Expected => self.expected,
            Course::P50(span) => percentile(span, 0),
            Course::P99(span) => percentile(span, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn interval(n: u64) -> Progress {
        let mut progress = Progress {
            interval: Duration::from_secs(1),
            asked: n as f64,
            in_flight: n,
            spans: vec![SpanProgress::default(); Span::ALL.len()],
            ..Progress::default()
        };
        progress.last.flows.started = n;
        progress.spans[Span::Ack.index()].p99_us = n.is_multiple_of(2).then_some(n * 10);
        progress
    }

    fn history(intervals: u64) -> History {
        let mut history = History::default();
        for n in 1..=intervals {
            history.add(&interval(n));
        }
        history
    }

    #[test]
    fn a_short_run_is_stretched_and_a_longer_one_pressed() {
        let few = history(3);
        let shown = |values: Vec<Option<f64>>| values.into_iter().map(Option::unwrap).collect::<Vec<_>>();
        assert_eq!(shown(few.columns(Course::InFlight, 7)), [1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(shown(few.columns(Course::InFlight, 2)), [1.0, 3.0]);
        assert_eq!(few.columns(Course::P99(Span::Ack), 3), [None, Some(20.0), None]);
        assert_eq!(few.columns(Course::P50(Span::Ack), 3), [None; 3]);
        assert_eq!((few.highest(Course::Begun), few.highest(Course::Expected)), (Some(3.0), None));
        assert!(History::default().columns(Course::Asked, 5).is_empty());
        assert!(few.columns(Course::Asked, 0).is_empty());
    }

    #[test]
    fn a_long_run_is_kept_whole_in_bounded_memory() {
        for intervals in [512, 513, 1_025, 5_000, 20_000] {
            let long = history(intervals);
            assert!((256..=POINTS_MAX).contains(&long.points.len()), "{intervals}: {}", long.points.len());
            // Rates are means: the first point's, and that of all, which weighs every interval alike.
            let first = f64::from(long.step + 1) / 2.0;
            assert!((long.points[0].begun - first).abs() < 1e-6, "{intervals}: {}", long.points[0].begun);
            let weights = |at: usize| if at + 1 == long.points.len() { long.filled } else { long.step };
            let sum: f64 =
                long.points.iter().enumerate().map(|(at, point)| point.begun * f64::from(weights(at))).sum();
            assert!(
                (sum - (intervals * (intervals + 1) / 2) as f64).abs() < 1e-3 * sum,
                "{intervals}: {sum}"
            );
            assert_eq!(long.highest(Course::InFlight), Some(intervals as f64));
        }
    }
}
