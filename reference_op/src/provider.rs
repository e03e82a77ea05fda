//! The provider: settings turned into something that runs.

use std::collections::HashMap;
use std::fmt;
use std::fs::OpenOptions;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::access_log::{AccessCounts, AccessLog};
use crate::access_token::AccessTokens;
use crate::capacity::Capacity;
use crate::clock::Clock;
use crate::fault::FaultSet;
use crate::notify::Pings;
use crate::outgoing::Outgoing;
use crate::pending::PendingStore;
use crate::router;
use crate::settings::{Problem, Settings, SettingsError, check};
use crate::workspace::{SystemClient, Workspace};

/// System access tokens remembered at once.
const MAX_SYSTEM_TOKENS: usize = 10_000;
/// Lifetime of system access tokens.
const SYSTEM_TOKEN_LIFETIME: Duration = Duration::from_secs(3_600);
/// Lifetime of refresh tokens.
const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3_600);

/// What all handlers share.
pub(crate) struct Provider {
    base_url: String,
    pub(crate) tenant: String,
    pub(crate) workspaces: Vec<Arc<Workspace>>,
    /// The workspace of each authentication service's own client, by client identifier.
    pub(crate) system_clients: HashMap<String, Arc<Workspace>>,
    pub(crate) pending: PendingStore,
    pub(crate) tokens: AccessTokens,
    pub(crate) refresh_tokens: AccessTokens,
    pub(crate) system_tokens: AccessTokens,
    pub(crate) pings: Pings,
    pub(crate) capacity: Capacity,
    pub(crate) log: AccessLog,
    pub(crate) clock: Clock,
    pub(crate) outgoing: Outgoing,
}

/// An OpenID Provider with CIBA, for tests and benchmarks only. Clones share everything.
#[derive(Clone)]
pub struct ReferenceOp {
    provider: Arc<Provider>,
    faults: FaultSet,
}

impl ReferenceOp {
    /// Builds a provider that is reachable at `base_url`, such as `http://127.0.0.1:4000`. Workspaces that sign with RSA
    /// make the process's RSA key here, which takes a moment.
    ///
    /// # Errors
    /// All impossible values of the settings, and an access log file that cannot be opened.
    pub fn new(
        base_url: &str,
        settings: Settings,
        faults: FaultSet,
        clock: Clock,
        outgoing: Outgoing,
    ) -> Result<Self, SettingsError> {
        let mut problems = check(base_url, &settings);
        let file = settings.access_log_file.as_ref().and_then(|path| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| {
                    problems.push(Problem {
                        field: "access_log_file".to_owned(),
                        value: format!("{path:?}"),
                        expected: format!("cannot be opened for appending: {error}"),
                    });
                })
                .ok()
        });
        if !problems.is_empty() {
            return Err(SettingsError::Invalid(problems));
        }
        let base_url = base_url.trim_end_matches('/');
        let workspaces: Vec<_> = settings
            .workspaces
            .iter()
            .map(|workspace| Arc::new(Workspace::new(base_url, &settings.tenant, workspace, faults)))
            .collect();
        let system_clients = workspaces
            .iter()
            .filter_map(|workspace| {
                workspace
                    .system_client
                    .as_ref()
                    .map(|client| (client.client_id.clone(), Arc::clone(workspace)))
            })
            .collect();
        let token_lifetime = Duration::from_secs(settings.access_token_expires_in);
        let provider = Provider {
            base_url: base_url.to_owned(),
            tenant: settings.tenant,
            workspaces,
            system_clients,
            pending: PendingStore::new(settings.max_pending),
            tokens: AccessTokens::new(settings.max_access_tokens, token_lifetime),
            refresh_tokens: AccessTokens::new(settings.max_access_tokens, REFRESH_TOKEN_LIFETIME),
            system_tokens: AccessTokens::new(MAX_SYSTEM_TOKENS, SYSTEM_TOKEN_LIFETIME),
            pings: Pings::default(),
            capacity: settings
                .capacity
                .as_ref()
                .map_or_else(Capacity::default, |bounds| Capacity::new(bounds, clock.now())),
            log: AccessLog::new(file, clock),
            clock,
            outgoing,
        };
        Ok(Self { provider: Arc::new(provider), faults })
    }

    /// The public listener's paths.
    pub fn router(&self) -> Router {
        router::public(&self.provider)
    }

    /// The management listener's paths: `GET /access-log`, `GET /pending-count`, `GET /health`.
    pub fn management_router(&self) -> Router {
        router::management(&self.provider)
    }

    /// What was answered so far; the same as `GET /access-log`.
    pub fn access_counts(&self) -> AccessCounts {
        self.provider.log.counts()
    }

    /// Requests that wait for a user's decision.
    pub fn pending_count(&self) -> usize {
        self.provider.pending.counts(self.provider.clock.now()).0
    }

    /// Returns when every ping and push that was sent has been answered, and counted, or was given up. Until then, and for one
    /// that is sent meanwhile, there may be no room.
    pub async fn notifications_answered(&self) {
        self.provider.pings.none_under_way().await;
    }

    /// The issuer identifier of a workspace.
    pub fn issuer(&self, workspace: &str) -> Option<String> {
        self.workspace(workspace).map(|workspace| workspace.issuer.clone())
    }

    /// The client that the authentication service of a workspace uses; absent without CIBA.
    pub fn authentication_service_client(&self, workspace: &str) -> Option<&SystemClient> {
        self.workspace(workspace)?.system_client.as_ref()
    }

    /// Base URL of the system API; the authentication service appends `/scope-grants/{login}/accept` or `/reject`.
    pub fn system_api(&self) -> String {
        format!("{}/api/system/{}", self.provider.base_url, self.provider.tenant)
    }

    fn workspace(&self, id: &str) -> Option<&Workspace> {
        self.provider.workspaces.iter().find(|workspace| workspace.id == id).map(Arc::as_ref)
    }
}

impl fmt::Debug for ReferenceOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceOp").field("faults", &self.faults).finish_non_exhaustive()
    }
}
