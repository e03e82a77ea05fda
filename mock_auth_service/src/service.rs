//! The service: what its parts share, and what its owner may do with it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError, RwLock},
    time::Duration,
};

use axum::{Router, response::IntoResponse};
use http::{HeaderMap, header};
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
    dialect::{Dialect, DialectSettings, ServiceSettings, SpokenDialect, keycloak},
    fault::FaultSet,
    history::{History, HistoryEntry},
    management,
    observer::Observer,
    outgoing::Outgoing,
    pending::{ByHand, Decided, PendingDecisions},
    plan::{Decision, DecisionPlan, Grant, PlanError},
    settings::SettingsError,
    start,
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
    /// Who may call, where the dialect has HTTP Basic.
    basic: Option<BasicGuard>,
    pub clock: Clock,
    pub counts: Counters,
    pub observer: Arc<dyn Observer>,
    pub dialect: Dialect,
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
        settings: impl Into<ServiceSettings>,
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
        settings: impl Into<ServiceSettings>,
        faults: FaultSet,
        clock: Clock,
        outgoing: Outgoing,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, SettingsError> {
        let settings = settings.into();
        settings.check()?;
        let limits = settings.limits;
        let (basic, account_ids) = match &settings.dialect {
            DialectSettings::SecureAuth { basic_user, basic_password, open_banking, .. } => {
                let basic = BasicGuard::new(basic_user, basic_password);
                (Some(basic), open_banking.account_ids.clone())
            }
            DialectSettings::Keycloak(_) | DialectSettings::ApprovalUrl(_) => (None, Vec::new()),
        };
        let shared = Shared {
            faults,
            basic,
            dialect: Dialect::new(&settings.dialect, faults, outgoing, clock.clone())?,
            account_ids,
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

    /// What the server calls. In `secureauth`: `POST /user/verify` and `POST /authentication/start`, behind HTTP Basic, and
    /// `GET /openapi.yaml`, which describes the two to whoever wants to build such a service. In `keycloak`: `POST` to
    /// [`CHANNEL_PATH`](crate::CHANNEL_PATH). In `approval_url`: nothing.
    pub fn router(&self) -> Router {
        match &self.shared.dialect {
            Dialect::SecureAuth(_) => {}
            Dialect::Keycloak(_) => {
                let ask = axum::routing::post(keycloak::ask);
                return Router::new().route(keycloak::CHANNEL_PATH, ask).with_state(self.clone());
            }
            Dialect::ApprovalUrl(_) => return Router::new(),
        }
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
        self.shared.dialect.close();
        unfinished
    }

    /// Stops at once and drops the outgoing service. Where the outgoing service holds the server and the server holds this
    /// service's router (all in one process), this or [`Self::drain`] is what frees the three.
    pub fn close(&self) {
        self.shared.stop();
        self.shared.dialect.close();
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
            .decide_now(login_id, decision, (now, self.shared.dialect.least_delay()), ByHand { grant, reply })
            .ok_or_else(|| DecideError::NotPending(login_id.to_owned()))?;
        if resumed.was_ignored {
            self.shared.counts.add(|counts| counts.decisions.resumed += 1);
        }
        self.wake_scheduler();
        let decided = decided.await.map_err(|_| DecideError::Draining(login_id.to_owned()))?;
        let Decided { status, sent, answered, problem } = decided;
        Ok(Answered { status, sent, answered, problem })
    }

    /// How its server asks, and how it is told.
    pub fn dialect(&self) -> SpokenDialect {
        self.shared.dialect.spoken()
    }

    /// Starts deciding on the current runtime. Without it that begins where the first login arrives.
    pub fn start_deciding(&self) {
        self.wake_scheduler();
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
    /// Whether these are the right credentials for HTTP Basic.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        self.basic.as_ref().is_some_and(|basic| basic.admits(headers))
    }

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
