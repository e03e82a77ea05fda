use super::{Check, Need, Pace, Scene, Section, Seen, Stop, Surface};
use crate::record::{CheckRecord, Finding, LeftOut, PollingRecord, StepRecord, Verdict};
use futures_util::FutureExt;
use futures_util::future::join_all;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Longest time that one check may take; what takes longer is inconclusive.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// How a suite is run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Most checks side by side; the number of users bounds it, too.
    pub jobs: usize,
    /// Seed of a random order; `None` starts the longest first.
    pub order_seed: Option<u64>,
    /// The time that all checks may take together.
    pub budget: Option<Duration>,
    /// Becomes true when the run is to be left.
    pub stop: watch::Receiver<bool>,
}

impl RunOptions {
    /// Ends when the run is to be left. A sender that is gone will never say so.
    pub(super) async fn stopped(&self) {
        if self.stop.clone().wait_for(|stop| *stop).await.is_err() {
            std::future::pending().await
        }
    }
}

/// What came of a suite.
#[derive(Debug)]
pub struct Ran {
    /// The checks that ran or did not apply, in the order in which they were given.
    pub checks: Vec<CheckRecord>,
    /// Those that were not begun, or not finished.
    pub left_out: Vec<LeftOut>,
    /// Most checks that ran side by side.
    pub jobs: usize,
    /// How long it took.
    pub took: Duration,
    /// How the server treats polls that come too early, where that was tried.
    pub polling: Option<PollingRecord>,
}

type Entry<'a> = (&'a Section, &'a Check);

/// Runs checks against a target. Those that need silence run alone, after all the others. `tell` hears of each check as it
/// ends.
pub async fn run(
    surface: Arc<Surface>,
    entries: &[Entry<'_>],
    options: &RunOptions,
    tell: &(dyn Fn(&CheckRecord) + Sync),
) -> Ran {
    let started = surface.clock.now();
    let jobs = options.jobs.clamp(1, surface.users.len().max(1));
    let run = Run { surface, entries, options, tell, started, results: Mutex::new(Vec::new()) };
    let (quiet, calm): (Vec<usize>, Vec<usize>) =
        run.order().into_iter().partition(|at| run.entries[*at].1.needs.contains(&Need::Quiet));
    let queue = Mutex::new(VecDeque::from(calm));
    join_all((0..jobs).map(|slot| run.work(slot, &queue))).await;
    run.work(0, &Mutex::new(VecDeque::from(quiet))).await;
    run.finish(jobs)
}

struct Run<'a> {
    surface: Arc<Surface>,
    entries: &'a [Entry<'a>],
    options: &'a RunOptions,
    tell: &'a (dyn Fn(&CheckRecord) + Sync),
    started: Instant,
    results: Mutex<Vec<(usize, Result<CheckRecord, LeftOut>)>>,
}

impl Run<'_> {
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        let estimate = |at: &usize| self.entries[*at].1.estimate(Pace::default());
        match self.options.order_seed {
            None => order.sort_by_key(|at| std::cmp::Reverse(estimate(at))),
            Some(seed) => order.sort_by_key(|at| mixed(seed, *at as u64)),
        }
        order
    }

    /// One place in which checks run, one after another, until there are none.
    async fn work(&self, slot: usize, queue: &Mutex<VecDeque<usize>>) {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(at) = next else { return };
            let (section, check) = self.entries[at];
            let result = match self.reason_to_leave_out(check) {
                Some(reason) => Err(LeftOut { check: check.id.to_owned(), reason }),
                None => self.interruptible(section, check, slot).await,
            };
            if let Ok(record) = &result {
                (self.tell)(record);
            }
            self.results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    }

    fn reason_to_leave_out(&self, check: &Check) -> Option<String> {
        if *self.options.stop.borrow() {
            return Some("the run was interrupted".to_owned());
        }
        let budget = self.options.budget?;
        let needs = check.estimate(Pace::default());
        let left = budget.saturating_sub(self.surface.clock.now().saturating_duration_since(self.started));
        (needs > left).then(|| {
            format!("it takes about {} s, and {} s of the budget were left", needs.as_secs(), left.as_secs())
        })
    }

    async fn interruptible(
        &self,
        section: &Section,
        check: &Check,
        slot: usize,
    ) -> Result<CheckRecord, LeftOut> {
        tokio::select! {
            biased;
            record = carry_out(&self.surface, section, check, slot, self.started) => Ok(record),
            () = self.options.stopped() => {
                let mut reason = "the run was interrupted".to_owned();
                for left in self.delete_rest().await {
                    reason.push_str("; ");
                    reason.push_str(&left);
                }
                Err(LeftOut { check: check.id.to_owned(), reason })
            }
        }
    }

    /// Deletes the clients of checks that were cut off; says which stay registered.
    async fn delete_rest(&self) -> Vec<String> {
        match &self.surface.registration {
            Some(registration) => registration.delete_rest(self.surface.transport.as_ref()).await,
            None => Vec::new(),
        }
    }

    fn finish(self, jobs: usize) -> Ran {
        let mut results = self.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_by_key(|(at, _)| *at);
        let (mut checks, mut left_out) = (Vec::new(), Vec::new());
        for (_, result) in results {
            match result {
                Ok(record) => checks.push(record),
                Err(reason) => left_out.push(reason),
            }
        }
        let took = self.surface.clock.now().saturating_duration_since(self.started);
        Ran { checks, left_out, jobs, took, polling: None }
    }
}

/// Carries out one check and writes down everything about it.
async fn carry_out(
    surface: &Arc<Surface>,
    section: &Section,
    check: &Check,
    slot: usize,
    suite_started: Instant,
) -> CheckRecord {
    let users = if check.needs.contains(&Need::TwoUsers) { 2 } else { 1 };
    let unmet = check.needs.iter().find_map(|need| need.unmet(surface));
    let lease = match unmet {
        Some(_) => None,
        None => surface.users.lease(users).await,
    };
    let names = lease.as_ref().map(|lease| lease.names().to_vec()).unwrap_or_default();
    let mut scene = Scene::new(surface.clone(), names);
    let mut script = unplayed(check);
    let mut verdict = match unmet {
        Some(reason) => Verdict::NotApplicable { reason },
        None if lease.is_none() => {
            Verdict::NotApplicable { reason: "the target file names no user".to_owned() }
        }
        None => {
            let verdict = play(&mut scene, check, &mut script).await;
            confirmed(&mut scene, check, verdict).await
        }
    };
    for text in verdict.texts_mut() {
        scene.scrub(text);
    }
    scene.delete_registered().await;
    let ended = surface.clock.now();
    let exchanges = scene.finish();
    let mut notes = std::mem::take(&mut scene.notes);
    notes.iter_mut().for_each(|note| scene.scrub(note));
    CheckRecord {
        id: check.id.to_owned(),
        section: section.name.to_owned(),
        title: check.title.to_owned(),
        level: check.level(),
        softer: check.softer.map(|softer| softer.reason.to_owned()),
        covers: check.covers.iter().map(|id| (*id).to_owned()).collect(),
        verdict,
        started_ms: scene.started.saturating_duration_since(suite_started).as_secs_f64() * 1e3,
        took_ms: scene.ms(ended),
        slot,
        script,
        exchanges,
        notes,
    }
}

/// A server error (5xx) may be of the moment, which a busy machine has more of, and not be about the claim. So a failure that
/// one shows has to show twice: the check is played once more, with requests of its own.
async fn confirmed(scene: &mut Scene, check: &Check, verdict: Verdict) -> Verdict {
    let Verdict::Fail { finding } = verdict else { return verdict };
    if !scene.answers().iter().any(Seen::server_failed) {
        return Verdict::Fail { finding };
    }
    let mut again = Scene::new(scene.surface.clone(), scene.users.clone());
    let verdict = play(&mut again, check, &mut unplayed(check)).await;
    again.delete_registered().await;
    again.finish();
    scene.notes.append(&mut again.notes);
    match verdict {
        Verdict::Fail { .. } => {
            scene
                .notes
                .push("repeated, since a server error may be of the moment: it failed again".to_owned());
            Verdict::Fail { finding }
        }
        // This tool's own failure says nothing about the server's.
        Verdict::Broken { .. } => verdict,
        Verdict::Pass | Verdict::NotApplicable { .. } | Verdict::Inconclusive { .. } => {
            let actual = format!("{}, but not when the check was repeated", finding.actual);
            Verdict::Inconclusive { finding: Finding { actual, ..finding } }
        }
    }
}

/// A check's script, none of it reached.
fn unplayed(check: &Check) -> Vec<StepRecord> {
    check.script.iter().map(|step| StepRecord { text: step.to_string(), at_ms: None }).collect()
}

/// Goes through the script; a panic is this tool's own failure, and only this check's.
async fn play(scene: &mut Scene, check: &Check, script: &mut [StepRecord]) -> Verdict {
    let deadline = scene.started + CHECK_TIMEOUT;
    for (index, (step, written)) in check.script.iter().zip(script).enumerate() {
        written.at_ms = Some(scene.ms(scene.surface.clock.now()));
        let acting =
            AssertUnwindSafe(tokio::time::timeout_at(deadline, scene.act(index, step))).catch_unwind();
        let stop = match acting.await {
            Ok(Ok(Ok(()))) => continue,
            Ok(Ok(Err(stop))) => stop,
            Ok(Err(_)) => Stop::Inconclusive {
                expected: format!("the check to end within {} s", CHECK_TIMEOUT.as_secs()),
                actual: "it did not".to_owned(),
            },
            Err(_) => Stop::Broken(format!("this tool panicked in step {}: {step}", index + 1)),
        };
        return stop.verdict(index);
    }
    Verdict::Pass
}

/// A number that depends on both in no visible way (the finaliser of SplitMix64).
fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
