use super::consent_types::{
    brasil_consents_v1, brasil_consents_v2, brasil_payments_v1, uk_account_access, uk_domestic_payment,
};
use jiff::Timestamp;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// Every consent that can be asked for.
pub const CONSENT_TYPES: [&ConsentType; 5] = [
    &uk_account_access::TYPE,
    &uk_domestic_payment::TYPE,
    &brasil_consents_v1::TYPE,
    &brasil_consents_v2::TYPE,
    &brasil_payments_v1::TYPE,
];

/// One kind of consent: where it is created, what is sent, and how the authentication request names it.
///
/// Two types are equal when they have the same name.
#[derive(Clone, Copy)]
pub struct ConsentType {
    /// The name in profiles and target files.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Path of the consents below the base of the consent APIs; a consent is created by POST there.
    pub path: &'static str,
    /// Scope of the client credentials token that creates it.
    pub token_scope: &'static str,
    /// What the authentication request asks for beside `openid`.
    pub request_scope: &'static str,
    /// In which form the consent is sent and answered.
    pub media: ConsentMedia,
    /// How the authentication request names the consent.
    pub reference: ConsentReference,
    /// Whether a consent can be deleted by DELETE below [`Self::path`].
    pub deletable: bool,
    /// Status of a consent that nobody has decided on.
    pub awaiting: &'static str,
    /// Status of a consent that the user has given.
    pub authorised: &'static str,
    /// The claims or the body that is sent.
    pub body: fn(&ConsentTerms<'_>) -> Value,
}

/// In which form a consent is sent and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentMedia {
    /// `application/json`.
    Json,
    /// `application/jwt`: signed by the client, answered signed by the server.
    Jwt,
}

/// How an authentication request names its consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentReference {
    /// By `openbanking_intent_id` (Open Banking UK).
    IntentId,
    /// By the dynamic scope `consent:<id>` (Open Banking Brasil).
    DynamicScope,
}

/// Where `openbanking_intent_id` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IntentId {
    /// Among the parameters of the request, whether that is a form or, of a client that signs, the request object.
    #[default]
    Parameter,
    /// In the request object: clients have to sign.
    RequestObject,
}

/// What differs from one consent to the next.
#[derive(Debug, Clone, Copy)]
pub struct ConsentTerms<'a> {
    /// Number of the flow in the run.
    pub flow: u64,
    /// The account at the bank that the consent is about, as far as it names one.
    pub account: &'a str,
    /// Wall time since the Unix epoch.
    pub now: Duration,
}

impl ConsentType {
    /// The type of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<&'static Self> {
        CONSENT_TYPES.into_iter().find(|kind| kind.name == name)
    }

    /// Names and types, as files choose among them.
    pub const WORDS: [(&'static str, &'static Self); CONSENT_TYPES.len()] = {
        let mut words = [(CONSENT_TYPES[0].name, CONSENT_TYPES[0]); CONSENT_TYPES.len()];
        let mut at = 0;
        while at < CONSENT_TYPES.len() {
            words[at] = (CONSENT_TYPES[at].name, CONSENT_TYPES[at]);
            at += 1;
        }
        words
    };

    /// The scopes of an authentication request for this consent: those that are asked for anyway, what the consent is for, and
    /// the consent itself where it is named by a scope. No scope stands there twice.
    #[must_use]
    pub fn scope(&self, asked: &str, id: &str) -> String {
        let dynamic = match self.reference {
            ConsentReference::DynamicScope => Some(format!("consent:{id}")),
            ConsentReference::IntentId => None,
        };
        let mut scopes: Vec<&str> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
        for scope in std::iter::once(self.request_scope).chain(dynamic.as_deref()) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes.join(" ")
    }
}

impl PartialEq for ConsentType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ConsentType {}

impl fmt::Debug for ConsentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl IntentId {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 2] =
        [("parameter", Self::Parameter), ("request_object", Self::RequestObject)];
}

impl ConsentTerms<'_> {
    /// A moment so long after now, in RFC 3339 and UTC, to the second.
    pub(super) fn after(&self, wait: Duration) -> String {
        let seconds = i64::try_from((self.now + wait).as_secs()).unwrap_or_default();
        let moment = Timestamp::from_second(seconds).unwrap_or_default();
        moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TERMS: ConsentTerms<'static> =
        ConsentTerms { flow: 7, account: "22289", now: Duration::from_secs(1_773_480_413) };

    fn body(name: &str) -> Value {
        (ConsentType::of_name(name).unwrap().body)(&TERMS)
    }

    #[test]
    fn names_are_unique_and_found() {
        for (at, kind) in CONSENT_TYPES.into_iter().enumerate() {
            assert_eq!(ConsentType::of_name(kind.name), Some(kind));
            assert!(
                CONSENT_TYPES[..at].iter().all(|other| other.name != kind.name && other.path != kind.path)
            );
            assert_eq!(format!("{kind:?}"), kind.name);
            assert!(kind.path.starts_with('/') && !kind.path.ends_with('/'), "{}", kind.path);
        }
        assert_eq!(ConsentType::of_name("open_banking"), None);
    }

    #[test]
    fn scopes_are_what_was_asked_for_and_what_the_consent_needs() {
        for (name, asked, expected) in [
            ("open_banking_uk_accounts", "openid", "openid accounts"),
            ("open_banking_uk_accounts", "openid  accounts profile", "openid accounts profile"),
            ("open_banking_uk_payment", "openid", "openid payments"),
            ("open_banking_brasil_consents_v2", "openid", "openid consents consent:urn:b:1"),
            ("open_banking_brasil_payments_v1", "openid payments", "openid payments consent:urn:b:1"),
        ] {
            assert_eq!(ConsentType::of_name(name).unwrap().scope(asked, "urn:b:1"), expected, "{name}");
        }
    }

    #[test]
    fn bodies_have_the_form_of_their_standard() {
        let uk = body("open_banking_uk_accounts");
        assert_eq!(uk["Risk"], json!({}));
        assert_eq!(uk["Data"]["ExpirationDateTime"], "2026-06-12T09:26:53Z");
        assert!(uk["Data"]["Permissions"].as_array().unwrap().contains(&json!("ReadAccountsBasic")));
        let payment = body("open_banking_uk_payment");
        assert_eq!(payment["Data"]["Initiation"]["DebtorAccount"]["Identification"], "22289");
        assert_eq!(payment["Data"]["Initiation"]["InstructedAmount"]["Currency"], "GBP");
        assert_eq!(payment["Risk"], json!({}));
        for version in ["v1", "v2"] {
            let brasil = body(&format!("open_banking_brasil_consents_{version}"));
            assert_eq!(brasil["data"]["loggedUser"]["document"]["rel"], "CPF");
            assert_eq!(brasil["data"]["expirationDateTime"], "2026-03-14T10:26:53Z");
            assert!(!brasil["data"]["permissions"].as_array().unwrap().is_empty());
        }
        let pix = body("open_banking_brasil_payments_v1");
        assert_eq!(
            (&pix["data"]["payment"]["type"], &pix["data"]["payment"]["currency"]),
            (&json!("PIX"), &json!("BRL"))
        );
        assert_eq!(pix["data"]["payment"]["date"], "2026-03-14");
    }
}
