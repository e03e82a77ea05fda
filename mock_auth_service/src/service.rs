//! The service: what its parts share, and what its owner may do with it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError, RwLock},
    time::Duration,
};

use axum::{Router, response::IntoResponse};
use http::header;
use thiserror::Error;
use tokio::{
    sync::{Notify, Semaphore, oneshot},
    time::Instant,
};

use crate::{
    basic::BasicGuard,
    clock::Clock,
    counts::{Counters, Counts},
    decision, device,
    fault::FaultSet,
    history::{History, HistoryEntry},
    management,
    observer::Observer,
    outgoing::Outgoing,
    pending::{ByHand, Decided, PendingDecisions},
    plan::{Decision, DecisionPlan, Grant, PlanError},
    settings::{Settings, SettingsError},
    start,
    system_api::SystemApi,
    unaskable::Unaskable,
    verify,
};

/// The contract of an authentication service: OpenAPI 3.1, in YAML.
pub const OPENAPI: &str = include_str!("../openapi.yaml");

/// An authentication service. Clones are the same service.
#[derive(Clone)]
pub struct AuthService {
    pub(crate) shared: Arc<Shared>,
}

/// How long a service takes that is slow on purpose: more than anybody waits for an acknowledgement, less than a server
/// does.
pub(crate) const SLOW: Duration = Duration::from_secs(7);

/// What the handlers and the scheduler share.
pub(crate) struct Shared {
    pub faults: FaultSet,
    pub basic: BasicGuard,
    pub clock: Clock,
    pub counts: Counters,
    pub observer: Arc<dyn Observer>,
    pub system: SystemApi,
    /// The accounts that every user chooses.
    pub account_ids: Vec<String>,
    plan: RwLock<Arc<DecisionPlan>>,
    pending: Mutex<PendingDecisions>,
    history: Mutex<History>,
    pub(crate) unaskable: Unaskable,
    /// Tells the scheduler that something is due earlier than it thinks, or that it is over.
    pub wake: Arc<Notify>,
    /// One permit per decision under way.
    pub permits: Arc<Semaphore>,
    concurrent: usize,
    scheduler: Once,
}

/// How a decision made by hand was answered by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status of the final answer; `None`: no answer.
    pub status: Option<u16>,
    /// When it was handed over to the transport for the last time; `None`: it never was.
    pub sent: Option<Instant>,
    /// When the final answer, or its failure, came.
    pub answered: Instant,
    /// Why it failed, if it did.
    pub problem: Option<String>,
}

/// Why a login cannot be decided by hand.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecideError {
    /// Not there (any more).
    #[error("no decision is pending for login {0:?}: it was never started, or it is decided already")]
    NotPending(String),
    /// Dropped before its turn.
    #[error("the service is being drained; login {0:?} was not decided")]
    Draining(String),
}

impl AuthService {
    /// Makes a service. Nothing runs before the first request arrives, so this needs no runtime.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn new(
        settings: Settings,
        clock: Clock,
        outgoing: Outgoing,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, SettingsError> {
        Self::with_faults(settings, FaultSet::NONE, clock, outgoing, observer)
    }

    /// Like [`Self::new`], but a service that does something wrong.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn with_faults(
        settings: Settings,
        faults: FaultSet,
        clock: Clock,
        outgoing: Outgoing,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let limits = settings.limits;
        let shared = Shared {
            faults,
            basic: BasicGuard::new(&settings.basic_user, &settings.basic_password),
            system: SystemApi::new(
                &settings.system,
                settings.open_banking.paths,
                faults,
                outgoing,
                clock.clone(),
            )?,
            account_ids: settings.open_banking.account_ids,
            clock,
            counts: Counters::default(),
            observer,
            plan: RwLock::new(Arc::new(settings.plan)),
            pending: Mutex::new(PendingDecisions::new(limits.pending)),
            unaskable: Unaskable::default(),
            history: Mutex::new(History::new(limits.history)),
            wake: Arc::new(Notify::new()),
            permits: Arc::new(Semaphore::new(limits.concurrent)),
            concurrent: limits.concurrent,
            scheduler: Once::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What the server calls: `POST /user/verify` and `POST /authentication/start`, behind HTTP Basic. `GET /openapi.yaml`
    /// describes the two to whoever wants to build such a service.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/user/verify", axum::routing::post(verify::verify))
            .route("/authentication/start", axum::routing::post(start::start))
            .route("/openapi.yaml", axum::routing::get(openapi))
            .with_state(self.clone())
    }

    /// What whoever runs the test calls, without authentication, so on a loopback listener of its own: `GET` and `PUT /plan`,
    /// `GET /counts`, `GET /pending`, `POST /pending/{login_id}/approve` and `/deny`, `GET /history`; and `/device`, a page
    /// for people who decide by hand.
    pub fn management_router(&self) -> Router {
        management::router(self.clone()).merge(device::router(self.clone()))
    }

    /// The plan in force.
    pub fn plan(&self) -> Arc<DecisionPlan> {
        Arc::clone(&self.shared.plan.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the plan for requests that arrive from now on; what waits keeps its decision.
    ///
    /// # Errors
    /// The values that are out of range; the plan in force then stays.
    pub fn set_plan(&self, plan: DecisionPlan) -> Result<(), Vec<PlanError>> {
        plan.validate()?;
        *self.shared.plan.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
        Ok(())
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.shared.counts.snapshot()
    }

    /// The newest finished decisions, at most `limit`, oldest first.
    pub fn history(&self, limit: usize) -> Vec<HistoryEntry> {
        self.shared.history().newest(limit)
    }

    /// From now on the user cannot be asked: their starts are answered 503, until [`AuthService::ask_again`]. False when too
    /// many users cannot be asked already.
    pub fn refuse_to_ask(&self, user_identifier: &str) -> bool {
        self.shared.unaskable.add(user_identifier)
    }

    /// The user can be asked again.
    pub fn ask_again(&self, user_identifier: &str) {
        self.shared.unaskable.remove(user_identifier);
    }

    /// Approves a login that waits or is ignored, at once, and waits for the server's answer.
    ///
    /// # Errors
    /// No such login is pending.
    pub async fn approve(&self, login_id: &str) -> Result<Answered, DecideError> {
        self.decide(login_id, Decision::Approve, None).await
    }

    /// Like [`Self::approve`], and grants these scopes instead of those that the plan grants.
    ///
    /// # Errors
    /// No such login is pending.
    pub async fn approve_with(&self, login_id: &str, grant: Grant) -> Result<Answered, DecideError> {
        self.decide(login_id, Decision::Approve, Some(grant)).await
    }

    /// Denies a login that waits or is ignored, at once, and waits for the server's answer.
    ///
    /// # Errors
    /// No such login is pending.
    pub async fn deny(&self, login_id: &str) -> Result<Answered, DecideError> {
        self.decide(login_id, Decision::Deny, None).await
    }

    /// Stops deciding: new starts get 503, decisions whose time has not come are dropped and counted as abandoned, and those
    /// under way are waited for, at most `within`. Then it is [closed](Self::close). How many were still under way at the end.
    pub async fn drain(&self, within: Duration) -> usize {
        self.shared.stop();
        let everything = u32::try_from(self.shared.concurrent).unwrap_or(u32::MAX);
        let all = self.shared.permits.acquire_many(everything);
        let unfinished = match tokio::time::timeout(within, all).await {
            Ok(_) => 0,
            Err(_) => self.shared.concurrent.saturating_sub(self.shared.permits.available_permits()),
        };
        self.shared.system.close();
        unfinished
    }

    /// Stops at once and drops the outgoing service. Where the outgoing service holds the server and the server holds this
    /// service's router (all in one process), this or [`Self::drain`] is what frees the three.
    pub fn close(&self) {
        self.shared.stop();
        self.shared.system.close();
    }

    async fn decide(
        &self,
        login_id: &str,
        decision: Decision,
        grant: Option<Grant>,
    ) -> Result<Answered, DecideError> {
        let (reply, decided) = oneshot::channel();
        let now = self.shared.clock.now();
        let resumed = self
            .shared
            .pending()
            .decide_now(login_id, decision, now, ByHand { grant, reply })
            .ok_or_else(|| DecideError::NotPending(login_id.to_owned()))?;
        if resumed.was_ignored {
            self.shared.counts.add(|counts| counts.decisions.resumed += 1);
        }
        self.wake_scheduler();
        let decided = decided.await.map_err(|_| DecideError::Draining(login_id.to_owned()))?;
        let Decided { status, sent, answered, problem } = decided;
        Ok(Answered { status, sent, answered, problem })
    }

    /// Makes the scheduler look again; the first call starts it.
    pub(crate) fn wake_scheduler(&self) {
        self.shared.scheduler.call_once(|| {
            tokio::spawn(decision::run(
                Arc::downgrade(&self.shared),
                Arc::clone(&self.shared.wake),
                Arc::clone(&self.shared.permits),
            ));
        });
        self.shared.wake.notify_one();
    }
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/yaml")], OPENAPI)
}

impl fmt::Debug for AuthService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AuthService").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn pending(&self) -> MutexGuard<'_, PendingDecisions> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        let dropped = self.pending().close();
        self.counts.add(|counts| counts.decisions.abandoned += dropped);
        self.wake.notify_one();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The scheduler holds no strong reference: it finds out, and ends.
        self.wake.notify_one();
    }
}
