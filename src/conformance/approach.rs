use super::{Bank, Hints, Notifications, Registration, Surface, SurfaceClients, Users};
use crate::clock::Clock;
use crate::decision_channel::{Decisions, Marker};
use crate::jose::{KeySet, KeySetError, SubjectRule};
use crate::target::file::PollingEnforcement;
use crate::target::{DiscoveryError, TargetFacts};
use crate::transport::Transport;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use url::Url;

/// A target as it is known before anything was asked of it: a [`Surface`] without what the server says of itself.
pub struct Approach {
    /// What carries requests.
    pub transport: Arc<dyn Transport>,
    /// The clock.
    pub clock: Clock,
    /// The clients.
    pub clients: SurfaceClients,
    /// By what users are named, beside their names.
    pub hints: Hints,
    /// The users.
    pub users: Vec<String>,
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
    /// Whether clients may be registered there (RFC 7591).
    pub registration: Option<Arc<Registration>>,
    /// What `sub` has to be.
    pub subject: SubjectRule,
    /// What to expect when a client polls too fast.
    pub enforcement: PollingEnforcement,
    /// Whether only the first choice of several allowed answers passes.
    pub strict: bool,
    /// Whether the checks of FAPI-CIBA apply.
    pub fapi_ciba: bool,
    /// A random number that names the run.
    pub run: u64,
}

/// A target against which no check can be run.
#[derive(Debug, thiserror::Error)]
pub enum SurfaceError {
    /// Its metadata or its keys cannot be fetched.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// Its keys cannot be read.
    #[error("{url}: {source}")]
    Keys {
        /// Where they are published.
        url: Box<Url>,
        /// What is wrong with them.
        source: KeySetError,
    },
}

impl Approach {
    /// Asks the issuer for its metadata and its keys. Whether the metadata are right is for checks to say.
    ///
    /// # Errors
    /// The issuer does not answer, or not as a server with CIBA does.
    pub async fn discover(self, issuer: &Url) -> Result<Surface, SurfaceError> {
        let facts = TargetFacts::discover(issuer, self.transport.as_ref()).await?;
        let keys = facts.fetch_keys(self.transport.as_ref()).await?;
        let keys = KeySet::parse(&keys)
            .map_err(|source| SurfaceError::Keys { url: Box::new(facts.jwks_uri.clone()), source })?;
        Ok(Surface {
            transport: self.transport,
            clock: self.clock,
            facts,
            keys,
            clients: self.clients,
            hints: self.hints,
            users: Users::new(self.users),
            unknown_user: self.unknown_user,
            names_unknown_user: self.names_unknown_user,
            decisions: self.decisions,
            notifications: self.notifications,
            bank: self.bank,
            registration: self.registration,
            subject: self.subject,
            enforcement: self.enforcement,
            strict: self.strict,
            fapi_ciba: self.fapi_ciba,
            marker: Marker::new(self.run),
            flows: AtomicU64::new(1),
        })
    }
}
