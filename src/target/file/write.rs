//! From a target to the text of a target file.

use std::time::Duration;

use super::commented::{Text, quoted};
use super::dialect::write_service;
use super::parse::{DEFAULT_CORRELATION, DEFAULT_ENFORCEMENT, DEFAULT_PATH, DEFAULT_SUBJECT};
use super::{
    ConformanceSettings, FileIdentity, KnownDeviation, PollingEnforcement, RegistrationEntry, TargetFile,
    UserCodeEntries,
};
use crate::ciba::Named as _;
use crate::jose::{SigningAlgorithm, SubjectRule};
use crate::profile::Correlation;
use crate::target::HintTokens;

impl TargetFile {
    /// The target as a file that parses to the same target: each key with what the annotated example says about it, those
    /// at their default as comments. Secrets that stand in the target itself are written out, so the file has to be kept as
    /// they are.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = Text::default();
        text.line(
            "# A target: which server is under test, with which clients, and how much load it has agreed to.",
        );
        text.line(
            "# What has a # before its key is at its default, or an example of what may be written there.",
        );
        text.line("");
        text.key("issuer", quoted(self.issuer.as_str()));
        text.word("subject", &SubjectRule::WORDS, self.subject, DEFAULT_SUBJECT);
        text.word("correlation", &Correlation::WORDS, self.correlation, DEFAULT_CORRELATION);
        text.or("id_token_hint", self.id_token_hint, false);
        text.or("is_reference", self.is_reference, false);
        self.tls.write(&mut text);
        for (name, client) in self.clients.named() {
            let table = format!("clients.{name}");
            match client {
                Some(client) => {
                    text.table(&table);
                    client.write(&mut text, name == "user_code");
                }
                None => text.absent_table(&table),
            }
        }
        self.write_hints(&mut text);
        match &self.open_banking {
            Some(open_banking) => open_banking.write(&mut text),
            None => {
                text.absent_table("open_banking");
                text.absent_table("open_banking.third_party");
            }
        }
        RegistrationEntry::write(self.registration.as_ref(), &mut text);
        write_service(&mut text, &self.authentication_service, self.manual);
        self.write_rest(&mut text);
        text.into_text()
    }

    fn write_hints(&self, text: &mut Text) {
        match &self.login_hint_token {
            Some(entry) => {
                text.table("login_hint_token");
                text.key("key", quoted(&entry.key.expose_text()));
                let name = |algorithm: SigningAlgorithm| quoted(algorithm.name());
                text.optional("signing_alg", entry.signing_alg.map(name));
                text.optional("key_id", entry.key_id.as_deref().map(quoted));
                text.key("issuer", quoted(&entry.issuer));
                text.optional("audience", entry.audience.as_deref().map(quoted));
                text.or("lifetime", duration(entry.lifetime), duration(HintTokens::LIFETIME));
            }
            None => text.absent_table("login_hint_token"),
        }
        let UserCodeEntries { code, users } = &self.user_codes;
        if code.is_none() && users.is_empty() {
            text.absent_table("user_codes");
            return;
        }
        text.table("user_codes");
        text.optional("code", code.as_ref().map(|code| quoted(&code.expose_text())));
        let users: toml::Table =
            users.iter().map(|(user, code)| (user.clone(), code.expose_text().into())).collect();
        text.optional("users", (!users.is_empty()).then_some(toml::Value::Table(users)));
    }

    fn write_rest(&self, text: &mut Text) {
        text.table("notification");
        text.address("listen", self.notification.listen);
        text.optional_url("public_url", self.notification.public_url.as_ref());
        text.or("path", quoted(&self.notification.path), quoted(DEFAULT_PATH));
        FileIdentity::write(self.notification.identity.as_ref(), text);
        text.table("polling");
        text.word("enforcement", &PollingEnforcement::WORDS, self.polling, DEFAULT_ENFORCEMENT);
        text.table("load");
        text.or("allow_load", self.load.allow_load, false);
        text.optional("max_rate", self.load.max_rate.map(|rate| quoted(&format!("{rate}/s"))));
        text.users("allowed_users", &self.load.allowed_users);
        let ConformanceSettings { users, unknown_user, jobs } = &self.conformance;
        text.table("conformance");
        text.users("users", users);
        text.optional("unknown_user", unknown_user.as_deref().map(quoted));
        text.optional("jobs", jobs.as_ref());
        if self.known_deviations.is_empty() {
            text.absent_table("known_deviation");
        }
        for KnownDeviation { check, reason, owner, until } in &self.known_deviations {
            text.item("known_deviation");
            text.key("check", quoted(check));
            text.key("reason", quoted(reason));
            text.key("owner", quoted(owner));
            text.key("until", quoted(&until.to_string()));
        }
    }
}

/// As the reader of durations takes it.
fn duration(length: Duration) -> String {
    match length.subsec_millis() {
        0 => quoted(&format!("{}s", length.as_secs())),
        _ => quoted(&format!("{}ms", length.as_millis())),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::secret::tests::{TEST_CERTIFICATE, TEST_KEY, TestSource};
    use super::super::{
        ApprovalMethod, ApprovalUrl, AuthenticationService, ClientEntry, ClientProof, Clients, Denial,
        EmbeddedService, FileIdentity, FileKey, FileSecret, KeycloakService, LoadPermission,
        NotificationListener, SecretReference, ServerUrl, SystemClient, TlsEntry,
    };
    use super::*;
    use crate::ciba::Secret;
    use crate::jose::SigningKey;
    use crate::target::AssertionAudience;
    use crate::tls::Roots;
    use std::sync::Arc;

    /// A secret, and where it stands.
    fn secret(reference: SecretReference, value: &str) -> FileSecret {
        FileSecret { reference, value: Secret::new(value.to_owned()) }
    }

    fn identity() -> FileIdentity {
        let file = |name: &str, text: &str| secret(SecretReference::File(name.to_owned()), text.trim_end());
        FileIdentity {
            certificate: file("tls.pem", &TEST_CERTIFICATE.certificate),
            key: file("tls.key", TEST_CERTIFICATE.key.expose()),
            identity: Arc::new(TEST_CERTIFICATE.identity().unwrap()),
        }
    }

    fn tls() -> TlsEntry {
        let pem = TEST_CERTIFICATE.certificate.trim_end();
        let reference = SecretReference::File("tls.pem".to_owned());
        TlsEntry {
            roots: Some((secret(reference, pem), Roots::read(pem).unwrap())),
            connect_to: None,
            http2: true,
        }
    }

    /// A target with one of everything, its secrets in the environment and in files.
    pub(in super::super) fn target(issuer: &str) -> TargetFile {
        let url = |text: &str| ServerUrl::parse(text).unwrap();
        let from_env = || secret(SecretReference::Env("CIBA_SECRET".to_owned()), "from-the-environment");
        let from_file = || secret(SecretReference::File("secret.txt".to_owned()), "from-a-file");
        let client = |id: &str| ClientEntry {
            client_id: id.to_owned(),
            proof: ClientProof::SecretPost(from_env()),
            assertion_audience: AssertionAudience::Issuer,
            identity: None,
            request_key: None,
            scope: Some("openid email".to_owned()),
            acr_values: Some("gold \"silver\"".to_owned()),
            user_code: id != "ping-client",
            parameters: vec![("a.b".to_owned(), "1 + \"<ü>\"".to_owned())],
        };
        let key = || FileKey {
            text: secret(SecretReference::File("key.pem".to_owned()), TEST_KEY.trim_end()),
            key: SigningKey::read(TEST_KEY, None, Some("k1")).unwrap(),
        };
        let by_key = ClientEntry {
            proof: ClientProof::PrivateKeyJwt(key()),
            assertion_audience: AssertionAudience::Endpoint,
            ..client("asserting")
        };
        let signed = ClientEntry {
            proof: ClientProof::SecretJwt(from_env()),
            request_key: Some(key()),
            ..client("signing")
        };
        let certified = ClientEntry {
            proof: ClientProof::Tls(identity()),
            identity: Some(identity()),
            ..client("certified")
        };
        TargetFile {
            tls: tls(),
            issuer: url(issuer),
            clients: Clients {
                poll: Some(client("a \"poll\" \\ client")),
                ping: Some(client("ping-client")),
                push: Some(client("push-client")),
                second: Some(client("second-client")),
                user_code: Some(client("with-codes")),
                unregistered: Some(client("no-ciba")),
                assertion: Some(by_key),
                signed: Some(signed),
                certificate: Some(certified),
            },
            login_hint_token: None,
            id_token_hint: true,
            user_codes: UserCodeEntries {
                code: Some(from_env()),
                users: [("a user".to_owned(), from_file())].into(),
            },
            open_banking: None,
            registration: Some(RegistrationEntry { initial_access_token: Some(from_file()) }),
            subject: SubjectRule::Hint,
            correlation: Correlation::User,
            authentication_service: AuthenticationService::Embedded(Box::new(EmbeddedService {
                listen: "0.0.0.0:7001".parse().unwrap(),
                public_url: Some(url("https://bench.example.com/as")),
                identity: Some(identity()),
                username: "op".to_owned(),
                password: from_file(),
                system: SystemClient {
                    client_id: "system".to_owned(),
                    client_secret: from_env(),
                    token_endpoint: url("https://id.example.com/acme/system/oauth2/token"),
                },
                api_base: Some(url("https://id.example.com")),
            })),
            manual: true,
            notification: NotificationListener {
                listen: "[::1]:7002".parse().unwrap(),
                public_url: Some(url("https://bench.example.com")),
                path: "/cb".to_owned(),
                identity: Some(identity()),
            },
            polling: PollingEnforcement::Required,
            load: LoadPermission {
                allow_load: true,
                max_rate: Some(12.5),
                allowed_users: vec!["user-*".to_owned(), "alice".to_owned()],
            },
            conformance: ConformanceSettings {
                users: vec!["user-a".to_owned(), "alice".to_owned()],
                unknown_user: Some("nobody".to_owned()),
                jobs: Some(2),
            },
            known_deviations: ["ciba/7.3/*", "ciba/10.1.1/single-use"]
                .map(|check| KnownDeviation {
                    check: check.to_owned(),
                    reason: "ticket \"4711\"".to_owned(),
                    owner: "team".to_owned(),
                    until: "2027-01-31".parse().unwrap(),
                })
                .into(),
            is_reference: true,
        }
    }

    fn read_back(target: &TargetFile) -> TargetFile {
        let text = target.to_toml();
        TargetFile::parse("t.toml", &text, &TestSource)
            .unwrap_or_else(|problems| panic!("{problems}\n{text}"))
    }

    #[test]
    fn what_is_written_reads_back() {
        let full = target("https://id.example.com/acme/bank");
        assert_eq!(read_back(&full), full);

        let mut least = target("http://127.0.0.1:9/t/a");
        least.registration = Some(RegistrationEntry::default());
        assert_eq!(read_back(&least), least);
        least.registration = None;
        least.clients.ping = None;
        least.clients.second = None;
        least.clients.unregistered = None;
        least.clients.user_code = None;
        least.user_codes = UserCodeEntries::default();
        least.clients.assertion = None;
        least.clients.signed = None;
        least.conformance = ConformanceSettings::default();
        least.known_deviations.clear();
        least.clients.poll.as_mut().unwrap().scope = None;
        least.clients.poll.as_mut().unwrap().proof =
            ClientProof::SecretBasic(FileSecret::inline("it's \"inline\"".to_owned()));
        least.authentication_service = AuthenticationService::None;
        least.manual = false;
        least.notification.public_url = None;
        least.load = LoadPermission { allow_load: false, max_rate: None, allowed_users: Vec::new() };
        assert_eq!(read_back(&least), least);
    }

    #[test]
    fn every_dialect_reads_back() {
        let url = |text: &str| ServerUrl::parse(text).unwrap();
        let keycloak = |public_url, callback, denial| {
            let listen = "127.0.0.1:4010".parse().unwrap();
            AuthenticationService::Keycloak(Box::new(KeycloakService {
                listen,
                public_url,
                callback,
                denial,
            }))
        };
        let approval = |template: &str, method, approve: &str| {
            AuthenticationService::ApprovalUrl(Box::new(ApprovalUrl {
                url: FileSecret::inline(template.to_owned()),
                method,
                approve: approve.to_owned(),
                deny: "deny".to_owned(),
            }))
        };
        for service in [
            keycloak(None, None, Denial::Unauthorized),
            keycloak(Some(url("https://b.example")), Some(url("https://k.example/cb")), Denial::Cancelled),
            approval("https://op.example/a?id={auth_req_id}&do={action}", ApprovalMethod::Post, "allow"),
            approval("http://op/{action}/{auth_req_id}", ApprovalMethod::Get, "yes, \"please\""),
        ] {
            let mut target = target("https://id.example.com/acme/bank");
            target.authentication_service = service;
            for manual in [false, true] {
                target.manual = manual;
                assert_eq!(read_back(&target), target);
            }
            let text = target.to_toml();
            let at = text.find("[authentication_service]").unwrap();
            let lines: Vec<&str> = text[at..].lines().take_while(|line| !line.is_empty()).collect();
            for (at, line) in
                lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
            {
                assert!(lines[at - 1].starts_with("# "), "{line}\n{text}");
            }
        }
    }

    #[test]
    fn each_key_is_explained_and_what_is_at_its_default_is_a_comment() {
        let full = target("https://id.example.com/acme/bank").to_toml();
        let lines: Vec<&str> = full.lines().collect();
        let mut keys = 0;
        for (at, line) in
            lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
        {
            assert!(lines[at - 1].starts_with("# "), "{line}");
            keys += 1;
        }
        assert!(keys > 40, "{full}");

        let least = format!(
            "issuer = {}\nclients.ping = {{ client_id = \"c\", client_secret = \"s\" }}",
            quoted("http://[::1]:9")
        );
        let least = TargetFile::parse("t.toml", &least, &TestSource).unwrap();
        let text = least.to_toml();
        let said: Vec<&str> =
            text.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).collect();
        assert_eq!(
            said,
            ["issuer = \"http://[::1]:9\"", "client_id = \"c\"", "client_secret = \"s\"", "kind = \"none\""]
        );
        for comment in [
            "# subject = \"stable_per_user\"",
            "# path = \"/notify-callback\"",
            "# [clients.poll]",
            "# [[known_deviation]]",
        ] {
            assert!(text.lines().any(|line| line == comment), "{comment}\n{text}");
        }
        assert_eq!(read_back(&least), least);
    }

    #[test]
    fn secrets_that_are_referred_to_are_not_written_out() {
        let text = target("https://id.example.com").to_toml();
        assert!(
            text.contains("client_secret = \"env:CIBA_SECRET\"") && text.contains("\"file:secret.txt\""),
            "{text}"
        );
        assert!(!text.contains("from-the-environment") && !text.contains("from-a-file"), "{text}");
    }
}
