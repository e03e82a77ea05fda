//! How a client stands in a target file.

use super::commented::{Text, quoted};
use super::parse::{DEFAULT_AUTHENTICATION, Secrets, text};
use super::{ClientEntry, ClientProof, FileIdentity, FileKey, FileSecret};
use crate::ciba::Named as _;
use crate::jose::{SigningAlgorithm, SigningKey};
use crate::profile::document::{Reader, Section};
use crate::profile::{acr_values, read_parameters};
use crate::target::{AssertionAudience, ClientAuthentication};

impl ClientEntry {
    /// `user_code`: whether it is registered for user codes where it does not say.
    pub(super) fn read(section: Section<'_>, secrets: &Secrets<'_>, user_code: bool) -> Option<Self> {
        let client_id = section.required("client_id", &text());
        let method = section.or(
            "authentication",
            &Reader::choice(&ClientAuthentication::WORDS),
            DEFAULT_AUTHENTICATION,
        );
        let algorithm = Reader::choice(&SigningAlgorithm::WORDS);
        let signing_alg = section.optional("signing_alg", &algorithm);
        let request_signing_alg = section.optional("request_signing_alg", &algorithm);
        let key_id = section.optional("key_id", &text());
        let audience = Reader::choice(&AssertionAudience::WORDS);
        let audience = section.or("assertion_audience", &audience, AssertionAudience::default());
        let scope = section.optional("scope", &text());
        let acr_values = section.optional("acr_values", &acr_values());
        let user_code = section.or("user_code", &Reader::boolean(), user_code);
        let parameters = read_parameters(&section);
        let identity = FileIdentity::read(&section, secrets, method.is_by_certificate());
        let by_key = method == ClientAuthentication::PrivateKeyJwt;
        let signs = section.has("request_signing_alg");
        let private_key = match by_key || signs {
            true => section.required("private_key", &secrets.key()),
            false => unused(&section, &["private_key", "signing_alg", "key_id"], method),
        };
        let key = |algorithm| {
            let text = private_key.clone()?;
            match SigningKey::read(text.value.expose(), algorithm, key_id.as_deref()) {
                Ok(key) => Some(FileKey { text, key }),
                Err(error) => {
                    section.problem("private_key", &format!("{:?} {error}", text.reference));
                    None
                }
            }
        };
        let proof = match method {
            ClientAuthentication::PrivateKeyJwt => {
                unused::<()>(&section, &["client_secret"], method);
                key(signing_alg).map(ClientProof::PrivateKeyJwt)
            }
            ClientAuthentication::TlsClientAuth => {
                unused::<()>(&section, &["client_secret"], method);
                identity.clone().map(ClientProof::Tls)
            }
            ClientAuthentication::SelfSignedTlsClientAuth => {
                unused::<()>(&section, &["client_secret"], method);
                identity.clone().map(ClientProof::SelfSignedTls)
            }
            ClientAuthentication::ClientSecretBasic => {
                required_secret(&section, secrets, ClientProof::SecretBasic)
            }
            ClientAuthentication::ClientSecretPost => {
                required_secret(&section, secrets, ClientProof::SecretPost)
            }
            ClientAuthentication::ClientSecretJwt => {
                required_secret(&section, secrets, ClientProof::SecretJwt)
            }
        };
        let request_key = if signs { Some(key(request_signing_alg)) } else { None };
        section.finish();
        let request_key = match request_key {
            Some(None) => return None,
            Some(key) => key,
            None => None,
        };
        Some(ClientEntry {
            client_id: client_id?,
            proof: proof?,
            assertion_audience: audience,
            identity,
            request_key,
            scope,
            acr_values,
            user_code,
            parameters,
        })
    }

    /// The keys of its table; `user_code` as for reading. What signs is written only where something signs.
    pub(super) fn write(&self, text: &mut Text, user_code: bool) {
        text.key("client_id", quoted(&self.client_id));
        if let Some(secret) = self.proof.secret() {
            text.key("client_secret", quoted(&secret.expose_text()));
        }
        let words = &ClientAuthentication::WORDS;
        text.word("authentication", words, self.proof.method(), DEFAULT_AUTHENTICATION);
        let by_key = match &self.proof {
            ClientProof::PrivateKeyJwt(key) => Some(key),
            ClientProof::SecretBasic(_)
            | ClientProof::SecretPost(_)
            | ClientProof::SecretJwt(_)
            | ClientProof::Tls(_)
            | ClientProof::SelfSignedTls(_) => None,
        };
        if self.identity.is_some() {
            FileIdentity::write(self.identity.as_ref(), text);
        }
        if let Some(key) = by_key.or(self.request_key.as_ref()) {
            text.key("private_key", quoted(&key.text.expose_text()));
            text.optional("key_id", key.key.id().map(quoted));
        }
        if let Some(key) = by_key {
            text.key("signing_alg", quoted(key.key.algorithm().name()));
        }
        if by_key.is_some() || matches!(self.proof, ClientProof::SecretJwt(_)) {
            let words = &AssertionAudience::WORDS;
            text.word("assertion_audience", words, self.assertion_audience, AssertionAudience::default());
        }
        if let Some(key) = &self.request_key {
            text.key("request_signing_alg", quoted(key.key.algorithm().name()));
        }
        text.optional("scope", self.scope.as_deref().map(quoted));
        text.optional("acr_values", self.acr_values.as_deref().map(quoted));
        text.or("user_code", self.user_code, user_code);
        let pairs: toml::Table =
            self.parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        text.optional("parameters", (!pairs.is_empty()).then_some(toml::Value::Table(pairs)));
    }
}

fn required_secret(
    section: &Section<'_>,
    secrets: &Secrets<'_>,
    proof: impl Fn(FileSecret) -> ClientProof,
) -> Option<ClientProof> {
    section.required("client_secret", &secrets.secret()).map(proof)
}

/// Notes keys that mean nothing for a client of this method, so that nobody believes they do.
fn unused<T>(section: &Section<'_>, keys: &[&'static str], method: ClientAuthentication) -> Option<T> {
    for key in keys.iter().filter(|key| section.has(key)) {
        let needed = match *key {
            "client_secret" => "a client that authenticates by a secret",
            _ => "authentication = \"private_key_jwt\", or with request_signing_alg",
        };
        section.problem(
            key,
            &format!("means nothing for {}; expected only with {needed}; take it out", method.name()),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::TargetFile;
    use super::super::secret::tests::TestSource;

    fn parse(client: &str) -> Result<TargetFile, String> {
        let text = format!("issuer = \"http://127.0.0.1:9/t\"\n[clients.poll]\nclient_id = \"c\"\n{client}");
        TargetFile::parse("t.toml", &text, &TestSource).map_err(|problems| problems.to_string())
    }

    #[test]
    fn keys_are_read_and_what_does_not_fit_is_told() {
        let by_key = "authentication = \"private_key_jwt\"\nprivate_key = \"file:key.pem\"";
        let target = parse(&format!("{by_key}\nkey_id = \"k\"\nrequest_signing_alg = \"ES256\"")).unwrap();
        let client = target.clients.poll.unwrap();
        assert_eq!(client.request_key.as_ref().unwrap().key.id(), Some("k"));
        assert_eq!(client.credentials().method().name(), "private_key_jwt");
        let prepared = client.client(crate::ciba::DeliveryMode::Poll);
        assert!(prepared.assertion_key().is_some() && prepared.request_key().is_some());
        assert!(!format!("{prepared:?} {client:?}").contains("BEGIN"));
        for (client, expected) in [
            ("authentication = \"private_key_jwt\"", "clients.poll.private_key: missing"),
            (
                &by_key.replace("key.pem", "secret.txt"),
                "t.toml:5: clients.poll.private_key: file:secret.txt holds no private key; expected PEM",
            ),
            (&by_key.replace("key.pem", "none.pem"), "file:none.pem gave no secret: no such file"),
            (
                &format!("{by_key}\nsigning_alg = \"PS256\""),
                "holds an EC key on P-256, which signs \"ES256\" and not PS256; expected an RSA key",
            ),
            (&format!("{by_key}\nsigning_alg = \"HS256\""), "value \"HS256\", expected \"ES256\""),
            (&format!("{by_key}\nclient_secret = \"s\""), "client_secret: means nothing for private_key_jwt"),
            (
                "client_secret = \"s\"\nprivate_key = \"file:key.pem\"",
                "private_key: means nothing for client_secret_basic; expected only with",
            ),
            ("client_secret = \"s\"\nrequest_signing_alg = \"ES256\"", "clients.poll.private_key: missing"),
            ("client_secret = \"s\"\nassertion_audience = \"me\"", "expected \"issuer\""),
            ("authentication = \"client_secret_jwt\"", "clients.poll.client_secret: missing"),
        ] {
            let problem = parse(client).unwrap_err();
            assert!(problem.contains(expected), "{client}\n  gave     {problem}\n  expected {expected}");
        }
    }
}
