//! What holds of clients with certificates and of tokens that are bound to them (RFC 8705), and of protected APIs.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::DATE;
use serde_json::Value;

use crate::conformance::scene::{INTERACTION, INTERACTION_ID, Seen, cut};
use crate::conformance::{Claim, Scene, Unheld};

/// Longest lifetime of a token that anybody who finds it can use, in seconds (FAPI 1.0, Part 1, 5.2.2-21).
const UNBOUND_LIFETIME_MAX: u64 = 600;
const ANNOUNCED_MEMBER: &str = "tls_client_certificate_bound_access_tokens";

/// The server says that it binds tokens; otherwise nothing is claimed.
pub const BINDING_ANNOUNCED: Claim =
    Claim::Holds("the server binds access tokens to certificates", |scene| {
        match scene.surface.facts.metadata.get(ANNOUNCED_MEMBER) {
            Some(Value::Bool(true)) => Ok(()),
            Some(_) | None => {
                Err(Unheld::DoesNotApply(format!("the metadata do not say {ANNOUNCED_MEMBER} = true")))
            }
        }
    });

/// The API takes the token.
pub const API_ANSWERED: Claim =
    Claim::Holds("200 from the userinfo endpoint", |scene| match scene.answer()?.status() {
        Some(200) => Ok(()),
        Some(_) | None => Err(Unheld::Unclear(scene.answer()?.in_words())),
    });

/// The API does not take the token (RFC 8705, 3).
pub const API_REFUSED: Claim = Claim::Holds("401 from the userinfo endpoint", |scene| {
    let answer = scene.answer()?;
    match answer.status() {
        Some(401) => Ok(()),
        Some(_) => Err(Unheld::No(answer.in_words())),
        // A server may close the connection of a certificate that it does not know.
        None => Err(Unheld::Unclear(answer.in_words())),
    }
});

/// Introspection names the client's own certificate, where it names one.
pub const CERTIFICATE_CONFIRMED: Claim =
    Claim::Holds("cnf x5t#S256 is SHA-256 of the client's certificate", |scene| {
        let Some(confirmed) = confirmed(scene)? else {
            return Err(Unheld::DoesNotApply("introspection shows no cnf".to_owned()));
        };
        let client = scene.client(scene.flow()?.by).map_err(|_| Unheld::Unclear("no client".to_owned()))?;
        let identity = client.registered.identity();
        let identity = identity.ok_or_else(|| Unheld::Unclear("the client has no certificate".to_owned()))?;
        let expected = URL_SAFE_NO_PAD.encode(digest(&SHA256, &identity.certificate().der));
        if confirmed == expected {
            Ok(())
        } else {
            Err(Unheld::No(format!("x5t#S256 is {}", cut(&confirmed))))
        }
    });

/// The token is good for its client only.
pub const TOKEN_BOUND: Claim =
    Claim::Holds("introspection shows the certificate that the access token is bound to (cnf)", |scene| {
        confirmed(scene)?.map(|_| ()).ok_or_else(|| "no cnf with x5t#S256".into())
    });

/// A token that is good for anybody does not live long.
pub const SHORT_UNLESS_BOUND: Claim =
    Claim::Holds("expires_in of at most 600, or a token that is bound to its client", |scene| {
        if confirmed(scene)?.is_some() {
            return Err(Unheld::DoesNotApply("the access token is bound to its client".to_owned()));
        }
        match scene.tokens()?.expires_in {
            Some(seconds) if seconds <= UNBOUND_LIFETIME_MAX => Ok(()),
            Some(seconds) => Err(Unheld::No(format!("expires_in is {seconds}"))),
            None => Err(Unheld::Unclear("no expires_in".to_owned())),
        }
    });

/// The protected API says when it answered.
pub const DATE_SENT: Claim = Claim::Holds("a Date header", |scene| match scene.answer()?.header(&DATE) {
    Some(_) => Ok(()),
    None => Err("no Date header".into()),
});

/// Both sides call the exchange by the same id.
pub const INTERACTION_ECHOED: Claim = Claim::Holds("the x-fapi-interaction-id that was sent", |scene| {
    match scene.answer()?.header(&INTERACTION_ID) {
        Some(id) if id == INTERACTION => Ok(()),
        Some(_) => Err("another x-fapi-interaction-id".into()),
        None => Err("no x-fapi-interaction-id".into()),
    }
});

/// The thumbprint that introspection, the last step, shows of a living token.
fn confirmed(scene: &Scene) -> Result<Option<String>, Unheld> {
    if scene.surface.facts.introspection_endpoint.is_none() {
        return Err(Unheld::Unclear("the metadata name no introspection endpoint".to_owned()));
    }
    let answer: &Seen = scene.answer()?;
    match (answer.status(), answer.member("active")) {
        (Some(200), Some(Value::Bool(true))) => {
            let thumbprint = answer.member("cnf").and_then(|cnf| cnf.get("x5t#S256"));
            Ok(thumbprint.and_then(Value::as_str).map(str::to_owned))
        }
        // Who may introspect what is the server's own decision.
        _ => Err(Unheld::Unclear(answer.in_words())),
    }
}
