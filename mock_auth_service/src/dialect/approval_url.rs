//! A URL template with `{auth_req_id}` and `{action}`, which servers offer for tests: it is called to approve or to deny.
//!
//! No server tells of a login here: whoever started the flow announces it when it was acknowledged.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Method, Uri, header};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{SpokenDialect, sending::Sending};
use crate::{
    clock::Clock,
    counts::Counters,
    outgoing::Outgoing,
    pending::Login,
    plan::Decision,
    secret::Secret,
    service::AuthService,
    settings::SettingsError,
    start::{Told, Verdict, admit},
    system_api::{Answer, encode},
};

/// What stands for the identifier in a template.
const AUTH_REQ_ID: &str = "{auth_req_id}";
/// What stands for the decision in a template.
const ACTION: &str = "{action}";

/// The URL by which a server is told of decisions.
#[derive(Clone, Debug)]
pub struct ApprovalUrlSettings {
    /// The template. A secret, since some servers want a token in it.
    pub template: Secret,
    /// Whether it is called by GET instead of POST.
    pub by_get: bool,
    /// What `{action}` is for an approval, such as `allow`.
    pub approve: String,
    /// What `{action}` is for a denial, such as `deny`.
    pub deny: String,
}

/// A flow that was acknowledged, announced by whoever started it.
#[derive(Clone, Copy)]
pub struct Announcement<'a> {
    /// The identifier that the server gave it.
    pub auth_req_id: &'a str,
    /// Whom the flow is about.
    pub user_identifier: &'a str,
    /// The client that asks.
    pub client_id: &'a str,
    /// The binding message, if it was sent.
    pub binding_message: Option<&'a str>,
    /// The requested scopes, separated by spaces.
    pub scope: &'a str,
    /// When the flow expires, as far as it is known.
    pub expires: Option<Instant>,
}

impl fmt::Debug for Announcement<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Announcement")
            .field("user_identifier", &self.user_identifier)
            .finish_non_exhaustive()
    }
}

pub(crate) struct ApprovalUrl {
    settings: ApprovalUrlSettings,
    sending: Sending,
}

impl ApprovalUrl {
    pub(super) fn new(
        settings: &ApprovalUrlSettings,
        outgoing: Outgoing,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        let template = settings.template.expose();
        for (part, name) in [(AUTH_REQ_ID, "auth_req_id"), (ACTION, "action")] {
            if !template.contains(part) {
                return Err(SettingsError::Template(name));
            }
        }
        let is_http = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
        let filled = fill(template, "x", "x").parse::<Uri>().ok();
        if !filled.is_some_and(|uri| is_http(&uri) && uri.authority().is_some()) {
            return Err(SettingsError::TemplateUrl);
        }
        Ok(Self { settings: settings.clone(), sending: Sending::new(outgoing, clock) })
    }

    pub(super) fn close(&self) {
        self.sending.close();
    }

    /// Nothing but a request that never left is sent again: what is there when the flow is acknowledged is there.
    pub(super) async fn decide(
        &self,
        auth_req_id: &str,
        decision: Decision,
        counts: &Counters,
        on_sent: impl Fn(Instant),
    ) -> Answer {
        let ApprovalUrlSettings { template, by_get, approve, deny } = &self.settings;
        let action = match decision {
            Decision::Approve => approve,
            Decision::Deny => deny,
            Decision::Ignore => return self.sending.unsent("the user ignores the request".to_owned()),
        };
        let Ok(uri) = fill(template.expose(), auth_req_id, action).parse::<Uri>() else {
            return self.sending.unsent("the approval URL is none with these values".to_owned());
        };
        let mut request = http::Request::new(Bytes::new());
        *request.method_mut() = if *by_get { Method::GET } else { Method::POST };
        *request.uri_mut() = uri;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        let mut answer = self.sending.send(&request, |_| false, counts, on_sent).await;
        if let Some(problem) = &mut answer.problem {
            // Servers like to repeat what they do not know.
            *problem = problem.replace(auth_req_id, "[redacted]");
        }
        answer
    }
}

impl AuthService {
    /// Takes in a flow that was acknowledged, where the service calls an approval URL; any other dialect is told by the
    /// server, and the announcement does nothing. Whether it was taken in: not when it was before, or when there is no room.
    pub fn announce(&self, announcement: &Announcement<'_>) -> bool {
        if !self.is_announced() {
            return false;
        }
        let Announcement { auth_req_id, user_identifier, client_id, binding_message, scope, expires } =
            *announcement;
        let login = Login {
            login_id: auth_req_id.into(),
            login_state: None,
            user_identifier: user_identifier.into(),
            client_id: client_id.into(),
            client_name: None,
            consent: None,
            binding_message: binding_message.map(Into::into),
            requested_scopes: scope.split(' ').filter(|scope| !scope.is_empty()).map(Box::from).collect(),
            arrived: self.shared.clock.now(),
            expires,
            bearer: None,
        };
        let expires_at = expires.and_then(|at| Timestamp::try_from(self.shared.clock.wall_at(at)).ok());
        let expires_at = expires_at.map(|at| at.to_string());
        let told = Told { expires_at: expires_at.map(Into::into), ..Told::default() };
        match admit(self, login, &told) {
            Verdict::Acknowledge => true,
            Verdict::Refuse(_) | Verdict::Conflict => false,
        }
    }

    /// Whether flows have to be [announced](Self::announce).
    pub fn is_announced(&self) -> bool {
        self.dialect() == SpokenDialect::ApprovalUrl
    }
}

/// The template with these values, each as one component of a URL.
fn fill(template: &str, auth_req_id: &str, action: &str) -> String {
    template.replace(AUTH_REQ_ID, &encode(auth_req_id)).replace(ACTION, &encode(action))
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_stay_one_component() {
        let filled =
            fill("http://op/ciba?token={auth_req_id}&type={action}&again={action}", "a/b&c=+", "al low");
        assert_eq!(filled, "http://op/ciba?token=a%2Fb%26c%3D%2B&type=al%20low&again=al%20low");
    }
}
