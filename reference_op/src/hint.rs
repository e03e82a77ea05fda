//! Whom an authentication request is about: exactly one hint says it (CIBA Core 1.0, 7.1 and 7.2).

use std::time::Duration;

use crate::client::Client;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::form::Form;
use crate::jws::{Jws, PublicKey};
use crate::settings::HintIssuerSettings;
use crate::workspace::Workspace;

/// Longest user identifier in bytes.
const MAX_USER_IDENTIFIER: usize = 8 * 1_024;
/// How long after its expiry an ID token is still taken as a hint: the standard asks for a reasonable time (14).
const EXPIRED_ID_TOKEN_GRACE: Duration = Duration::from_secs(24 * 3_600);
/// Whom faults take a request to be about that names nobody.
const ANONYMOUS: &str = "anonymous";

/// Who may sign login hint tokens.
pub(crate) struct HintIssuer {
    pub(crate) issuer: String,
    pub(crate) key: PublicKey,
}

impl HintIssuer {
    /// `None` for a key that cannot be read, which settings that were found valid do not hold.
    pub(crate) fn new(settings: &HintIssuerSettings) -> Option<Self> {
        Some(Self { issuer: settings.issuer.clone(), key: PublicKey::read(&settings.jwk)? })
    }
}

/// The user that the request's one hint leads to. `now` is in seconds since the epoch.
pub(crate) fn user_identifier(
    form: &Form,
    client: &Client,
    workspace: &Workspace,
    now: u64,
) -> Result<String, OauthError> {
    let faults = workspace.faults;
    let hints: Vec<_> = ["login_hint", "login_hint_token", "id_token_hint"]
        .into_iter()
        .filter_map(|name| form.get(name).map(|value| (name, value)))
        .collect();
    let sight = Sight { client, workspace, now };
    match hints[..] {
        [(name, hint)] => sight.resolve(name, hint),
        [] => without_hint(form, faults).ok_or_else(|| {
            OauthError::invalid_request("one of login_hint, login_hint_token and id_token_hint is needed")
        }),
        [("login_hint", hint), _] if faults.has(Fault::TwoHintsAccepted) => Ok(hint.to_owned()),
        [("login_hint", hint), _, _] if faults.has(Fault::ThreeHintsAccepted) => Ok(hint.to_owned()),
        [..] => sight.agreed(&hints).ok_or_else(|| OauthError::invalid_request("more than one hint")),
    }
}

/// Whom a request without a hint is about: nobody, but for two faults.
fn without_hint(form: &Form, faults: FaultSet) -> Option<String> {
    let accepted = match form.names().any(|name| name == "login_hint") {
        true => faults.has(Fault::EmptyHintAccepted),
        false => faults.has(Fault::HintOptional),
    };
    accepted.then(|| ANONYMOUS.to_owned())
}

/// What hints are looked at with.
struct Sight<'a> {
    client: &'a Client,
    workspace: &'a Workspace,
    now: u64,
}

impl Sight<'_> {
    fn resolve(&self, name: &str, hint: &str) -> Result<String, OauthError> {
        let user = match name {
            "login_hint" => hint.to_owned(),
            "login_hint_token" => self.login_hint_token(&self.parse(name, hint)?)?,
            _ => self.id_token_hint(&self.parse(name, hint)?)?,
        };
        match user.len() {
            1..=MAX_USER_IDENTIFIER => Ok(user),
            _ => Err(OauthError::invalid_request(format!("{name} names nobody, or is too long"))),
        }
    }

    /// Whom several hints mean: nobody, but for a fault.
    fn agreed(&self, hints: &[(&str, &str)]) -> Option<String> {
        if !self.workspace.faults.has(Fault::AgreeingHintsAccepted) {
            return None;
        }
        let users: Vec<_> =
            hints.iter().map(|(name, hint)| self.resolve(name, hint)).collect::<Result<_, _>>().ok()?;
        users.iter().all(|user| *user == users[0]).then(|| users[0].clone())
    }

    fn parse<'t>(&self, name: &str, token: &'t str) -> Result<Jws<'t>, OauthError> {
        Jws::read(token).map_err(|_| match self.workspace.faults.has(Fault::MalformedHintToken500) {
            false => OauthError::invalid_request(format!("{name} is not a signed JWT")),
            true => OauthError::crash(),
        })
    }

    /// A token of an issuer whom the workspace trusts. Its form is agreed on by both (7.1): `iss`, `sub`, `exp`, and `aud`
    /// where it names anybody.
    fn login_hint_token(&self, jws: &Jws<'_>) -> Result<String, OauthError> {
        let faults = self.workspace.faults;
        let refused = |reason| Err(OauthError::invalid_request(reason));
        let issuers = &self.workspace.hint_issuers;
        let named = issuers.iter().find(|known| jws.text("iss") == Some(&known.issuer));
        let known = match faults.has(Fault::LoginHintTokenAnyIssuer) {
            false => named,
            true => named.or(issuers.first()),
        };
        let Some(known) = known else {
            return refused("login_hint_token comes from an unknown issuer");
        };
        let is_signed = match jws.is_unsigned {
            true => faults.has(Fault::LoginHintTokenAlgNone),
            false => is_signed_by(jws, &known.key) || faults.has(Fault::LoginHintTokenUnverified),
        };
        if !is_signed {
            return refused("login_hint_token is not signed by its issuer");
        }
        if jws.claims.contains_key("aud") && !jws.audiences().contains(&self.workspace.issuer.as_str()) {
            return refused("login_hint_token is meant for another server");
        }
        let Some(expires_at) = jws.date("exp") else {
            return refused("login_hint_token has no exp");
        };
        if self.now >= expires_at && !faults.has(Fault::ExpiredLoginHintTokenAccepted) {
            let reason = "login_hint_token has expired";
            return Err(match faults.has(Fault::ExpiredLoginHintTokenUnnamed) {
                false => OauthError::new("expired_login_hint_token", reason),
                true => OauthError::invalid_request(reason),
            });
        }
        match jws.text("sub") {
            Some(_) if faults.has(Fault::LoginHintTokenAboutNobody) => Ok(ANONYMOUS.to_owned()),
            Some(user) => Ok(user.to_owned()),
            None => refused("login_hint_token has no sub"),
        }
    }

    /// An ID token of this workspace for this client, which may be over (14; OpenID Connect Core 1.0, 3.1.2.1).
    fn id_token_hint(&self, jws: &Jws<'_>) -> Result<String, OauthError> {
        let faults = self.workspace.faults;
        let refused = |reason| Err(OauthError::invalid_request(reason));
        let is_ours = jws.text("iss") == Some(&self.workspace.issuer);
        if !is_ours && !faults.has(Fault::IdTokenHintAnyIssuer) {
            return refused("id_token_hint comes from another issuer");
        }
        let is_signed = match jws.is_unsigned {
            true => faults.has(Fault::IdTokenHintAlgNone),
            false => {
                is_signed_by(jws, &self.workspace.verification_key)
                    || faults.has(Fault::IdTokenHintUnverified)
            }
        };
        // Only under a fault is there a token of an issuer whose keys nobody has.
        if is_ours && !is_signed {
            return refused("id_token_hint has a wrong signature");
        }
        if !jws.audiences().contains(&self.client.id.as_str()) && !faults.has(Fault::IdTokenHintAnyAudience) {
            return refused("id_token_hint was issued to another client");
        }
        let expires_at = jws.date("exp").unwrap_or_default();
        let grace = match faults.has(Fault::ExpiredIdTokenHintRefused) {
            false => EXPIRED_ID_TOKEN_GRACE.as_secs(),
            true => 0,
        };
        if self.now >= expires_at.saturating_add(grace) {
            return refused("id_token_hint expired too long ago");
        }
        match jws.text("sub") {
            Some(_) if faults.has(Fault::IdTokenHintAboutNobody) => Ok(ANONYMOUS.to_owned()),
            Some(subject) => Ok(self.workspace.subjects.user(subject)),
            None => refused("id_token_hint has no sub"),
        }
    }
}

/// Whether the key made the signature, by whichever algorithm of its kind the token names.
fn is_signed_by(jws: &Jws<'_>, key: &PublicKey) -> bool {
    jws.alg.is_some_and(|alg| jws.is_signed_by(std::slice::from_ref(key), alg))
}
