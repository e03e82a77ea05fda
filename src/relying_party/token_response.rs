use crate::ciba::{Breach, ErrorCode, Rule, Secret};
use crate::record::{Answered, Sense};
use crate::transport::Answer;
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;

/// Tokens as they were issued (CIBA Core 1.0, 10.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The access token.
    pub access_token: Secret<String>,
    /// The ID token.
    pub id_token: Secret<String>,
    /// The refresh token, where one came.
    pub refresh_token: Option<Secret<String>>,
}

/// The members of a token response that are judged (RFC 6749, 5.1).
#[derive(Deserialize)]
struct Success<'a> {
    #[serde(borrow)]
    access_token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    token_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id_token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    refresh_token: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Error<'a> {
    #[serde(borrow)]
    error: Cow<'a, str>,
}

/// Reads a 200 of the token endpoint. `None` when it is no token response; what is wrong is added to `breaches`.
pub(super) fn read_tokens(answer: &Answer, breaches: &mut Vec<Breach>) -> Option<Tokens> {
    let no_store = answer.headers.get_all(CACHE_CONTROL).iter().any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case("no-store")))
    });
    if !no_store && serde_json::from_slice::<Success<'_>>(&answer.body).is_ok() {
        let detail = "no Cache-Control: no-store".to_owned();
        breaches.push(Breach { rule: Rule::TokenResponseCacheable, detail });
    }
    members(&answer.body, "status 200 and a body", breaches)
}

/// Reads the members of a token response, wherever they stand. `what` is what they stand in.
pub(super) fn members(body: &[u8], what: &str, breaches: &mut Vec<Breach>) -> Option<Tokens> {
    let mut breach = |detail: String| breaches.push(Breach { rule: Rule::TokenResponseForm, detail });
    let Ok(success) = serde_json::from_slice::<Success<'_>>(body) else {
        breach(format!("{what} that is no JSON token response"));
        return None;
    };
    let missing: Vec<_> = [
        ("access_token", &success.access_token),
        ("token_type", &success.token_type),
        ("id_token", &success.id_token),
    ]
    .into_iter()
    .filter(|(_, value)| value.as_deref().is_none_or(str::is_empty))
    .map(|(name, _)| name)
    .collect();
    if !missing.is_empty() {
        breach(format!("the token response lacks {}", missing.join(", ")));
    }
    Some(Tokens {
        access_token: Secret::new(success.access_token?.into_owned()),
        id_token: Secret::new(success.id_token?.into_owned()),
        refresh_token: success.refresh_token.map(|token| Secret::new(token.into_owned())),
    })
}

/// Classes an answer that is not a success, by its status and its `error` member (CIBA Core 1.0, 11 and 13).
pub(super) fn read_error(answer: &Answer) -> Answered {
    if matches!(answer.status, 429 | 503) {
        return Answered::Unavailable;
    }
    let code =
        serde_json::from_slice::<Error<'_>>(&answer.body).ok().map(|error| ErrorCode::parse(&error.error));
    match (answer.status, code) {
        (500.., _) => Answered::ServerError,
        (400..500, Some(code)) => answered(code),
        _ => Answered::Unreadable,
    }
}

fn answered(code: ErrorCode) -> Answered {
    match code {
        ErrorCode::AuthorizationPending => Answered::AuthorizationPending,
        ErrorCode::SlowDown => Answered::SlowDown,
        ErrorCode::ExpiredToken => Answered::ExpiredToken,
        ErrorCode::AccessDenied => Answered::AccessDenied,
        ErrorCode::InvalidGrant => Answered::InvalidGrant,
        ErrorCode::InvalidRequest => Answered::InvalidRequest,
        ErrorCode::InvalidClient => Answered::InvalidClient,
        ErrorCode::UnauthorizedClient => Answered::UnauthorizedClient,
        ErrorCode::UnsupportedGrantType => Answered::UnsupportedGrantType,
        ErrorCode::InvalidScope => Answered::InvalidScope,
        ErrorCode::UnknownUserId => Answered::UnknownUserId,
        ErrorCode::InvalidBindingMessage => Answered::InvalidBindingMessage,
        ErrorCode::ServerError => Answered::ServerError,
        ErrorCode::ExpiredLoginHintToken
        | ErrorCode::MissingUserCode
        | ErrorCode::InvalidUserCode
        | ErrorCode::TransactionFailed
        | ErrorCode::Other => Answered::OtherError,
    }
}

/// Judges the status and the code of a token error (CIBA Core 1.0, 11; RFC 6749, 5.2).
pub(super) fn judge_token_error(answer: &Answer, answered: Answered, breaches: &mut Vec<Breach>) {
    if answered.sense() != Sense::Refusal {
        return;
    }
    let elsewhere = [Answered::OtherError, Answered::UnknownUserId, Answered::InvalidBindingMessage];
    if elsewhere.contains(&answered) {
        let detail = format!("a token error that section 11 does not name, status {}", answer.status);
        breaches.push(Breach { rule: Rule::TokenErrorCode, detail });
        return;
    }
    let expected = if answered == Answered::InvalidClient { &[401, 400][..] } else { &[400] };
    if !expected.contains(&answer.status) {
        let detail = format!("{answered} with status {}, expected {}", answer.status, expected[0]);
        breaches.push(Breach { rule: Rule::TokenErrorStatus, detail });
    }
}

/// `Retry-After` in seconds (RFC 9110, 10.2.3). A date is not followed: it needs the server's clock.
pub(super) fn retry_after(answer: &Answer) -> Option<Duration> {
    answer.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn answer(status: u16, body: &str, cache: Option<&'static str>) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(value) = cache {
            headers.insert(CACHE_CONTROL, http::HeaderValue::from_static(value));
        }
        Answer { status, headers, body: body.to_owned().into() }
    }

    #[test]
    fn tokens_are_judged() {
        let full = r#"{"access_token":"a","token_type":"Bearer","id_token":"i","expires_in":1}"#;
        for (body, cache, complete, rules) in [
            (full, Some("no-store"), true, &[][..]),
            (full, Some("private, No-Store"), true, &[]),
            (full, Some("no-cache"), true, &[Rule::TokenResponseCacheable]),
            (full, None, true, &[Rule::TokenResponseCacheable]),
            (r#"{"access_token":"a","id_token":"i"}"#, Some("no-store"), true, &[Rule::TokenResponseForm]),
            (
                r#"{"access_token":"a","token_type":"Bearer"}"#,
                Some("no-store"),
                false,
                &[Rule::TokenResponseForm],
            ),
            (r#"{"access_token":5}"#, Some("no-store"), false, &[Rule::TokenResponseForm]),
            ("<html>", Some("no-store"), false, &[Rule::TokenResponseForm]),
        ] {
            let mut breaches = Vec::new();
            let tokens = read_tokens(&answer(200, body, cache), &mut breaches);
            let broken: Vec<_> = breaches.iter().map(|breach| breach.rule).collect();
            assert_eq!((tokens.is_some(), broken.as_slice()), (complete, rules), "{body} {cache:?}");
        }
    }

    #[test]
    fn errors_are_classed_by_status_and_code() {
        use Answered::*;
        for (status, body, expected, rules) in [
            (400, r#"{"error":"authorization_pending"}"#, AuthorizationPending, &[][..]),
            (403, r#"{"error":"access_denied"}"#, AccessDenied, &[Rule::TokenErrorStatus]),
            (401, r#"{"error":"invalid_client"}"#, InvalidClient, &[]),
            (400, r#"{"error":"fancy"}"#, OtherError, &[Rule::TokenErrorCode]),
            (400, "<html>no</html>", Unreadable, &[]),
            (400, r#"{"error":7}"#, Unreadable, &[]),
            (302, "", Unreadable, &[]),
            (500, r#"{"error":"server_error"}"#, ServerError, &[]),
            (502, "<html>bad gateway</html>", ServerError, &[]),
            (503, "", Unavailable, &[]),
            (429, "Too many requests", Unavailable, &[]),
        ] {
            let answer = answer(status, body, None);
            let mut breaches = Vec::new();
            let answered = read_error(&answer);
            judge_token_error(&answer, answered, &mut breaches);
            let broken: Vec<_> = breaches.iter().map(|breach| breach.rule).collect();
            assert_eq!((answered, broken.as_slice()), (expected, rules), "{status} {body}");
        }
    }
}
