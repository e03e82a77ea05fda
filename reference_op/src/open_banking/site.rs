use std::sync::Arc;

use http::StatusCode;

use super::consent::{Asked, Consent};
use super::kind::Kind;
use super::store::ConsentStore;
use crate::clock::Clock;
use crate::random;
use crate::settings::{OpenBankingProfile, OpenBankingSettings};

/// Consents of a workspace.
#[derive(Debug)]
pub(crate) struct OpenBanking {
    pub(crate) profile: OpenBankingProfile,
    /// Status of the answer to a consent that was created.
    pub(super) created: StatusCode,
    /// In seconds.
    lifetime: u64,
    namespace: String,
    consents: ConsentStore,
}

impl OpenBanking {
    /// Builds from settings that were found valid.
    pub(crate) fn new(tenant: &str, settings: &OpenBankingSettings) -> Self {
        Self {
            profile: settings.profile,
            created: StatusCode::from_u16(settings.created_status).unwrap_or(StatusCode::CREATED),
            lifetime: settings.consent_expires_in,
            namespace: settings.consent_id_namespace.clone().unwrap_or_else(|| tenant.to_owned()),
            consents: ConsentStore::new(settings.max_consents),
        }
    }

    /// Holds what a client asked for; `None` when there is no room.
    pub(super) fn create(
        &self,
        kind: Kind,
        client_id: String,
        asked: Asked,
        clock: &Clock,
    ) -> Option<Arc<Consent>> {
        let instant = clock.now();
        let now = clock.unix_seconds_at(instant);
        let id = match self.profile {
            OpenBankingProfile::Uk => random::unguessable(),
            OpenBankingProfile::Brasil => format!("urn:{}:{}", self.namespace, random::unguessable()),
        };
        let latest = now + self.lifetime;
        let expires_at = asked.expires_at.map_or(latest, |end| end.min(latest));
        let consent = Consent::new((id, kind, client_id), asked, clock.rfc3339_at(instant), expires_at);
        self.consents.insert(consent, now)
    }

    /// A consent that has not expired. `now` is in seconds since 1970.
    pub(super) fn find(&self, id: &str, now: u64) -> Option<Arc<Consent>> {
        self.consents.find(id, now)
    }
}
