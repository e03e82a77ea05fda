use super::flow::{issued, last_said, nobody_decided, trimmed};
use super::known::{Known, shown};
use super::request::authentication_request;
use crate::ciba::Outcome;
use crate::doctor::finding::Look;
use crate::doctor::flow_run::PING_WITHIN;
use crate::doctor::flow_seen::{FlowSeen, StrangerSeen};
use crate::notification::Cause;
use url::Url;

/// Whether a ping flow was notified and ended in tokens (CIBA Core 1.0, 10.2). `backchannel` is where its request went.
pub(in super::super) fn ping_flow(known: &Known, backchannel: &Url, local: &Url, flow: &FlowSeen) -> Look {
    if flow.acknowledged.is_none() {
        return authentication_request(known, backchannel, flow);
    }
    if let Some(redeemed) = flow.redeemed() {
        let seen = match flow.approved() {
            Some(approved) => {
                let ms = redeemed.sent.saturating_sub(approved.sent).as_millis();
                format!("the ping came, and tokens were asked for {ms} ms after the approval was sent")
            }
            None => format!(
                "the ping came, and tokens were asked for {:.1} s after the request",
                redeemed.sent.as_secs_f64()
            ),
        };
        return issued(seen, flow);
    }
    let log =
        format!("server's log, at the requests with x-correlation-id {}", trimmed(&flow.correlation_id));
    match flow.ended {
        Some(Outcome::Tokens) | None => {}
        Some(outcome) => {
            let seen =
                format!("the flow ended in {outcome}; the token endpoint answered {}", last_said(flow));
            return Look::failed(seen, log);
        }
    }
    if flow.asked > 0 {
        let seen = format!("the ping came, and the token request that followed it met {}", last_said(flow));
        return Look::failed(seen, log);
    }
    if let Some(channel) = &flow.channel
        && flow.approved().is_none()
    {
        let why = match (&channel.decision, &channel.login) {
            (Some(Err(refused)), _) => format!("the approval was not taken: {}", refused.reason),
            (_, None) => "no call of /authentication/start arrived for this flow".to_owned(),
            (_, Some(_)) => "there was no time left for a decision".to_owned(),
        };
        return Look::failed(why, log);
    }
    not_notified(known, local, flow, &log)
}

/// The user has agreed, or may have, and no ping came.
fn not_notified(known: &Known, local: &Url, flow: &FlowSeen, log: &str) -> Look {
    if let Some(stranger) = telling(&flow.strangers) {
        return strange(known, stranger, log);
    }
    let ready = flow.polled_at_last.as_ref().filter(|said| said.status() == Some(200)).is_some();
    let decided = match (flow.approved(), ready) {
        (Some(_), _) => "the approval was taken",
        (None, true) => "the user agreed",
        (None, false) => return nobody_decided(flow),
    };
    let waited = match flow.approved() {
        Some(_) => PING_WITHIN.as_secs(),
        None => flow.took.as_secs(),
    };
    let fetched = if ready { "; the tokens are there for a poll" } else { "" };
    Look::failed(
        format!(
            "{decided} and no ping came within {waited} s{fetched}; our endpoint answers ourselves at {}, so the fault lies \
             between the server and the registered endpoint",
            shown(local)
        ),
        format!(
            "{}; network: the server has to reach that URL (some refuse http, or private addresses)",
            known.ping_registration()
        ),
    )
}

/// Of the calls that came the one that tells most.
pub(super) fn telling(strangers: &[StrangerSeen]) -> Option<&StrangerSeen> {
    strangers.iter().find(|stranger| stranger.cause.concerns_bearer()).or(strangers.first())
}

fn strange(known: &Known, stranger: &StrangerSeen, log: &str) -> Look {
    let StrangerSeen { cause, method, path } = stranger;
    let seen = format!(
        "the server reaches us, but no ping could be accepted: {method:?} {path:?} came with {}",
        cause.about()
    );
    match cause {
        Cause::WrongPath => Look::failed(
            seen,
            format!("{}; or target file: notification.path = {path:?}", known.ping_registration()),
        ),
        Cause::NoBearer | Cause::TwoBearers | Cause::UnknownToken => Look::failed(
            seen,
            format!(
                "server's maintainers: a ping bears the client_notification_token of its own request (CIBA Core 1.0, 10.2); \
                 {log}"
            ),
        ),
        Cause::WrongMethod => {
            Look::failed(seen, format!("server's maintainers: a ping is a POST (CIBA Core 1.0, 10.2); {log}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, error, flow, known, plain};
    use super::*;
    use crate::ciba::{Breach, DeliveryMode, Rule};
    use crate::decision_channel::NotConfirmed;
    use crate::doctor::finding::State;
    use std::time::Duration;

    fn look(change: impl FnOnce(&mut FlowSeen)) -> Look {
        let mut flow = flow(DeliveryMode::Ping);
        change(&mut flow);
        let local = "http://127.0.0.1:4020/ping".parse().unwrap();
        ping_flow(&known(), &"https://op.test/bc".parse().unwrap(), &local, &flow)
    }

    /// A flow that was left without a ping, with these calls of the endpoint.
    fn silent(change: impl FnOnce(&mut FlowSeen)) -> Look {
        look(|flow| {
            (flow.ended, flow.asked, flow.took) = (None, 0, Duration::from_secs(10));
            flow.polls.clear();
            flow.polled_at_last = Some(plain(200, ""));
            change(flow);
        })
    }

    fn stranger(cause: Cause, method: &str, path: &str) -> StrangerSeen {
        StrangerSeen { cause, method: method.to_owned(), path: path.to_owned() }
    }

    #[test]
    fn a_ping_is_proven_by_the_tokens_that_follow_it() {
        let breach = Breach { rule: Rule::PingContentType, detail: "content-type text/plain".to_owned() };
        assert_looks([
            (
                look(|_| {}),
                State::Sound,
                "tokens were asked for 20 ms after the approval was sent; the ID token's",
                "",
            ),
            (look(|flow| flow.channel = None), State::Sound, "asked for 0.2 s after the request", ""),
            (
                look(|flow| flow.breaches.push(breach)),
                State::Doubtful,
                "but content-type text/plain",
                "conformance",
            ),
            (
                look(|flow| {
                    flow.ended = Some(Outcome::Refused);
                    flow.polls[0].said = error(400, "unauthorized_client");
                }),
                State::Failed,
                "ended in refused; the token endpoint answered 400 unauthorized_client",
                "server's log",
            ),
            (
                look(|flow| {
                    (flow.ended, flow.polls) = (None, Vec::new());
                }),
                State::Failed,
                "the ping came, and the token request that followed it met no answer yet",
                "server's log",
            ),
            (
                look(|flow| {
                    flow.acknowledged = None;
                    flow.answered = Some(error(400, "unauthorized_client"));
                }),
                State::Failed,
                "by a ping client met 400 unauthorized_client",
                "token delivery mode ping",
            ),
        ]);
    }

    #[test]
    fn a_missing_ping_says_which_url_to_register() {
        let register = "server's console: client \"ping-client\", grant type urn:openid:params:grant-type:ciba, token delivery mode \
                        ping, client notification endpoint http://bench.test:4020/ping";
        assert_looks([
            (
                silent(|_| {}),
                State::Failed,
                "no ping came within 10 s; the tokens are there for a poll; our endpoint answers ourselves at \
                 http://127.0.0.1:4020/ping",
                register,
            ),
            (
                silent(|flow| flow.polled_at_last = None),
                State::Failed,
                "within 10 s; our endpoint answers",
                register,
            ),
            (
                silent(|flow| flow.strangers = vec![stranger(Cause::WrongPath, "POST", "/callback")]),
                State::Failed,
                "the server reaches us, but no ping could be accepted: \"POST\" \"/callback\" came with another path",
                "notification.path = \"/callback\"",
            ),
            (
                silent(|flow| {
                    flow.strangers = vec![
                        stranger(Cause::WrongPath, "GET", "/"),
                        stranger(Cause::UnknownToken, "POST", "/ping"),
                    ];
                }),
                State::Failed,
                "a bearer token that is not this request's",
                "server's maintainers: a ping bears the client_notification_token",
            ),
            (
                silent(|flow| flow.strangers = vec![stranger(Cause::WrongMethod, "PUT", "/ping")]),
                State::Failed,
                "\"PUT\" \"/ping\"",
                "a ping is a POST",
            ),
            (silent(|flow| flow.channel = None), State::Failed, "the user agreed and no ping came", register),
            (
                silent(|flow| {
                    (flow.channel, flow.polled_at_last) = (None, Some(error(400, "authorization_pending")));
                }),
                State::Doubtful,
                "within 10 s; the token endpoint said 400 authorization_pending",
                "approve the request in time",
            ),
            (
                silent(|flow| {
                    let refused = NotConfirmed { status: Some(500), sent: None, reason: "500".to_owned() };
                    flow.channel.as_mut().unwrap().decision = Some(Err(refused));
                }),
                State::Failed,
                "the approval was not taken: 500",
                "server's log",
            ),
            (
                silent(|flow| {
                    let channel = flow.channel.as_mut().unwrap();
                    (channel.decision, channel.login) = (None, None);
                }),
                State::Failed,
                "no call of /authentication/start arrived for this flow",
                "server's log",
            ),
        ]);
    }
}
