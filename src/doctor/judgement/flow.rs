use super::known::Known;
use super::request::broken;
use crate::ciba::{Breach, Outcome, Rule};
use crate::doctor::finding::Look;
use crate::doctor::flow_seen::FlowSeen;
use crate::doctor::said::{Said, quoted};
use crate::jose::{Judged, SubjectRule};

/// Whether a poll flow ended in tokens (CIBA Core 1.0, 10.1).
pub(in super::super) fn poll_flow(flow: &FlowSeen) -> Look {
    if let Some(redeemed) = flow.redeemed() {
        let after = match flow.approved() {
            Some(approved) => {
                let since = redeemed.answered.saturating_sub(approved.sent);
                format!("{:.1} s after the approval", since.as_secs_f64())
            }
            None => format!("{:.1} s after the request", redeemed.answered.as_secs_f64()),
        };
        let polls = flow.polls.len();
        return issued(format!("tokens {after}, by poll number {polls}"), flow);
    }
    let said = last_said(flow);
    let log =
        format!("server's log, at the requests with x-correlation-id {}", trimmed(&flow.correlation_id));
    match flow.ended {
        None if flow.channel.is_none() => nobody_decided(flow),
        None if flow.asked == 0 => Look::doubtful(
            format!(
                "the interval was not over within the {} s that a flow is watched for",
                flow.took.as_secs()
            ),
            "server's console: a shorter interval, for testing; flows of this length are tested by ciba-bench run",
        ),
        None => Look::failed(
            format!(
                "no tokens within {} s although the approval was taken; the last of {} polls met {said}",
                flow.took.as_secs(),
                flow.asked
            ),
            log,
        ),
        Some(Outcome::Denied) => {
            Look::failed(format!("the token endpoint answered {said} although the user agreed"), log)
        }
        Some(outcome) => {
            Look::failed(format!("the flow ended in {outcome}; the token endpoint answered {said}"), log)
        }
    }
}

/// Tokens came: whether they hold what the standard promises. What concerns the subject is another's business.
pub(super) fn issued(seen: String, flow: &FlowSeen) -> Look {
    let verified = match &flow.id_token {
        Some(Judged { signature_verified: true, .. }) => "; the ID token's signature holds",
        Some(_) | None => "",
    };
    let seen = format!("{seen}{verified}");
    let others = |breach: &&Breach| breach.rule != Rule::IdTokenSubject;
    if let Some(breach) = flow.breaches.iter().find(others) {
        return broken(seen, breach);
    }
    match flow.id_token.as_ref().and_then(|judged| judged.unsupported.as_deref()) {
        Some(unsupported) => Look::doubtful(
            format!("{seen}; the ID token cannot be verified: {unsupported}"),
            "server's console: sign this client's ID tokens with RS256, PS256 or ES256, and do not encrypt them",
        ),
        None => Look::sound(seen),
    }
}

/// What the token endpoint said last.
pub(super) fn last_said(flow: &FlowSeen) -> String {
    flow.polls.last().map_or_else(|| "no answer yet".to_owned(), |poll| poll.said.to_string())
}

/// A person should have answered and did not.
pub(super) fn nobody_decided(flow: &FlowSeen) -> Look {
    let said = flow.polled_at_last.as_ref().map_or_else(|| last_said(flow), Said::to_string);
    let seen = format!(
        "nobody decided for {:?} within {} s; the token endpoint said {said}",
        flow.user,
        flow.took.as_secs()
    );
    Look::doubtful(
        seen,
        format!(
            "{:?}: run this again and approve the request in time; or --no-flows, which asks nobody",
            flow.user
        ),
    )
}

/// Of a correlation id what all requests of the flow have in common.
pub(super) fn trimmed(correlation_id: &str) -> &str {
    correlation_id.rsplit_once('-').map_or(correlation_id, |(common, _)| common)
}

/// Whether `sub` follows the rule of the target file.
pub(in super::super) fn subject(known: &Known, flow: &FlowSeen) -> Look {
    let claims = flow.id_token.as_ref().and_then(|judged| judged.claims.as_ref());
    let Some(subject) = claims.and_then(|claims| claims.subject.as_deref()) else {
        return Look::not_examined("no ID token with a sub that can be read was issued");
    };
    let is_hint = subject == flow.user;
    let seen = format!("sub {} for login_hint {:?}", quoted(subject), flow.user);
    let stricter = match is_hint {
        true => "; subject = \"hint\" in the target file would hold every token against its user",
        false => "",
    };
    match known.target.subject {
        SubjectRule::Hint if is_hint => Look::sound(format!("{seen}, as subject = \"hint\" says")),
        SubjectRule::Hint => Look::failed(
            format!("{seen}; subject = \"hint\" says that they are equal"),
            "target file: subject = \"stable_per_user\"; or server's console: where sub comes from",
        ),
        SubjectRule::StablePerUser => Look::sound(format!("{seen}; stable_per_user takes any{stricter}")),
        SubjectRule::Unchecked => Look::sound(format!("{seen}; unchecked{stricter}")),
    }
}

/// Whether a user whom nobody knows is refused (CIBA Core 1.0, 13).
pub(in super::super) fn unknown_user(user: &str, said: &Said) -> Look {
    let seen = format!("a request for {user:?} met {said}");
    match (said.status().unwrap_or_default(), said.code()) {
        (400..500, Some(_)) => Look::sound(format!("{seen}: refused")),
        (200, _) => Look::doubtful(
            format!("{seen}: acknowledged, as if the user were known"),
            "target file: conformance.unknown_user, a user whom the server does not know; servers that acknowledge anybody \
             fail the checks about unknown users",
        ),
        (_, _) => Look::doubtful(
            seen,
            "server's log: a user whom nobody knows should be refused with unknown_user_id",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, error, flow, known, known_with, plain};
    use super::*;
    use crate::ciba::DeliveryMode;
    use crate::doctor::finding::State;
    use std::time::Duration;

    fn look(change: impl FnOnce(&mut FlowSeen)) -> Look {
        let mut flow = flow(DeliveryMode::Poll);
        change(&mut flow);
        poll_flow(&flow)
    }

    #[test]
    fn a_poll_flow_ends_in_tokens_or_says_what_came_instead() {
        let ended = |outcome, said: Said| {
            look(|flow| {
                flow.ended = outcome;
                flow.polls[0].said = said;
            })
        };
        let pending = || error(400, "authorization_pending");
        let log = "server's log, at the requests with x-correlation-id 00ff-1";
        let breach = |rule: Rule| Breach { rule, detail: "expected this, got that".to_owned() };
        assert_looks([
            (
                look(|_| {}),
                State::Sound,
                "tokens 4.9 s after the approval, by poll number 1; the ID token's",
                "",
            ),
            (look(|flow| flow.channel = None), State::Sound, "tokens 5.1 s after the request", ""),
            (
                look(|flow| flow.breaches.push(breach(Rule::IdTokenIssuer))),
                State::Doubtful,
                "but expected this, got that (OpenID Connect Core 1.0, 3.1.3.7)",
                "ciba-bench conformance",
            ),
            (look(|flow| flow.breaches.push(breach(Rule::IdTokenSubject))), State::Sound, "tokens", ""),
            (
                look(|flow| {
                    let judged = flow.id_token.as_mut().unwrap();
                    (judged.signature_verified, judged.unsupported) = (false, Some("\"HS256\"".to_owned()));
                }),
                State::Doubtful,
                "cannot be verified: \"HS256\"",
                "RS256",
            ),
            (
                ended(None, pending()),
                State::Failed,
                "no tokens within 5 s although the approval was taken",
                log,
            ),
            (
                ended(Some(Outcome::Denied), error(400, "access_denied")),
                State::Failed,
                "although the user agreed",
                log,
            ),
            (
                ended(Some(Outcome::Refused), error(400, "invalid_grant")),
                State::Failed,
                "ended in refused",
                log,
            ),
            (
                look(|flow| {
                    (flow.ended, flow.asked, flow.took) = (None, 0, Duration::from_secs(30));
                }),
                State::Doubtful,
                "not over within the 30 s",
                "a shorter interval",
            ),
            (
                look(|flow| {
                    (flow.ended, flow.channel) = (None, None);
                    flow.polls[0].said = error(400, "authorization_pending");
                }),
                State::Doubtful,
                "nobody decided for \"alice\" within 5 s; the token endpoint said 400 authorization_pending",
                "\"alice\": run this again",
            ),
        ]);
    }

    #[test]
    fn the_subject_is_held_against_the_target_files_rule() {
        let look = |rule, sub: &str| {
            let mut flow = flow(DeliveryMode::Poll);
            flow.id_token.as_mut().unwrap().claims.as_mut().unwrap().subject = Some(sub.to_owned());
            subject(&known_with(|target| target.subject = rule), &flow)
        };
        let mut encrypted = flow(DeliveryMode::Poll);
        encrypted.id_token.as_mut().unwrap().claims = None;
        assert_looks([
            (look(SubjectRule::Hint, "alice"), State::Sound, "as subject = \"hint\" says", ""),
            (
                look(SubjectRule::Hint, "4711"),
                State::Failed,
                "sub \"4711\" for login_hint \"alice\"",
                "stable_per_user",
            ),
            (look(SubjectRule::StablePerUser, "4711"), State::Sound, "takes any", ""),
            (
                look(SubjectRule::StablePerUser, "alice"),
                State::Sound,
                "subject = \"hint\" in the target file would",
                "",
            ),
            (look(SubjectRule::Unchecked, "4711"), State::Sound, "unchecked", ""),
            (subject(&known(), &encrypted), State::NotExamined, "no ID token with a sub", ""),
        ]);
    }

    #[test]
    fn an_unknown_user_is_refused_in_whatever_words() {
        assert_looks([
            (unknown_user("nobody", &error(400, "unknown_user_id")), State::Sound, "\"nobody\" met 400", ""),
            (unknown_user("nobody", &error(400, "invalid_request")), State::Sound, "refused", ""),
            (unknown_user("nobody", &plain(200, "")), State::Doubtful, "as if", "conformance.unknown_user"),
            (unknown_user("nobody", &error(500, "server_error")), State::Doubtful, "500", "unknown_user_id"),
        ]);
    }
}
