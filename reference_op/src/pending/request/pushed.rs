use tokio::time::Instant;

use super::{Approval, AuthenticationRequest, State};
use crate::fault::Fault;

impl AuthenticationRequest {
    /// Redeems an approval for a push, once.
    pub(crate) fn redeem_for_push(&self, now: Instant) -> Option<Approval> {
        let mut progress = self.progress();
        let approval = match &progress.state {
            State::Approved(approval) => approval.clone(),
            State::Undecided | State::Denied | State::Redeemed(_) => return None,
        };
        match self.workspace.faults.has(Fault::PushClientRedeems) {
            false => drop(self.redeem(&mut progress, approval.clone(), now)),
            true => progress.left_over = true,
        }
        Some(approval)
    }

    /// An approval that nobody gave; only a fault pushes it.
    pub(crate) fn unapproved(&self, now: Instant) -> Approval {
        self.approval(self.demand.scopes.clone(), now)
    }

    /// Whether what was pushed can be redeemed at the token endpoint, too.
    pub(crate) fn is_left_over(&self) -> bool {
        self.progress().left_over
    }
}
