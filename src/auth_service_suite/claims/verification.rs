use super::answers::{answer, in_time, quoted, status};
use crate::auth_service_suite::{Claim, Unheld};
use crate::transport::Answer;
use serde_json::Value;

/// The user is known.
pub const VALID: Claim = Claim("200 with `valid` true", |scene| {
    let answer = answer(scene.verify()?)?;
    let valid = answer.status == 200 && says(answer) == Some(true);
    if valid { Ok(()) } else { Err(Unheld::No(quoted(answer))) }
});

/// The user is not known.
pub const INVALID: Claim = Claim("200 with `valid` false, or 404", |scene| {
    let answer = answer(scene.verify()?)?;
    let invalid = answer.status == 404 || (answer.status == 200 && says(answer) == Some(false));
    if invalid { Ok(()) } else { Err(Unheld::No(quoted(answer))) }
});

/// Whatever it says, it says it as it should.
pub const BOOLEAN: Claim = Claim("`valid` to be true or false, without quotes", |scene| {
    let answer = answer(scene.verify()?)?;
    match (answer.status, valid(answer)) {
        (200, Some(Value::Bool(_))) | (404, None | Some(Value::Bool(_))) => Ok(()),
        (200 | 404, _) => Err(Unheld::No(quoted(answer))),
        (_, _) => Err(Unheld::Unclear(quoted(answer))),
    }
});

/// The answer is declared as what it is.
pub const JSON: Claim = Claim("content-type application/json", |scene| {
    let answer = answer(scene.verify()?)?;
    let declared = answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("none");
    let kind = declared.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") { Ok(()) } else { Err(Unheld::No(declared.to_owned())) }
});

/// The request was understood, whoever the user is.
pub const READ: Claim = Claim("200 with `valid`, or 404", |scene| {
    let answer = answer(scene.verify()?)?;
    let read = answer.status == 404 || (answer.status == 200 && says(answer).is_some());
    if read { Ok(()) } else { Err(Unheld::No(quoted(answer))) }
});

/// A request that cannot be read was refused.
pub const REFUSED_VERIFY: Claim =
    Claim("a status from 400 to 499", |scene| status(scene.verify()?, |status| (400..500).contains(&status)));

/// The answer came at once.
pub const IN_TIME_VERIFY: Claim = Claim("an answer within 5 s", |scene| in_time(scene.verify()?));

/// Whoever is refused is told how to authenticate.
pub const CHALLENGE: Claim = Claim("a WWW-Authenticate header that names Basic", |scene| {
    let answer = answer(scene.verify()?)?;
    let named = answer.headers.get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok());
    let mut basic = named.map(|value| value.trim_start().to_ascii_lowercase());
    match basic.any(|value| value.starts_with("basic")) {
        true => Ok(()),
        false => Err(Unheld::No("401 without such a header".to_owned())),
    }
});

fn valid(answer: &Answer) -> Option<Value> {
    serde_json::from_slice::<Value>(&answer.body).ok()?.get("valid").cloned()
}

/// What `valid` means, in whatever form: that its form is right is a claim of its own.
fn says(answer: &Answer) -> Option<bool> {
    match valid(answer)? {
        Value::Bool(valid) => Some(valid),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
