use super::channel::NOT_OURS;
use super::known::Known;
use crate::decision_channel::NotConfirmed;
use crate::doctor::finding::Look;
use crate::doctor::flow_seen::{Approved, Channel, FlowSeen};
use crate::doctor::said::quoted;
use crate::profile::Correlation;

/// Whether a login can find its flow in the way that the target file says.
pub(in super::super) fn correlation(known: &Known, flow: &FlowSeen) -> Look {
    let Some(channel) = &flow.channel else { return Look::not_examined(NOT_OURS) };
    if known.calls_approval_url() {
        return Look::sound("by the auth_req_id, which the approval URL names");
    }
    let Some((login, _)) = &channel.login else { return Look::not_examined("no login was seen") };
    match (known.target.correlation, &flow.binding_message) {
        (Correlation::User, _) | (Correlation::Marker, None) => {
            let user = &login.start.user;
            if *user == flow.user {
                return Look::sound(format!("by user, as the target file says: the login is for {user:?}"));
            }
            Look::failed(
                format!("the login_hint was {:?}, the login is for {}", flow.user, quoted(user)),
                "target file: correlation = \"marker\", where the server passes binding messages on; else server's \
                 console: have the login_hint passed on as user_identifier",
            )
        }
        (Correlation::Marker, Some(sent)) => match &login.start.binding_message {
            Some(shown) if shown == sent => Look::sound(format!(
                "by marker, as the target file says: the binding message {sent:?} arrived"
            )),
            Some(shown) => Look::failed(
                format!("the binding message was {sent:?}, and {} arrived", quoted(shown)),
                "target file: correlation = \"user\"; users must see what the client sent, so the server's maintainers \
                 should know",
            ),
            None => Look::failed(
                format!("the binding message {sent:?} did not arrive"),
                "target file: correlation = \"user\"; or server's console: have the binding message passed on",
            ),
        },
    }
}

/// Whether the server took the user's decision.
pub(in super::super) fn decision(known: &Known, flow: &FlowSeen) -> Look {
    let Some(channel) = &flow.channel else { return Look::not_examined(NOT_OURS) };
    match &channel.decision {
        Some(Ok(Approved { status, took, .. })) if known.service().is_none() => {
            Look::sound(format!("the approval was answered {status} after {} ms", took.as_millis()))
        }
        Some(Ok(Approved { status, took, .. })) => Look::sound(format!(
            "a token for the system APIs was issued; the approval was answered {status} after {} ms",
            took.as_millis()
        )),
        Some(Err(refused)) => not_taken(known, channel, refused),
        None => Look::failed(
            format!("the approval came to nothing within {} s", flow.took.as_secs()),
            "server's log: why its answers take so long; network: from here to the server's system APIs",
        ),
    }
}

fn not_taken(known: &Known, channel: &Channel, refused: &NotConfirmed) -> Look {
    let seen = format!("the approval was not taken: {}", refused.reason);
    let Some(service) = known.service() else {
        let remedy = match known.is_keycloak() {
            true => "target file: authentication_service.callback; server's log: why it refuses the callback",
            false => "target file: authentication_service.url, method, approve and deny",
        };
        return Look::failed(seen, remedy);
    };
    let system = &service.system;
    if channel.counts.token.fetched == 0 && channel.counts.token.failed > 0 {
        return Look::failed(
            seen,
            format!(
                "target file: authentication_service.system.client_id, client_secret and token_endpoint, as the server's \
                 console shows them for its authentication service (client {:?}, scope manage_scope_grants)",
                system.client_id
            ),
        );
    }
    let remedy = match refused.status {
        Some(401 | 403) => format!(
            "server's console: client {:?} may manage scope grants (scope manage_scope_grants); target file: \
             authentication_service.system, which has to be this workspace's",
            system.client_id
        ),
        Some(404 | 405) => format!(
            "target file: authentication_service.api_base, the URL before /scope-grants/LOGIN/accept (now {})",
            match &service.api_base {
                Some(base) => base.to_string(),
                None => format!("what follows from {}", system.token_endpoint),
            }
        ),
        Some(_) => "server's log: why it refuses the approval".to_owned(),
        None => "network: from here to the server's system APIs (authentication_service.api_base of the target file)"
            .to_owned(),
    };
    Look::failed(seen, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, flow, known, known_with};
    use super::*;
    use crate::ciba::DeliveryMode;
    use crate::doctor::finding::State;

    #[test]
    fn a_login_finds_its_flow_as_the_target_file_says() {
        let look = |rule, message: Option<&str>, user: &str| {
            let mut flow = flow(DeliveryMode::Poll);
            if rule == Correlation::User {
                flow.binding_message = None;
            }
            if let Some(Channel { login: Some((login, _)), .. }) = &mut flow.channel {
                login.start.binding_message = message.map(str::to_owned);
                login.start.user = user.to_owned();
            }
            correlation(&known_with(|target| target.correlation = rule), &flow)
        };
        let by_user = "target file: correlation = \"user\"";
        assert_looks([
            (look(Correlation::Marker, Some("abcd.1"), "4711"), State::Sound, "\"abcd.1\" arrived", ""),
            (look(Correlation::Marker, None, "alice"), State::Failed, "did not arrive", by_user),
            (
                look(Correlation::Marker, Some("ABCD.1"), "alice"),
                State::Failed,
                "\"ABCD.1\" arrived",
                by_user,
            ),
            (look(Correlation::User, None, "alice"), State::Sound, "the login is for \"alice\"", ""),
            (
                look(Correlation::User, None, "4711"),
                State::Failed,
                "is for \"4711\"",
                "correlation = \"marker\"",
            ),
        ]);
    }

    #[test]
    fn a_decision_that_is_not_taken_says_which_step_failed() {
        let look = |status, reason: &str, fetched| {
            let mut flow = flow(DeliveryMode::Poll);
            if let Some(channel) = &mut flow.channel {
                channel.counts.token.fetched = fetched;
                channel.counts.token.failed = 1 - fetched;
                let refused = NotConfirmed { status, sent: None, reason: reason.to_owned() };
                channel.decision = Some(Err(refused));
            }
            decision(&known(), &flow)
        };
        let mut hurried = flow(DeliveryMode::Poll);
        hurried.channel.as_mut().unwrap().decision = None;
        assert_looks([
            (decision(&known(), &flow(DeliveryMode::Poll)), State::Sound, "answered 200 after 12 ms", ""),
            (
                look(None, "token endpoint https://op.test answered 401", 0),
                State::Failed,
                "the approval was not taken: token endpoint https://op.test answered 401",
                "target file: authentication_service.system.client_id, client_secret and token_endpoint",
            ),
            (look(Some(403), "403", 1), State::Failed, "403", "client \"system\" may manage scope grants"),
            (
                look(Some(404), "404", 1),
                State::Failed,
                "404",
                "api_base, the URL before /scope-grants/LOGIN/accept",
            ),
            (look(Some(500), "500", 1), State::Failed, "500", "server's log"),
            (look(None, "reset", 1), State::Failed, "reset", "network: from here"),
            (
                decision(&known(), &hurried),
                State::Failed,
                "came to nothing within 5 s",
                "why its answers take so long",
            ),
        ]);
    }
}
