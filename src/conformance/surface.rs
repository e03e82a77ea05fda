use super::stranger::{stranger, stranger_identity};
use super::{Registration, Users};
use crate::ciba::{DeliveryMode, Secret};
use crate::clock::Clock;
use crate::decision_channel::{Decisions, Marker};
use crate::jose::{KeySet, SubjectRule};
use crate::notification::{Inbox, Receiver};
use crate::open_banking::{ConsentMedia, ConsentType};
use crate::target::file::PollingEnforcement;
use crate::target::{Client, ClientAuthentication, Credentials, HintTokens, TargetFacts, UserCodes};
use crate::tls::ShownCertificate;
use crate::transport::Transport;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use url::Url;

/// A target with everything that a check may use of it, and our side of the wire.
pub struct Surface {
    /// What carries requests.
    pub transport: Arc<dyn Transport>,
    /// The clock.
    pub clock: Clock,
    /// What the target says of itself.
    pub facts: TargetFacts,
    /// The issuer's keys.
    pub keys: KeySet,
    /// The clients.
    pub clients: SurfaceClients,
    /// By what users are named, beside their names.
    pub hints: Hints,
    /// The users.
    pub users: Users,
    /// A user whom our authentication service does not know.
    pub unknown_user: String,
    /// Whether the target file names that user; otherwise the name is made up.
    pub names_unknown_user: bool,
    /// What decides for the users, where that is ours.
    pub decisions: Option<Decisions>,
    /// Where pings arrive.
    pub notifications: Option<Notifications>,
    /// Its consents, where it is a bank's (Open Banking).
    pub bank: Option<Bank>,
    /// Whether clients may be registered there (RFC 7591), and those that are.
    pub registration: Option<Arc<Registration>>,
    /// What `sub` has to be.
    pub subject: SubjectRule,
    /// What to expect when a client polls too fast.
    pub enforcement: PollingEnforcement,
    /// Whether only the first choice of several allowed answers passes.
    pub strict: bool,
    /// Whether the checks of FAPI-CIBA apply.
    pub fapi_ciba: bool,
    /// How binding messages are marked.
    pub marker: Marker,
    /// The next flow's number.
    pub flows: AtomicU64,
}

/// The clients that the target file names.
#[derive(Debug, Clone)]
pub struct SurfaceClients {
    /// For poll, or for ping where there is no other.
    pub main: SurfaceClient,
    /// For ping.
    pub ping: Option<SurfaceClient>,
    /// For push.
    pub push: Option<SurfaceClient>,
    /// Another one with the CIBA grant.
    pub second: Option<SurfaceClient>,
    /// One that is registered for user codes.
    pub user_code: Option<SurfaceClient>,
    /// One without.
    pub unregistered: Option<SurfaceClient>,
    /// One that authenticates by `private_key_jwt`.
    pub assertion: Option<SurfaceClient>,
    /// One that signs its authentication requests.
    pub signed: Option<SurfaceClient>,
    /// One that authenticates by its certificate.
    pub certificate: Option<SurfaceClient>,
}

/// What a target takes beside names to say who the user is, and that the user agrees to be asked.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// What makes login hint tokens, where it takes them.
    pub login_hint_tokens: Option<HintTokens>,
    /// Whether it takes its own ID tokens.
    pub id_tokens: bool,
    /// The codes of its users.
    pub user_codes: UserCodes,
}

/// The consents of a bank.
#[derive(Debug, Clone)]
pub struct Bank {
    /// Base of the consent APIs.
    pub base: Url,
    /// What clients can create.
    pub kinds: Vec<&'static ConsentType>,
    /// The clients that can create it.
    pub third_parties: Vec<SurfaceClient>,
}

impl Bank {
    /// `None` without any kind of consent. Third parties that poll come first.
    pub fn of(
        base: &Url,
        kinds: &[&'static ConsentType],
        third_parties: impl IntoIterator<Item = SurfaceClient>,
    ) -> Option<Self> {
        let mut third_parties: Vec<SurfaceClient> = third_parties.into_iter().collect();
        third_parties.sort_by_key(|client| client.delivery_mode() != DeliveryMode::Poll);
        (!kinds.is_empty()).then(|| Bank { base: base.clone(), kinds: kinds.to_vec(), third_parties })
    }

    /// A third party with a key.
    pub fn signing(&self) -> Option<&SurfaceClient> {
        let has_key = |client: &Client| client.request_key().or(client.assertion_key()).is_some();
        self.third_parties.iter().find(|client| has_key(&client.registered))
    }

    /// A consent that is not signed, one that can be deleted rather than another.
    pub fn plain(&self) -> Option<&'static ConsentType> {
        let plain = || self.kinds.iter().copied().filter(|kind| kind.media == ConsentMedia::Json);
        plain().find(|kind| kind.deletable).or(plain().next())
    }

    /// A consent that is signed.
    pub fn signed(&self) -> Option<&'static ConsentType> {
        self.kinds.iter().copied().find(|kind| kind.media == ConsentMedia::Jwt)
    }
}

/// A client, and everything by which it can prove who it is, or fail to.
#[derive(Debug, Clone)]
pub struct SurfaceClient {
    /// By its registered method.
    pub registered: Client,
    /// By its registered method, with another secret or another key.
    pub wrong: Client,
    /// With another secret by HTTP Basic.
    pub wrong_basic: Client,
    /// By the other method.
    pub other_method: Client,
    /// In two ways at once: by HTTP Basic and in the form, or by an assertion and by HTTP Basic.
    pub both: [Client; 2],
    /// Its registered method.
    pub authentication: ClientAuthentication,
    /// Its secret, if it has one, for striking it out of what is shown.
    pub secret: Option<Secret<String>>,
    /// What it asks for: space-separated scopes, `openid` among them.
    pub scope: String,
    /// Whether it is registered for user codes.
    pub user_code: bool,
    /// `acr_values` and further parameters that its authentication requests have at this target.
    pub parameters: Vec<(String, String)>,
}

/// Our notification endpoint.
#[derive(Debug, Clone)]
pub struct Notifications {
    /// The endpoint.
    pub receiver: Receiver,
    /// What arrived.
    pub inbox: Arc<Inbox>,
    /// Its URL as the server sees it.
    pub url: Url,
    /// The certificate that it shows, where the TLS of that URL ends at this endpoint.
    pub certificate: Option<ShownCertificate>,
}

/// What no server has as a client's secret.
const WRONG_SECRET: &str = "not-the-secret-of-this-client";

impl SurfaceClient {
    /// Prepares a client.
    pub fn new(registered: Client, credentials: &Credentials, scope: String) -> Self {
        let (id, mode) = (registered.id().to_owned(), registered.delivery_mode());
        let with = |credentials| Client::new(&id, mode, &credentials);
        let nobodys = Secret::new(WRONG_SECRET.to_owned());
        let secret = credentials.secret().cloned();
        let known = secret.clone().unwrap_or_else(|| nobodys.clone());
        let (wrong, other_method, both) = match credentials {
            Credentials::SecretBasic(_) => (
                with(Credentials::SecretBasic(nobodys.clone())),
                with(Credentials::SecretPost(known.clone())),
                [with(Credentials::SecretBasic(known.clone())), with(Credentials::SecretPost(known))],
            ),
            Credentials::SecretPost(_) => (
                with(Credentials::SecretPost(nobodys.clone())),
                with(Credentials::SecretBasic(known.clone())),
                [with(Credentials::SecretBasic(known.clone())), with(Credentials::SecretPost(known))],
            ),
            Credentials::SecretJwt(_) => (
                with(Credentials::SecretJwt(nobodys.clone())),
                with(Credentials::SecretBasic(known.clone())),
                [with(Credentials::SecretBasic(known)), registered.clone()],
            ),
            Credentials::PrivateKeyJwt(key) => (
                with(Credentials::PrivateKeyJwt(stranger(key.algorithm()).named(key.id()))),
                with(Credentials::SecretBasic(known.clone())),
                [with(Credentials::SecretBasic(known)), registered.clone()],
            ),
            Credentials::Tls(_) | Credentials::SelfSignedTls(_) => (
                registered.clone().showing(Some(stranger_identity())),
                with(Credentials::SecretBasic(known.clone())),
                [with(Credentials::SecretBasic(known)), registered.clone()],
            ),
        };
        // Whoever fails to authenticate still signs the request as the client does.
        let signing = |client: Client| {
            let identity = client.identity().or(registered.identity()).cloned();
            client.signing_requests(registered.request_key().cloned()).showing(identity)
        };
        SurfaceClient {
            wrong: signing(wrong),
            wrong_basic: signing(with(Credentials::SecretBasic(nobodys))),
            other_method: signing(other_method),
            both: both.map(signing),
            authentication: credentials.method(),
            secret,
            scope,
            registered,
            user_code: false,
            parameters: Vec::new(),
        }
    }

    /// How it gets its results.
    pub fn delivery_mode(&self) -> DeliveryMode {
        self.registered.delivery_mode()
    }
}

impl Surface {
    /// A number that no other flow of this run has.
    pub fn next_flow(&self) -> u64 {
        self.flows.fetch_add(1, Ordering::Relaxed)
    }

    /// A scope beside `openid` that the main client may ask for.
    pub fn second_scope(&self) -> Option<&str> {
        self.clients.main.scope.split(' ').find(|scope| *scope != "openid" && !scope.is_empty())
    }

    /// Whether somebody says that the server does not know the unknown user: our authentication service, or the target file.
    pub fn knows_who_is_unknown(&self) -> bool {
        self.decisions.as_ref().is_some_and(Decisions::verifies_users) || self.names_unknown_user
    }

    /// Whether something says whether an access token works.
    pub fn can_use_tokens(&self) -> bool {
        self.facts.introspection_endpoint.is_some() || self.facts.userinfo_endpoint.is_some()
    }

    /// Where clients are registered, if the metadata name such a place.
    pub fn registration_endpoint(&self) -> Option<Url> {
        Url::parse(self.facts.metadata.get("registration_endpoint")?.as_str()?).ok()
    }

    /// A value of `acr_values_supported`.
    pub fn acr_value(&self) -> Option<&str> {
        self.facts.metadata.get("acr_values_supported")?.as_array()?.iter().find_map(Value::as_str)
    }
}
