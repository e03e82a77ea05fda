//! What a target file says of hints other than names, and of user codes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::parse::{Secrets, text};
use super::{FileSecret, ServerUrl};
use crate::jose::{SigningAlgorithm, SigningKey};
use crate::profile::document::{Reader, Section};
use crate::target::{HintTokens, UserCodes};

const LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3_600);

/// What makes login hint tokens for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintTokenEntry {
    /// The private key as it stands in the file: PEM or a JWK, or where that is.
    pub key: FileSecret,
    /// The algorithm, where the key fits several.
    pub signing_alg: Option<SigningAlgorithm>,
    /// The `kid`, where it is not the JWK's own.
    pub key_id: Option<String>,
    /// What the three come to.
    pub signing_key: SigningKey,
    /// `iss` of the tokens.
    pub issuer: String,
    /// `aud` of the tokens; the server's issuer by default.
    pub audience: Option<String>,
    /// From `iat` to `exp`.
    pub lifetime: Duration,
}

/// The codes of the users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserCodeEntries {
    /// Of everybody who has none of their own.
    pub code: Option<FileSecret>,
    /// By user.
    pub users: BTreeMap<String, FileSecret>,
}

impl HintTokenEntry {
    /// What makes the tokens, for a server with this issuer.
    #[must_use]
    pub fn tokens(&self, server: &ServerUrl) -> HintTokens {
        HintTokens {
            key: self.signing_key.clone(),
            issuer: self.issuer.clone(),
            audience: self.audience.clone().unwrap_or_else(|| server.as_str().to_owned()),
            lifetime: self.lifetime,
        }
    }
}

impl UserCodeEntries {
    /// The codes themselves.
    #[must_use]
    pub fn codes(&self) -> UserCodes {
        let value = |entry: &FileSecret| entry.value.clone();
        UserCodes {
            shared: self.code.as_ref().map(value),
            own: self.users.iter().map(|(user, code)| (user.clone(), value(code))).collect(),
        }
    }
}

impl Secrets<'_> {
    /// Reads `[login_hint_token]`.
    pub(super) fn read_hint_tokens(&self, root: &Section<'_>) -> Option<HintTokenEntry> {
        if !root.has("login_hint_token") {
            return None;
        }
        let section = root.table("login_hint_token");
        let key = section.required("key", &self.key());
        let signing_alg = section.optional("signing_alg", &Reader::choice(&SigningAlgorithm::WORDS));
        let key_id = section.optional("key_id", &text());
        let issuer = section.required("issuer", &text());
        let audience = section.optional("audience", &text());
        let lifetime = section.or("lifetime", &Reader::duration(LIFETIMES), HintTokens::LIFETIME);
        let signing_key = key.as_ref().and_then(|key| {
            SigningKey::read(key.value.expose(), signing_alg, key_id.as_deref())
                .map_err(|error| section.problem("key", &error.to_string()))
                .ok()
        });
        section.finish();
        Some(HintTokenEntry {
            key: key?,
            signing_alg,
            key_id,
            signing_key: signing_key?,
            issuer: issuer?,
            audience,
            lifetime,
        })
    }

    /// Reads `[user_codes]`.
    pub(super) fn read_user_codes(&self, root: &Section<'_>) -> UserCodeEntries {
        let section = root.table("user_codes");
        let codes = UserCodeEntries {
            code: section.optional("code", &self.secret()),
            users: section.table("users").named_values(&self.secret()).into_iter().collect(),
        };
        section.finish();
        codes
    }
}

#[cfg(test)]
mod tests {
    use super::super::TargetFile;
    use super::super::secret::tests::{TestSource, parse};
    use super::*;
    use crate::jose::GeneratedKey;

    fn quoted(text: &str) -> String {
        toml::Value::from(text).to_string()
    }

    #[test]
    fn keys_are_pem_or_jwk_and_the_rest_has_defaults() {
        let made = GeneratedKey::make(SigningAlgorithm::Es256, "k1").unwrap();
        for (key, id) in
            [(made.pem.expose().clone(), None), (made.private_jwk.expose().to_string(), Some("k1"))]
        {
            let table =
                format!("[login_hint_token]\nissuer = \"https://hints.example\"\nkey = {}", quoted(&key));
            let target = parse(&table).unwrap();
            let entry = target.login_hint_token.as_ref().unwrap();
            assert_eq!(
                (entry.signing_key.id(), entry.signing_key.algorithm()),
                (id, SigningAlgorithm::Es256)
            );
            let tokens = entry.tokens(&target.issuer);
            assert_eq!((tokens.audience.as_str(), tokens.lifetime.as_secs()), ("http://127.0.0.1:9/t", 300));
            let written = target.to_toml();
            assert_eq!(TargetFile::parse("t.toml", &written, &TestSource).unwrap(), target, "{written}");
            assert!(!format!("{target:?}").contains(key.get(60..90).unwrap()), "{target:?}");
        }
    }

    #[test]
    fn codes_are_shared_or_the_user_s_own() {
        let target = parse("[user_codes]\ncode = \"1234\"\nusers = { jane = \"env:CIBA_SECRET\" }").unwrap();
        let codes = target.user_codes.codes();
        assert_eq!(codes.of("john").unwrap().expose(), "1234");
        assert_eq!(codes.of("jane").unwrap().expose(), "from-the-environment");
        assert!(parse("").unwrap().user_codes.codes().of("john").is_none());
    }

    #[test]
    fn mistakes_are_told_without_the_key() {
        for (more, expected) in [
            ("[login_hint_token]\nissuer = \"i\"", "login_hint_token.key: missing"),
            ("[login_hint_token]\nkey = \"canary\"", "login_hint_token.issuer: missing"),
            ("[login_hint_token]\nissuer = \"i\"\nkey = \"canary\"", "login_hint_token.key: "),
            ("[login_hint_token]\nisuer = \"i\"", "login_hint_token.isuer: unknown key; did you mean issuer"),
            (
                "login_hint_token.lifetime = \"0s\"",
                "login_hint_token.lifetime: value \"0s\", expected a duration",
            ),
            (
                "[user_codes]\nusers = { jane = 5 }",
                "user_codes.users.jane: value (not shown), expected a text",
            ),
            ("[user_codes]\nuser = { jane = \"5\" }", "user_codes.user: unknown key; did you mean users"),
            ("id_token_hint = \"yes\"", "id_token_hint: value \"yes\", expected true or false"),
        ] {
            let problem = parse(more).unwrap_err();
            assert!(problem.contains(expected), "{more}\n  gave     {problem}\n  expected {expected}");
            assert!(!problem.contains("canary"), "{problem}");
        }
    }
}
