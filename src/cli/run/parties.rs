//! Who takes part in a run beside the generator: the embedded OP with everything around it, or, for a server of somebody
//! else's, the authentication service and the notification endpoint that the server calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use mock_auth_service::AuthService;
use serde_json::Value;

use super::job::{Job, modes};
use crate::ciba::DeliveryMode;
use crate::cli::failure::Failure;
use crate::cli::instruments::{InstrumentSettings, Instruments};
use crate::clock::Clock;
use crate::decision_channel::{Announcer, Traces};
use crate::jose::{SigningKey, SubjectRule};
use crate::load::Measurement;
use crate::notification::Receiver;
use crate::open_banking::{ConsentMedia, ConsentType};
use crate::target::file::{OpenBankingEntry, ServerUrl, TargetFile};
use crate::target::{Client, HintTokens, UserCodes};
use crate::world::{Embedded, EmbeddedSettings, KnownClient, WorldSettings};
use url::Url;

/// The parties of a run, running.
pub struct Parties {
    /// The issuer as it must be written.
    pub issuer: ServerUrl,
    /// What the target promises about `sub`.
    pub subject: SubjectRule,
    /// Whether the target is the embedded OP.
    pub reference: bool,
    /// What makes login hint tokens, where the target takes them.
    pub hint_tokens: Option<HintTokens>,
    /// Base of the consent APIs, where flows begin with a consent (Open Banking).
    pub consents: Option<Url>,
    clients: Vec<PartyClient>,
    servers: Servers,
}

/// A client that the target knows.
pub struct PartyClient {
    /// The client.
    pub client: Client,
    /// Scopes to ask for instead of the profile's.
    pub scope: Option<String>,
    /// `acr_values` to ask for instead of the profile's.
    pub acr_values: Option<String>,
    /// Further parameters of its authentication requests.
    pub parameters: Vec<(String, String)>,
    /// What users tell it, where it is registered for user codes.
    pub user_codes: Option<UserCodes>,
    /// What signs its consents, where they are signed.
    pub consent_key: Option<SigningKey>,
}

enum Servers {
    Embedded(Box<Embedded>),
    Instruments(Box<Instruments>),
}

impl Parties {
    /// Starts them; they report into the measurement.
    pub fn start(
        job: &Job,
        clock: Clock,
        traces: Arc<Traces>,
        measurement: Arc<Measurement>,
    ) -> Result<Self, Failure> {
        match &job.target {
            None => embedded(job, clock, traces, measurement),
            Some(target) => beside(&target.file, job, clock, traces, measurement),
        }
    }

    /// The clients for flows of that mode.
    pub fn clients(&self, mode: DeliveryMode) -> impl Iterator<Item = &PartyClient> {
        self.clients.iter().filter(move |known| known.client.delivery_mode() == mode)
    }

    /// Whether the decisions are those of our own authentication service.
    pub fn judges_decisions(&self) -> bool {
        self.auth_service().is_some()
    }

    /// What tells our authentication service of acknowledged flows, where the server does not.
    pub fn announcer(&self) -> Option<Announcer> {
        self.auth_service().and_then(Announcer::of)
    }

    /// The notification endpoint, if there is one.
    pub fn receiver(&self) -> Option<Receiver> {
        match &self.servers {
            Servers::Embedded(world) => Some(world.receiver().clone()),
            Servers::Instruments(instruments) => instruments.receiver().cloned(),
        }
    }

    /// The page on which a person decides, where one is to.
    pub fn page(&self, job: &Job) -> Option<String> {
        match (&self.servers, &job.target) {
            (Servers::Instruments(instruments), Some(target)) => instruments.page(&target.file),
            (Servers::Instruments(_) | Servers::Embedded(_), _) => None,
        }
    }

    /// What happened at our own authentication service, by its own names: `decisions.accepted`.
    pub fn decisions(&self) -> BTreeMap<String, u64> {
        let counts = self.auth_service().and_then(|service| serde_json::to_value(service.counts()).ok());
        let mut flat = BTreeMap::new();
        for (section, counters) in counts.iter().filter_map(Value::as_object).flatten() {
            for (name, count) in counters.as_object().into_iter().flatten() {
                if let Some(count) = count.as_u64().filter(|count| *count > 0) {
                    flat.insert(format!("{section}.{name}"), count);
                }
            }
        }
        flat
    }

    /// Starts a task on the threads of the authentication service and the notification endpoint.
    pub fn beside_instruments(&self, task: impl Future<Output = ()> + Send + 'static) {
        match &self.servers {
            Servers::Embedded(world) => world.beside_instruments(task),
            Servers::Instruments(instruments) => instruments.beside(task),
        }
    }

    /// Ends them in order, within bounds.
    pub async fn close(&self) {
        match &self.servers {
            Servers::Embedded(world) => world.close().await,
            Servers::Instruments(instruments) => instruments.close().await,
        }
    }

    fn auth_service(&self) -> Option<&AuthService> {
        match &self.servers {
            Servers::Embedded(world) => Some(world.auth_service()),
            Servers::Instruments(instruments) => instruments.auth_service(),
        }
    }
}

fn embedded(
    job: &Job,
    clock: Clock,
    traces: Arc<Traces>,
    measurement: Arc<Measurement>,
) -> Result<Parties, Failure> {
    let like = job.profile.flow.consent.map_or_else(WorldSettings::default, WorldSettings::of_bank);
    let world = WorldSettings { faults: job.faults, plan: job.profile.decisions.clone(), ..like };
    let world = if job.profile.mix.push > 0 { world.offering_push() } else { world };
    let settings = EmbeddedSettings { world, ..EmbeddedSettings::default() };
    let world = Embedded::start(settings, clock, traces, measurement).map_err(Failure::internal)?;
    let issuer = ServerUrl::parse(world.issuer().as_str()).map_err(|error| {
        Failure::internal(format!("issuer of the embedded OP is {}, expected {error}", world.issuer()))
    })?;
    let party = |known: &KnownClient| PartyClient {
        client: known.client(),
        scope: None,
        acr_values: None,
        parameters: Vec::new(),
        user_codes: None,
        consent_key: known.consent_key().cloned(),
    };
    let clients = of_world(&world, job).map(party).collect();
    Ok(Parties {
        issuer,
        subject: SubjectRule::Hint,
        reference: true,
        hint_tokens: world.hint_tokens().cloned(),
        consents: job.profile.flow.consent.map(|_| world.issuer().clone()),
        clients,
        servers: Servers::Embedded(Box::new(world)),
    })
}

fn beside(
    target: &TargetFile,
    job: &Job,
    clock: Clock,
    traces: Arc<Traces>,
    measurement: Arc<Measurement>,
) -> Result<Parties, Failure> {
    let settings = InstrumentSettings {
        pings: modes(job.profile.mix).iter().any(|mode| *mode != DeliveryMode::Poll),
        plan: job.profile.decisions.clone(),
        observer: traces,
        sink: measurement,
    };
    Ok(Parties {
        issuer: target.issuer.clone(),
        subject: target.subject,
        reference: target.is_reference,
        hint_tokens: target.login_hint_token.as_ref().map(|entry| entry.tokens(&target.issuer)),
        consents: job.profile.flow.consent.map(|_| consents_base(target)),
        clients: clients(target, job.profile.flow.consent),
        servers: Servers::Instruments(Box::new(Instruments::start(target, settings, clock)?)),
    })
}

fn clients(target: &TargetFile, consent: Option<&ConsentType>) -> Vec<PartyClient> {
    let of_mode = |mode| target.clients_for(mode, consent).into_iter().map(move |entry| (mode, entry));
    [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push]
        .into_iter()
        .flat_map(of_mode)
        .map(|(mode, entry)| PartyClient {
            client: entry.client(mode),
            scope: entry.scope.clone(),
            acr_values: entry.acr_values.clone(),
            parameters: entry.parameters.clone(),
            user_codes: entry.user_code.then(|| target.user_codes.codes()),
            consent_key: OpenBankingEntry::consent_key(entry).cloned(),
        })
        .collect()
}

/// Where consents are created: at the issuer, unless the file says otherwise.
fn consents_base(target: &TargetFile) -> Url {
    let named = target.open_banking.as_ref().and_then(|entry| entry.base_url.as_ref());
    named.unwrap_or(&target.issuer).url().clone()
}

/// The embedded OP's clients for flows of the job: of a bank all third parties, else one of each mode.
fn of_world<'w>(world: &'w Embedded, job: &Job) -> impl Iterator<Item = &'w KnownClient> {
    let consent = job.profile.flow.consent;
    let most = if consent.is_some() { usize::MAX } else { 1 };
    let signed = consent.is_some_and(|kind| kind.media == ConsentMedia::Jwt);
    [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push].into_iter().flat_map(move |mode| {
        let of_mode = world.clients().iter().filter(move |client| client.delivery_mode == mode);
        of_mode.filter(move |client| !signed || client.consent_key().is_some()).take(most)
    })
}
