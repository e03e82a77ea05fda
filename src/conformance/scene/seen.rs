use crate::transport::{Answer, Failure, Timeline};
use http::HeaderName;
use serde_json::Value;

/// One answer, read once.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The answer, or why there is none.
    pub result: Result<Answer, Failure>,
    /// When.
    pub timeline: Timeline,
    /// The body as JSON, where it is some.
    pub json: Option<Value>,
    /// Whether this tool polled faster than the interval allows, on purpose.
    pub early: bool,
}

impl Seen {
    /// Reads an answer.
    pub fn new(result: Result<Answer, Failure>, timeline: Timeline, early: bool) -> Self {
        let json = result.as_ref().ok().and_then(|answer| serde_json::from_slice(&answer.body).ok());
        Seen { result, timeline, json, early }
    }

    /// The status; `None` without an answer.
    pub fn status(&self) -> Option<u16> {
        self.result.as_ref().ok().map(|answer| answer.status)
    }

    /// A member of the JSON object.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.json.as_ref()?.get(name)
    }

    /// A member that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.as_str()
    }

    /// The `error` member.
    pub fn error(&self) -> Option<&str> {
        self.text("error")
    }

    /// A header's first value, as text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.result.as_ref().ok()?.headers.get(name)?.to_str().ok()
    }

    /// Whether the header, a comma-separated list, names this directive.
    pub fn directs(&self, name: &HeaderName, directive: &str) -> bool {
        let Ok(answer) = &self.result else { return false };
        answer
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|part| part.trim().eq_ignore_ascii_case(directive))
    }

    /// The media type of the body without its parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(&http::header::CONTENT_TYPE)?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The answer in a few words: `400 slow_down`, `200`, `500 (text/html)`, `no answer: …`.
    pub fn in_words(&self) -> String {
        match &self.result {
            Err(failure) => format!("no answer: {failure}"),
            Ok(answer) => match (self.error(), self.media_type()) {
                (Some(error), _) => format!("{} {}", answer.status, cut(error)),
                (None, Some(media)) if media != "application/json" => {
                    format!("{} ({})", answer.status, cut(&media))
                }
                (None, Some(_) | None) => answer.status.to_string(),
            },
        }
    }

    /// Whether the server turned the caller away: 429 or 503.
    pub fn turned_away(&self) -> bool {
        matches!(self.status(), Some(429 | 503))
    }

    /// Whether a gateway answered that it got no answer from the server: 502 or 504.
    pub fn cut_off(&self) -> bool {
        matches!(self.status(), Some(502 | 504))
    }

    /// Whether the server says that it failed itself: 500 to 599.
    pub fn server_failed(&self) -> bool {
        matches!(self.status(), Some(500..600))
    }

    /// Whether this is a pending answer: `authorization_pending` or `slow_down`.
    pub fn unsettled(&self) -> bool {
        matches!(self.error(), Some("authorization_pending" | "slow_down"))
    }
}

/// Longest text of a server's that a sentence of ours quotes, in characters.
const QUOTED_MAX: usize = 60;

/// A server's text, fit for a sentence of ours.
pub fn cut(text: &str) -> String {
    let mut quoted: String =
        text.chars().take(QUOTED_MAX).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(QUOTED_MAX).is_some() {
        quoted.push('…');
    }
    quoted
}
