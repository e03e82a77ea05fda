use serde_json::Value;

/// Where the details of a payment's consent name the account to be debited, in the United Kingdom and in Brasil.
const PLACES: [&str; 2] = [
    "/domestic_payment_consent/Initiation/DebtorAccount/Identification",
    "/customer_payment_consent/debtorAccount/number",
];

/// The account that a payment is to be debited to, as far as the details of its consent name one.
pub(crate) fn debtor_account(details: &[u8]) -> Option<String> {
    let details: Value = serde_json::from_slice(details).ok()?;
    let found = PLACES.iter().find_map(|place| details.pointer(place)?.as_str())?;
    (!found.is_empty()).then(|| found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::debtor_account;

    #[test]
    fn the_debtor_is_found_where_the_consent_names_one() {
        for (details, account) in [
            (
                r#"{"domestic_payment_consent":{"Initiation":{"DebtorAccount":{"Identification":"22289"}}}}"#,
                Some("22289"),
            ),
            (r#"{"customer_payment_consent":{"debtorAccount":{"number":"1234"}}}"#, Some("1234")),
            (r#"{"domestic_payment_consent":{"Initiation":{}}}"#, None),
            (r#"{"customer_payment_consent":{"debtorAccount":{"number":1234}}}"#, None),
            (r#"{"account_access_consent":{}}"#, None),
            ("[]", None),
            ("no JSON", None),
        ] {
            assert_eq!(debtor_account(details.as_bytes()).as_deref(), account, "{details}");
        }
    }
}
