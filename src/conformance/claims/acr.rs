use crate::conformance::{Claim, Scene, Unheld};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The flow's ID token says which authentication context was met.
pub const ACR_NAMED: Claim = Claim::Holds("an ID token with acr", |scene: &Scene| {
    let id_token =
        scene.tokens()?.id_token.as_deref().ok_or_else(|| Unheld::Unclear("no ID token came".to_owned()))?;
    acr_named(id_token)
});

fn acr_named(id_token: &str) -> Result<(), Unheld> {
    let parts: Vec<&str> = id_token.split('.').collect();
    let [_, payload, _] = parts[..] else {
        return Err(Unheld::Unclear("the ID token is not a signed one".to_owned()));
    };
    let claims = URL_SAFE_NO_PAD.decode(payload).ok().and_then(|json| serde_json::from_slice(&json).ok());
    let Some(Value::Object(claims)) = claims else {
        return Err(Unheld::Unclear("the ID token holds no claims".to_owned()));
    };
    match claims.get("acr") {
        Some(Value::String(acr)) if !acr.is_empty() => Ok(()),
        Some(_) => Err("an acr that is not a text, or empty".into()),
        None => Err("an ID token without acr".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acr_is_a_text() {
        let token = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(acr_named(&token(r#"{"acr":"two-factor"}"#)), Ok(()));
        for claims in ["{}", r#"{"acr":""}"#, r#"{"acr":2}"#, r#"{"acr":null}"#] {
            assert!(matches!(acr_named(&token(claims)), Err(Unheld::No(_))), "{claims}");
        }
        for unreadable in ["", "a.b.c.d.e", &token("not json"), "e30.*.c2ln"] {
            assert!(matches!(acr_named(unreadable), Err(Unheld::Unclear(_))), "{unreadable}");
        }
    }
}
