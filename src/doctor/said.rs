use crate::ciba::ErrorCode;
use crate::transport::{Answer, Failure};
use http::header::{AGE, DATE, LOCATION};
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;
use std::fmt;

/// Most of a server's text that a finding quotes, in characters.
const QUOTED_MAX: usize = 160;

/// What a request was answered with, as a finding can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// There is no answer.
    Nothing(Failure),
    /// An answer.
    Answer(AnswerSaid),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AnswerSaid {
    pub(super) status: u16,
    /// The `error` member.
    pub(super) error: Option<String>,
    /// The `error_description` member.
    pub(super) description: Option<String>,
    /// How a body begins that has no `error` member; empty for a success, whose body is nobody's business.
    pub(super) begins: String,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    /// `Date`, in seconds since the Unix epoch. Absent where a cache gave the answer.
    pub(super) date: Option<i64>,
}

impl Said {
    pub(super) fn of(result: &Result<Answer, Failure>) -> Self {
        match result {
            Err(failure) => Said::Nothing(failure.clone()),
            Ok(answer) => Said::Answer(AnswerSaid::of(answer)),
        }
    }

    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Said::Nothing(_) => None,
            Said::Answer(answer) => Some(answer.status),
        }
    }

    pub(super) fn date(&self) -> Option<i64> {
        match self {
            Said::Nothing(_) => None,
            Said::Answer(answer) => answer.date,
        }
    }

    /// The error, where there is one in the protocol's form.
    pub(super) fn code(&self) -> Option<ErrorCode> {
        match self {
            Said::Nothing(_) => None,
            Said::Answer(answer) => answer.error.as_deref().map(ErrorCode::parse),
        }
    }
}

impl AnswerSaid {
    fn of(answer: &Answer) -> Self {
        let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let text = |name: &str| Some(json.as_ref()?.get(name)?.as_str()?.to_owned());
        let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let error = text("error");
        let begins = match (&error, answer.status) {
            (None, 300..) => String::from_utf8_lossy(&answer.body).chars().take(QUOTED_MAX).collect(),
            (Some(_), _) | (None, _) => String::new(),
        };
        let date = header(DATE).filter(|_| !answer.headers.contains_key(AGE)).and_then(seconds);
        AnswerSaid {
            status: answer.status,
            error,
            description: text("error_description"),
            begins,
            location: header(LOCATION).map(str::to_owned),
            date,
        }
    }
}

/// An HTTP date (RFC 9110, 5.6.7) in seconds since the Unix epoch.
fn seconds(date: &str) -> Option<i64> {
    DateTimeParser::new().parse_timestamp(date).ok().map(|timestamp| timestamp.as_second())
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = match self {
            Said::Nothing(failure) => return write!(f, "{failure}"),
            Said::Answer(answer) => answer,
        };
        write!(f, "{}", answer.status)?;
        match (&answer.error, &answer.description) {
            (Some(error), Some(description)) => write!(f, " {} ({})", plain(error), quoted(description))?,
            (Some(error), None) => write!(f, " {}", plain(error))?,
            (None, _) if !answer.begins.is_empty() => write!(f, " {}", quoted(&answer.begins))?,
            (None, _) => {}
        }
        match &answer.location {
            Some(location) => write!(f, ", a redirect to {}", quoted(location)),
            None => Ok(()),
        }
    }
}

/// A server's text in quotes: nothing in it steers a terminal, and what is long is cut.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", cut(text))
}

/// The same without the quotes, for words of the protocol.
fn plain(text: &str) -> String {
    cut(text).escape_debug().to_string()
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(QUOTED_MAX).collect();
    if text.chars().nth(QUOTED_MAX).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue};
    use std::time::Duration;

    fn said(status: u16, headers: &[(http::HeaderName, &'static str)], body: &str) -> Said {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name, HeaderValue::from_static(value));
        }
        Said::of(&Ok(Answer { status, headers: map, body: body.to_owned().into() }))
    }

    #[test]
    fn an_answer_is_told_in_a_few_words() {
        for (said, expected) in [
            (said(400, &[], r#"{"error":"invalid_grant"}"#), "400 invalid_grant"),
            (
                said(401, &[], r#"{"error":"invalid_client","error_description":"no \u001b[31m secret"}"#),
                "401 invalid_client (\"no \\u{1b}[31m secret\")",
            ),
            (said(404, &[], "<html>\nno"), "404 \"<html>\\nno\""),
            (said(500, &[], ""), "500"),
            (said(200, &[], r#"{"access_token":"canary"}"#), "200"),
            (
                said(302, &[(LOCATION, "https://login.test/")], ""),
                "302, a redirect to \"https://login.test/\"",
            ),
            (Said::Nothing(Failure::TimedOut(Duration::from_secs(8))), "no answer within 8000 ms"),
        ] {
            assert_eq!(said.to_string(), expected);
        }
        let long = said(400, &[], &"x".repeat(1000)).to_string();
        assert!(long.chars().count() <= QUOTED_MAX + 10, "{long}");
    }

    #[test]
    fn the_date_is_the_servers_own_or_none() {
        const SUNDAY: (http::HeaderName, &str) = (DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(said(400, &[SUNDAY], "").date(), Some(784_111_777));
        assert_eq!(said(400, &[SUNDAY, (AGE, "17")], "").date(), None);
        assert_eq!(said(400, &[(DATE, "yesterday")], "").date(), None);
        assert_eq!(said(400, &[], "").date(), None);
    }
}
