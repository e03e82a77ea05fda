use serde_json::Value;

use super::Intent;
use super::kind::Kind;

/// What a user has to know of a consent before agreeing: names, each with one text or more.
pub(crate) fn details(intent: &Intent) -> Vec<(&'static str, Vec<String>)> {
    let Some(consent) = &intent.consent else { return Vec::new() };
    let document = consent.document();
    let rows: &[(&'static str, &[&str])] = match consent.kind {
        Kind::AccountAccess => {
            &[("Permissions", &["/Permissions"]), ("Access until", &["/ExpirationDateTime"])]
        }
        Kind::DomesticPayment => &[
            ("Amount", &["/Initiation/InstructedAmount/Amount", "/Initiation/InstructedAmount/Currency"]),
            ("Payee", &["/Initiation/CreditorAccount/Name"]),
            ("Payee's account", &["/Initiation/CreditorAccount/Identification"]),
            ("Reference", &["/Initiation/RemittanceInformation/Reference"]),
            ("Account", &["/Initiation/DebtorAccount/Identification"]),
        ],
        Kind::CustomerData => {
            &[("Permissions", &["/permissions"]), ("Access until", &["/expirationDateTime"])]
        }
        Kind::CustomerPayment => &[
            ("Amount", &["/payment/amount", "/payment/currency"]),
            ("Payee", &["/creditor/name"]),
            ("Payee's document", &["/creditor/cpfCnpj"]),
        ],
    };
    let row = |(name, paths): &(&'static str, &[&str])| (*name, values(&document, paths));
    rows.iter().map(row).filter(|(_, texts)| !texts.is_empty()).collect()
}

/// A list as it is; several texts as one.
fn values(document: &Value, paths: &[&str]) -> Vec<String> {
    let found: Vec<_> = paths.iter().filter_map(|path| document.pointer(path)).collect();
    if let [Value::Array(list)] = found[..] {
        return list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let texts: Vec<_> = found.into_iter().filter_map(Value::as_str).collect();
    if texts.is_empty() { Vec::new() } else { vec![texts.join(" ")] }
}
