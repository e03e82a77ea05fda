use super::assertion_stock::AssertionStock;
use super::consents::{ConsentSettings, Consents};
use super::endpoints::Endpoints;
use super::{HintSource, IssuerKeys, SignatureBudget, TraceIds};
use crate::ciba::Hint;
use crate::clock::Clock;
use crate::jose::SubjectLedger;
use crate::open_banking::ConsentType;
use crate::target::{Client, TargetFacts, UserCodes};
use crate::transport::Transport;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What all authentication requests of a party have in common beside `scope` (CIBA Core 1.0, 7.1).
#[derive(Debug, Clone, Default)]
pub struct RequestParameters {
    /// How they name their users.
    pub hint: HintSource,
    /// What users tell a client that is registered for user codes; `None` for any other client.
    pub user_codes: Option<UserCodes>,
    /// `acr_values`.
    pub acr_values: Option<String>,
    /// `binding_message`, where a flow has none of its own.
    pub binding_message: Option<String>,
    /// `requested_expiry`, in seconds.
    pub requested_expiry: Option<u64>,
    /// Further ones, names and values.
    pub further: Vec<(String, String)>,
}

/// What all requests of a run have in common.
#[derive(Debug, Clone)]
pub struct PartySettings {
    /// `scope`.
    pub scope: String,
    /// What else authentication requests hold.
    pub parameters: RequestParameters,
    /// Longest wait for anything but a poll.
    pub request_timeout: Duration,
    /// Longest wait for a poll; above 30 s, since servers may hold one that long (CIBA Core 1.0, 10.1).
    pub poll_timeout: Duration,
    /// By what exchanges are found again in the server's logs.
    pub trace: TraceIds,
}

/// One client of the target. It serves any number of flows at once.
pub struct RelyingParty {
    pub(super) client: Client,
    pub(super) facts: Arc<TargetFacts>,
    pub(super) endpoints: Endpoints,
    pub(super) keys: Arc<IssuerKeys>,
    pub(super) subjects: Arc<Mutex<SubjectLedger>>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) settings: PartySettings,
    pub(super) consents: Option<Consents>,
    pub(super) assertions: AssertionStock,
    pub(super) signatures: Option<Arc<SignatureBudget>>,
    pub(super) clock: Clock,
}

impl RelyingParty {
    /// A client of a target. `keys` and `subjects` are shared by all clients of the run.
    pub fn new(
        client: Client,
        facts: Arc<TargetFacts>,
        keys: Arc<IssuerKeys>,
        subjects: Arc<Mutex<SubjectLedger>>,
        transport: Arc<dyn Transport>,
        settings: PartySettings,
        clock: Clock,
    ) -> Self {
        RelyingParty {
            endpoints: Endpoints::of(&facts, client.identity().is_some()),
            client,
            facts,
            keys,
            subjects,
            transport,
            settings,
            consents: None,
            assertions: AssertionStock::default(),
            signatures: None,
            clock,
        }
    }

    /// With signatures of ID tokens verified within a budget; without one, all are.
    #[must_use]
    pub fn verifying_within(self, budget: Arc<SignatureBudget>) -> Self {
        RelyingParty { signatures: Some(budget), ..self }
    }

    /// With a consent before each authentication request (Open Banking).
    #[must_use]
    pub fn asking_for_consents(self, settings: ConsentSettings) -> Self {
        RelyingParty { consents: Some(Consents::new(settings)), ..self }
    }

    /// What consents its flows begin with, if any.
    pub fn consent_type(&self) -> Option<&'static ConsentType> {
        self.consents.as_ref().map(|consents| consents.settings.kind)
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The scopes that it asks for, separated by spaces.
    pub fn scope(&self) -> &str {
        &self.settings.scope
    }

    /// How to name a user in a request that is sent now, and whether that is the plain name for want of anything better.
    /// `share`, 0 to 1, chooses among several kinds of hints.
    pub fn hint(&self, user: &str, share: f32) -> (Hint, bool) {
        self.settings.parameters.hint.hint(user, share, self.clock.wall(self.clock.now()))
    }

    /// Whether the target has a protected API to call with the tokens.
    pub fn can_use_tokens(&self) -> bool {
        self.facts.userinfo_endpoint.is_some()
    }
}
