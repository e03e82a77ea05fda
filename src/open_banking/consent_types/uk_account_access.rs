//! Open Banking UK, account access consent (Read/Write API 3.1).

use crate::open_banking::{ConsentMedia, ConsentReference, ConsentTerms, ConsentType};
use serde_json::{Value, json};
use std::time::Duration;

/// The longest that an account information consent is good for without asking again: 90 days.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Access to a user's accounts.
pub const TYPE: ConsentType = ConsentType {
    name: "open_banking_uk_accounts",
    about: "Open Banking UK, account access consent",
    path: "/open-banking/v3.1/aisp/account-access-consents",
    token_scope: "accounts",
    request_scope: "accounts",
    media: ConsentMedia::Json,
    reference: ConsentReference::IntentId,
    deletable: true,
    awaiting: "AwaitingAuthorisation",
    authorised: "Authorised",
    body,
};

fn body(terms: &ConsentTerms<'_>) -> Value {
    json!({
        "Data": {
            "Permissions": ["ReadAccountsBasic", "ReadAccountsDetail", "ReadBalances"],
            "ExpirationDateTime": terms.after(LIFETIME),
        },
        "Risk": {},
    })
}
