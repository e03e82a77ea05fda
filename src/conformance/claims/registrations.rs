//! What the registration endpoint, or the client configuration endpoint, answers (RFC 7591, 3.2; CIBA Core 1.0, 4).

use crate::conformance::scene::cut;
use crate::conformance::{Claim, Scene, Unheld};
use serde_json::Value;

/// The member that names the notification endpoint.
const ENDPOINT: &str = "backchannel_client_notification_endpoint";
/// The member that names the delivery mode.
const MODE: &str = "backchannel_token_delivery_mode";

/// The client is registered.
pub const REGISTERED_AS_ASKED: Claim =
    Claim::Holds("a registered client (201 with a client_id)", |scene: &Scene| {
        let answer = scene.answer()?;
        let created = answer.status().is_some_and(|status| (200..300).contains(&status));
        match created && answer.text("client_id").is_some() {
            true => Ok(()),
            false => Err(Unheld::No(answer.in_words())),
        }
    });

/// It is not.
pub const REGISTRATION_REFUSED: Claim = Claim::Holds("a refusal (4xx)", |scene| {
    unless_refused(scene, |_| Err("the client is registered".into()))
});

/// What is registered has a delivery mode, be it one that the server chose and tells.
pub const MODE_NAMED: Claim =
    Claim::Holds("a refusal (4xx), or a delivery mode that the answer names", |scene| {
        unless_refused(scene, |registered| match registered.get(MODE).and_then(Value::as_str) {
            Some(_) => Ok(()),
            None => Err("the client is registered, and the answer names no delivery mode".into()),
        })
    });

/// Whoever is to be pinged or pushed has a notification endpoint.
pub const ENDPOINT_NAMED: Claim =
    Claim::Holds("a refusal (4xx), or a client that is not to be notified", |scene| {
        unless_refused(scene, |registered| {
            let notified =
                matches!(registered.get(MODE).and_then(Value::as_str), Some("ping" | "push") | None);
            match notified && registered.get(ENDPOINT).is_none_or(Value::is_null) {
                true => Err("the client is registered without a notification endpoint".into()),
                false => Ok(()),
            }
        })
    });

/// The notification endpoint is an HTTPS URL.
pub const ENDPOINT_OVER_TLS: Claim = Claim::Holds("a refusal (4xx), or another endpoint by HTTPS", |scene| {
    unless_refused(scene, |registered| {
        let endpoint = said(registered, ENDPOINT)?;
        match endpoint.starts_with("https://") {
            true => Ok(()),
            false => Err(Unheld::No(format!("the client has the endpoint {}", cut(endpoint)))),
        }
    })
});

/// The notification endpoint is none in the server's own network.
pub const ENDPOINT_ELSEWHERE: Claim = Claim::Holds("a refusal (4xx), or another endpoint", |scene| {
    unless_refused(scene, |registered| {
        let endpoint = said(registered, ENDPOINT)?;
        match endpoint.contains("169.254.") {
            true => Err(Unheld::No(format!("the client has the endpoint {}", cut(endpoint)))),
            false => Ok(()),
        }
    })
});

/// The client gets no pairwise subjects.
pub const PAIRWISE_REFUSED: Claim = Claim::Holds("a refusal (4xx), or public subjects", |scene| {
    unless_refused(scene, |registered| match said(registered, "subject_type")? {
        "pairwise" => Err("the client is registered with pairwise subjects".into()),
        _ => Ok(()),
    })
});

/// Every client has to authenticate.
pub const PUBLIC_CLIENT_REFUSED: Claim =
    Claim::Holds("a refusal (4xx), or another authentication method", |scene| {
        unless_refused(scene, |registered| match said(registered, "token_endpoint_auth_method")? {
            "none" => Err("a client is registered that need not authenticate".into()),
            _ => Ok(()),
        })
    });

/// Nothing is encrypted for the client by an algorithm that is broken. A server that encrypts nothing need not know the
/// member at all.
pub const ENCRYPTION_REFUSED: Claim = Claim::Holds("a refusal (4xx), or no encryption by RSA1_5", |scene| {
    unless_refused(scene, |registered| match registered.get("id_token_encrypted_response_alg") {
        Some(alg) if alg == "RSA1_5" => Err("the client is registered for RSA1_5".into()),
        Some(_) | None => Ok(()),
    })
});

/// A server may refuse a registration or replace what it does not like (RFC 7591, 3.2.1): the answer says what it has
/// registered. What turns this tool away as such tells nothing.
fn unless_refused(scene: &Scene, judge: impl FnOnce(&Value) -> Result<(), Unheld>) -> Result<(), Unheld> {
    let answer = scene.answer()?;
    match (answer.status(), &answer.json) {
        (Some(200..300), Some(registered)) if registered.get("client_id").is_some() => judge(registered),
        (Some(400 | 402..=428 | 430..=499), _) => Ok(()),
        (Some(_) | None, _) => Err(Unheld::Unclear(answer.in_words())),
    }
}

/// A member of the answer that is a text.
fn said<'a>(registered: &'a Value, name: &str) -> Result<&'a str, Unheld> {
    let text = registered.get(name).and_then(Value::as_str);
    text.ok_or_else(|| Unheld::Unclear(format!("the client is registered, and the answer has no {name}")))
}
