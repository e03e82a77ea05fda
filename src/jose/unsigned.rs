use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};

/// A token that nobody signed (RFC 7519, 6): what servers have to refuse.
pub fn unsigned(claims: &impl Serialize) -> String {
    let claims = serde_json::to_value(claims).unwrap_or(Value::Null);
    format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims))
}

/// Five parts with the header of an encrypted token (RFC 7516, 7.1). Nobody can decrypt it, which a server that refuses
/// encrypted tokens does not come to know.
pub fn encrypted_in_form(claims: &impl Serialize) -> String {
    let header = json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"});
    let claims = serde_json::to_value(claims).unwrap_or(Value::Null);
    format!("{}.{}.AAAAAAAAAAAAAAAA.{}.AAAAAAAAAAAAAAAAAAAAAA", part(&header), "A".repeat(342), part(&claims))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
