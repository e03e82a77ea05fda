//! The profile itself.

use std::time::Duration;

use mock_auth_service::{Decision, DecisionPlan, Planned};

use super::{Abort, Behaviours, EngineSettings, FlowSettings, Mix, Threshold, Users, Workload};

/// A load profile whose every value is within its bounds and whose settings fit together.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Name of the built-in profile, or the file name without its extension.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Seed of everything random: decisions, delays, jitter. The same seed gives the same sequence.
    pub seed: u64,
    /// How flows arrive.
    pub workload: Workload,
    /// Which delivery modes the flows use.
    pub mix: Mix,
    /// Who is asked to approve.
    pub users: Users,
    /// How one flow behaves.
    pub flow: FlowSettings,
    /// Which flows misbehave on purpose.
    pub behaviours: Behaviours,
    /// How the generator is built.
    pub engine: EngineSettings,
    /// What the users decide and when. Its seed is the profile's.
    pub decisions: DecisionPlan,
    /// What has to hold for the run to be good.
    pub thresholds: Vec<Threshold>,
    /// Which of them end the run as soon as they do not hold.
    pub abort: Abort,
    /// Start of the run whose samples count for nothing; shorter than the run.
    pub warmup: Duration,
    /// Longest time, after the last start, for the flows that are still in flight.
    pub drain: Duration,
}

/// What a flow's user does, and how long after being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server is told that there is no such user.
    Unknown,
    /// Nothing: the request expires.
    Ignored,
    /// Agrees.
    Approved(Duration),
    /// Refuses.
    Denied(Duration),
}

impl Profile {
    /// What the user of one flow does, for figures over many: drawn as in a run, though not the same for the same flow, since
    /// there the binding message decides.
    #[must_use]
    pub fn answer_of(&self, flow: u64) -> Answer {
        let user = self.users.names.name(flow % self.users.names.count().max(1));
        if self.decisions.is_unknown(&user) {
            return Answer::Unknown;
        }
        let Planned { decision, delay, .. } = self.decisions.decide(&flow.to_string(), &user);
        match decision {
            Decision::Approve => Answer::Approved(delay),
            Decision::Deny => Answer::Denied(delay),
            Decision::Ignore => Answer::Ignored,
        }
    }

    /// The same profile with another seed, for everything that is random in it.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, decisions: DecisionPlan { seed, ..self.decisions }, ..self }
    }
}
