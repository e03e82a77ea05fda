//! Open Banking UK, domestic payment consent (Read/Write API 3.1).

use crate::open_banking::{ConsentMedia, ConsentReference, ConsentTerms, ConsentType};
use serde_json::{Value, json};

/// How accounts are named: sort code and account number.
const SCHEME: &str = "UK.OBIE.SortCodeAccountNumber";

/// One payment inside the country. Such a consent cannot be deleted; it ends by being used or by its age.
pub const TYPE: ConsentType = ConsentType {
    name: "open_banking_uk_payment",
    about: "Open Banking UK, domestic payment consent",
    path: "/open-banking/v3.1/pisp/domestic-payment-consents",
    token_scope: "payments",
    request_scope: "payments",
    media: ConsentMedia::Json,
    reference: ConsentReference::IntentId,
    deletable: false,
    awaiting: "AwaitingAuthorisation",
    authorised: "Authorised",
    body,
};

fn body(terms: &ConsentTerms<'_>) -> Value {
    let identification = format!("flow-{}", terms.flow);
    json!({
        "Data": {
            "Initiation": {
                "InstructionIdentification": identification,
                "EndToEndIdentification": identification,
                "InstructedAmount": { "Amount": "100.00", "Currency": "GBP" },
                "DebtorAccount": { "SchemeName": SCHEME, "Identification": terms.account, "Name": "Payer" },
                "CreditorAccount": { "SchemeName": SCHEME, "Identification": "20000319825731", "Name": "Payee" },
                "RemittanceInformation": { "Reference": identification, "Unstructured": "test payment" },
            },
        },
        "Risk": {},
    })
}
