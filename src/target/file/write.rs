//! From a target to the text of a target file.

use super::commented::{Text, quoted};
use super::parse::{
    DEFAULT_AUTHENTICATION, DEFAULT_CORRELATION, DEFAULT_ENFORCEMENT, DEFAULT_PATH, DEFAULT_SUBJECT,
};
use super::{
    AuthenticationService, ClientEntry, ConformanceSettings, EmbeddedService, KnownDeviation,
    PollingEnforcement, TargetFile,
};
use crate::jose::SubjectRule;
use crate::profile::Correlation;
use crate::target::ClientAuthentication;

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
        text.or("is_reference", self.is_reference, false);
        for (table, client) in [
            ("clients.poll", &self.clients.poll),
            ("clients.ping", &self.clients.ping),
            ("clients.second", &self.clients.second),
            ("clients.unregistered", &self.clients.unregistered),
        ] {
            match client {
                Some(client) => write_client(&mut text, table, client),
                None => text.absent_table(table),
            }
        }
        text.table("authentication_service");
        match &self.authentication_service {
            AuthenticationService::Embedded(service) => write_service(&mut text, service),
            AuthenticationService::None => text.key("kind", quoted("none")),
        }
        self.write_rest(&mut text);
        text.into_text()
    }

    fn write_rest(&self, text: &mut Text) {
        text.table("notification");
        text.address("listen", self.notification.listen);
        text.optional_url("public_url", self.notification.public_url.as_ref());
        text.or("path", quoted(&self.notification.path), quoted(DEFAULT_PATH));
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

fn write_client(text: &mut Text, table: &str, client: &ClientEntry) {
    text.table(table);
    text.key("client_id", quoted(&client.client_id));
    text.key("client_secret", quoted(&client.client_secret.expose_text()));
    let words = &ClientAuthentication::WORDS;
    text.word("authentication", words, client.authentication, DEFAULT_AUTHENTICATION);
    text.optional("scope", client.scope.as_deref().map(quoted));
}

fn write_service(text: &mut Text, service: &EmbeddedService) {
    text.key("kind", quoted("embedded"));
    text.address("listen", service.listen);
    text.optional_url("public_url", service.public_url.as_ref());
    text.key("username", quoted(&service.username));
    text.key("password", quoted(&service.password.expose_text()));
    text.optional_url("api_base", service.api_base.as_ref());
    text.table("authentication_service.system");
    text.key("client_id", quoted(&service.system.client_id));
    text.key("client_secret", quoted(&service.system.client_secret.expose_text()));
    text.key("token_endpoint", quoted(service.system.token_endpoint.as_str()));
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::secret::tests::TestSource;
    use super::super::{
        Clients, FileSecret, LoadPermission, NotificationListener, SecretReference, ServerUrl, SystemClient,
    };
    use super::*;
    use crate::ciba::Secret;

    /// A target with one of everything, its secrets in the environment and in files.
    pub(in super::super) fn target(issuer: &str) -> TargetFile {
        let url = |text: &str| ServerUrl::parse(text).unwrap();
        let secret = |reference: SecretReference, value: &str| FileSecret {
            reference,
            value: Secret::new(value.to_owned()),
        };
        let from_env = || secret(SecretReference::Env("CIBA_SECRET".to_owned()), "from-the-environment");
        let from_file = || secret(SecretReference::File("secret.txt".to_owned()), "from-a-file");
        let client = |id: &str| ClientEntry {
            client_id: id.to_owned(),
            client_secret: from_env(),
            authentication: ClientAuthentication::ClientSecretPost,
            scope: Some("openid email".to_owned()),
        };
        TargetFile {
            issuer: url(issuer),
            clients: Clients {
                poll: Some(client("a \"poll\" \\ client")),
                ping: Some(client("ping-client")),
                second: Some(client("second-client")),
                unregistered: Some(client("no-ciba")),
            },
            subject: SubjectRule::Hint,
            correlation: Correlation::User,
            authentication_service: AuthenticationService::Embedded(Box::new(EmbeddedService {
                listen: "0.0.0.0:7001".parse().unwrap(),
                public_url: Some(url("https://bench.example.com/as")),
                username: "op".to_owned(),
                password: from_file(),
                system: SystemClient {
                    client_id: "system".to_owned(),
                    client_secret: from_env(),
                    token_endpoint: url("https://id.example.com/acme/system/oauth2/token"),
                },
                api_base: Some(url("https://id.example.com")),
            })),
            notification: NotificationListener {
                listen: "[::1]:7002".parse().unwrap(),
                public_url: Some(url("https://bench.example.com")),
                path: "/cb".to_owned(),
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
        least.clients.ping = None;
        least.clients.second = None;
        least.clients.unregistered = None;
        least.conformance = ConformanceSettings::default();
        least.known_deviations.clear();
        least.clients.poll.as_mut().unwrap().scope = None;
        least.clients.poll.as_mut().unwrap().client_secret = FileSecret::inline("it's \"inline\"".to_owned());
        least.authentication_service = AuthenticationService::None;
        least.notification.public_url = None;
        least.load = LoadPermission { allow_load: false, max_rate: None, allowed_users: Vec::new() };
        assert_eq!(read_back(&least), least);
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
