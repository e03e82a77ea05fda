use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::{brasil, uk};
use crate::fault::{Fault, FaultSet};
use crate::settings::OpenBankingProfile;

/// Where a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    AwaitingAuthorisation,
    Authorised,
    Rejected,
    /// The client has taken it back.
    Deleted,
}

/// What a client asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// What the answer repeats.
    pub(super) data: Map<String, Value>,
    /// The `Risk` of Open Banking UK.
    pub(super) risk: Value,
    /// The end that the consent names itself, in seconds since 1970.
    pub(super) expires_at: Option<u64>,
    /// Whom a signed answer is for.
    pub(super) addressee: Option<String>,
}

/// One consent.
#[derive(Debug)]
pub(crate) struct Consent {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) client_id: String,
    /// RFC 3339.
    pub(super) created_at: String,
    /// In seconds since 1970.
    pub(super) expires_at: u64,
    pub(super) asked: Asked,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    status: Status,
    /// RFC 3339.
    updated_at: String,
    /// The accounts that the user chose.
    account_ids: Vec<String>,
    /// Why the user rejected it, in the words of Brasil.
    rejection: Option<Value>,
}

impl Status {
    /// Whether an authentication request may ask for its authorisation. Only once: neither standard lets a decision be asked
    /// for again, but for accounts in the United Kingdom, where a provider may offer it.
    pub(super) fn can_be_authorised(self, faults: FaultSet) -> bool {
        match self {
            Status::AwaitingAuthorisation => true,
            Status::Authorised => faults.has(Fault::ConsentUsableTwice),
            Status::Rejected => faults.has(Fault::RejectedConsentUsable),
            Status::Deleted => faults.has(Fault::DeletedConsentUsable),
        }
    }
}

impl Consent {
    pub(super) fn new(
        (id, kind, client_id): (String, Kind, String),
        asked: Asked,
        created_at: String,
        expires_at: u64,
    ) -> Self {
        let progress = Progress {
            status: Status::AwaitingAuthorisation,
            updated_at: created_at.clone(),
            account_ids: Vec::new(),
            rejection: None,
        };
        Self { id, kind, client_id, created_at, expires_at, asked, progress: Mutex::new(progress) }
    }

    pub(crate) fn status(&self) -> Status {
        self.progress().status
    }

    /// Takes the consent back, once; `at` in RFC 3339.
    pub(super) fn delete(&self, at: String) -> bool {
        let mut progress = self.progress();
        let is_there = progress.status != Status::Deleted;
        if is_there {
            progress.status = Status::Deleted;
            progress.updated_at = at;
        }
        is_there
    }

    /// Authorises the consent together with its request: both or neither. `at` in RFC 3339.
    pub(super) fn authorise(
        &self,
        account_ids: Vec<String>,
        at: String,
        faults: FaultSet,
        approve: impl FnOnce() -> bool,
    ) -> bool {
        let mut progress = self.progress();
        if !progress.status.can_be_authorised(faults) || !approve() {
            return false;
        }
        if !faults.has(Fault::ConsentStaysAwaiting) {
            progress.status = Status::Authorised;
        }
        progress.updated_at = at;
        progress.account_ids = account_ids;
        true
    }

    /// Rejects the consent, unless it was decided by another request. `at` in RFC 3339.
    pub(super) fn reject(&self, rejection: Option<Value>, at: String) {
        let mut progress = self.progress();
        if progress.status == Status::AwaitingAuthorisation {
            progress.status = Status::Rejected;
            progress.updated_at = at;
            progress.rejection = rejection;
        }
    }

    /// The accounts that the user chose.
    pub(super) fn account_ids(&self) -> Vec<String> {
        self.progress().account_ids.clone()
    }

    /// The `Risk` of Open Banking UK.
    pub(super) fn risk(&self) -> &Value {
        &self.asked.risk
    }

    /// The consent in its profile's words, without what stands around it in an answer.
    pub(super) fn document(&self) -> Value {
        let progress = self.progress();
        let mut document = match self.kind.profile() {
            OpenBankingProfile::Uk => json!({
                "ConsentId": self.id,
                "Status": uk::status(progress.status),
                "CreationDateTime": self.created_at,
                "StatusUpdateDateTime": progress.updated_at,
            }),
            OpenBankingProfile::Brasil => json!({
                "consentId": self.id,
                "status": brasil::status(progress.status),
                "creationDateTime": self.created_at,
                "statusUpdateDateTime": progress.updated_at,
            }),
        };
        for (name, value) in &self.asked.data {
            document[name] = value.clone();
        }
        if let Some(rejection) = &progress.rejection {
            document["rejection"] = rejection.clone();
        }
        document
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // No code that can panic runs under the lock.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
