use super::{Bank, Surface};
use crate::ciba::DeliveryMode;
use crate::target::ClientAuthentication;
use serde_json::Value;
use std::fmt;
/// What a check needs of the target, its file and our side of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A client that is registered for ping, and a notification endpoint that the server reaches.
    Ping,
    /// A notification endpoint over HTTPS whose certificate is ours to exchange.
    NotificationCertificate,
    /// A client that is registered for push, and a notification endpoint that the server reaches.
    Push,
    /// A second client with the CIBA grant.
    SecondClient,
    /// A client that exists but is not registered for CIBA.
    UnregisteredClient,
    /// What makes login hint tokens that the server takes.
    LoginHintTokens,
    /// A server that takes its own ID tokens as hints.
    IdTokenHints,
    /// A client that is registered for user codes, and a code for every user.
    UserCodes,
    /// Users with different codes.
    DifferentUserCodes,
    /// A main client that is not registered for user codes.
    ClientWithoutUserCode,
    /// An authentication service of ours, so that users decide when the script says so.
    Decisions,
    /// A main client that authenticates by `client_secret_basic`.
    BasicClient,
    /// A client that authenticates by `private_key_jwt`.
    AssertingClient,
    /// A client that signs its authentication requests.
    SigningClient,
    /// A client that authenticates by its certificate.
    CertifiedClient,
    /// A client for push that authenticates by its certificate.
    CertifiedPushClient,
    /// Two users at once.
    TwoUsers,
    /// A user of whom somebody says that the server does not know them.
    UnknownUser,
    /// A client that may ask for another scope beside `openid`.
    SecondScope,
    /// Something that says whether an access token works: introspection, or the userinfo endpoint.
    TokenUse,
    /// `acr_values_supported` in the metadata.
    AcrValues,
    /// A bank whose clients create consents (Open Banking).
    Consents,
    /// Two third parties of a bank.
    SecondThirdParty,
    /// A bank with consents that are signed, and a third party that signs.
    SignedConsents,
    /// A server at which clients may be registered.
    Registration,
    /// One at which clients for this delivery mode may be registered.
    RegistrationFor(DeliveryMode),
    /// One at which clients with pairwise subjects may be registered, and an endpoint of ours beside which their documents are
    /// published.
    PairwiseRegistration,
    /// No other check may run meanwhile.
    Quiet,
    /// The profile FAPI-CIBA was asked for.
    FapiCiba,
}

impl Need {
    /// Why a check that needs this says nothing about the target; `None` where the target offers it.
    pub fn unmet(self, surface: &Surface) -> Option<String> {
        let (clients, hints) = (&surface.clients, &surface.hints);
        let (missing, why) = match self {
            Need::Ping | Need::Push => return unnotified(self, surface).map(str::to_owned),
            Need::Consents => return consents_missing(surface.bank.as_ref()).map(str::to_owned),
            Need::SecondThirdParty => {
                return second_third_party_missing(surface.bank.as_ref()).map(str::to_owned);
            }
            Need::SignedConsents => return signed_consents_missing(surface.bank.as_ref()).map(str::to_owned),
            Need::UserCodes => return user_codes_missing(surface).map(str::to_owned),
            Need::Registration => return registration_missing(surface).map(str::to_owned),
            Need::RegistrationFor(mode) => return registration_for_missing(surface, mode),
            Need::PairwiseRegistration => return pairwise_registration_missing(surface).map(str::to_owned),
            Need::Quiet => return None,
            Need::NotificationCertificate => (
                surface.notifications.as_ref().is_none_or(|ours| ours.certificate.is_none()),
                "the notification endpoint has no certificate of its own (certificate and certificate_key of \
                 [notification] in the target file)",
            ),
            Need::SecondClient => {
                (clients.second.is_none(), "the target file names no second client ([clients.second])")
            }
            Need::UnregisteredClient => (
                clients.unregistered.is_none(),
                "the target file names no client without the CIBA grant ([clients.unregistered])",
            ),
            Need::LoginHintTokens => (
                hints.login_hint_tokens.is_none(),
                "the target file does not say what makes login hint tokens ([login_hint_token])",
            ),
            Need::IdTokenHints => (
                !hints.id_tokens,
                "the target file does not say that the server takes ID tokens as hints (id_token_hint)",
            ),
            Need::DifferentUserCodes => (
                !hints.user_codes.differ(),
                "all users have the same code, as far as the target file tells ([user_codes] users)",
            ),
            Need::ClientWithoutUserCode => (
                clients.main.user_code,
                "the client is registered for user codes (user_code in the target file)",
            ),
            Need::Decisions => (
                surface.decisions.is_none(),
                "no decision channel: the target's users decide by themselves ([authentication_service])",
            ),
            Need::BasicClient => (
                clients.main.authentication != ClientAuthentication::ClientSecretBasic,
                "the client does not authenticate by client_secret_basic",
            ),
            Need::AssertingClient => (
                clients.assertion.is_none(),
                "the target file names no client with private_key_jwt ([clients.assertion])",
            ),
            Need::SigningClient => (
                clients.signed.is_none(),
                "the target file names no client that signs its requests ([clients.signed])",
            ),
            Need::CertifiedClient => (
                clients.certificate.is_none(),
                "the target file names no client with a certificate ([clients.certificate])",
            ),
            Need::CertifiedPushClient => (
                clients.push.as_ref().is_none_or(|push| !push.authentication.is_by_certificate()),
                "the client for push does not authenticate by a certificate",
            ),
            Need::TwoUsers => {
                (surface.users.len() < 2, "the target file names a single user ([conformance] users)")
            }
            Need::UnknownUser => (
                !surface.knows_who_is_unknown(),
                "nobody says whom the server does not know: it may take every hint for a user's (unknown_user of \
                 [conformance] in the target file names one)",
            ),
            Need::SecondScope => (
                surface.second_scope().is_none(),
                "the client asks for openid alone (`scope` of the client in the target file)",
            ),
            Need::TokenUse => (
                !surface.can_use_tokens(),
                "the metadata name neither an introspection nor a userinfo endpoint",
            ),
            Need::AcrValues => (surface.acr_value().is_none(), "the metadata list no acr_values_supported"),
            Need::FapiCiba => (!surface.fapi_ciba, "FAPI-CIBA was not asked for (--standard fapi-ciba)"),
        };
        missing.then(|| why.to_owned())
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Need::Ping => "a client for ping",
            Need::Push => "a client for push",
            Need::NotificationCertificate => "a notification endpoint with a certificate of its own",
            Need::SecondClient => "a second client",
            Need::UnregisteredClient => "a client without the CIBA grant",
            Need::LoginHintTokens => "login hint tokens",
            Need::IdTokenHints => "ID tokens as hints",
            Need::UserCodes => "a client with user codes",
            Need::DifferentUserCodes => "users with different codes",
            Need::ClientWithoutUserCode => "a client without user codes",
            Need::Decisions => "our authentication service",
            Need::BasicClient => "a client that authenticates by client_secret_basic",
            Need::AssertingClient => "a client with private_key_jwt",
            Need::SigningClient => "a client that signs its authentication requests",
            Need::CertifiedClient => "a client with a certificate",
            Need::CertifiedPushClient => "a client for push with a certificate",
            Need::TwoUsers => "two users",
            Need::UnknownUser => "a user who is known to be unknown",
            Need::SecondScope => "a scope beside openid",
            Need::TokenUse => "an introspection or a userinfo endpoint",
            Need::AcrValues => "acr_values_supported in the metadata",
            Need::Consents => "a bank with consents",
            Need::SecondThirdParty => "two third parties",
            Need::SignedConsents => "a bank with signed consents",
            Need::Registration => "registration of clients",
            Need::RegistrationFor(DeliveryMode::Poll) => "registration of clients for poll",
            Need::RegistrationFor(DeliveryMode::Ping) => "registration of clients for ping",
            Need::RegistrationFor(DeliveryMode::Push) => "registration of clients for push",
            Need::PairwiseRegistration => "registration of clients with pairwise subjects",
            Need::Quiet => "no other check at the same time",
            Need::FapiCiba => "--standard fapi-ciba",
        })
    }
}

/// What is missing for checks of notifications.
fn unnotified(need: Need, surface: &Surface) -> Option<&'static str> {
    if need == Need::Ping && surface.clients.ping.is_none() {
        return Some("the target file names no client for ping");
    }
    if need == Need::Push && surface.clients.push.is_none() {
        return Some("the target file names no client for push ([clients.push])");
    }
    surface.notifications.is_none().then_some("there is no notification endpoint of ours")
}

/// What is missing for checks with user codes.
fn user_codes_missing(surface: &Surface) -> Option<&'static str> {
    if surface.clients.user_code.is_none() {
        return Some("the target file names no client with user codes ([clients.user_code])");
    }
    surface.hints.user_codes.is_empty().then_some("the target file holds no user codes ([user_codes])")
}

/// What is missing for checks with consents.
fn consents_missing(bank: Option<&Bank>) -> Option<&'static str> {
    if bank.and_then(Bank::plain).is_none() {
        return Some("the target file names no consents ([open_banking])");
    }
    bank.is_none_or(|bank| bank.third_parties.is_empty())
        .then_some("the target file names no third party ([[open_banking.third_party]])")
}

/// What is missing for checks with two third parties.
fn second_third_party_missing(bank: Option<&Bank>) -> Option<&'static str> {
    bank.is_none_or(|bank| bank.third_parties.len() < 2)
        .then_some("the target file does not name two third parties ([[open_banking.third_party]])")
}

/// What is missing for checks with signed consents.
fn signed_consents_missing(bank: Option<&Bank>) -> Option<&'static str> {
    if bank.and_then(Bank::signed).is_none() {
        return Some("the target file names no consents that are signed ([open_banking])");
    }
    bank.and_then(Bank::signing)
        .is_none()
        .then_some("no third party has a private_key ([[open_banking.third_party]])")
}

/// What is missing for checks that register clients.
fn registration_missing(surface: &Surface) -> Option<&'static str> {
    if surface.registration.is_none() {
        return Some("the target file does not let this tool register clients ([registration])");
    }
    surface.registration_endpoint().is_none().then_some("the metadata name no registration_endpoint")
}

/// What is missing for checks that register clients for a delivery mode.
fn registration_for_missing(surface: &Surface, mode: DeliveryMode) -> Option<String> {
    if let Some(missing) = registration_missing(surface) {
        return Some(missing.to_owned());
    }
    let offered = surface.facts.delivery_modes.contains(&mode);
    (!offered).then(|| format!("the metadata do not list {mode}"))
}

/// What is missing for checks that register clients with pairwise subjects.
fn pairwise_registration_missing(surface: &Surface) -> Option<&'static str> {
    let lists = |name: &str, word: &str| {
        let listed = surface.facts.metadata.get(name).and_then(Value::as_array);
        listed.is_some_and(|listed| listed.iter().any(|known| known == word))
    };
    if let Some(missing) = registration_missing(surface) {
        return Some(missing);
    }
    if !lists("subject_types_supported", "pairwise") {
        return Some("the metadata do not list pairwise subjects");
    }
    if !lists("token_endpoint_auth_methods_supported", "private_key_jwt") {
        return Some("the metadata do not list private_key_jwt");
    }
    surface.notifications.is_none().then_some(
        "there is no notification endpoint of ours, beside which the documents of clients are published",
    )
}
