use crate::conformance::scene::{Seen, cut};
use crate::conformance::{Claim, Scene, Unheld};
use serde_json::Value;
use url::Url;

/// The codes of CIBA Core 1.0, 13.
const CODES: [&str; 10] = [
    "invalid_request",
    "invalid_scope",
    "expired_login_hint_token",
    "unknown_user_id",
    "unauthorized_client",
    "missing_user_code",
    "invalid_user_code",
    "invalid_binding_message",
    "invalid_client",
    "access_denied",
];

/// The error is a JSON object that says which one it is.
pub const ERROR_IN_JSON: Claim =
    Claim::Holds("application/json with an error member that is a text", |scene: &Scene| {
        let answer = refused(scene)?;
        match (answer.media_type().as_deref(), answer.error()) {
            (Some("application/json"), Some(error)) if !error.is_empty() => Ok(()),
            (Some("application/json"), _) => Err("no error member that is a text".into()),
            (Some(other), _) => Err(cut(other).into()),
            (None, _) => Err("no Content-Type".into()),
        }
    });

/// The code is one of section 13.
pub const ERROR_LISTED: Claim =
    Claim::Holds("an error code of CIBA Core 1.0, 13", |scene: &Scene| match refused(scene)?.error() {
        Some(code) if CODES.contains(&code) => Ok(()),
        Some(code) => Err(format!("{:?}", cut(code)).into()),
        None => Err("no error code".into()),
    });

/// What the error says in words keeps to the characters of RFC 6749, 5.2, where it says anything.
pub const DESCRIPTION_IN_ITS_CHARACTERS: Claim =
    Claim::Holds("an error_description of its characters, if there is one", |scene: &Scene| {
        refused(scene)?.member("error_description").map_or(Ok(()), description)
    });

/// What the error points to is a URI reference, where it points to anything.
pub const ERROR_URI_IS_URI: Claim =
    Claim::Holds("an error_uri that is a URI reference, if there is one", |scene: &Scene| {
        let answer = refused(scene)?;
        let base = &scene.surface.facts.backchannel_authentication_endpoint;
        answer.member("error_uri").map_or(Ok(()), |uri| uri_reference(uri, base))
    });

/// The last answer, where it is an authentication error: a request that was taken, and a server that is in trouble, say
/// nothing about how errors are worded.
fn refused(scene: &Scene) -> Result<&Seen, Unheld> {
    let answer = scene.answer()?;
    match answer.status() {
        Some(400..=428 | 430..500) => Ok(answer),
        Some(_) | None => Err(Unheld::Unclear(answer.in_words())),
    }
}

fn description(value: &Value) -> Result<(), Unheld> {
    let Value::String(text) = value else { return Err("one that is not a text".into()) };
    match text.chars().find(|c| !is_text_character(*c)) {
        None => Ok(()),
        Some(odd) => Err(format!("one with the character U+{:04X}", u32::from(odd)).into()),
    }
}

/// Whether `error` and `error_description` may hold the character (RFC 6749, 5.2).
pub(super) fn is_text_character(character: char) -> bool {
    matches!(character, ' '..='!' | '#'..='[' | ']'..='~')
}

/// RFC 3986, 4.1, of which the characters and what the URL parser notices are looked at.
fn uri_reference(value: &Value, base: &Url) -> Result<(), Unheld> {
    let Value::String(text) = value else { return Err("one that is not a text".into()) };
    let odd =
        |c: &char| !c.is_ascii_graphic() || matches!(c, '"' | '\\' | '<' | '>' | '^' | '`' | '{' | '|' | '}');
    match text.chars().find(odd) {
        Some(odd) => Err(format!("one with the character U+{:04X}", u32::from(odd)).into()),
        None if text.is_empty() || base.join(text).is_err() => Err("one that is no URI reference".into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn descriptions_are_printable_ascii_without_quotes() {
        for good in ["", "the user is unknown", "!#[]~ it's 100%"] {
            assert_eq!(description(&json!(good)), Ok(()), "{good}");
        }
        for bad in ["\"x\"", "a\\b", "d\u{e9}sol\u{e9}", "a\nb", "\u{7f}"] {
            assert!(matches!(description(&json!(bad)), Err(Unheld::No(_))), "{bad:?}");
        }
        assert_eq!(description(&json!("\u{e9}")), Err("one with the character U+00E9".into()));
        assert!(description(&json!(7)).is_err() && description(&json!(null)).is_err());
    }

    #[test]
    fn uri_references_may_be_relative() {
        let base = Url::parse("https://op.example/bc").unwrap();
        for good in ["https://op.example/errors#1", "/errors/7?a=b", "errors", "mailto:a@b.example"] {
            assert_eq!(uri_reference(&json!(good), &base), Ok(()), "{good}");
        }
        for bad in ["", "not a uri", "https://", "https://[::1", "a\\b", "h\u{e9}", "{id}"] {
            assert!(matches!(uri_reference(&json!(bad), &base), Err(Unheld::No(_))), "{bad:?}");
        }
    }
}
