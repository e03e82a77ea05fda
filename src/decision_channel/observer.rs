use super::{Logins, Started, Traces};
use crate::ciba::Decision;
use mock_auth_service::{Observer, StartSeen};
use tokio::time::Instant;

impl Observer for Traces {
    fn verify(&self, user_identifier: &str, at: Instant) {
        self.saw_verify(user_identifier, at);
    }

    fn start(&self, start: &StartSeen<'_>, at: Instant) {
        if !start.repeated {
            let seen_at = (at, start.announced);
            self.saw_start(start.login_id, start.user_identifier, start.binding_message, seen_at);
        }
    }

    fn details(&self, _login_id: &str, sent: Instant, answered: Instant) {
        self.saw_details(sent, answered);
    }

    fn decision_sent(&self, login_id: &str, decision: mock_auth_service::Decision, at: Instant) {
        self.saw_decision_sent(login_id, ours(decision), at);
    }

    fn decision_answered(
        &self,
        login_id: &str,
        _decision: mock_auth_service::Decision,
        status: Option<u16>,
        at: Instant,
    ) {
        self.saw_decision_answered(login_id, status, at);
    }

    fn answered(&self, read: Instant, ready: Instant) {
        self.saw_answered(read, ready);
    }
}

impl Observer for Logins {
    fn verify(&self, user_identifier: &str, at: Instant) {
        self.saw_verify(user_identifier, at);
    }

    fn start(&self, start: &StartSeen<'_>, at: Instant) {
        if !start.repeated {
            self.saw_start(Started {
                login_id: start.login_id.to_owned(),
                user: start.user_identifier.to_owned(),
                binding_message: start.binding_message.map(str::to_owned),
                client_id: start.client_id.to_owned(),
                requested_scopes: start.requested_scopes.iter().map(|scope| scope.to_string()).collect(),
                intent_id: start.openbanking_intent_id.map(str::to_owned),
                at,
            });
        }
    }

    fn details(&self, _: &str, _: Instant, _: Instant) {}

    fn decision_sent(&self, login_id: &str, decision: mock_auth_service::Decision, at: Instant) {
        self.saw_decision_sent(login_id, ours(decision), at);
    }

    fn decision_answered(
        &self,
        login_id: &str,
        _: mock_auth_service::Decision,
        status: Option<u16>,
        at: Instant,
    ) {
        self.saw_decision_answered(login_id, status, at);
    }
}

/// The authentication service is an instrument of its own with its own words.
fn ours(decision: mock_auth_service::Decision) -> Decision {
    match decision {
        mock_auth_service::Decision::Approve => Decision::Approve,
        mock_auth_service::Decision::Deny => Decision::Deny,
        mock_auth_service::Decision::Ignore => Decision::Ignore,
    }
}
