use serde::{Deserialize, Serialize};

/// Longest body that is kept with an example, in bytes.
const BODY_SHOWN_MAX: usize = 2048;

/// One request and its answer as they are shown to the person who must act on them, with every secret struck out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Method and URL.
    pub request: String,
    /// The form that was sent, redacted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// Status of the answer; absent when none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's headers that matter, `name: value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// The answer's body, redacted and cut.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The `x-correlation-id` that this tool sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub correlation_id: String,
    /// The server's own trace id, from `x-trace-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// Characters of a secret that are shown, and how long it has to be for that.
const SHOWN: usize = 6;
const SHORT_MAX: usize = 8;

/// Members of a JSON answer, and parameters of a form, whose values are credentials.
pub(super) const SECRET_MEMBERS: [&str; 12] = [
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "registration_access_token",
    "client_assertion",
    "request",
    "client_notification_token",
    "id_token_hint",
    "login_hint_token",
    "user_code",
    "auth_req_id",
];

/// Makes a body fit to be shown: secrets in a JSON object or a form are struck out down to their first six characters,
/// and what is long is cut. A body that is neither is shown as it is, since it is what the server sent instead of an
/// answer.
pub fn redact_body(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let shown = match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(serde_json::Value::Object(mut members)) => {
            for (name, value) in &mut members {
                if let (true, serde_json::Value::String(secret)) =
                    (SECRET_MEMBERS.contains(&name.as_str()), value)
                {
                    *secret = strike_out(secret);
                }
            }
            serde_json::Value::Object(members).to_string()
        }
        Ok(_) | Err(_) => redact_form(&text),
    };
    cut(shown)
}

fn redact_form(text: &str) -> String {
    text.split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if SECRET_MEMBERS.contains(&name) => format!("{name}={}", strike_out(value)),
            Some(_) | None => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

fn strike_out(secret: &str) -> String {
    // Of a short one, such as a user code, the beginning would be all.
    let shown = if secret.len() > SHORT_MAX { SHOWN } else { 0 };
    format!("{}…", secret.chars().take(shown).collect::<String>())
}

fn cut(mut text: String) -> String {
    if text.len() > BODY_SHOWN_MAX {
        let end = (0..=BODY_SHOWN_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_struck_out_of_json_and_forms() {
        let json = redact_body(br#"{"access_token":"canary-access","expires_in":5,"id_token":"canary-id"}"#);
        assert_eq!(json, r#"{"access_token":"canary…","expires_in":5,"id_token":"canary…"}"#);
        let form = redact_body(b"grant_type=x&auth_req_id=canary-request&client_secret=canary-secret");
        assert_eq!(redact_body(b"login_hint=john&user_code=1234"), "login_hint=john&user_code=\u{2026}");
        assert_eq!(form, "grant_type=x&auth_req_id=canary…&client_secret=canary…");
    }

    #[test]
    fn what_is_no_answer_is_shown_and_cut() {
        assert_eq!(redact_body(b"<html>"), "<html>");
        let long = redact_body("é".repeat(BODY_SHOWN_MAX).as_bytes());
        assert!(long.len() <= BODY_SHOWN_MAX + '…'.len_utf8() && long.ends_with('…'));
    }
}
