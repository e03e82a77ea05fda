//! The answer with tokens (CIBA Core 1.0, 10.1.1; RFC 6749, 5.1).

use super::guessing::{self, BITS_MIN};
use crate::conformance::scene::cut;
use crate::conformance::{Claim, Scene, Unheld};
use http::header::PRAGMA;
use serde_json::Value;

/// The token endpoint said yes, in whatever form.
pub const GRANTED: Claim = Claim::Holds("status 200", |scene| {
    let answer = scene.answer()?;
    if answer.status() == Some(200) { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// The client may ask for refresh tokens; otherwise nothing is claimed.
pub const OFFLINE_ACCESS_ALLOWED: Claim =
    Claim::Holds("the client may ask for offline_access (OpenID Connect Core 1.0, 11)", |scene| {
        let answer = scene.answer()?;
        match (answer.status(), answer.error()) {
            (Some(200), _) => Ok(()),
            (_, Some("invalid_scope" | "unauthorized_client")) => {
                Err(Unheld::DoesNotApply(answer.in_words()))
            }
            _ => Err(Unheld::Unclear(answer.in_words())),
        }
    });

/// Everything that the answer needs is there. How long the access token lives may be left out; zero is no lifetime.
pub const TOKENS_COMPLETE: Claim = Claim::Holds(
    "access_token, token_type Bearer, id_token and a lifetime, if any, in application/json",
    |scene| {
        let answer = scene.answer()?;
        let mut wrong = Vec::new();
        if answer.media_type().as_deref() != Some("application/json") {
            wrong.push("the content type is not application/json".to_owned());
        }
        for name in ["access_token", "id_token"] {
            if answer.text(name).is_none_or(str::is_empty) {
                wrong.push(format!("{name} is not a string with something in it"));
            }
        }
        match answer.text("token_type") {
            Some(kind) if kind.eq_ignore_ascii_case("Bearer") => {}
            Some(kind) => wrong.push(format!("token_type is {}", cut(kind))),
            None => wrong.push("token_type is not a string".to_owned()),
        }
        if answer.member("expires_in").is_some_and(|life| life.as_u64().is_none_or(|seconds| seconds == 0)) {
            wrong.push("expires_in is no positive number of seconds".to_owned());
        }
        if wrong.is_empty() { Ok(()) } else { Err(Unheld::No(wrong.join(", "))) }
    },
);

/// The type of the access token is there.
pub const TOKEN_TYPE_TEXT: Claim =
    Claim::Holds("token_type, a string", |scene| match scene.answer()?.text("token_type") {
        Some(kind) if !kind.is_empty() => Ok(()),
        Some(_) => Err("token_type is empty".into()),
        None => Err("token_type is not a string, or missing".into()),
    });

/// Caches of HTTP/1.0 are told, too.
pub const PRAGMA_NO_CACHE: Claim = Claim::Holds("Pragma: no-cache", |scene| {
    if scene.answer()?.directs(&PRAGMA, "no-cache") { Ok(()) } else { Err("no such header".into()) }
});

/// The answer says that less was granted than was asked for.
pub const SCOPE_NARROWED: Claim =
    Claim::Holds("scope, naming openid and nothing that was refused", |scene| {
        narrowed(&scene.flow()?.scope, scene.answer()?.member("scope"))
    });

/// Nobody guesses the access token.
pub const ACCESS_TOKEN_UNGUESSABLE: Claim =
    Claim::Holds("an access token that can hold at least 128 bits", |scene| {
        let token = scene.tokens()?.access_token.as_deref();
        let token = token.ok_or_else(|| Unheld::Unclear("the access token is not a string".to_owned()))?;
        let bits = guessing::bits_of(token);
        if bits >= BITS_MIN {
            return Ok(());
        }
        Err(Unheld::No(format!("{} characters, at most {} bits", token.chars().count(), bits.floor())))
    });

/// The access token does what it is for.
pub const ACCESS_TOKEN_WORKS: Claim = Claim::Holds("the access token is active", works);

/// Of the scopes that were asked for, `openid` alone was granted; a server may add some of its own.
fn narrowed(asked: &str, scope: Option<&Value>) -> Result<(), Unheld> {
    let Some(scope) = scope else {
        return Err("no scope, which means that all was granted".into());
    };
    let Some(named) = scope.as_str() else {
        return Err("scope is not a string".into());
    };
    let refused = |scope: &&str| *scope != "openid" && asked.split(' ').any(|asked| asked == *scope);
    match named.split(' ').find(refused) {
        Some(refused) => Err(Unheld::No(format!("scope names {}, which was refused", cut(refused)))),
        None if named.split(' ').any(|scope| scope == "openid") => Ok(()),
        None => Err("scope does not name openid, which was granted".into()),
    }
}

fn works(scene: &Scene) -> Result<(), Unheld> {
    let answer = scene.answer()?;
    if scene.surface.facts.introspection_endpoint.is_none() {
        return match answer.status() {
            Some(200) => Ok(()),
            Some(401) => Err(Unheld::No(answer.in_words())),
            Some(_) | None => Err(Unheld::Unclear(answer.in_words())),
        };
    }
    match (answer.status(), answer.member("active")) {
        (Some(200), Some(Value::Bool(true))) => Ok(()),
        (Some(200), Some(Value::Bool(false))) => Err("active is false".into()),
        // Who may introspect what is the server's own decision.
        _ => Err(Unheld::Unclear(answer.in_words())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_narrowed_scope_names_what_is_left() {
        let asked = "openid profile email";
        for good in ["openid", "openid offline_access"] {
            assert_eq!(narrowed(asked, Some(&json!(good))), Ok(()), "{good}");
        }
        for (bad, said) in [
            (Some(json!("openid profile email")), "profile, which was refused"),
            (Some(json!("email openid")), "email, which was refused"),
            (Some(json!("")), "does not name openid"),
            (Some(json!(["openid"])), "not a string"),
            (None, "all was granted"),
        ] {
            let Err(Unheld::No(text)) = narrowed(asked, bad.as_ref()) else { panic!("{bad:?}") };
            assert!(text.contains(said), "{text}");
        }
    }
}
