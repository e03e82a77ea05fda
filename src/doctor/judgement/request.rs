use super::known::{Known, client_key, unanswered};
use crate::ciba::{Breach, ErrorCode, Rule};
use crate::doctor::finding::Look;
use crate::doctor::flow_seen::FlowSeen;
use crate::doctor::said::Said;
use url::Url;

/// Rules about the acknowledgement.
const RULES: [Rule; 4] =
    [Rule::AcknowledgementForm, Rule::AuthReqIdAlphabet, Rule::ExpiresInForm, Rule::IntervalForm];

/// Whether the authentication request was acknowledged (CIBA Core 1.0, 7.3 and 13).
pub(in super::super) fn authentication_request(known: &Known, url: &Url, flow: &FlowSeen) -> Look {
    let Some(said) = &flow.answered else {
        let waited = flow.took.as_secs();
        return Look::failed(
            format!("{url}: no answer within {waited} s"),
            format!("server's log, at the request with x-correlation-id {}", flow.correlation_id),
        );
    };
    if let Said::Nothing(failure) = said {
        return Look::failed(format!("{url}: {failure}"), unanswered(url, failure));
    }
    let Some(acknowledged) = &flow.acknowledged else {
        return refused(known, flow, said);
    };
    let interval = match acknowledged.interval {
        Some(seconds) => format!("interval {seconds} s"),
        None => "no interval, so 5 s".to_owned(),
    };
    let seen =
        format!("acknowledged for {:?}: expires_in {} s, {interval}", flow.user, acknowledged.expires_in);
    match flow.breaches.iter().find(|breach| RULES.contains(&breach.rule)) {
        Some(breach) => broken(seen, breach),
        None => Look::sound(seen),
    }
}

/// Something that works and breaks the standard.
pub(super) fn broken(seen: String, Breach { rule, detail }: &Breach) -> Look {
    Look::doubtful(
        format!("{seen}; but {detail} ({})", rule.citation()),
        "server's maintainers: ciba-bench conformance shows the exchange and what the standard asks for",
    )
}

fn refused(known: &Known, flow: &FlowSeen, said: &Said) -> Look {
    use ErrorCode as C;
    let key = client_key(flow.mode);
    let client = known.target.client(flow.mode);
    let missing = || format!("target file: [{key}]");
    let registered = || client.map_or_else(missing, |client| known.registration(client, flow.mode));
    let log = || {
        let asked =
            if flow.channel.is_none() { "; whether its authentication service answers it" } else { "" };
        format!("server's log, at the request with x-correlation-id {}{asked}", flow.correlation_id)
    };
    let remedy = match said.code() {
        Some(C::InvalidClient) => format!(
            "server's console: the client authenticates at the token endpoint and not here; both have to take the same \
             credentials (CIBA Core 1.0, 7.2); target file: {key}.authentication"
        ),
        Some(C::UnauthorizedClient | C::UnsupportedGrantType | C::InvalidGrant) => registered(),
        Some(C::InvalidScope) => format!(
            "target file: {key}.scope (now {:?}), or server's console: the scopes that the client may ask for",
            client.and_then(|client| client.scope.as_deref()).unwrap_or("openid")
        ),
        Some(C::UnknownUserId) => format!(
            "server's console: a user {:?}; or another name: --user, or conformance.users of the target file",
            flow.user
        ),
        Some(C::InvalidBindingMessage) => format!(
            "target file: correlation = \"user\", since the server does not take {:?} as a binding message",
            flow.binding_message.as_deref().unwrap_or_default()
        ),
        Some(C::MissingUserCode | C::InvalidUserCode) => {
            "server's console: switch user codes off for this client; this tool sends none".to_owned()
        }
        Some(C::InvalidRequest) => format!("{}; target file: {key}.scope", registered()),
        Some(
            C::AuthorizationPending
            | C::SlowDown
            | C::ExpiredToken
            | C::AccessDenied
            | C::ExpiredLoginHintToken
            | C::TransactionFailed
            | C::ServerError
            | C::Other,
        ) => log(),
        None => match said.status() {
            Some(401 | 403) => registered(),
            Some(200..300) => format!("{}; expected 200 with auth_req_id and expires_in", log()),
            Some(_) | None => log(),
        },
    };
    Look::failed(format!("a request for {:?} by a {} client met {said}", flow.user, flow.mode.name()), remedy)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, error, flow, known, plain};
    use super::*;
    use crate::ciba::DeliveryMode;
    use crate::doctor::finding::State;
    use crate::transport::Failure;

    fn look(mode: DeliveryMode, change: impl FnOnce(&mut FlowSeen)) -> Look {
        let mut flow = flow(mode);
        change(&mut flow);
        authentication_request(&known(), &"https://op.test/bc".parse().unwrap(), &flow)
    }

    fn refusal(mode: DeliveryMode, said: Said) -> Look {
        look(mode, |flow| {
            flow.acknowledged = None;
            flow.answered = Some(said);
        })
    }

    #[test]
    fn an_acknowledgement_says_how_long_and_how_often() {
        use DeliveryMode::Poll;
        let breach = Breach {
            rule: Rule::IntervalForm,
            detail: "interval is 0, expected a positive integer".to_owned(),
        };
        assert_looks([
            (
                look(Poll, |_| {}),
                State::Sound,
                "acknowledged for \"alice\": expires_in 120 s, interval 5 s",
                "",
            ),
            (
                look(Poll, |flow| flow.acknowledged.as_mut().unwrap().interval = None),
                State::Sound,
                "no interval, so 5 s",
                "",
            ),
            (
                look(Poll, |flow| flow.breaches.push(breach)),
                State::Doubtful,
                "but interval is 0, expected a positive integer (CIBA Core 1.0, 7.3)",
                "ciba-bench conformance",
            ),
        ]);
    }

    #[test]
    fn every_refusal_has_a_place_to_look_at() {
        use DeliveryMode::{Ping, Poll};
        let dead = Said::Nothing(Failure::Connect("refused".to_owned()));
        let ping = "token delivery mode ping, client notification endpoint http://bench.test:4020/ping";
        assert_looks([
            (
                refusal(Poll, error(401, "invalid_client")),
                State::Failed,
                "401 invalid_client",
                "clients.poll.auth",
            ),
            (
                refusal(Poll, error(400, "unauthorized_client")),
                State::Failed,
                "a poll client",
                "token delivery mode poll",
            ),
            (
                refusal(Poll, error(400, "invalid_scope")),
                State::Failed,
                "invalid_scope",
                "clients.poll.scope (now",
            ),
            (refusal(Poll, error(400, "unknown_user_id")), State::Failed, "for \"alice\"", "--user"),
            (
                refusal(Poll, error(400, "invalid_binding_message")),
                State::Failed,
                "met 400",
                "does not take \"abcd.1\"",
            ),
            (refusal(Poll, error(400, "missing_user_code")), State::Failed, "met 400", "user codes"),
            (refusal(Ping, error(400, "invalid_request")), State::Failed, "by a ping client", ping),
            (
                refusal(Poll, error(500, "server_error")),
                State::Failed,
                "met 500",
                "x-correlation-id 00ff-1-0",
            ),
            (refusal(Poll, plain(200, "")), State::Failed, "met 200", "expected 200 with auth_req_id"),
            (refusal(Poll, plain(403, "<html>")), State::Failed, "403 \"<html>\"", "grant type"),
            (refusal(Poll, dead), State::Failed, "no connection", "network"),
            (
                look(Poll, |flow| {
                    flow.acknowledged = None;
                    flow.answered = None;
                }),
                State::Failed,
                "no answer within 5 s",
                "x-correlation-id",
            ),
        ]);
    }
}
