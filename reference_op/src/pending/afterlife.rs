use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Approval;
use crate::fault::{Fault, FaultSet};

/// How long an `auth_req_id` can be redeemed again under a fault.
const REPLAY: Duration = Duration::from_secs(1);
/// Longer than any request is held.
const FOR_GOOD: Duration = Duration::from_secs(86_400);

/// What a redeemed `auth_req_id` can still do. A conformant provider has none and forgets the request.
#[derive(Debug)]
pub(super) struct Afterlife {
    /// What is granted again, until when.
    pub(super) again: Option<(Approval, Instant)>,
    /// Whether a further poll revokes the access token.
    revokes: bool,
    access_token: Option<Arc<str>>,
}

impl Afterlife {
    pub(super) fn of(approval: &Approval, now: Instant, faults: FaultSet) -> Option<Self> {
        let again = if faults.has(Fault::AuthReqIdReusable) {
            Some(FOR_GOOD)
        } else if faults.has(Fault::ReplayWithinASecond) {
            Some(REPLAY)
        } else {
            None
        };
        let again = again.map(|lasts| (approval.clone(), now + lasts));
        let revokes = faults.has(Fault::RaceLosersRevoke);
        (again.is_some() || revokes).then_some(Self { again, revokes, access_token: None })
    }

    /// The access token that was issued.
    pub(super) fn note(&mut self, access_token: &Arc<str>) {
        self.access_token = Some(Arc::clone(access_token));
    }

    /// The access token that a further poll revokes.
    pub(super) fn revoked(&self) -> Option<Arc<str>> {
        self.access_token.clone().filter(|_| self.revokes)
    }
}
