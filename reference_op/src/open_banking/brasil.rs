//! Open Banking Brasil: what clients ask for, and the words of answers.

use serde_json::{Value, json};

use super::consent::{Asked, Consent, Status};
use super::date::unix_seconds;
use super::field;
use super::refusal::Refusal;

/// How long a payment consent can be authorised, in seconds.
const PAYMENT_LIFETIME: u64 = 300;

/// A consent to customer data, of version 1 or 2. `now` is in seconds since 1970.
pub(super) fn customer_data(document: &Value, now: u64) -> Result<Asked, Refusal> {
    let data = field::object(document, "/data")?;
    parties(document)?;
    let permission = |text: &str| {
        text.ends_with("_READ")
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    field::texts(document, "/data/permissions", permission)?;
    let end = "/data/expirationDateTime";
    let expires_at = field::end(document, end, now)?.ok_or(Refusal::Missing(end))?;
    Ok(Asked {
        expires_at: Some(expires_at),
        risk: Value::Null,
        // Who the customer is is nothing that the client needs to be told again.
        data: field::members(data, &["permissions", "expirationDateTime"]),
        addressee: None,
    })
}

/// A payment consent. The document is the payload of the JWT.
pub(super) fn customer_payment(document: &Value, now: u64) -> Result<Asked, Refusal> {
    let data = field::object(document, "/data")?;
    parties(document)?;
    field::text(document, "/data/creditor/personType", |_| true)?;
    field::text(document, "/data/creditor/cpfCnpj", |text| text.bytes().all(|b| b.is_ascii_digit()))?;
    field::text(document, "/data/creditor/name", |_| true)?;
    field::text(document, "/data/payment/type", |_| true)?;
    field::text(document, "/data/payment/currency", |text| text == "BRL")?;
    field::text(document, "/data/payment/amount", |text| field::is_amount(text, (2, 2)))?;
    let kept = ["loggedUser", "businessEntity", "creditor", "payment", "debtorAccount"];
    Ok(Asked {
        expires_at: Some(now + PAYMENT_LIFETIME),
        risk: Value::Null,
        data: field::members(data, &kept),
        addressee: Some(field::text(document, "/iss", |_| true)?.to_owned()),
    })
}

/// Who asks, as a person and perhaps for a company.
fn parties(document: &Value) -> Result<(), Refusal> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    field::text(document, "/data/loggedUser/document/identification", digits)?;
    field::text(document, "/data/loggedUser/document/rel", |_| true)?;
    if document.pointer("/data/businessEntity").is_some() {
        field::text(document, "/data/businessEntity/document/identification", digits)?;
        field::text(document, "/data/businessEntity/document/rel", |_| true)?;
    }
    for path in ["/data/payment/date", "/data/payment/schedule/single/date"] {
        let date = |text: &str| unix_seconds(&format!("{text}T00:00:00Z")).is_some();
        field::optional_text(document, path, date)?;
    }
    Ok(())
}

/// How a status is called. A consent that was taken back counts as rejected.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::AwaitingAuthorisation => "AWAITING_AUTHORISATION",
        Status::Authorised => "AUTHORISED",
        Status::Rejected | Status::Deleted => "REJECTED",
    }
}

/// The consent as clients see it; `now` in RFC 3339.
pub(super) fn message(consent: &Consent, link: &str, now: &str) -> Value {
    json!({
        "data": consent.document(),
        "links": {"self": link},
        "meta": {"requestDateTime": now, "totalPages": 1, "totalRecords": 1},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Value {
        json!({"iss": "org", "data": {
            "loggedUser": {"document": {"identification": "11111111111", "rel": "CPF"}},
            "creditor": {"personType": "PESSOA_NATURAL", "cpfCnpj": "58764789000137", "name": "Marco"},
            "payment": {"type": "PIX", "date": "2026-06-01", "currency": "BRL", "amount": "100.00"},
            "permissions": ["ACCOUNTS_READ"], "expirationDateTime": "2026-06-28T10:47:34Z",
        }})
    }

    #[test]
    fn consents_are_judged_field_by_field() {
        assert_eq!(customer_data(&good(), 0).unwrap().data.len(), 2);
        let payment = customer_payment(&good(), 7).unwrap();
        assert_eq!((payment.expires_at, payment.addressee.as_deref()), (Some(307), Some("org")));
        type Judge = fn(&Value, u64) -> Result<Asked, Refusal>;
        let (data, paid): (Judge, Judge) = (customer_data, customer_payment);
        for (judge, path, value) in [
            (data, "/data/loggedUser/document/rel", json!("")),
            (data, "/data/loggedUser/document/identification", json!("x")),
            (data, "/data/permissions", json!(["accounts"])),
            (data, "/data/permissions", json!([])),
            (data, "/data/expirationDateTime", json!("1970-01-01T00:00:00Z")),
            (data, "/data/expirationDateTime", json!(null)),
            (paid, "/data/payment/amount", json!("100")),
            (paid, "/data/payment/amount", json!("100.0")),
            (paid, "/data/payment/currency", json!("GBP")),
            (paid, "/data/payment/date", json!("1 June")),
            (paid, "/data/creditor/cpfCnpj", json!("x")),
            (paid, "/iss", json!(1)),
            (paid, "/data", json!([])),
        ] {
            let mut document = good();
            *document.pointer_mut(path).unwrap() = value.clone();
            assert!(judge(&document, 0).is_err(), "{path} {value}");
        }
    }
}
