use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Longest time that exchanges under way may take after Ctrl-C.
pub const LEAVE_WITHIN: Duration = Duration::from_secs(10);

/// How far a run has come. Whoever waits looks at it again and again: it is a level, not an edge, so no wake-up can be
/// lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Flows begin.
    Running,
    /// No more flows begin; those under way may finish until then.
    Finishing {
        /// When the rest is abandoned.
        until: Instant,
    },
    /// The run was stopped: flows that wait are abandoned, exchanges under way may be answered until then.
    Leaving {
        /// When the rest is cancelled.
        until: Instant,
    },
}

/// Ends a run before its time.
#[derive(Clone)]
pub struct StopHandle {
    phase: watch::Sender<Phase>,
    clock: crate::clock::Clock,
}

impl StopHandle {
    pub(super) fn new(clock: crate::clock::Clock) -> Self {
        StopHandle { phase: watch::Sender::new(Phase::Running), clock }
    }

    /// Begin no more flows, abandon those that wait, let exchanges under way be answered within [`LEAVE_WITHIN`].
    pub fn leave(&self) {
        let until = self.clock.now() + LEAVE_WITHIN;
        self.phase.send_if_modified(|phase| match phase {
            Phase::Running | Phase::Finishing { .. } => {
                *phase = Phase::Leaving { until };
                true
            }
            Phase::Leaving { .. } => false,
        });
    }

    /// Begin no more flows, let those under way finish within `drain`.
    pub(super) fn finish(&self, drain: Duration) {
        let until = self.clock.now() + drain;
        self.phase.send_if_modified(|phase| match phase {
            Phase::Running => {
                *phase = Phase::Finishing { until };
                true
            }
            Phase::Finishing { .. } | Phase::Leaving { .. } => false,
        });
    }

    /// How far the run has come.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Whether the run was stopped before its time.
    pub fn is_leaving(&self) -> bool {
        matches!(self.phase(), Phase::Leaving { .. })
    }

    pub(super) fn watch(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }
}
