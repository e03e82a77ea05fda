use super::{EMBEDDED_BANK, embedded_client, embedded_clients};
use crate::ciba::DeliveryMode;
use crate::conformance::{
    Approach, Bank, Check, Hints, Need, Notifications, Ran, Registration, RunOptions, Section, Surface, run,
};
use crate::decision_channel::{Decisions, Logins, hand_plan};
use crate::jose::SubjectRule;
use crate::notification::Inbox;
use crate::target::file::PollingEnforcement;
use crate::world::{InProcess, WorldSettings};
use reference_op::FaultSet;
use std::sync::Arc;
use tokio::sync::watch;

/// What needs an OP that offers push.
const PUSHED: [Need; 2] = [Need::Push, Need::RegistrationFor(DeliveryMode::Push)];
/// Users of a proving ground.
const USERS: usize = 64;

/// An embedded OP with these faults, and everything that the checks use of it.
pub struct ProvingGround {
    surface: Arc<Surface>,
    /// Another one, whose OP offers push: FAPI-CIBA, which this one is held against, forbids that.
    pushing: Option<Box<ProvingGround>>,
    // Held for as long as it is called.
    _world: InProcess,
}

/// A proving ground that could not be set up: this tool is at fault.
#[derive(Debug, thiserror::Error)]
#[error("the embedded OP cannot be set up: {0}")]
pub struct SetUpError(String);

impl ProvingGround {
    /// A user whom nobody knows.
    pub const UNKNOWN_USER: &str = "nobody-at-all";

    /// Sets one up. Needs paused time.
    ///
    /// # Errors
    /// This tool is at fault.
    pub async fn new(faults: FaultSet) -> Result<Self, SetUpError> {
        let settings = WorldSettings { faults, ..WorldSettings::of_bank(EMBEDDED_BANK) };
        Self::with(settings).await
    }

    /// Sets one up with other settings; the decisions are made by hand whatever they say.
    ///
    /// # Errors
    /// This tool is at fault, or the settings cannot work.
    pub async fn with(settings: WorldSettings) -> Result<Self, SetUpError> {
        let pushing = Self::set_up(settings.clone().offering_push(), false).await?;
        let ground = Self::set_up(settings, true).await?;
        Ok(ProvingGround { pushing: Some(Box::new(pushing)), ..ground })
    }

    async fn set_up(settings: WorldSettings, fapi_ciba: bool) -> Result<Self, SetUpError> {
        let failed = |error: &dyn std::fmt::Display| SetUpError(error.to_string());
        let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
        let mut settings = WorldSettings { plan: hand_plan(Self::UNKNOWN_USER), ..settings };
        settings = settings.open_for_registration();
        settings.give_user_codes(users());
        let world = InProcess::new(settings, logins.clone(), inbox.clone()).map_err(|e| failed(&e))?;
        Self::judged(world, logins, inbox, fapi_ciba).await
    }

    /// The proving ground of a ready world, with `logins` for its observer and `inbox` for its sink, in which nobody decides
    /// of their own accord and [`Self::UNKNOWN_USER`] cannot authenticate.
    ///
    /// # Errors
    /// What the world serves as OP publishes nothing that can be used.
    pub async fn of(world: InProcess, logins: Arc<Logins>, inbox: Arc<Inbox>) -> Result<Self, SetUpError> {
        Self::judged(world, logins, inbox, true).await
    }

    async fn judged(
        world: InProcess,
        logins: Arc<Logins>,
        inbox: Arc<Inbox>,
        fapi_ciba: bool,
    ) -> Result<Self, SetUpError> {
        let failed = |error: &dyn std::fmt::Display| SetUpError(error.to_string());
        let clients =
            embedded_clients(world.clients(), world.user_code_client(), world.unregistered_client())
                .ok_or_else(|| SetUpError("it has no client for poll".to_owned()))?;
        let url = world.notification_url().clone();
        let certificate = Some(world.notification_certificate().clone());
        let approach = Approach {
            transport: world.transport(),
            clock: world.clock(),
            clients,
            hints: Hints {
                login_hint_tokens: world.hint_tokens().cloned(),
                id_tokens: true,
                user_codes: world.user_codes().clone(),
            },
            users: users().collect(),
            unknown_user: Self::UNKNOWN_USER.to_owned(),
            names_unknown_user: false,
            decisions: Some(Decisions::new(world.auth_service().clone(), logins)),
            notifications: Some(Notifications {
                receiver: world.receiver().clone(),
                inbox,
                url,
                certificate,
            }),
            bank: Bank::of(
                world.issuer(),
                world.consent_types(),
                world.clients().iter().map(embedded_client),
            ),
            registration: Some(Arc::new(Registration::default())),
            subject: SubjectRule::Hint,
            enforcement: PollingEnforcement::Required,
            strict: true,
            fapi_ciba,
            run: 1,
        };
        let surface = approach.discover(world.issuer()).await.map_err(|e| failed(&e))?;
        Ok(ProvingGround { surface: Arc::new(surface), pushing: None, _world: world })
    }

    /// The target as checks see it.
    pub fn surface(&self) -> &Arc<Surface> {
        &self.surface
    }

    /// Runs checks, as many side by side as there are users; those that need push where that is offered.
    pub async fn run(&self, entries: &[(&Section, &Check)]) -> Ran {
        let (pushed, others): (Vec<_>, Vec<_>) =
            entries.iter().partition(|(_, check)| check.needs.iter().any(|need| PUSHED.contains(need)));
        let Some(pushing) = self.pushing.as_ref().filter(|_| !pushed.is_empty()) else {
            return self.run_here(entries).await;
        };
        let (mut ran, rest) = (self.run_here(&others).await, pushing.run_here(&pushed).await);
        ran.checks.extend(rest.checks);
        ran.left_out.extend(rest.left_out);
        let place = |id: &str| entries.iter().position(|(_, check)| check.id == id);
        ran.checks.sort_by_key(|record| place(&record.id));
        ran.left_out.sort_by_key(|left_out| place(&left_out.check));
        ran.took += rest.took;
        ran
    }

    async fn run_here(&self, entries: &[(&Section, &Check)]) -> Ran {
        // The sender is gone at once, which means that nobody interrupts.
        let (_, stop) = watch::channel(false);
        let options = RunOptions { jobs: USERS, order_seed: None, budget: None, stop };
        run(self.surface.clone(), entries, &options, &|_| {}).await
    }
}

fn users() -> impl Iterator<Item = String> {
    (1..=USERS).map(|n| format!("user-{n:02}"))
}
