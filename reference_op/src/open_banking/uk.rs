//! Open Banking UK 3.1: what clients ask for, and the words of answers.

use serde_json::{Value, json};

use super::consent::{Asked, Consent, Status};
use super::date::unix_seconds;
use super::field;
use super::refusal::Refusal;

/// What an account-access consent can permit.
const PERMISSIONS: [&str; 22] = [
    "ReadAccountsBasic",
    "ReadAccountsDetail",
    "ReadBalances",
    "ReadBeneficiariesBasic",
    "ReadBeneficiariesDetail",
    "ReadDirectDebits",
    "ReadOffers",
    "ReadPAN",
    "ReadParty",
    "ReadPartyPSU",
    "ReadProducts",
    "ReadScheduledPaymentsBasic",
    "ReadScheduledPaymentsDetail",
    "ReadStandingOrdersBasic",
    "ReadStandingOrdersDetail",
    "ReadStatementsBasic",
    "ReadStatementsDetail",
    "ReadTransactionsBasic",
    "ReadTransactionsCredits",
    "ReadTransactionsDebits",
    "ReadTransactionsDetail",
    "ReadSCA",
];

/// An account-access consent. `now` is in seconds since 1970.
pub(super) fn account_access(document: &Value, now: u64) -> Result<Asked, Refusal> {
    let data = field::object(document, "/Data")?;
    field::texts(document, "/Data/Permissions", |text| PERMISSIONS.contains(&text))?;
    for path in ["/Data/TransactionFromDateTime", "/Data/TransactionToDateTime"] {
        field::optional_text(document, path, |text| unix_seconds(text).is_some())?;
    }
    let kept = ["Permissions", "ExpirationDateTime", "TransactionFromDateTime", "TransactionToDateTime"];
    Ok(Asked {
        expires_at: field::end(document, "/Data/ExpirationDateTime", now)?,
        risk: Value::Object(field::object(document, "/Risk")?.clone()),
        data: field::members(data, &kept),
        addressee: None,
    })
}

/// A domestic payment consent.
pub(super) fn domestic_payment(document: &Value) -> Result<Asked, Refusal> {
    let data = field::object(document, "/Data")?;
    for path in [
        "/Data/Initiation/InstructionIdentification",
        "/Data/Initiation/EndToEndIdentification",
        "/Data/Initiation/CreditorAccount/SchemeName",
        "/Data/Initiation/CreditorAccount/Identification",
        "/Data/Initiation/CreditorAccount/Name",
    ] {
        field::text(document, path, |_| true)?;
    }
    let amount = |text: &str| field::is_amount(text, (0, 5));
    field::text(document, "/Data/Initiation/InstructedAmount/Amount", amount)?;
    let currency = |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
    field::text(document, "/Data/Initiation/InstructedAmount/Currency", currency)?;
    if data.get("Initiation").is_some_and(|initiation| initiation.get("DebtorAccount").is_some()) {
        field::text(document, "/Data/Initiation/DebtorAccount/SchemeName", |_| true)?;
        field::text(document, "/Data/Initiation/DebtorAccount/Identification", |_| true)?;
    }
    let kept = ["Initiation", "Authorisation", "ReadRefundAccount", "SCASupportData"];
    Ok(Asked {
        expires_at: None,
        risk: Value::Object(field::object(document, "/Risk")?.clone()),
        data: field::members(data, &kept),
        addressee: None,
    })
}

/// How a status is called.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::AwaitingAuthorisation => "AwaitingAuthorisation",
        Status::Authorised => "Authorised",
        Status::Rejected => "Rejected",
        Status::Deleted => "Revoked",
    }
}

/// The consent as clients see it. Dates are RFC 3339.
pub(super) fn message(consent: &Consent, link: &str) -> Value {
    json!({
        "Data": consent.document(),
        "Risk": consent.risk(),
        "Links": {"Self": link},
        "Meta": {"TotalPages": 1},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(document: &Value, path: &str, value: &Value) -> Value {
        let mut changed = document.clone();
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = changed.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(name);
        } else {
            parent.insert(name.to_owned(), value.clone());
        }
        changed
    }

    #[test]
    fn account_access_consents_are_judged_field_by_field() {
        let good = json!({"Risk": {}, "Data": {"Permissions": ["ReadBalances"], "ExpirationDateTime": "2026-06-28T10:47:34Z",
            "TransactionFromDateTime": "2026-01-01T00:00:00Z", "Other": 1}});
        let asked = account_access(&good, 0).unwrap();
        assert_eq!((asked.expires_at, asked.data.len()), (Some(1_782_643_654), 3));
        let (missing, invalid) = (Refusal::Missing, Refusal::Invalid);
        for (path, value, refusal) in [
            ("/Risk", Value::Null, missing("/Risk")),
            ("/Risk", json!([]), invalid("/Risk")),
            ("/Data", Value::Null, missing("/Data")),
            ("/Data", json!("x"), invalid("/Data")),
            ("/Data/Permissions", Value::Null, missing("/Data/Permissions")),
            ("/Data/Permissions", json!([]), invalid("/Data/Permissions")),
            ("/Data/Permissions", json!(["ReadBalances", "ReadMinds"]), invalid("/Data/Permissions")),
            ("/Data/Permissions", json!([1]), invalid("/Data/Permissions")),
            ("/Data/Permissions", json!(vec!["ReadPAN"; 65]), invalid("/Data/Permissions")),
            ("/Data/ExpirationDateTime", json!("tomorrow"), invalid("/Data/ExpirationDateTime")),
            ("/Data/ExpirationDateTime", json!(5), invalid("/Data/ExpirationDateTime")),
            ("/Data/TransactionToDateTime", json!("x"), invalid("/Data/TransactionToDateTime")),
        ] {
            assert_eq!(
                account_access(&changed(&good, path, &value), 0).err(),
                Some(refusal),
                "{path} {value}"
            );
        }
        assert_eq!(
            account_access(&good, 1_782_643_654).err(),
            Some(invalid("/Data/ExpirationDateTime")),
            "in the past"
        );
        assert!(account_access(&json!(7), 0).is_err());
    }

    #[test]
    fn domestic_payment_consents_are_judged_field_by_field() {
        let good = json!({"Risk": {}, "Data": {"ReadRefundAccount": "No", "Initiation": {
            "InstructionIdentification": "i", "EndToEndIdentification": "e",
            "InstructedAmount": {"Amount": "100.00", "Currency": "GBP"},
            "CreditorAccount": {"SchemeName": "s", "Identification": "1", "Name": "Payee"},
            "DebtorAccount": {"SchemeName": "s", "Identification": "2"}}}});
        assert_eq!(domestic_payment(&good).unwrap().data.len(), 2);
        let amount = "/Data/Initiation/InstructedAmount/Amount";
        for (path, value, refused) in [
            (amount, json!("1"), false),
            (amount, json!("0.12345"), false),
            (amount, json!("1."), true),
            (amount, json!(".5"), true),
            (amount, json!("-1"), true),
            (amount, json!("1,00"), true),
            (amount, json!("1.234567"), true),
            (amount, json!("12345678901234"), true),
            (amount, json!(100), true),
            ("/Data/Initiation/InstructedAmount/Currency", json!("gbp"), true),
            ("/Data/Initiation/InstructedAmount/Currency", json!("POUND"), true),
            ("/Data/Initiation/CreditorAccount/Name", Value::Null, true),
            ("/Data/Initiation/CreditorAccount/Name", json!("n".repeat(513)), true),
            ("/Data/Initiation/DebtorAccount/Identification", json!(""), true),
            ("/Data/Initiation/DebtorAccount", Value::Null, false),
            ("/Data/Initiation", json!([]), true),
            ("/Risk", Value::Null, true),
        ] {
            let answer = domestic_payment(&changed(&good, path, &value));
            assert_eq!(answer.is_err(), refused, "{path} {value}");
        }
    }
}
