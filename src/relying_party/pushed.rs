use super::RelyingParty;
use super::token_response::members;
use crate::ciba::{AuthReqId, Breach, ErrorCode, Rule, Secret};
use crate::flow::PushAnswer;
use crate::record::{Event, Exchange, redact_body};
use bytes::Bytes;
use serde::Deserialize;
use std::borrow::Cow;

/// What became of a push.
#[derive(Debug)]
pub struct PushTaken {
    /// What it says, as the flow takes it.
    pub answer: PushAnswer,
    /// The access token, when tokens came.
    pub access_token: Option<Secret<String>>,
    /// What there is to be counted of the ID token.
    pub id_token: Option<Event>,
    /// Rules that the push broke.
    pub breaches: Vec<Breach>,
    /// The push, where it is worth showing: as a request of the server's.
    pub exchange: Option<Box<Exchange>>,
}

/// What every push says, tokens or not.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    auth_req_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error: Option<Cow<'a, str>>,
}

impl RelyingParty {
    /// Reads a push (CIBA Core 1.0, 10.3.1 and 12) and holds it against the request that it claims to answer. Its bearer
    /// token was found to be the request's.
    pub async fn take_push(&self, auth_req_id: &AuthReqId, user: &str, body: &Secret<Bytes>) -> PushTaken {
        let mut breaches = Vec::new();
        let (mut access_token, mut id_token) = (None, None);
        let answer = match read(body.expose(), auth_req_id, &mut breaches) {
            Read::Tokens => match members(body.expose(), "a push", &mut breaches) {
                Some(tokens) => {
                    id_token = self.verify(&tokens, auth_req_id, user, true, &mut breaches).await;
                    access_token = Some(tokens.access_token);
                    PushAnswer::Tokens
                }
                None => PushAnswer::Unusable,
            },
            Read::Error(answer) => answer,
            Read::Unusable => PushAnswer::Unusable,
        };
        let exchange = (!breaches.is_empty()).then(|| shown(body.expose()));
        PushTaken { answer, access_token, id_token, breaches, exchange }
    }
}

/// What kind of push it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Tokens,
    Error(PushAnswer),
    Unusable,
}

/// Tells tokens from errors. What is not this request's is not looked into (10.3.1: the client makes sure that the bearer
/// token of a push belongs to its `auth_req_id`).
fn read(body: &[u8], own: &AuthReqId, breaches: &mut Vec<Breach>) -> Read {
    let mut breach = |rule, detail: String| breaches.push(Breach { rule, detail });
    let Ok(push) = serde_json::from_slice::<Envelope<'_>>(body) else {
        let detail =
            format!("a push of {} bytes that are no JSON object as section 10.3.1 has it", body.len());
        breach(Rule::TokenResponseForm, detail);
        return Read::Unusable;
    };
    match push.auth_req_id.as_deref() {
        Some(named) if named == own.as_str() => {}
        Some(_) => {
            breach(
                Rule::PingAuthReqId,
                "the push names another auth_req_id than the acknowledgement".to_owned(),
            );
            return Read::Unusable;
        }
        None => {
            breach(Rule::PingAuthReqId, "expected auth_req_id as a string in the push, got none".to_owned());
            return Read::Unusable;
        }
    }
    let Some(error) = push.error else { return Read::Tokens };
    let code = ErrorCode::parse(&error);
    let known = [
        (ErrorCode::AccessDenied, PushAnswer::Denied),
        (ErrorCode::ExpiredToken, PushAnswer::Expired),
        (ErrorCode::TransactionFailed, PushAnswer::Failed),
    ];
    match known.into_iter().find(|(named, _)| *named == code) {
        Some((_, answer)) => Read::Error(answer),
        None => {
            breach(Rule::PushErrorCode, "a pushed error that section 12 does not name".to_owned());
            Read::Error(PushAnswer::Failed)
        }
    }
}

fn shown(body: &[u8]) -> Box<Exchange> {
    Box::new(Exchange {
        request: "POST (push to the client notification endpoint)".to_owned(),
        form: redact_body(body),
        status: None,
        headers: Vec::new(),
        body: String::new(),
        correlation_id: String::new(),
        trace_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn own() -> AuthReqId {
        AuthReqId::opaque("request-1")
    }

    #[test]
    fn each_push_is_what_it_says_or_nothing() {
        let error = |code: &str| format!(r#"{{"auth_req_id":"request-1","error":"{code}"}}"#);
        let huge = format!(r#"{{"auth_req_id":"request-1","x":"{}"#, "x".repeat(70_000));
        for (body, expected, rules) in [
            (r#"{"auth_req_id":"request-1","access_token":"a"}"#, Read::Tokens, &[][..]),
            (&error("access_denied"), Read::Error(PushAnswer::Denied), &[]),
            (&error("expired_token"), Read::Error(PushAnswer::Expired), &[]),
            (&error("transaction_failed"), Read::Error(PushAnswer::Failed), &[]),
            (&error("authorization_pending"), Read::Error(PushAnswer::Failed), &[Rule::PushErrorCode]),
            (&error("fancy"), Read::Error(PushAnswer::Failed), &[Rule::PushErrorCode]),
            (r#"{"auth_req_id":"request-2","access_token":"a"}"#, Read::Unusable, &[Rule::PingAuthReqId]),
            (r#"{"access_token":"a"}"#, Read::Unusable, &[Rule::PingAuthReqId]),
            (r#"{"auth_req_id":7}"#, Read::Unusable, &[Rule::TokenResponseForm]),
            (
                r#"{"auth_req_id":"request-1","auth_req_id":"request-2"}"#,
                Read::Unusable,
                &[Rule::TokenResponseForm],
            ),
            (r#"["request-1"]"#, Read::Unusable, &[Rule::TokenResponseForm]),
            ("auth_req_id=request-1", Read::Unusable, &[Rule::TokenResponseForm]),
            ("", Read::Unusable, &[Rule::TokenResponseForm]),
            (&huge, Read::Unusable, &[Rule::TokenResponseForm]),
        ] {
            let mut breaches = Vec::new();
            let got = read(body.as_bytes(), &own(), &mut breaches);
            let broken: Vec<_> = breaches.iter().map(|breach| breach.rule).collect();
            let beginning: String = body.chars().take(60).collect();
            assert_eq!((got, broken.as_slice()), (expected, rules), "{beginning}");
        }
    }

    proptest! {
        #[test]
        fn no_push_makes_it_panic_or_passes_for_tokens_of_another_request(body in ".{0,200}") {
            let got = read(body.as_bytes(), &own(), &mut Vec::new());
            prop_assert!(got == Read::Unusable || body.contains("request-1"));
        }
    }
}
