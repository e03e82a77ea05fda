//! Signed authentication requests (CIBA Core 1.0, 7.1.1).

use std::borrow::Cow;

use serde_json::Value;

use crate::client::Client;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::form::Form;
use crate::jws::{Jws, JwsAlg, Unreadable};

/// How far a client's clock may be ahead, in seconds.
const CLOCK_SKEW: u64 = 5;
/// Longest time from `nbf` to `exp`, in seconds (FAPI-CIBA, 5.2.2, 9).
const MAX_LIFETIME: u64 = 3_600;
/// Claims that are no parameters.
const JWT_CLAIMS: [&str; 6] = ["iss", "aud", "exp", "iat", "nbf", "jti"];
/// Parameters of CIBA Core 1.0, 7.1, and the one of Open Banking UK, which belong inside.
const INSIDE: [&str; 10] = [
    "scope",
    "client_notification_token",
    "acr_values",
    "login_hint_token",
    "id_token_hint",
    "login_hint",
    "binding_message",
    "user_code",
    "requested_expiry",
    "openbanking_intent_id",
];

/// The parameters of a client's request: those of the form, or those of the signed object in it. `now` is in seconds since
/// 1970.
pub(crate) fn open<'f>(
    form: &'f Form,
    client: &Client,
    issuer: &str,
    now: u64,
    faults: FaultSet,
) -> Result<Cow<'f, Form>, OauthError> {
    let form = match (form.get("request"), client.request_alg) {
        (None, None) => Cow::Borrowed(form),
        (None, Some(_)) if faults.has(Fault::UnsignedRequestAccepted) => Cow::Borrowed(form),
        (None, Some(_)) => return Err(refused("the client is registered for signed requests")),
        (Some(_), None) if !faults.has(Fault::UnregisteredRequestSignature) => {
            return Err(refused("the client is not registered for signed requests"));
        }
        (Some(request), alg) => {
            let jws = Jws::read(request).map_err(|unreadable| match unreadable {
                Unreadable::Encrypted if faults.has(Fault::EncryptedRequest500) => {
                    OauthError::server_error("the request cannot be decrypted")
                }
                Unreadable::Encrypted => refused("encrypted requests are not supported"),
                Unreadable::Malformed => refused("request is not a JWT"),
            })?;
            if !is_signed(&jws, client, alg, faults) {
                return Err(refused("the request is not signed by the client as it is registered"));
            }
            check_parties(&jws, client, issuer, faults).map_err(refused)?;
            check_dates(&jws, now, faults).map_err(refused)?;
            let inside = parameters(&jws, faults)?;
            Cow::Owned(Form::of(with_outside(inside, form, faults)?))
        }
    };
    let is_bound = form.get("binding_message").is_some() || faults.has(Fault::UnboundRequestAccepted);
    match client.binding_message_required && !is_bound {
        true => Err(refused("the client is registered to send a binding message")),
        false => Ok(form),
    }
}

fn refused(reason: &'static str) -> OauthError {
    OauthError::invalid_request(reason)
}

fn is_signed(jws: &Jws<'_>, client: &Client, registered: Option<JwsAlg>, faults: FaultSet) -> bool {
    match jws.alg {
        None => jws.is_unsigned && faults.has(Fault::RequestAlgNone),
        Some(JwsAlg::Hs256) => jws.is_keyed_by(client.secret.expose()) && faults.has(Fault::RequestHmac),
        Some(alg) => {
            let fits =
                registered.is_none_or(|registered| alg == registered) || faults.has(Fault::RequestAnyAlg);
            fits && (jws.is_signed_by(&client.keys, alg) || faults.has(Fault::RequestForged))
        }
    }
}

fn check_parties(jws: &Jws<'_>, client: &Client, issuer: &str, faults: FaultSet) -> Result<(), &'static str> {
    if jws.text("iss") != Some(&client.id) && !faults.has(Fault::RequestIssUnchecked) {
        return Err("the iss of the request is not the client");
    }
    if faults.has(Fault::RequestAudListRefused) && jws.text("aud").is_none() {
        return Err("the aud of the request is not a text");
    }
    if !jws.audiences().contains(&issuer) && !faults.has(Fault::RequestAudUnchecked) {
        return Err("the aud of the request is not this provider");
    }
    match jws.text("jti") {
        None | Some("") if !faults.has(Fault::RequestJtiOptional) => Err("the request has no jti"),
        _ => Ok(()),
    }
}

fn check_dates(jws: &Jws<'_>, now: u64, faults: FaultSet) -> Result<(), &'static str> {
    let issued = match jws.date("iat") {
        None if faults.has(Fault::RequestIatOptional) => now,
        issued => issued.ok_or("the request has no iat")?,
    };
    let begins = match jws.date("nbf") {
        _ if faults.has(Fault::RequestNbfUnchecked) => now,
        begins => begins.ok_or("the request has no nbf")?,
    };
    let expires = match jws.date("exp") {
        _ if faults.has(Fault::RequestExpUnchecked) => now + 1,
        expires => expires.ok_or("the request has no exp")?,
    };
    if expires <= now {
        return Err("the request has expired");
    }
    if begins > now + CLOCK_SKEW || issued > now + CLOCK_SKEW {
        return Err("the request is from the future");
    }
    match expires.saturating_sub(begins) > MAX_LIFETIME && !faults.has(Fault::RequestLongLived) {
        true => Err("the request lives longer than an hour"),
        false => Ok(()),
    }
}

/// What stands beside the object does not count, so parameters there are a mistake of the client's.
fn with_outside(
    mut inside: Vec<(String, String)>,
    form: &Form,
    faults: FaultSet,
) -> Result<Vec<(String, String)>, OauthError> {
    for name in INSIDE {
        let Some(outside) = form.get(name) else { continue };
        match inside.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) if faults.has(Fault::OutsideParametersWin) => *value = outside.to_owned(),
            None if faults.has(Fault::OutsideParametersFill) => {
                inside.push((name.to_owned(), outside.to_owned()));
            }
            Some(_) | None => return Err(refused("a parameter stands outside the signed request")),
        }
    }
    Ok(inside)
}

/// Each parameter is a claim with a text; `requested_expiry` may be a number, too.
fn parameters(jws: &Jws<'_>, faults: FaultSet) -> Result<Vec<(String, String)>, OauthError> {
    let mut pairs = Vec::new();
    for (name, value) in jws.claims.iter().filter(|(name, _)| !JWT_CLAIMS.contains(&name.as_str())) {
        match value {
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            Value::Number(number)
                if name == "requested_expiry" && !faults.has(Fault::SignedExpiryNumberRefused) =>
            {
                pairs.push((name.clone(), number.to_string()));
            }
            _ if INSIDE.contains(&name.as_str()) => {
                return Err(refused("a parameter of the signed request is not a text"));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
        }
    }
    Ok(pairs)
}
