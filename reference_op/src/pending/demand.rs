use std::time::Duration;

use crate::certificate::PeerCertificate;
use crate::open_banking::Intent;
use crate::secret::Secret;

/// What a request is about; the store adds identifiers.
pub(crate) struct Demand {
    pub(crate) user_identifier: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) acr_values: Option<Vec<String>>,
    pub(crate) binding_message: Option<String>,
    pub(crate) notification_token: Option<Secret>,
    /// The consent that it is about.
    pub(crate) intent: Option<Intent>,
    pub(crate) expires_in: Duration,
    /// The certificate that the client showed when it made the request.
    pub(crate) peer: Option<PeerCertificate>,
}

/// What is known about a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Undecided,
    Approved,
    Denied,
}
