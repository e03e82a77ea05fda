use serde_json::Value;

/// Where the details of a consent say what its user has to know, by the name under which that is shown. Several texts make one.
const ROWS: [(&str, &[&str]); 9] = [
    ("Permissions", &["/account_access_consent/Permissions"]),
    ("Permissions", &["/customer_data_access_consent/permissions"]),
    ("Access until", &["/account_access_consent/ExpirationDateTime"]),
    ("Access until", &["/customer_data_access_consent/expirationDateTime"]),
    (
        "Amount",
        &[
            "/domestic_payment_consent/Initiation/InstructedAmount/Amount",
            "/domestic_payment_consent/Initiation/InstructedAmount/Currency",
        ],
    ),
    ("Amount", &["/customer_payment_consent/payment/amount", "/customer_payment_consent/payment/currency"]),
    ("Payee", &["/domestic_payment_consent/Initiation/CreditorAccount/Name"]),
    ("Payee", &["/customer_payment_consent/creditor/name"]),
    ("Payee's account", &["/domestic_payment_consent/Initiation/CreditorAccount/Identification"]),
];
/// Longest list that is shown, and the longest text in characters.
const MAX_SHOWN: usize = 50;
const MAX_CHARACTERS: usize = 200;

/// What a user has to know of a consent before agreeing: names, each with one text or more.
pub(crate) fn details(body: &[u8]) -> Vec<(&'static str, Vec<String>)> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let row = |(name, places): &(&'static str, &[&str])| (*name, texts(&body, places));
    ROWS.iter().map(row).filter(|(_, texts)| !texts.is_empty()).collect()
}

fn texts(body: &Value, places: &[&str]) -> Vec<String> {
    let short = |text: &str| text.chars().take(MAX_CHARACTERS).collect::<String>();
    let found: Vec<&Value> = places.iter().filter_map(|place| body.pointer(place)).collect();
    if let [Value::Array(list)] = found[..] {
        return list.iter().filter_map(Value::as_str).take(MAX_SHOWN).map(short).collect();
    }
    let texts: Vec<String> = found.into_iter().filter_map(Value::as_str).map(short).collect();
    if texts.is_empty() { Vec::new() } else { vec![texts.join(" ")] }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::details;

    #[test]
    fn what_is_agreed_to_is_found_for_each_kind_and_bounded() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        for (body, expected) in [
            (
                json!({"account_access_consent": {"Permissions": ["a", 1, "b"]}}),
                vec![("Permissions", texts(&["a", "b"]))],
            ),
            (
                json!({"domestic_payment_consent": {"Initiation": {"InstructedAmount": {"Amount": "1.00", "Currency": "GBP"},
                    "CreditorAccount": {"Name": "n".repeat(999)}}}}),
                vec![("Amount", texts(&["1.00 GBP"])), ("Payee", texts(&["n".repeat(200).as_str()]))],
            ),
            (
                json!({"customer_payment_consent": {"payment": {"amount": "5.00", "currency": "BRL"}}}),
                vec![("Amount", texts(&["5.00 BRL"]))],
            ),
            (json!({"customer_data_access_consent": {"permissions": []}}), vec![]),
            (json!([]), vec![]),
        ] {
            assert_eq!(details(body.to_string().as_bytes()), expected, "{body}");
        }
        assert!(details(b"no JSON").is_empty());
    }
}
