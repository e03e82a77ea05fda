use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Longest consent id that is taken, in bytes; the API specifications allow 128 and 256 characters.
pub const CONSENT_ID_LENGTH_MAX: usize = 256;

/// Most of a refusal that is kept, in characters.
const WORDS_MAX: usize = 200;

/// Where servers write the id of a consent that they have created: Open Banking UK, Open Banking Brasil, and plain.
const PLACES: [&str; 3] = ["/Data/ConsentId", "/data/consentId", "/consent_id"];

/// The id of a created consent. `None` where the answer names none, or one that is empty or too long, or that could not stand in
/// a scope or a path.
#[must_use]
pub fn consent_id(answer: &Value) -> Option<&str> {
    let id = PLACES.iter().find_map(|place| answer.pointer(place)).and_then(Value::as_str)?;
    let fits = (1..=CONSENT_ID_LENGTH_MAX).contains(&id.len());
    (fits && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')).then_some(id)
}

/// The payload of a JWT (RFC 7519), without a look at its signature.
#[must_use]
pub fn jwt_payload(jwt: &str) -> Option<Value> {
    let mut parts = jwt.trim().split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// What a server says when it creates no consent, in its own words: of OAuth (`error`, `error_description`), of Open Banking UK
/// (`Code`, `Message`, `Errors`), of Open Banking Brasil (`errors` with `code`, `title`, `detail`). Cut, on one line, and never
/// more than these members, so that nothing else of an answer is shown.
#[must_use]
pub fn refusal_words(status: u16, body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    const MEMBERS: [&str; 13] = [
        "/error",
        "/error_description",
        "/error_hint",
        "/Code",
        "/Message",
        "/Errors/0/ErrorCode",
        "/Errors/0/Message",
        "/Errors/0/Path",
        "/errors/0/code",
        "/errors/0/title",
        "/errors/0/detail",
        "/message",
        "/detail",
    ];
    let words: Vec<&str> = MEMBERS
        .iter()
        .filter_map(|member| answer.pointer(member)?.as_str())
        .filter(|word| !word.is_empty())
        .collect();
    let said = if words.is_empty() { "no words of its own".to_owned() } else { words.join(": ") };
    let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS_MAX).collect();
    format!("status {status}, {said}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_found_in_three_places_and_nowhere_else() {
        for (answer, expected) in [
            (json!({"Data": {"ConsentId": "bumh9la8", "Status": "AwaitingAuthorisation"}}), Some("bumh9la8")),
            (json!({"data": {"consentId": "urn:bank:C1DD"}}), Some("urn:bank:C1DD")),
            (json!({"consent_id": "c-1"}), Some("c-1")),
            (json!({"Data": {"consentId": "c"}}), None),
            (json!({"consent_id": ""}), None),
            (json!({"consent_id": 5}), None),
            (json!({"consent_id": "a b"}), None),
            (json!({"consent_id": "a\"b"}), None),
            (json!({"consent_id": "x".repeat(257)}), None),
            (json!([]), None),
            (Value::Null, None),
        ] {
            assert_eq!(consent_id(&answer), expected, "{answer}");
        }
    }

    #[test]
    fn payloads_of_jwts_are_read() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"data":{"consentId":"urn:b:1"}}"#);
        let read = jwt_payload(&format!("e30.{payload}.c2ln\n")).unwrap();
        assert_eq!(consent_id(&read), Some("urn:b:1"));
        for wrong in ["", "a.b", &format!("{payload}.{payload}"), "e30.*.x", &format!("a.{payload}.b.c")] {
            assert_eq!(jwt_payload(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn refusals_are_told_in_the_servers_words_and_in_no_others() {
        for (status, body, expected) in [
            (
                400,
                r#"{"error":"invalid_scope","error_description":"no accounts","trace":"x"}"#,
                "status 400, invalid_scope: no accounts",
            ),
            (
                400,
                r#"{"Code":"400 BadRequest","Message":"no","Errors":[{"ErrorCode":"UK.OBIE.Field.Missing","Message":"Permissions","Path":"Data"}]}"#,
                "status 400, 400 BadRequest: no: UK.OBIE.Field.Missing: Permissions: Data",
            ),
            (422, r#"{"errors":[{"code":"C","title":"t","detail":"d"}]}"#, "status 422, C: t: d"),
            (502, "<html>", "status 502, no words of its own"),
            (400, r#"{"error":"a\nb"}"#, "status 400, a b"),
        ] {
            assert_eq!(refusal_words(status, body.as_bytes()), expected);
        }
        let long = format!(r#"{{"error":"{}"}}"#, "é".repeat(5_000));
        assert!(refusal_words(400, long.as_bytes()).chars().count() < 300);
    }
}
