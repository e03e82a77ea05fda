use super::flow::{issued, trimmed};
use super::known::{Known, shown};
use super::ping::telling;
use super::request::authentication_request;
use crate::ciba::Outcome;
use crate::doctor::finding::Look;
use crate::doctor::flow_run::PING_WITHIN;
use crate::doctor::flow_seen::FlowSeen;
use url::Url;

/// Whether a push flow was sent its tokens (CIBA Core 1.0, 10.3). `backchannel` is where its request went.
pub(in super::super) fn push_flow(known: &Known, backchannel: &Url, local: &Url, flow: &FlowSeen) -> Look {
    if flow.acknowledged.is_none() {
        return authentication_request(known, backchannel, flow);
    }
    let log =
        format!("server's log, at the requests with x-correlation-id {}", trimmed(&flow.correlation_id));
    match flow.ended {
        Some(Outcome::Tokens) => return issued("the tokens were pushed".to_owned(), flow),
        Some(outcome) => {
            let breach = flow.breaches.first().map(|breach| format!(": {}", breach.detail));
            let seen = format!("the flow ended in {outcome}{}", breach.unwrap_or_default());
            return Look::failed(seen, log);
        }
        None => {}
    }
    if flow.channel.is_some() && flow.approved().is_none() {
        return Look::failed("the approval was not taken, so nothing was pushed", log);
    }
    if let Some(stranger) = telling(&flow.strangers) {
        return Look::failed(
            format!(
                "the server reaches us, but no push could be accepted: {:?} {:?} came with {}",
                stranger.method,
                stranger.path,
                stranger.cause.about()
            ),
            format!("{}; {log}", known.push_registration()),
        );
    }
    let waited = match flow.approved() {
        Some(_) => PING_WITHIN.as_secs(),
        None => flow.took.as_secs(),
    };
    Look::failed(
        format!(
            "no push came within {waited} s; our endpoint answers ourselves at {}, so the fault lies between the server and \
             the registered endpoint",
            shown(local)
        ),
        format!("{}; network: the server has to reach that URL", known.push_registration()),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, flow, known};
    use super::*;
    use crate::ciba::{Breach, DeliveryMode, Rule};
    use crate::doctor::finding::State;
    use crate::doctor::flow_seen::StrangerSeen;
    use crate::notification::Cause;

    #[test]
    fn a_push_flow_that_went_wrong_says_where() {
        let url = Url::parse("http://127.0.0.1:4020/notify").unwrap();
        let look = |change: fn(&mut FlowSeen)| {
            let mut seen = flow(DeliveryMode::Push);
            seen.polls.clear();
            change(&mut seen);
            push_flow(&known(), &url, &url, &seen)
        };
        assert_looks([
            (look(|_| {}), State::Sound, "the tokens were pushed", ""),
            (
                look(|flow| {
                    let detail = "the push names another auth_req_id".to_owned();
                    flow.ended = Some(Outcome::Violation);
                    flow.breaches = vec![Breach { rule: Rule::PingAuthReqId, detail }];
                }),
                State::Failed,
                "ended in violation: the push names another",
                "server's log",
            ),
            (look(|flow| flow.ended = None), State::Failed, "no push came within", "[clients.push]"),
            (
                look(|flow| {
                    flow.ended = None;
                    flow.strangers = vec![StrangerSeen {
                        cause: Cause::UnknownToken,
                        method: "POST".to_owned(),
                        path: "/notify".to_owned(),
                    }];
                }),
                State::Failed,
                "no push could be accepted",
                "[clients.push]",
            ),
        ]);
    }
}
