use super::probe::{carry_out, flows_that_exist};
use crate::analysis::polling::{GUARD, ProbePlan, infer, measured, probe_plan};
use crate::conformance::{By, Check, OWNER, Ran, Request, RunOptions, Scene, Section, Step, Surface, run};
use crate::record::{CheckRecord, POLLING_SECTION, PollingProbe, PollingRecord};
use futures_util::StreamExt;
use futures_util::stream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Longest probe that is begun. A server whose interval makes it longer is not probed so.
pub const PROBE_MAX: Duration = Duration::from_secs(10 * 60);
/// The users that probes leave to the checks beside them: one in so many is theirs.
const USERS_PER_PROBE: usize = 2;

/// Whether a selection of checks asks for the server's throttling policy, too: more than a single check of the section about
/// polling does.
pub fn asks_for_policy(entries: &[(&Section, &Check)]) -> bool {
    entries.iter().filter(|(section, _)| section.name == POLLING_SECTION).count() > 1
}

/// Runs checks as [`run`] does, and finds out beside them how the server treats polls that come too early. Probes that must
/// be alone come when all checks are over.
pub async fn run_and_probe(
    surface: Arc<Surface>,
    entries: &[(&Section, &Check)],
    options: &RunOptions,
    tell: &(dyn Fn(&CheckRecord) + Sync),
) -> Ran {
    let prober = Prober::new(&surface, options);
    let (mut ran, interval) = tokio::join!(run(surface.clone(), entries, options, tell), async {
        let interval = prober.or_stopped(prober.interval()).await.flatten();
        if let Some(interval) = interval {
            prober.side_by_side(interval).await;
        }
        interval
    });
    if let Some(interval) = interval {
        prober.alone(interval).await;
    }
    ran.took = surface.clock.now().saturating_duration_since(prober.started);
    ran.polling = prober.record(interval);
    ran
}

/// Finds out how the server treats polls that come too early, while nothing else is asked of it. `None` where no probe could
/// be carried out.
pub async fn probe(surface: &Arc<Surface>, options: &RunOptions) -> Option<PollingRecord> {
    let prober = Prober::new(surface, options);
    let interval = prober.or_stopped(prober.interval()).await.flatten();
    if let Some(interval) = interval {
        prober.side_by_side(interval).await;
        prober.alone(interval).await;
    }
    prober.record(interval)
}

/// The interval as the acknowledgement has it.
#[derive(Debug, Clone, Copy)]
struct IntervalSeen {
    length: Duration,
    announced: bool,
}

struct Prober<'a> {
    surface: &'a Arc<Surface>,
    options: &'a RunOptions,
    started: Instant,
    /// What was carried out, each with its place in the plan.
    done: Mutex<Vec<(usize, PollingProbe)>>,
}

impl<'a> Prober<'a> {
    fn new(surface: &'a Arc<Surface>, options: &'a RunOptions) -> Self {
        Prober { surface, options, started: surface.clock.now(), done: Mutex::default() }
    }

    /// Asks for an acknowledgement, to see the interval.
    async fn interval(&self) -> Option<IntervalSeen> {
        let lease = self.surface.users.lease(1).await?;
        let mut scene = Scene::new(self.surface.clone(), lease.names().to_vec());
        // A failure shows in what is missing.
        let _ = scene.perform(&Step::Authenticate(OWNER)).await;
        let seen = scene.flow().ok().and_then(|flow| {
            let announced = flow.acknowledged.as_ref()?.interval;
            // One that is longer than any that is followed cannot be probed.
            let followed = announced.is_none_or(|seconds| Duration::from_secs(seconds) <= flow.pace);
            followed.then_some(IntervalSeen { length: flow.pace, announced: announced.is_some() })
        });
        scene.finish();
        seen
    }

    /// The probes that may run beside anything. They poll too fast, so they do it as the second client where there is one:
    /// the checks are most often the other's.
    async fn side_by_side(&self, interval: IntervalSeen) {
        let by = if self.surface.clients.second.is_some() { By::Second } else { By::Main };
        let mut plans = self.plans(interval, false);
        plans.sort_by_key(|(_, plan)| std::cmp::Reverse(plan.longest()));
        let places = (self.surface.users.len() / USERS_PER_PROBE).max(1);
        let begun = stream::iter(&plans).for_each_concurrent(places, |(at, plan)| self.one(*at, plan, by));
        self.or_stopped(begun).await;
    }

    /// The probes during which nobody else polls. Where flows may share a throttle, because no throttle of each flow's own
    /// explains what was seen so far, the last poll of anybody has to be an interval ago.
    async fn alone(&self, interval: IntervalSeen) {
        if !self.explained(interval) {
            self.or_stopped(tokio::time::sleep(interval.length + GUARD)).await;
        }
        for (at, plan) in &self.plans(interval, true) {
            self.or_stopped(self.one(*at, plan, By::Main)).await;
        }
    }

    fn explained(&self, interval: IntervalSeen) -> bool {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let probes: Vec<PollingProbe> = done.iter().map(|(_, probe)| probe.clone()).collect();
        drop(done);
        let found = infer(interval.length, &probes);
        found.name.is_some() && found.window.is_none()
    }

    fn plans(&self, interval: IntervalSeen, alone: bool) -> Vec<(usize, ProbePlan)> {
        let plans = probe_plan(interval.length).into_iter().enumerate();
        plans.filter(|(_, plan)| plan.alone == alone && plan.longest() <= PROBE_MAX).collect()
    }

    async fn one(&self, at: usize, plan: &ProbePlan, first: By) {
        if !self.fits_budget(plan) {
            return;
        }
        let flows = flows_that_exist(plan, self.surface);
        let Some(lease) = self.surface.users.lease(flows.len()).await else { return };
        let requests: Vec<(usize, Request)> = flows
            .into_iter()
            .map(|(flow, second)| (flow, Request::by(if second { By::Second } else { first })))
            .collect();
        if let Some(probe) = carry_out(self.surface, plan, &requests, lease.names()).await {
            self.done.lock().unwrap_or_else(PoisonError::into_inner).push((at, probe));
        }
    }

    fn fits_budget(&self, plan: &ProbePlan) -> bool {
        let Some(budget) = self.options.budget else { return true };
        plan.longest()
            <= budget.saturating_sub(self.surface.clock.now().saturating_duration_since(self.started))
    }

    /// What the future comes to, unless the run is left before: then nothing.
    async fn or_stopped<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.options.stopped() => None,
            done = doing => Some(done),
        }
    }

    fn record(self, interval: Option<IntervalSeen>) -> Option<PollingRecord> {
        let mut done = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        if done.is_empty() {
            return None;
        }
        done.sort_by_key(|(at, _)| *at);
        let IntervalSeen { length, announced } = interval?;
        Some(measured(length, announced, done.into_iter().map(|(_, probe)| probe).collect()))
    }
}
