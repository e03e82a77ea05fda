//! Validation of authentication requests (CIBA Core 1.0, 7.1 and 7.2). Pure: form and client in, demand or error out.

use std::time::Duration;

use crate::client::Client;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::form::Form;
use crate::hint::user_identifier;
use crate::open_banking;
use crate::pending::Demand;
use crate::scope::{self, OPENID};
use crate::secret::Secret;
use crate::settings::DeliveryMode;
use crate::workspace::Workspace;

/// Longest notification token in characters (CIBA Core 1.0, 7.1).
const MAX_NOTIFICATION_TOKEN: usize = 1_024;
/// Longest binding message in characters; the standard leaves the limit to the provider.
const MAX_BINDING_MESSAGE: usize = 128;
/// Longest lifetime that `requested_expiry` can obtain, unless the workspace's own is longer.
const MAX_REQUESTED_EXPIRY: Duration = Duration::from_secs(600);

/// The parameters of CIBA Core 1.0, 7.1, and those by which clients authenticate.
const PARAMETERS: [&str; 15] = [
    "scope",
    "client_notification_token",
    "acr_values",
    "login_hint_token",
    "id_token_hint",
    "login_hint",
    "binding_message",
    "user_code",
    "requested_expiry",
    "request",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "resource",
];
/// Longest notification token in characters under a fault.
const CAPPED_NOTIFICATION_TOKEN: usize = 512;

/// What an authenticated client asks for. `now` is in seconds since the epoch.
pub(crate) fn validate(
    form: &Form,
    client: &Client,
    workspace: &Workspace,
    now: u64,
) -> Result<Demand, OauthError> {
    let faults = workspace.faults;
    if faults.has(Fault::UnknownParameterRefused) && form.names().any(|name| !PARAMETERS.contains(&name)) {
        return Err(OauthError::invalid_request("a parameter is unknown"));
    }
    let scopes = scopes(form, client, workspace)?;
    Ok(Demand {
        peer: None,
        intent: open_banking::intent(form, &scopes, client, workspace, now)?,
        scopes,
        user_identifier: user_identifier(form, client, workspace, now)?,
        notification_token: notification_token(form, client, faults)?,
        binding_message: binding_message(form, faults)?,
        expires_in: expiry(form, workspace.expires_in, faults)?,
        acr_values: form
            .get("acr_values")
            .map(|values| values.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect()),
    })
}

fn scopes(form: &Form, client: &Client, workspace: &Workspace) -> Result<Vec<String>, OauthError> {
    let faults = workspace.faults;
    let may_ask =
        |scope: &String| client.scopes.contains(scope) || open_banking::names_a_consent(scope, workspace);
    let list = match form.get("scope") {
        None if faults.has(Fault::ScopeOptional) => OPENID,
        _ => form.require("scope")?,
    };
    let requested = match faults.has(Fault::MalformedScopeAccepted) {
        false => scope::parse(list),
        true => scope::parse(&scope::without_malformed(list)),
    };
    let mut requested =
        requested.ok_or_else(|| OauthError::invalid_scope("scope holds a character that is not allowed"))?;
    if !requested.iter().any(|scope| scope == OPENID) {
        return Err(OauthError::invalid_scope("scope must contain openid"));
    }
    if faults.has(Fault::ScopeOrderFixed) && requested.first().is_some_and(|scope| scope != OPENID) {
        return Err(OauthError::invalid_scope("scope must begin with openid"));
    }
    if faults.has(Fault::OpenidAloneRefused) && requested == [OPENID] {
        return Err(OauthError::invalid_scope("scope must contain more than openid"));
    }
    if faults.has(Fault::UnknownScopeIgnored) {
        requested.retain(|scope| scope == OPENID || may_ask(scope));
    }
    if !requested.iter().all(may_ask) {
        return Err(OauthError::invalid_scope("the client may not ask for one of the scopes"));
    }
    Ok(requested)
}

fn notification_token(form: &Form, client: &Client, faults: FaultSet) -> Result<Option<Secret>, OauthError> {
    match client.delivery {
        // Parameters that mean nothing for this client are ignored (CIBA Core 1.0, 7.2).
        DeliveryMode::Poll => Ok(None),
        // Without a token there is no ping.
        DeliveryMode::Ping
            if faults.has(Fault::DeliveryModeParameterHonoured)
                && form.get("backchannel_token_delivery_mode") == Some(DeliveryMode::Poll.name()) =>
        {
            Ok(None)
        }
        DeliveryMode::Ping | DeliveryMode::Push => match form.get("client_notification_token") {
            None if faults.has(Fault::NotificationTokenOptional) => Ok(None),
            None => Err(OauthError::invalid_request("client_notification_token is missing")),
            Some(token) => checked_notification_token(token, faults).map(Some),
        },
    }
}

fn checked_notification_token(token: &str, faults: FaultSet) -> Result<Secret, OauthError> {
    let longest =
        match (faults.has(Fault::NotificationTokenCapped), faults.has(Fault::NotificationTokenUnbounded)) {
            (false, false) => MAX_NOTIFICATION_TOKEN,
            (true, _) => CAPPED_NOTIFICATION_TOKEN,
            (false, true) => usize::MAX,
        };
    if token.len() > longest {
        return Err(OauthError::invalid_request("client_notification_token is longer than 1024 characters"));
    }
    if faults.has(Fault::NotificationTokenUnchecked) {
        return Ok(Secret::new(token.replace(|c: char| !c.is_ascii() || c.is_ascii_control(), "")));
    }
    if !is_b64token(token) {
        return Err(OauthError::invalid_request("client_notification_token is not a b64token"));
    }
    Ok(Secret::new(token))
}

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750, 2.1).
fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
    !body.is_empty() && body.bytes().all(allowed)
}

fn binding_message(form: &Form, faults: FaultSet) -> Result<Option<String>, OauthError> {
    let Some(message) = form.get("binding_message") else {
        return Ok(None);
    };
    if message.chars().count() > MAX_BINDING_MESSAGE || message.chars().any(char::is_control) {
        let reason = "binding_message must have at most 128 characters and no control characters";
        return Err(match faults.has(Fault::BindingMessageLimit500) {
            false => OauthError::new("invalid_binding_message", reason),
            true => OauthError::server_error(reason),
        });
    }
    Ok(Some(message.to_owned()))
}

fn expiry(form: &Form, default_expiry: Duration, faults: FaultSet) -> Result<Duration, OauthError> {
    let Some(text) = form.get("requested_expiry") else {
        return Ok(default_expiry);
    };
    if !text.bytes().all(|b| b.is_ascii_digit()) || text.bytes().all(|b| b == b'0') {
        return match faults.has(Fault::RequestedExpiryUnchecked) {
            false => Err(OauthError::invalid_request("requested_expiry must be a positive integer")),
            true => Ok(default_expiry),
        };
    }
    if faults.has(Fault::RequestedExpiryIgnored) {
        return Ok(default_expiry);
    }
    // A number beyond 64 bits is still a positive integer; the cap applies to it.
    let requested = Duration::from_secs(text.parse().unwrap_or(u64::MAX));
    Ok(requested.min(MAX_REQUESTED_EXPIRY.max(default_expiry)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Leniency;
    use crate::settings::{ClientSettings, WorkspaceSettings};

    fn judge(client: &ClientSettings, body: &str) -> Result<Demand, &'static str> {
        let form = Form::parse(body.as_bytes(), Leniency::default()).unwrap();
        let workspace = Workspace::new("http://op.test", "t", &WorkspaceSettings::new("w"), FaultSet::NONE);
        validate(&form, &Client::new(client), &workspace, 0).map_err(|error| error.code())
    }

    #[test]
    fn poll_requests_are_judged() {
        let client = ClientSettings::poll("c", "s");
        for (body, expected) in [
            ("login_hint=john", "invalid_request"),
            ("scope=openid", "invalid_request"),
            ("scope=openid&login_hint=", "invalid_request"),
            ("scope=profile&login_hint=john", "invalid_scope"),
            ("scope=openid+email&login_hint=john", "invalid_scope"),
            ("scope=openid+%22&login_hint=john", "invalid_scope"),
            ("scope=openid&login_hint=john&id_token_hint=x", "invalid_request"),
            ("scope=openid&login_hint_token=x", "invalid_request"),
            ("scope=openid&login_hint=john&requested_expiry=0", "invalid_request"),
            ("scope=openid&login_hint=john&requested_expiry=-1", "invalid_request"),
            ("scope=openid&login_hint=john&requested_expiry=1.5", "invalid_request"),
            ("scope=openid&login_hint=john&binding_message=a%0Ab", "invalid_binding_message"),
        ] {
            assert_eq!(judge(&client, body).err(), Some(expected), "{body}");
        }
        let long = format!("scope=openid&login_hint=john&binding_message={}", "m".repeat(129));
        assert_eq!(judge(&client, &long).err(), Some("invalid_binding_message"));
        let demand =
            judge(&client, "scope=profile+openid&login_hint=jo%20hn&foo=bar&acr_values=a+b").unwrap();
        assert_eq!((demand.user_identifier.as_str(), demand.expires_in.as_secs()), ("jo hn", 120));
        assert_eq!(demand.scopes, ["profile", "openid"]);
        assert_eq!(demand.acr_values.unwrap(), ["a", "b"]);
    }

    #[test]
    fn requested_expiry_is_honoured_and_capped() {
        for (text, seconds) in [("30", 30), ("0300", 300), ("86400", 600), ("99999999999999999999999", 600)] {
            let body = format!("scope=openid&login_hint=j&requested_expiry={text}");
            assert_eq!(judge(&ClientSettings::poll("c", "s"), &body).unwrap().expires_in.as_secs(), seconds);
        }
    }

    #[test]
    fn notification_tokens_are_judged_for_ping_clients_only() {
        let ping = ClientSettings::ping("c", "s", "http://127.0.0.1/cb");
        let body = |token: &str| format!("scope=openid&login_hint=j&client_notification_token={token}");
        for bad in ["", "=", "a%20b", "a%0D%0Ab", "a%3Bb", &"t".repeat(1_025)] {
            assert_eq!(judge(&ping, &body(bad)).err(), Some("invalid_request"), "{bad}");
            assert!(judge(&ClientSettings::poll("c", "s"), &body(bad)).unwrap().notification_token.is_none());
        }
        for good in ["aZ09-._~%2B%2F%3D%3D", &"t".repeat(1_024)] {
            assert!(judge(&ping, &body(good)).unwrap().notification_token.is_some(), "{good}");
        }
    }
}
