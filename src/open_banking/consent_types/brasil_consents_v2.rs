//! Open Banking Brasil, consents API, version 2.

use crate::open_banking::{ConsentMedia, ConsentReference, ConsentTerms, ConsentType};
use serde_json::{Value, json};
use std::time::Duration;

/// Far longer than a flow takes, and gone soon after a test.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Access to a customer's data.
pub const TYPE: ConsentType = ConsentType {
    name: "open_banking_brasil_consents_v2",
    about: "Open Banking Brasil, data access consent, version 2",
    path: "/open-banking/consents/v2/consents",
    token_scope: "consents",
    request_scope: "consents",
    media: ConsentMedia::Json,
    reference: ConsentReference::DynamicScope,
    deletable: true,
    awaiting: "AWAITING_AUTHORISATION",
    authorised: "AUTHORISED",
    body,
};

fn body(terms: &ConsentTerms<'_>) -> Value {
    json!({
        "data": {
            "loggedUser": { "document": { "identification": "11111111111", "rel": "CPF" } },
            "permissions": ["ACCOUNTS_READ", "ACCOUNTS_BALANCES_READ", "RESOURCES_READ"],
            "expirationDateTime": terms.after(LIFETIME),
        },
    })
}
