use super::{Begins, Growth, Policy, Scope, Window};
use crate::ciba::Interval;

/// A moment at the server as far as it is known from outside, in ms on the probe's time line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Moment {
    /// Before everything.
    const LONG_AGO: Moment = Moment { from: f64::NEG_INFINITY, to: f64::NEG_INFINITY };

    /// Least and longest time since `earlier`.
    fn since(self, earlier: Moment) -> (f64, f64) {
        (self.from - earlier.to, self.to - earlier.from)
    }

    /// Either of the two, and what lies between.
    fn or(self, other: Moment) -> Moment {
        Moment { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// What happened to a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was answered without regard to its time.
    Accepted,
    /// It was throttled.
    Throttled,
    /// It cannot be told, or the throttle may not have seen it.
    Unknown,
}

/// The throttle of one flow, client or server under some policy, as far as it can be known.
///
/// Where its state is uncertain it is kept as a range, so there is never more than one state: what is foretold from it is
/// either certain or [`Fate::Unknown`].
#[derive(Debug, Clone)]
pub(super) struct Throttle {
    policy: Policy,
    length_ms: f64,
    /// Whether there may be polls under it that are not known. They make windows later and longer, never shorter, so
    /// what is foretold as throttled stays so.
    disturbed: bool,
    /// What slots are counted from.
    origin: Option<Moment>,
    /// Where the window begins that is in force.
    start: Moment,
    /// Least and greatest number of times that it has grown.
    grown: (u32, u32),
}

impl Throttle {
    pub(super) fn new(policy: Policy, length_ms: f64, disturbed: bool) -> Self {
        Throttle { policy, length_ms, disturbed, origin: None, start: Moment::LONG_AGO, grown: (0, 0) }
    }

    /// A flow was acknowledged.
    pub(super) fn acknowledged(&mut self, at: Moment) {
        if self.policy.begins == Begins::Acknowledgement {
            self.origin.get_or_insert(at);
            if self.policy.window != Window::Slots {
                self.start = at;
            }
        }
    }

    /// What a poll at `now` will meet.
    pub(super) fn foretold(&self, now: Moment) -> Fate {
        match self.policy.window {
            Window::Never => Fate::Accepted,
            Window::Always => Fate::Throttled,
            Window::FromAccepted | Window::Sliding => {
                let (least, longest) = now.since(self.start);
                if longest < self.length_after(self.grown.0) {
                    Fate::Throttled
                } else if least >= self.length_after(self.grown.1) && !self.disturbed {
                    Fate::Accepted
                } else {
                    Fate::Unknown
                }
            }
            Window::Slots => {
                let (first, last) = self.slots(now);
                let (used_first, used_last) = self.slots(self.start);
                if first == last && first == used_first && first == used_last {
                    Fate::Throttled
                } else if first > used_last {
                    Fate::Accepted
                } else {
                    Fate::Unknown
                }
            }
        }
    }

    /// Notes a poll at `now` and what it met.
    pub(super) fn polled(&mut self, now: Moment, fate: Fate) {
        self.origin.get_or_insert(now);
        let moves = match self.policy.window {
            Window::Never | Window::Always => false,
            Window::FromAccepted | Window::Slots => fate != Fate::Throttled,
            Window::Sliding => true,
        };
        if moves {
            self.start = if fate == Fate::Unknown { self.start.or(now) } else { now };
        }
        let (least, greatest) = self.grown;
        self.grown = match (self.policy.growth, fate) {
            (Growth::Fixed, _) | (Growth::Ratchet, Fate::Accepted) => self.grown,
            (Growth::UntilAccepted, Fate::Accepted) => (0, 0),
            (Growth::UntilAccepted, Fate::Throttled) if self.disturbed => (0, greatest + 1),
            (Growth::Ratchet | Growth::UntilAccepted, Fate::Throttled) => (least + 1, greatest + 1),
            (Growth::Ratchet, Fate::Unknown) => (least, greatest + 1),
            (Growth::UntilAccepted, Fate::Unknown) => (0, greatest + 1),
        };
    }

    fn length_after(&self, grown: u32) -> f64 {
        self.length_ms + f64::from(grown) * Interval::SLOW_DOWN_STEP.as_secs_f64() * 1e3
    }

    /// First and last slot in which `at` can lie; nothing that happened lies before the first slot.
    fn slots(&self, at: Moment) -> (f64, f64) {
        let slot = |since_ms: f64| (since_ms / self.length_ms).floor();
        match self.origin {
            _ if at == Moment::LONG_AGO => (f64::NEG_INFINITY, f64::NEG_INFINITY),
            None => (0.0, 0.0),
            Some(origin) => {
                let (least, longest) = at.since(origin);
                (slot(least.max(0.0)), slot(longest))
            }
        }
    }
}

/// Number of the throttle that a flow is under: equal for flows that share one.
pub(super) fn throttle_of(scope: Scope, flow: usize, client: usize) -> usize {
    match scope {
        Scope::Flow => flow,
        Scope::Client => client,
        Scope::Everybody => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::polling::POLICIES;

    fn at(ms: f64) -> Moment {
        Moment { from: ms, to: ms }
    }

    #[test]
    fn what_is_uncertain_is_kept_as_a_range() {
        let mut throttle = Throttle::new(POLICIES[3], 5000.0, false);
        assert_eq!(throttle.foretold(at(0.0)), Fate::Accepted);
        throttle.polled(at(0.0), Fate::Accepted);
        assert_eq!(throttle.foretold(at(4999.0)), Fate::Throttled);
        assert_eq!(throttle.foretold(Moment { from: 4900.0, to: 5100.0 }), Fate::Unknown);
        throttle.polled(at(3000.0), Fate::Unknown);
        for (ms, fate) in [(4999.0, Fate::Throttled), (6000.0, Fate::Unknown), (8000.0, Fate::Accepted)] {
            assert_eq!(throttle.foretold(at(ms)), fate, "at {ms} ms");
        }
        throttle.polled(at(6000.0), Fate::Throttled);
        assert_eq!(throttle.foretold(at(7999.0)), Fate::Unknown, "a throttled poll moves nothing");
    }

    #[test]
    fn an_unanswered_poll_may_or_may_not_have_made_the_window_longer() {
        let mut throttle = Throttle::new(POLICIES[4], 5000.0, false);
        throttle.polled(at(0.0), Fate::Accepted);
        throttle.polled(at(1000.0), Fate::Unknown);
        for (ms, fate) in [(4999.0, Fate::Throttled), (10_500.0, Fate::Unknown), (11_000.0, Fate::Accepted)] {
            assert_eq!(throttle.foretold(at(ms)), fate, "at {ms} ms");
        }
    }
}
