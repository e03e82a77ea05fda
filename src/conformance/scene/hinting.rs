//! Tokens that serve as hints: sound ones, and such as no server may take.

use super::{FlowSeen, Scene};
use crate::conformance::{Stop, TokenForm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// How long ago an expired token ended.
const LONG_AGO: Duration = Duration::from_secs(3_600);
/// Longest lifetime of an ID token whose end is waited for. Five minutes are a usual one.
const ID_TOKEN_LIFETIME_MAX: Duration = Duration::from_secs(5 * 60);
/// What is taken for the end of time: a century, beyond which no instant can be reckoned with.
const EXPIRY_MAX: Duration = Duration::from_secs(100 * 365 * 86_400);
/// Who never issued anything.
const ANOTHER_ISSUER: &str = "https://another-issuer.example";

impl Scene {
    /// A login hint token about the check's first user.
    pub(super) fn login_hint_token(&self, form: TokenForm) -> Result<String, Stop> {
        let Some(tokens) = &self.surface.hints.login_hint_tokens else {
            return Err(Stop::NotApplicable("nothing makes login hint tokens".to_owned()));
        };
        let user = self.users.first().map(String::as_str).unwrap_or_default();
        let now = self.surface.clock.wall(self.surface.clock.now());
        let mut claims = tokens.claims(user, now);
        match form {
            TokenForm::Sound | TokenForm::Changed | TokenForm::Unsigned => {}
            TokenForm::OfAnotherIssuer => claims["iss"] = json!(ANOTHER_ISSUER),
            TokenForm::Expired => {
                claims = tokens.claims(user, now.saturating_sub(tokens.lifetime + LONG_AGO));
            }
        }
        let token = tokens.key.sign(&claims).map_err(|error| Stop::Broken(error.to_string()))?;
        match form {
            TokenForm::Sound | TokenForm::OfAnotherIssuer | TokenForm::Expired => Ok(token),
            TokenForm::Changed => {
                let other = self.users.get(1).or(self.users.first()).cloned().unwrap_or_default();
                changed(&token, "sub", json!(other))
            }
            TokenForm::Unsigned => unsigned(&token),
        }
    }

    /// The ID token of the check's first flow that got one.
    pub(super) fn id_token_hint(&self, form: TokenForm) -> Result<String, Stop> {
        let token = self.flows.iter().find_map(|flow| flow.tokens.as_ref()?.id_token.as_deref()).ok_or_else(
            || Stop::Inconclusive {
                expected: "an ID token of an earlier flow".to_owned(),
                actual: "there is none".to_owned(),
            },
        )?;
        match form {
            TokenForm::Sound => Ok(token.to_owned()),
            // Whom it is about stays the same: a server that does not verify it takes it, then.
            TokenForm::Changed => changed(token, "changed", json!(true)),
            TokenForm::Unsigned => unsigned(token),
            TokenForm::OfAnotherIssuer => changed(token, "iss", json!(ANOTHER_ISSUER)),
            TokenForm::Expired => {
                Err(Stop::Broken("the script wants an ID token to have expired at once".to_owned()))
            }
        }
    }

    /// When the flow's ID token expires, by its own word.
    pub(super) fn id_token_expiry(&self, flow: &FlowSeen) -> Result<Instant, Stop> {
        let token = flow.tokens.as_ref().and_then(|tokens| tokens.id_token.as_deref());
        let claims = claims(parts(token.ok_or_else(|| no_id_token("the flow has none"))?)?[1])?;
        // A NumericDate may have a fraction; a server that rounds is given the next whole second.
        let exp = claims.get("exp").and_then(Value::as_f64).ok_or_else(|| no_id_token("it has no exp"))?;
        let clock = &self.surface.clock;
        let start = clock.wall(clock.start()).as_secs_f64();
        let until = Duration::try_from_secs_f64((exp.ceil() - start).max(0.0));
        let until = until.ok().filter(|until| *until < EXPIRY_MAX).map(|until| clock.start() + until);
        // Counted from when it was issued, so that a check does not begin to wait and then give up.
        let issued = flow.tokens.as_ref().map_or(clock.now(), |tokens| tokens.at);
        until.filter(|until| until.saturating_duration_since(issued) <= ID_TOKEN_LIFETIME_MAX).ok_or_else(
            || {
                let max = ID_TOKEN_LIFETIME_MAX.as_secs();
                Stop::NotApplicable(format!(
                    "the end of an ID token is not waited for that lives longer than {max} s"
                ))
            },
        )
    }
}

fn no_id_token(actual: &str) -> Stop {
    Stop::Inconclusive { expected: "an ID token that expires".to_owned(), actual: actual.to_owned() }
}

/// The token with another claim under its old signature.
fn changed(token: &str, claim: &str, value: Value) -> Result<String, Stop> {
    let [header, payload, signature] = parts(token)?;
    let mut claims = claims(payload)?;
    claims.insert(claim.to_owned(), value);
    let payload = URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string());
    Ok(format!("{header}.{payload}.{signature}"))
}

/// The token without its signature, and with a header that says so (RFC 7515, Appendix A.5).
fn unsigned(token: &str) -> Result<String, Stop> {
    let [_, payload, _] = parts(token)?;
    Ok(format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#)))
}

fn claims(payload: &str) -> Result<Map<String, Value>, Stop> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(unreadable)
}

fn parts(token: &str) -> Result<[&str; 3], Stop> {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().map_err(|_| unreadable())
}

/// An encrypted ID token, for example.
fn unreadable() -> Stop {
    Stop::NotApplicable(
        "the token is not a JWT that this tool can read, so it cannot be judged by".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_forged_as_said() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let token = format!("{}.{}.c2ln", part(r#"{"alg":"ES256"}"#), part(r#"{"sub":"john","exp":1}"#));
        let forged = changed(&token, "sub", json!("jane")).unwrap();
        assert_eq!(
            forged,
            format!("{}.{}.c2ln", part(r#"{"alg":"ES256"}"#), part(r#"{"exp":1,"sub":"jane"}"#))
        );
        assert_eq!(
            unsigned(&token).unwrap(),
            format!("{}.{}.", part(r#"{"alg":"none"}"#), part(r#"{"sub":"john","exp":1}"#))
        );
        for token in ["opaque", "a.b.c.d.e", "a.b.c"] {
            assert!(matches!(changed(token, "sub", json!("jane")), Err(Stop::NotApplicable(_))), "{token}");
        }
    }
}
