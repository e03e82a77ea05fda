//! Who takes part in a suite beside the checks: the embedded OP with everything around it, or, for a server of somebody
//! else's, the authentication service and the notification endpoint that the server calls.

use std::sync::Arc;

use url::Url;

use super::arguments::Standard;
use super::job::SuiteJob;
use crate::ciba::DeliveryMode;
use crate::cli::failure::Failure;
use crate::cli::instruments::{InstrumentSettings, Instruments};
use crate::cli::output::Output;
use crate::clock::Clock;
use crate::conformance::{Approach, Bank, Hints, Notifications, Registration, SurfaceClient, SurfaceClients};
use crate::decision_channel::{Decisions, Logins, Person, hand_plan};
use crate::jose::SubjectRule;
use crate::notification::Inbox;
use crate::selftest::{EMBEDDED_BANK, EMBEDDED_SCOPE, embedded_client, embedded_clients};
use crate::target::ClientAuthentication;
use crate::target::file::{ClientEntry, PollingEnforcement, RegistrationEntry, TargetFile};
use crate::transport::{Http, HttpSettings};
use crate::world::{Embedded, EmbeddedSettings, NOTIFICATION_PATH, WorldSettings};

/// Connections per check at a time: some send several requests at once.
const CONNECTIONS_PER_JOB: usize = 16;
/// What a client asks for whose entry in the target file does not say.
const SCOPE: &str = "openid";

/// The parties of a suite, running.
pub struct SuiteParties {
    /// The issuer.
    pub issuer: Url,
    /// Whether the target is the embedded OP.
    pub reference: bool,
    servers: Servers,
}

enum Servers {
    Embedded(Box<Embedded>),
    Instruments(Box<Instruments>),
}

/// Connections that a suite opens at most.
pub fn connections_max(jobs: usize) -> usize {
    CONNECTIONS_PER_JOB * jobs
}

impl SuiteParties {
    /// Starts them, and says how the target is approached.
    pub fn start(
        job: &SuiteJob,
        run: u64,
        clock: Clock,
        output: Output,
    ) -> Result<(Self, Approach), Failure> {
        match &job.target {
            None => embedded(job, run, clock),
            Some(target) => beside(&target.file, job, run, clock, output),
        }
    }

    /// Ends them in order, within bounds.
    pub async fn close(&self) {
        match &self.servers {
            Servers::Embedded(world) => world.close().await,
            Servers::Instruments(instruments) => instruments.close().await,
        }
    }
}

fn embedded(job: &SuiteJob, run: u64, clock: Clock) -> Result<(SuiteParties, Approach), Failure> {
    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let mut world = WorldSettings {
        faults: job.faults,
        plan: hand_plan(&job.unknown_user),
        ..WorldSettings::of_bank(EMBEDDED_BANK)
    };
    world = world.open_for_registration();
    world.give_user_codes(job.users.iter().cloned());
    // FAPI-CIBA forbids push, so what is to keep that profile cannot show push as well.
    if job.standard != Standard::FapiCiba {
        world = world.offering_push();
    }
    let settings = EmbeddedSettings { world, ..EmbeddedSettings::default() };
    let world = Embedded::start(settings, clock, logins.clone(), inbox.clone()).map_err(Failure::internal)?;
    let clients = embedded_clients(world.clients(), world.user_code_client(), world.unregistered_client())
        .ok_or_else(|| Failure::internal("the embedded OP has no client for poll"))?;
    let url = format!("http://{}{NOTIFICATION_PATH}", world.notification_server().address());
    let url = Url::parse(&url).map_err(Failure::internal)?;
    let notifications = Notifications { receiver: world.receiver().clone(), inbox, url, certificate: None };
    let approach = Approach {
        decisions: Some(Decisions::new(world.auth_service().clone(), logins)),
        hints: Hints {
            login_hint_tokens: world.hint_tokens().cloned(),
            id_tokens: true,
            user_codes: world.user_codes().clone(),
        },
        notifications: Some(notifications),
        bank: Bank::of(world.issuer(), world.consent_types(), world.clients().iter().map(embedded_client)),
        registration: Some(Arc::new(Registration::default())),
        subject: SubjectRule::Hint,
        enforcement: PollingEnforcement::Required,
        ..approach(job, run, clock, clients)?
    };
    let issuer = world.issuer().clone();
    let parties = SuiteParties { issuer, reference: true, servers: Servers::Embedded(Box::new(world)) };
    Ok((parties, approach))
}

fn beside(
    target: &TargetFile,
    job: &SuiteJob,
    run: u64,
    clock: Clock,
    output: Output,
) -> Result<(SuiteParties, Approach), Failure> {
    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let clients =
        clients(target).ok_or_else(|| Failure::usage("the target file names no client for poll or ping"))?;
    let settings = InstrumentSettings {
        // Beside the notification endpoint stand the documents of clients that checks register.
        pings: target.clients.ping.is_some()
            || target.clients.push.is_some()
            || target.registration.is_some(),
        plan: hand_plan(&job.unknown_user),
        observer: logins.clone(),
        sink: inbox.clone(),
    };
    let instruments = Instruments::start(target, settings, clock)?;
    let notifications = match (instruments.receiver(), instruments.notification_url(target)) {
        (Some(receiver), Some(url)) => {
            let certificate = instruments.notification_certificate().cloned();
            Some(Notifications { receiver: receiver.clone(), inbox, url, certificate })
        }
        _ => None,
    };
    let person = instruments.page(target).map(|page| Person::new(page, move |text| output.note(text)));
    let approach = Approach {
        decisions: instruments
            .auth_service()
            .map(|service| Decisions::new(service.clone(), logins).by_person(person)),
        hints: Hints {
            login_hint_tokens: target.login_hint_token.as_ref().map(|entry| entry.tokens(&target.issuer)),
            id_tokens: target.id_token_hint,
            user_codes: target.user_codes.codes(),
        },
        notifications,
        bank: bank(target),
        registration: target.registration.as_ref().map(registration),
        subject: target.subject,
        enforcement: target.polling,
        ..approach(job, run, clock, clients)?
    };
    let parties = SuiteParties {
        issuer: target.issuer.url().clone(),
        reference: target.is_reference,
        servers: Servers::Instruments(Box::new(instruments)),
    };
    Ok((parties, approach))
}

/// What does not depend on who runs beside.
fn approach(job: &SuiteJob, run: u64, clock: Clock, clients: SurfaceClients) -> Result<Approach, Failure> {
    let settings = HttpSettings { connections_max: connections_max(job.jobs) };
    let tls = job.target.as_ref().map(|target| target.file.server_tls()).unwrap_or_default();
    let http = Http::over_tls(settings, tls, clock).map_err(Failure::internal)?;
    Ok(Approach {
        transport: Arc::new(http),
        clock,
        clients,
        hints: Hints::default(),
        users: job.users.clone(),
        unknown_user: job.unknown_user.clone(),
        names_unknown_user: job.names_unknown_user(),
        decisions: None,
        notifications: None,
        bank: None,
        registration: None,
        subject: SubjectRule::Unchecked,
        enforcement: PollingEnforcement::Allowed,
        strict: job.strict,
        fapi_ciba: job.standard == Standard::FapiCiba,
        run,
    })
}

fn registration(entry: &RegistrationEntry) -> Arc<Registration> {
    let token = entry.initial_access_token.as_ref().map(|token| token.value.clone());
    Arc::new(Registration::new(token))
}

/// The bank that the target file describes. Without third parties of its own the other clients are taken for some.
fn bank(target: &TargetFile) -> Option<Bank> {
    let entry = target.open_banking.as_ref()?;
    let base = entry.base_url.as_ref().unwrap_or(&target.issuer).url();
    let third_parties =
        entry.third_parties.iter().map(|party| client(&party.client, party.delivery_mode, SCOPE));
    match clients(target).filter(|_| entry.third_parties.is_empty()) {
        Some(clients) => {
            Bank::of(base, &entry.consents, [Some(clients.main), clients.second].into_iter().flatten())
        }
        None => Bank::of(base, &entry.consents, third_parties),
    }
}

/// A client, which asks for `scope` where its entry does not say.
fn client(entry: &ClientEntry, mode: DeliveryMode, scope: &str) -> SurfaceClient {
    let scope = entry.scope.clone().unwrap_or_else(|| scope.to_owned());
    let client = SurfaceClient::new(entry.client(mode), &entry.credentials(), scope);
    let acr_values = entry.acr_values.iter().map(|values| ("acr_values".to_owned(), values.clone()));
    let parameters = acr_values.chain(entry.parameters.iter().cloned()).collect();
    SurfaceClient { user_code: entry.user_code, parameters, ..client }
}

/// The clients that the target file names. The second one, and the one with user codes, are taken to be
/// registered for the same mode as the first.
fn clients(target: &TargetFile) -> Option<SurfaceClients> {
    let scope = if target.is_reference { EMBEDDED_SCOPE } else { SCOPE };
    let client = |entry: &ClientEntry, mode| client(entry, mode, scope);
    let named = &target.clients;
    let by_key = |entry: &&ClientEntry| entry.proof.method() == ClientAuthentication::PrivateKeyJwt;
    let signs = |entry: &&ClientEntry| entry.request_key.is_some();
    let by_certificate = |entry: &&ClientEntry| entry.proof.method().is_by_certificate();
    let (main, mode) = match (&named.poll, &named.ping) {
        (Some(poll), _) => (poll, DeliveryMode::Poll),
        (None, Some(ping)) => (ping, DeliveryMode::Ping),
        (None, None) => return None,
    };
    Some(SurfaceClients {
        main: client(main, mode),
        ping: named.ping.as_ref().map(|entry| client(entry, DeliveryMode::Ping)),
        push: named.push.as_ref().map(|entry| client(entry, DeliveryMode::Push)),
        second: named.second.as_ref().map(|entry| client(entry, mode)),
        user_code: named.user_code.as_ref().map(|entry| client(entry, mode)),
        unregistered: named.unregistered.as_ref().map(|entry| client(entry, DeliveryMode::Poll)),
        // A main client that does so anyway serves as well.
        assertion: named.assertion.as_ref().or(Some(main).filter(by_key)).map(|entry| client(entry, mode)),
        signed: named.signed.as_ref().or(Some(main).filter(signs)).map(|entry| client(entry, mode)),
        certificate: named
            .certificate
            .as_ref()
            .or(Some(main).filter(by_certificate))
            .map(|entry| client(entry, mode)),
    })
}
