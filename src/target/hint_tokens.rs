use crate::jose::{GeneratedKey, GenerationError, SigningAlgorithm, SigningError, SigningKey};
use serde_json::{Value, json};
use std::time::Duration;

/// Makes login hint tokens that a server takes: signed JWTs whose `sub` is the user (CIBA Core 1.0, 7.1, which leaves their
/// form to whoever agrees on it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintTokens {
    /// What signs them; the server knows its public half.
    pub key: SigningKey,
    /// `iss`, by which the server knows the key.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// From `iat` to `exp`.
    pub lifetime: Duration,
}

impl HintTokens {
    /// How long a token lives where nobody says.
    pub const LIFETIME: Duration = Duration::from_secs(300);

    /// Makes tokens by a key of its own, for a server that is told the public JWK, which comes with it.
    ///
    /// # Errors
    ///
    /// The system gives no randomness.
    pub fn generated(issuer: &str, audience: &str) -> Result<(Self, GeneratedKey), GenerationError> {
        let made = GeneratedKey::make(SigningAlgorithm::Es256, "login-hint-tokens")?;
        let tokens = HintTokens {
            key: made.signing_key.clone(),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            lifetime: Self::LIFETIME,
        };
        Ok((tokens, made))
    }

    /// What a token about this user says. `now` is the time since the Unix epoch.
    #[must_use]
    pub fn claims(&self, user: &str, now: Duration) -> Value {
        json!({
            "iss": self.issuer,
            "aud": self.audience,
            "sub": user,
            "iat": now.as_secs(),
            "exp": now.saturating_add(self.lifetime).as_secs(),
        })
    }

    /// A token about this user.
    ///
    /// # Errors
    ///
    /// The system gives no randomness.
    pub fn token(&self, user: &str, now: Duration) -> Result<String, SigningError> {
        self.key.sign(&self.claims(user, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};

    #[test]
    fn another_library_believes_the_token() {
        let (tokens, made) = HintTokens::generated("https://hints.example", "https://op.example").unwrap();
        let now = jsonwebtoken::get_current_timestamp();
        let token = tokens.token("größe <b> + \u{1F600}", Duration::from_secs(now)).unwrap();
        let text = |member: &str| made.public_jwk[member].as_str().unwrap();
        let key = DecodingKey::from_ec_components(text("x"), text("y")).unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["https://op.example"]);
        validation.set_issuer(&["https://hints.example"]);
        let read = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
        assert_eq!(read.claims["sub"], "größe <b> + \u{1F600}");
        assert_eq!(read.claims["exp"], now + 300);
        assert_eq!(read.header.kid.as_deref(), Some("login-hint-tokens"));
        assert!(!format!("{tokens:?}").contains(text("x")), "{tokens:?}");
    }
}
