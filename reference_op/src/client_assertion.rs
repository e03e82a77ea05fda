//! Clients that authenticate by a signed token (RFC 7523; OpenID Connect Core 1.0, 9).

use std::sync::Arc;

use http::{HeaderMap, header};

use crate::client::Client;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::form::Form;
use crate::jws::{Jws, JwsAlg};
use crate::settings::ClientAuthMethod;
use crate::workspace::Workspace;

/// The only type of assertion (RFC 7523, 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far a client's clock may be ahead, in seconds.
const CLOCK_SKEW: u64 = 5;
/// Furthest expiry of an assertion, in seconds; its `jti` is remembered until then.
const MAX_LIFETIME: u64 = 3_600;

/// What is overlooked of an assertion. The default overlooks nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Leniency {
    /// Whether clients may use a method that they are not registered for.
    pub(crate) any_method: bool,
    /// Whether signatures are not verified.
    pub(crate) forged: bool,
    unsigned: bool,
    any_alg: bool,
    any_iss: bool,
    any_aud: bool,
    issuer_only: bool,
    any_exp: bool,
    replayed: bool,
}

impl Leniency {
    /// What every endpoint overlooks.
    pub(crate) fn of(faults: FaultSet) -> Self {
        Self {
            unsigned: faults.has(Fault::AssertionAlgNone),
            any_alg: faults.has(Fault::AssertionAnyAlg),
            any_iss: faults.has(Fault::AssertionIssUnchecked),
            any_aud: faults.has(Fault::AssertionAudUnchecked),
            issuer_only: faults.has(Fault::AssertionIssuerOnly),
            any_exp: faults.has(Fault::AssertionExpUnchecked),
            replayed: faults.has(Fault::AssertionReplayed),
            ..Self::default()
        }
    }
}

/// The assertion of a request, if it has one.
pub(crate) fn presented<'a>(headers: &HeaderMap, form: &'a Form) -> Result<Option<&'a str>, OauthError> {
    let (assertion, kind) = (form.get("client_assertion"), form.get("client_assertion_type"));
    if assertion.is_none() && kind.is_none() {
        return Ok(None);
    }
    if headers.contains_key(header::AUTHORIZATION) || form.get("client_secret").is_some() {
        return Err(OauthError::invalid_request("the client authenticates by an assertion and by a secret"));
    }
    if kind != Some(JWT_BEARER) {
        return Err(OauthError::invalid_client("client_assertion_type is not that of a JWT"));
    }
    assertion.map(Some).ok_or_else(|| OauthError::invalid_request("client_assertion is missing"))
}

/// The client that an assertion proves. `now` is in seconds since 1970.
pub(crate) fn verify(
    workspace: &Workspace,
    assertion: &str,
    client_id: Option<&str>,
    leniency: Leniency,
    now: u64,
) -> Result<Arc<Client>, OauthError> {
    let jws =
        Jws::read(assertion).map_err(|_| OauthError::invalid_client("client_assertion is not a JWT"))?;
    let client = jws
        .text("sub")
        .and_then(|subject| workspace.client(subject))
        .ok_or_else(|| OauthError::invalid_client("the sub of the assertion is no client"))?;
    if client_id.is_some_and(|id| id != client.id) {
        return Err(OauthError::invalid_client("client_id is not the client of the assertion"));
    }
    if !is_signed(&jws, &client, leniency) {
        return Err(OauthError::invalid_client(
            "the assertion is not signed by the client as it is registered",
        ));
    }
    if jws.text("iss") != Some(&client.id) && !leniency.any_iss {
        return Err(OauthError::invalid_client("the iss of the assertion is not the client"));
    }
    let known = [workspace.issuer.clone(), workspace.token_endpoint(), workspace.backchannel_endpoint()];
    let known = if leniency.issuer_only { &known[..1] } else { &known[..] };
    let is_addressed = jws.audiences().iter().any(|audience| known.iter().any(|known| known == audience));
    if !is_addressed && !leniency.any_aud {
        return Err(OauthError::invalid_client("the aud of the assertion is not this provider"));
    }
    let expires_at = match leniency.any_exp {
        false => expiry(&jws, now).map_err(OauthError::invalid_client)?,
        true => now + MAX_LIFETIME,
    };
    let jti = jws
        .text("jti")
        .filter(|jti| !jti.is_empty())
        .ok_or_else(|| OauthError::invalid_client("the assertion has no jti"))?;
    if !workspace.used_assertions.note(&client.id, jti, expires_at, now) && !leniency.replayed {
        return Err(OauthError::invalid_client("the assertion was used before"));
    }
    Ok(client)
}

/// Whether the signature is the client's, made as it is registered.
fn is_signed(jws: &Jws<'_>, client: &Client, leniency: Leniency) -> bool {
    let Some(alg) = jws.alg else { return jws.is_unsigned && leniency.unsigned };
    let (method, is_signed) = match alg {
        JwsAlg::Hs256 => (ClientAuthMethod::ClientSecretJwt, jws.is_keyed_by(client.secret.expose())),
        JwsAlg::Es256 | JwsAlg::Ps256 | JwsAlg::Rs256 | JwsAlg::EdDsa => {
            (ClientAuthMethod::PrivateKeyJwt, jws.is_signed_by(&client.keys, alg))
        }
    };
    let is_registered = method == client.method || leniency.any_method;
    let fits = client.assertion_alg.is_none_or(|only| only == alg) || leniency.any_alg;
    is_registered && fits && (is_signed || leniency.forged)
}

/// When the assertion expires, unless it has, or will in a long time only.
fn expiry(jws: &Jws<'_>, now: u64) -> Result<u64, &'static str> {
    let expires_at = jws.date("exp").ok_or("the assertion has no exp")?;
    if expires_at <= now {
        return Err("the assertion has expired");
    }
    if expires_at > now + MAX_LIFETIME {
        return Err("the assertion lives longer than an hour");
    }
    let begins_later = |name| jws.date(name).is_some_and(|date| date > now + CLOCK_SKEW);
    if begins_later("nbf") || begins_later("iat") {
        return Err("the assertion is from the future");
    }
    Ok(expires_at)
}
