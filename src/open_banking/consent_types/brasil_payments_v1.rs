//! Open Banking Brasil, payment initiation API, version 1: a PIX payment, sent and answered as a signed JWT.

use crate::open_banking::{ConsentMedia, ConsentReference, ConsentTerms, ConsentType};
use serde_json::{Value, json};
use std::time::Duration;

/// Characters of a date in RFC 3339.
const DATE: usize = "2026-01-01".len();

/// One PIX payment. Such a consent cannot be deleted; it is over five minutes after it was created.
pub const TYPE: ConsentType = ConsentType {
    name: "open_banking_brasil_payments_v1",
    about: "Open Banking Brasil, payment consent, version 1",
    path: "/open-banking/payments/v1/consents",
    token_scope: "payments",
    request_scope: "payments",
    media: ConsentMedia::Jwt,
    reference: ConsentReference::DynamicScope,
    deletable: false,
    awaiting: "AWAITING_AUTHORISATION",
    authorised: "AUTHORISED",
    body,
};

fn body(terms: &ConsentTerms<'_>) -> Value {
    let today = terms.after(Duration::ZERO);
    json!({
        "data": {
            "loggedUser": { "document": { "identification": "11111111111", "rel": "CPF" } },
            "creditor": { "personType": "PESSOA_NATURAL", "cpfCnpj": "22222222222", "name": "Payee" },
            "payment": {
                "type": "PIX",
                "date": today.get(..DATE),
                "currency": "BRL",
                "amount": "100.00",
                "details": {
                    "localInstrument": "DICT",
                    "proxy": "22222222222",
                    "creditorAccount": { "ispb": "12345678", "issuer": "1774", "number": "1234567890", "accountType": "CACC" },
                },
            },
            "debtorAccount": { "ispb": "12345678", "issuer": "1774", "number": terms.account, "accountType": "CACC" },
        },
    })
}
