use super::alarm::Alarm;
use super::attack::{LoadError, attack};
use super::collector::{Collected, Collector};
use super::engine::{Engine, RequestTable, Row, Shared};
use super::heartbeat::Heart;
use super::inlet::Inlet;
use super::keeping::Logging;
use super::measurement::{Measurement, Routes};
use super::pacer::Pacer;
use super::population::Population;
use super::schedule::Schedule;
use super::signer::Signer;
use super::stop::LEAVE_WITHIN;
use crate::ciba::{Behaviour, DeliveryMode};
use crate::decision_channel::{Announcer, Traces};
use crate::flow::Conduct;
use crate::notification::Receiver;
use crate::profile::{Names, Profile, Workload};
use crate::record::{ConformanceRecord, ConsentsRecord, Ended, LoadRecord};
use crate::relying_party::{RelyingParty, delete_all};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Longest time that a run takes to delete the consents that it created; less when it was stopped.
const DELETE_WITHIN: Duration = Duration::from_secs(30);

/// What a load run needs besides its instruments.
pub struct LoadSetting {
    /// The profile.
    pub profile: Profile,
    /// The issuer, for Goose's report.
    pub issuer: String,
    /// The relying parties: one Goose user each, with at least one for every delivery mode of the profile's mix.
    pub parties: Vec<Arc<RelyingParty>>,
    /// Who is asked to approve.
    pub names: Names,
    /// What the authentication service sees.
    pub traces: Arc<Traces>,
    /// The notification endpoint, where there are ping clients.
    pub receiver: Option<Receiver>,
    /// Whether the decisions are those of our own authentication service, so that outcomes can be held against them.
    pub judges_decisions: bool,
    /// Tells the authentication service of acknowledged flows, where the server does not.
    pub announcer: Option<Announcer>,
    /// The log that the run keeps of itself. Without one its intervals stay in memory.
    pub logging: Option<Logging>,
    /// Where Goose writes its own report (`.html`, `.md` or `.json`), if anywhere.
    pub goose_report: Option<PathBuf>,
}

/// What a load run gave.
#[derive(Debug)]
pub struct LoadResult {
    /// What was measured. Why it may not be believed is for the analysis to say.
    pub load: LoadRecord,
    /// What was seen of the server's conformance.
    pub conformance: ConformanceRecord,
    /// How it ended.
    pub ended: Ended,
    /// When the first flow was due, as wall time since the Unix epoch.
    pub begun: Duration,
    /// Seconds from the first due flow to the last flow's end.
    pub elapsed_s: f64,
}

/// A run whose parts are ready to be set going.
struct Prepared {
    engines: Vec<Engine>,
    pacer: Pacer,
    /// Told when a flow of the closed model has ended.
    ended: std::sync::mpsc::Receiver<()>,
}

impl Prepared {
    fn new(measurement: &Arc<Measurement>, setting: LoadSetting) -> Self {
        let profile = &setting.profile;
        let modes: Vec<DeliveryMode> =
            setting.parties.iter().map(|party| party.client().delivery_mode()).collect();
        let population = Population::new(profile.seed, profile.mix, setting.names, profile.users.hot, &modes);
        let places = u64::from(profile.engine.flows_per_relying_party);
        let inlets: Vec<_> = setting.parties.iter().map(|_| Arc::new(Inlet::new(places))).collect();
        let _ = measurement.routes.set(Routes { population: population.clone(), inlets: inlets.clone() });
        let max_in_flight = profile.workload.peak_in_flight();
        let (flow_ended, ended) =
            std::sync::mpsc::sync_channel(usize::try_from(max_in_flight).unwrap_or(usize::MAX).max(1));
        let shared = Arc::new(Shared {
            measurement: measurement.clone(),
            population: population.clone(),
            traces: setting.traces,
            receiver: setting.receiver,
            conduct: conduct(profile),
            behaviours: profile.behaviours,
            seed: profile.seed,
            use_token: profile.flow.use_token,
            judges_decisions: setting.judges_decisions,
            announcer: setting.announcer,
            flow_ended: matches!(profile.workload, Workload::Closed { .. }).then_some(flow_ended),
        });
        let engines = setting
            .parties
            .into_iter()
            .zip(&inlets)
            .map(|(party, inlet)| Engine::new(shared.clone(), party, inlet.clone()))
            .collect();
        let schedule = Schedule::of(profile);
        let pacer = Pacer { measurement: measurement.clone(), population, inlets, schedule, max_in_flight };
        Prepared { engines, pacer, ended }
    }
}

/// Runs a profile to its end, or until it is stopped. Must run on a multi-threaded runtime that nothing else uses.
pub async fn run(measurement: Arc<Measurement>, mut setting: LoadSetting) -> Result<LoadResult, LoadError> {
    let profile = setting.profile.clone();
    let logging = setting.logging.take();
    let (issuer, goose_report) = (setting.issuer.clone(), setting.goose_report.clone());
    let parties = setting.parties.clone();
    let Prepared { engines, pacer, ended } = Prepared::new(&measurement, setting);
    let inlets = pacer.inlets.clone();
    let ready = Arc::new(Semaphore::new(0));
    let users = u32::try_from(engines.len()).unwrap_or(u32::MAX);
    let attacking = async {
        let attacked = attack(&issuer, engines, ready.clone(), goose_report.as_deref()).await;
        if attacked.is_err() {
            // Goose may have failed before its users came: nobody must wait for them.
            measurement.stop.leave();
            ready.close();
        }
        attacked
    };
    let beating = tokio::spawn(measurement.heartbeat(Heart::Engines));
    let signer = Signer::start(&parties)?;
    let start = Start { ready: ready.clone(), users, logging };
    let conducting = conduct_run(measurement.clone(), profile, pacer, ended, start);
    let (attacked, threads) = tokio::join!(attacking, conducting);
    measurement.hearts.stop();
    beating.abort();
    drop(signer);
    // A flow may have been handed over at the very moment in which its engine ended.
    for inlet in &inlets {
        inlet.drop_late(&measurement);
    }
    let collected = match threads {
        Ok(threads) => threads.join(),
        Err(error) => Err(error),
    };
    let (collected, arrivals) = collected?;
    let mut result = result(&measurement, collected, arrivals);
    if let Err(error) = attacked {
        // Whatever Goose could not do in the end, what was measured is kept.
        result.ended = Ended::Failed { reason: error.to_string() };
    }
    for used in parties.iter().map(|party| party.assertions_used()) {
        result.load.generator.assertions += used.ahead + used.late;
        result.load.generator.assertions_late += used.late;
    }
    result.load.created_consents = clear_consents(&measurement, &parties).await;
    Ok(result)
}

/// Runs an open profile in one task by the runtime's own timers, without Goose and without threads: in a world without
/// sockets and under paused time a day takes moments, and every figure comes out exactly.
pub async fn simulate(measurement: Arc<Measurement>, mut setting: LoadSetting) -> LoadResult {
    let profile = setting.profile.clone();
    let logging = setting.logging.take();
    let parties = setting.parties.clone();
    let Prepared { mut engines, pacer, ended: _ } = Prepared::new(&measurement, setting);
    let begun = measurement.clock.now();
    let _ = measurement.begun.set(begun);
    let collector = Collector::new(measurement.clone(), &profile, begun, logging);
    let arrivals = collector.arrivals();
    let (over, is_over) = tokio::sync::oneshot::channel();
    let working = async {
        let engines =
            engines.iter_mut().map(async |engine| engine.run(&mut NoTable, &mut Alarm::Runtime).await);
        futures_util::future::join_all(engines).await;
        let _ = over.send(());
    };
    let pacing = async {
        pacer.pace_virtually(begun).await;
        measurement.stop.finish(profile.drain);
    };
    let (collected, (), ()) = tokio::join!(collector.run_virtually(is_over), pacing, working);
    let mut result = result(&measurement, collected, arrivals);
    result.load.created_consents = clear_consents(&measurement, &parties).await;
    result
}

/// Deletes the consents that the run created, within bounds, and says what became of them. `None` where there were none to
/// create.
async fn clear_consents(measurement: &Measurement, parties: &[Arc<RelyingParty>]) -> Option<ConsentsRecord> {
    let kind = parties.iter().find_map(|party| party.consent_type())?;
    let within = if measurement.stop.is_leaving() { LEAVE_WITHIN } else { DELETE_WITHIN };
    let done = delete_all(parties, measurement.clock.now() + within).await;
    let mut refusals = measurement.consents.words();
    refusals.extend(done.refusals);
    Some(ConsentsRecord {
        kind: kind.name.to_owned(),
        created: measurement.consents.count(),
        deleted: done.deleted,
        left: done.left,
        deletable: kind.deletable,
        refusals,
    })
}

/// Nobody keeps another table.
struct NoTable;

impl RequestTable for NoTable {
    async fn record(&mut self, _: Row) {}
}

/// The pacer and the collector at work.
struct Threads {
    collector: JoinHandle<Collected>,
    over: std::sync::mpsc::SyncSender<()>,
    arrivals: crate::record::Arrivals,
}

impl Threads {
    /// Ends the collector once all flows have ended.
    fn join(self) -> Result<(Collected, crate::record::Arrivals), LoadError> {
        let _ = self.over.send(());
        let collected = self.collector.join().map_err(|_| LoadError::Panicked("collector"))?;
        Ok((collected, self.arrivals))
    }
}

/// What a run waits for before its clock starts, and what it then begins with.
struct Start {
    /// A permit for each engine that is there.
    ready: Arc<Semaphore>,
    users: u32,
    logging: Option<Logging>,
}

/// Starts the clock once every engine is there, paces the flows, and calls the end.
async fn conduct_run(
    measurement: Arc<Measurement>,
    profile: Profile,
    pacer: Pacer,
    ended: std::sync::mpsc::Receiver<()>,
    start: Start,
) -> Result<Threads, LoadError> {
    // Closed when Goose fails: then the run is over before it began.
    let _ = start.ready.acquire_many(start.users).await;
    let begun = measurement.clock.now();
    let _ = measurement.begun.set(begun);
    let collector = Collector::new(measurement.clone(), &profile, begun, start.logging);
    let arrivals = collector.arrivals();
    let (over, is_over) = std::sync::mpsc::sync_channel(1);
    let collector = spawn("collector", move || collector.run(&is_over))?;
    let (hearts, clock) = (measurement.hearts.clone(), measurement.clock);
    spawn("heart", move || hearts.beat_here(clock))?;
    let workload = profile.workload.clone();
    let (paced, has_paced) = tokio::sync::oneshot::channel::<()>();
    spawn("pacer", move || {
        crate::clock::sharpen_timers();
        match workload {
            Workload::Open { .. } => pacer.pace_open(begun),
            Workload::Closed { think_time, .. } => pacer.pace_closed(begun, think_time, &ended),
        }
        drop(paced);
    })?;
    // Resolves when the pacer is done, or has panicked: either way no more flows begin.
    let _ = has_paced.await;
    measurement.stop.finish(profile.drain);
    Ok(Threads { collector, over, arrivals })
}

pub(super) fn spawn<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, LoadError> {
    let thread = std::thread::Builder::new().name(format!("ciba-{name}"));
    thread.spawn(work).map_err(|source| LoadError::Thread { name, source })
}

fn conduct(profile: &Profile) -> Conduct {
    Conduct {
        first_poll: profile.flow.first_poll,
        poll_from: profile.flow.poll_from,
        guard: profile.flow.poll_guard,
        fall_back_to_polling: profile.flow.fall_back_to_polling,
        behaviour: Behaviour::Conformant,
    }
}

fn result(measurement: &Measurement, collected: Collected, arrivals: crate::record::Arrivals) -> LoadResult {
    let now = measurement.clock.now();
    let begun = measurement.begun.get().copied().unwrap_or(now);
    let elapsed_s = now.saturating_duration_since(begun).as_secs_f64();
    let conformance = measurement.breaches.record(collected.counts.flows.started);
    let ended = if let Some(reason) = collected.log_failed {
        Ended::Failed { reason }
    } else if let Some(reason) = collected.aborted {
        Ended::Aborted { reason }
    } else if collected.target_lost {
        Ended::TargetLost
    } else if let Some(reason) = measurement.refused.get().cloned() {
        Ended::Refused { reason }
    } else if measurement.stop.is_leaving() {
        Ended::Interrupted
    } else {
        Ended::Completed
    };
    let load = LoadRecord {
        arrivals,
        counts: collected.counts,
        spans: collected.spans,
        stages: collected.stages,
        intervals: collected.intervals,
        polling: measurement.polling_seen(),
        decisions: Default::default(),
        created_consents: None,
        generator: collected.generator,
        server_memory: measurement.server_memory_since(&mut 0),
    };
    LoadResult { load, conformance, ended, begun: measurement.clock.wall(begun), elapsed_s }
}
