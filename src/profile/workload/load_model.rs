//! The load model, its stages and their figures.

use std::time::Duration;

use super::Spacing;

/// The load model.
#[derive(Clone, Debug, PartialEq)]
pub enum Workload {
    /// Flows start at a given rate, whatever the server does.
    Open {
        /// At least one; a step change is two stages side by side.
        stages: Vec<Stage>,
        /// Flows at once. An intended start beyond this is counted as dropped, never delayed.
        max_in_flight: u64,
        /// When exactly flows start.
        spacing: Spacing,
    },
    /// A given number of flows is in flight; the next one starts when one has ended.
    Closed {
        /// At least one.
        stages: Vec<Stage>,
        /// Pause between the end of a flow and the start of its successor.
        think_time: Duration,
    },
}

/// A stretch of the run in which the load is constant or changes linearly.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Unique within the profile.
    pub name: String,
    /// Above zero.
    pub duration: Duration,
    /// Load at the begin: flows per second (open model), concurrent flows (closed model).
    pub from: f64,
    /// Load at the end, in the same unit; the same as `from` where the load is constant.
    pub to: f64,
}

impl Workload {
    /// The stages in their order.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        match self {
            Self::Open { stages, .. } | Self::Closed { stages, .. } => stages,
        }
    }

    /// Length of all stages together, without the drain.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.stages().iter().map(|stage| stage.duration).fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Number of flows that are meant to start. Unknown (`None`) in the closed model, where the server's speed
    /// decides.
    #[must_use]
    pub fn arrivals(&self) -> Option<f64> {
        match self {
            Self::Open { stages, .. } => Some(stages.iter().map(Stage::area).sum()),
            Self::Closed { .. } => None,
        }
    }

    /// Number of flows that are meant to have started so many seconds after the begin; 0 in the closed model.
    #[must_use]
    pub fn arrivals_until(&self, at_s: f64) -> f64 {
        let Self::Open { stages, .. } = self else { return 0.0 };
        let (mut begin, mut sum) = (0.0, 0.0);
        for stage in stages {
            let length = stage.duration.as_secs_f64();
            let passed = (at_s - begin).clamp(0.0, length);
            sum += stage.from * passed + (stage.to - stage.from) * passed * passed / (2.0 * length);
            begin += length;
        }
        sum
    }

    /// Highest rate of starts in flows per second. In the closed model it is an upper bound, reached by a server that
    /// answers in no time, and infinite without a think time.
    #[must_use]
    pub fn peak_rate(&self) -> f64 {
        let peak = self.peak_load();
        match self {
            Self::Open { spacing: Spacing::Replayed(starts), .. } => starts.peak_rate(),
            Self::Open { .. } => peak,
            Self::Closed { think_time, .. } if think_time.is_zero() => f64::INFINITY,
            Self::Closed { think_time, .. } => peak / think_time.as_secs_f64(),
        }
    }

    /// Most flows that can be in flight at once.
    #[must_use]
    pub fn peak_in_flight(&self) -> u64 {
        match self {
            Self::Open { max_in_flight, .. } => *max_in_flight,
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "loads are bounded and not negative; the cast saturates"
            )]
            Self::Closed { .. } => self.peak_load().ceil() as u64,
        }
    }

    fn peak_load(&self) -> f64 {
        self.stages().iter().map(|stage| stage.from.max(stage.to)).fold(0.0, f64::max)
    }
}

impl Stage {
    /// Load times seconds: the number of arrivals in the open model.
    fn area(&self) -> f64 {
        self.duration.as_secs_f64() * f64::midpoint(self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn stage(name: &str, seconds: u32, from: f64, to: f64) -> Stage {
        Stage { name: name.to_owned(), duration: SECOND * seconds, from, to }
    }

    #[test]
    fn figures() {
        let open = Workload::Open {
            stages: vec![
                stage("up", 10, 0.0, 20.0),
                stage("hold", 5, 20.0, 20.0),
                stage("down", 2, 20.0, 10.0),
            ],
            max_in_flight: 70,
            spacing: Spacing::Uniform,
        };
        assert_eq!(open.length(), SECOND * 17);
        assert_eq!(open.arrivals(), Some(100.0 + 100.0 + 30.0));
        for (at, arrivals) in
            [(0.0, 0.0), (5.0, 25.0), (10.0, 100.0), (12.5, 150.0), (17.0, 230.0), (99.0, 230.0)]
        {
            assert_eq!(open.arrivals_until(at), arrivals, "{at}");
        }
        assert_eq!(open.peak_rate(), 20.0);
        assert_eq!(open.peak_in_flight(), 70);
        let closed = |think_time| Workload::Closed { stages: vec![stage("s", 10, 5.0, 50.0)], think_time };
        assert_eq!(closed(SECOND).arrivals(), None);
        assert_eq!(closed(SECOND * 2).peak_rate(), 25.0);
        assert_eq!(closed(Duration::ZERO).peak_rate(), f64::INFINITY);
        assert_eq!(closed(Duration::ZERO).peak_in_flight(), 50);
    }
}
