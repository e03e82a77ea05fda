//! What a push client gets (CIBA Core 1.0, 10.3.1 and 12).

use super::authentication_errors::is_text_character;
use crate::conformance::scene::cut;
use crate::conformance::{Claim, PING_PATIENCE, PING_SILENCE, PingSeen, Pushed, Scene, Unheld};
use serde_json::Value;

/// The codes of CIBA Core 1.0, 12.
const CODES: [&str; 3] = ["access_denied", "expired_token", "transaction_failed"];

/// The awaited push came, in whatever shape.
pub const PUSHED: Claim = Claim::Holds("a push", |scene| match scene.flow()?.ping {
    Some(_) => Ok(()),
    None => Err(Unheld::No(format!("none within {} s", PING_PATIENCE.as_secs()))),
});

/// A push that failed came once more.
pub const PUSHED_TWICE: Claim = Claim::Holds("the push once more", |scene| PUSHED.holds(scene));

/// None came while one was listened for.
pub const NOT_PUSHED_AGAIN: Claim =
    Claim::Holds("no further push meanwhile", |scene| match scene.flow()?.ping {
        Some(_) => Err(Unheld::No(format!("one within {} s", PING_SILENCE.as_secs()))),
        None => Ok(()),
    });

/// It holds the tokens.
pub const PUSHED_TOKENS: Claim = Claim::Holds("a push with an access token and an ID token", |scene| {
    let push = pushed(scene)?;
    match (push.text("access_token"), push.text("id_token")) {
        (Some(_), Some(_)) => Ok(()),
        (Some(_), None) => Err("no id_token".into()),
        (None, _) => Err(Unheld::No(push.in_words())),
    }
});

/// No tokens were pushed meanwhile; an error may have been.
pub const NO_PUSHED_TOKENS: Claim = Claim::Holds("no tokens meanwhile", |scene| match &scene.flow()?.push {
    Some(push) if push.member("access_token").is_some() => Err(Unheld::No(push.in_words())),
    Some(_) | None => Ok(()),
});

/// It is what a token endpoint would have answered, and says for which request.
pub const PUSHED_TOKENS_COMPLETE: Claim =
    Claim::Holds("access_token, token_type, id_token and auth_req_id, each a text", |scene| {
        let push = pushed(scene)?;
        let names = ["access_token", "token_type", "id_token", "auth_req_id"];
        let missing: Vec<&str> = names.into_iter().filter(|name| push.text(name).is_none()).collect();
        if !missing.is_empty() {
            return Err(Unheld::No(format!("no {}", missing.join(", "))));
        }
        match push.member("expires_in") {
            None => Ok(()),
            Some(Value::Number(seconds)) if seconds.as_u64().is_some_and(|seconds| seconds > 0) => Ok(()),
            Some(other) => Err(Unheld::No(format!("expires_in is {}", cut(&other.to_string())))),
        }
    });

/// It is declared as JSON, and is that.
pub const PUSH_IS_JSON: Claim = Claim::Holds("application/json", |scene| {
    let push = pushed(scene)?;
    let PingSeen::Accepted(notification) = arrived(scene)? else {
        return Err(Unheld::Unclear("the push could not be read".to_owned()));
    };
    match notification.breaches.first() {
        Some((_, detail)) => Err(Unheld::No(detail.clone())),
        None if push.is_object() => Ok(()),
        None => Err("a body that is no JSON object".into()),
    }
});

/// It names the request that it is about.
pub const PUSH_NAMES_ITS_REQUEST: Claim = Claim::Holds("this request's auth_req_id", |scene| {
    let push = pushed(scene)?;
    match push.text("auth_req_id") {
        Some(named) if named == scene.acknowledged()?.auth_req_id => Ok(()),
        Some(_) => Err("another auth_req_id".into()),
        None => Err("no auth_req_id".into()),
    }
});

/// It tells of a failure, whichever.
pub const PUSHED_ERROR: Claim = Claim::Holds("a push with an error", |scene| {
    let push = pushed(scene)?;
    if push.member("error").is_some() { Ok(()) } else { Err(Unheld::No(push.in_words())) }
});

/// The user could not be asked, which is neither a refusal nor an expiry.
pub const PUSHED_FAILURE: Claim =
    Claim::Holds("a push with transaction_failed", |scene| error_is(scene, "transaction_failed"));

/// The user refused, and so it says.
pub const PUSHED_DENIAL: Claim =
    Claim::Holds("a push with access_denied", |scene| error_is(scene, "access_denied"));

/// Nobody decided in time, and so it says.
pub const PUSHED_EXPIRY: Claim =
    Claim::Holds("a push with expired_token", |scene| error_is(scene, "expired_token"));

/// The code is one of section 12.
pub const PUSH_ERROR_LISTED: Claim =
    Claim::Holds("an error code of CIBA Core 1.0, 12", |scene| match error(scene)?.member("error") {
        Some(Value::String(code)) if CODES.contains(&code.as_str()) => Ok(()),
        Some(other) => Err(Unheld::No(cut(&other.to_string()))),
        None => Err("no error code".into()),
    });

/// What the error says in words keeps to its characters, where it says anything.
pub const PUSHED_DESCRIPTION: Claim =
    Claim::Holds("an error_description of its characters, if there is one", |scene| {
        match error(scene)?.member("error_description") {
            None => Ok(()),
            Some(Value::String(text)) => {
                match text.chars().find(|character| !is_text_character(*character)) {
                    None => Ok(()),
                    Some(odd) => Err(Unheld::No(format!("one with the character U+{:04X}", u32::from(odd)))),
                }
            }
            Some(_) => Err("one that is not a text".into()),
        }
    });

fn error_is(scene: &Scene, code: &str) -> Result<(), Unheld> {
    let push = pushed(scene)?;
    if push.text("error") == Some(code) { Ok(()) } else { Err(Unheld::No(push.in_words())) }
}

/// A push that tells of a failure.
fn error(scene: &Scene) -> Result<&Pushed, Unheld> {
    let push = pushed(scene)?;
    match push.member("error") {
        Some(_) => Ok(push),
        None => Err(Unheld::Unclear(push.in_words())),
    }
}

fn arrived(scene: &Scene) -> Result<&PingSeen, Unheld> {
    scene.flow()?.ping.as_ref().ok_or_else(|| Unheld::Unclear("no push came".to_owned()))
}

/// A push whose body is looked at: one that came as a POST with one token that is this request's.
fn pushed(scene: &Scene) -> Result<&Pushed, Unheld> {
    match arrived(scene)? {
        PingSeen::Accepted(_) => scene
            .flow()?
            .push
            .as_ref()
            .ok_or_else(|| Unheld::Unclear("the push could not be read".to_owned())),
        PingSeen::Strange(push) => Err(Unheld::Unclear(format!("the push has {}", push.cause.about()))),
    }
}
