use super::known::{Known, times};
use crate::ciba::ErrorCode;
use crate::doctor::finding::Look;
use crate::doctor::flow_seen::{Channel, FlowSeen};
use crate::doctor::said::{Said, quoted};

/// Whether the server asked our authentication service about the user.
pub(in super::super) fn user_verification(known: &Known, flow: &FlowSeen) -> Look {
    let Some(channel) = &flow.channel else { return Look::not_examined(NOT_OURS) };
    if known.is_keycloak() || known.calls_approval_url() {
        return Look::not_examined(NOT_ASKED_ABOUT);
    }
    let counts = channel.counts.verify;
    let answer = flow.answered.as_ref().map_or_else(|| "nothing yet".to_owned(), Said::to_string);
    if counts.unauthorized > 0 {
        return Look::failed(
            format!(
                "/user/verify was called {} with wrong or missing HTTP Basic credentials; the client was answered {answer}",
                times(counts.unauthorized)
            ),
            known.basic_credentials(),
        );
    }
    if counts.malformed > 0 {
        return Look::failed(
            format!("/user/verify was called {} with a body that cannot be read", times(counts.malformed)),
            "server's console: whether its authentication service speaks /user/verify as documented: JSON with \
             user_identifier",
        );
    }
    if counts.valid > 0 {
        return Look::sound(format!(
            "/user/verify was called for {:?} and answered that the user is valid",
            flow.user
        ));
    }
    if counts.invalid > 0 {
        return Look::failed(
            format!("/user/verify was called {} without a user_identifier", times(counts.invalid)),
            "server's console: how the login_hint becomes a user identifier",
        );
    }
    let reached = channel.counts.start.accepted > 0 || channel.counts.start.unauthorized > 0;
    match &flow.answered {
        _ if reached => Look::sound("/user/verify was not called; the server starts without it"),
        Some(said) if refused_before_asking(said) => {
            Look::not_examined(format!("the server refused the request before it asked anybody: {said}"))
        }
        Some(_) | None => Look::failed(
            format!("no call of /user/verify arrived; the client was answered {answer}"),
            known.service_address(),
        ),
    }
}

/// Whether an answer is a refusal for which nobody has to be asked about the user.
fn refused_before_asking(said: &Said) -> bool {
    use ErrorCode as C;
    match said.code() {
        Some(
            C::InvalidRequest
            | C::InvalidClient
            | C::InvalidGrant
            | C::UnauthorizedClient
            | C::UnsupportedGrantType
            | C::InvalidScope
            | C::UnknownUserId
            | C::InvalidBindingMessage
            | C::MissingUserCode
            | C::InvalidUserCode
            | C::ExpiredLoginHintToken,
        ) => true,
        Some(
            C::AuthorizationPending
            | C::SlowDown
            | C::ExpiredToken
            | C::AccessDenied
            | C::TransactionFailed
            | C::ServerError
            | C::Other,
        ) => false,
        None => said.status().is_some_and(|status| (300..500).contains(&status)),
    }
}

/// Whether the server had our authentication service ask the user.
pub(in super::super) fn user_prompt(known: &Known, flow: &FlowSeen) -> Look {
    let Some(channel) = &flow.channel else { return Look::not_examined(NOT_OURS) };
    if known.calls_approval_url() {
        return Look::not_examined(
            "whom the server asks cannot be seen: it is told of decisions by an approval URL",
        );
    }
    if known.is_keycloak() {
        return keycloak_prompt(known, flow, channel);
    }
    if let Some((login, at)) = &channel.login {
        return Look::sound(format!(
            "/authentication/start came {} ms after the request, for user {}, client {}, scopes {}",
            at.as_millis(),
            quoted(&login.start.user),
            quoted(&login.start.client_id),
            quoted(&login.start.requested_scopes.join(" "))
        ));
    }
    let counts = channel.counts.start;
    if counts.unauthorized > 0 {
        return Look::failed(
            format!(
                "/authentication/start was called {} with wrong or missing HTTP Basic credentials",
                times(counts.unauthorized)
            ),
            known.basic_credentials(),
        );
    }
    if counts.malformed > 0 {
        return Look::failed(
            format!(
                "/authentication/start was called {} with a body that cannot be read",
                times(counts.malformed)
            ),
            "server's console: whether its authentication service speaks /authentication/start as documented: JSON with \
             login_id",
        );
    }
    if counts.accepted > 0 {
        return Look::failed(
            format!(
                "/authentication/start was called {} for another user than {:?}, and without the binding message",
                times(counts.accepted),
                flow.user
            ),
            "server's console: have the binding message passed on, or the login_hint as user_identifier; without either no \
             login finds its flow",
        );
    }
    let remedy = match channel.counts.verify.valid {
        0 => known.service_address(),
        _ => format!(
            "server's log, at the request with x-correlation-id {}: /user/verify arrives, so why not \
             /authentication/start",
            flow.correlation_id
        ),
    };
    let seconds = flow.took.as_secs_f64();
    Look::failed(format!("no call of /authentication/start arrived within {seconds:.0} s"), remedy)
}

/// Whether Keycloak's authentication channel ends here.
fn keycloak_prompt(known: &Known, flow: &FlowSeen, channel: &Channel) -> Look {
    if let Some((login, at)) = &channel.login {
        return Look::sound(format!(
            "the authentication channel was called {} ms after the request, for user {}, client {}, scopes {}",
            at.as_millis(),
            quoted(&login.start.user),
            quoted(&login.start.client_id),
            quoted(&login.start.requested_scopes.join(" "))
        ));
    }
    let counts = channel.counts.start;
    let called = counts.unauthorized + counts.malformed + counts.accepted;
    let seen = match (counts.unauthorized, called) {
        (0, 0) => format!(
            "no call of the authentication channel arrived within {:.0} s; the client was answered {}",
            flow.took.as_secs_f64(),
            flow.answered.as_ref().map_or_else(|| "nothing yet".to_owned(), Said::to_string)
        ),
        (0, _) => format!(
            "the authentication channel was called {}, and no call was this flow's: another user, or a body that cannot be read",
            times(called)
        ),
        (without, _) => {
            format!("the authentication channel was called {} without a bearer token", times(without))
        }
    };
    Look::failed(seen, known.service_address())
}

/// Why `/user/verify` is not looked at.
const NOT_ASKED_ABOUT: &str = "servers of this dialect look users up by themselves";

/// Why nothing is to be seen of an authentication service.
pub(super) const NOT_OURS: &str = "the target file says that the authentication service is somebody else's";

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, error, flow, known, plain};
    use super::*;
    use crate::ciba::DeliveryMode;
    use crate::doctor::finding::State;
    use mock_auth_service::Counts;

    /// A flow in which these things were counted and no login was found.
    fn counted(answered: Said, change: impl FnOnce(&mut Counts)) -> FlowSeen {
        let mut flow = flow(DeliveryMode::Poll);
        let mut counts = Counts::default();
        change(&mut counts);
        flow.channel = Some(Channel { counts, login: None, decision: None });
        flow.answered = Some(answered);
        flow
    }

    #[test]
    fn who_asks_about_the_user_is_told_by_the_counters() {
        let look =
            |answered, change: fn(&mut Counts)| user_verification(&known(), &counted(answered, change));
        let down = || error(500, "server_error");
        let basic = "user \"op\" and its password; target file: authentication_service.username and password";
        let url = "URL http://bench.test:4010; network: the server has to reach it";
        let mut elsewhere = flow(DeliveryMode::Poll);
        elsewhere.channel = None;
        assert_looks([
            (
                user_verification(&known(), &flow(DeliveryMode::Poll)),
                State::Sound,
                "called for \"alice\"",
                "",
            ),
            (
                look(down(), |counts| counts.verify.unauthorized = 1),
                State::Failed,
                "called once with wrong",
                basic,
            ),
            (
                look(down(), |counts| counts.verify.malformed = 2),
                State::Failed,
                "called twice",
                "as documented",
            ),
            (
                look(down(), |counts| counts.verify.invalid = 1),
                State::Failed,
                "without a user_identifier",
                "login_hint",
            ),
            (look(plain(200, ""), |counts| counts.start.accepted = 1), State::Sound, "starts without it", ""),
            (
                look(down(), |_| {}),
                State::Failed,
                "no call of /user/verify arrived; the client was answered 500",
                url,
            ),
            (look(plain(200, ""), |_| {}), State::Failed, "answered 200", url),
            (
                look(error(400, "invalid_scope"), |_| {}),
                State::NotExamined,
                "refused the request before it asked anybody: 400 invalid_scope",
                "",
            ),
            (user_verification(&known(), &elsewhere), State::NotExamined, "somebody else's", ""),
        ]);
    }

    #[test]
    fn who_has_the_user_asked_is_told_by_the_login_or_by_the_counters() {
        let look = |change: fn(&mut Counts)| user_prompt(&known(), &counted(plain(200, ""), change));
        assert_looks([
            (
                user_prompt(&known(), &flow(DeliveryMode::Poll)),
                State::Sound,
                "came 30 ms after the request, for user \"alice\", client \"poll-client\", scopes \"openid\"",
                "",
            ),
            (
                look(|counts| counts.start.unauthorized = 5),
                State::Failed,
                "called 5 times with wrong",
                "user \"op\"",
            ),
            (look(|counts| counts.start.malformed = 1), State::Failed, "cannot be read", "login_id"),
            (
                look(|counts| counts.start.accepted = 1),
                State::Failed,
                "another user than \"alice\"",
                "user_identifier",
            ),
            (look(|_| {}), State::Failed, "within 5 s", "URL http://bench.test:4010"),
            (look(|counts| counts.verify.valid = 1), State::Failed, "no call", "x-correlation-id 00ff-1-0"),
        ]);
    }
}
