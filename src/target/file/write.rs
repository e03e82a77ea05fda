//! From a target to the text of a target file.

use std::fmt::Display;

use super::parse::DEFAULT_PATH;
use super::{
    AuthenticationService, ClientEntry, ConformanceSettings, EmbeddedService, KnownDeviation,
    PollingEnforcement, ServerUrl, TargetFile,
};
use crate::jose::SubjectRule;
use crate::profile::Correlation;
use crate::target::ClientAuthentication;

impl TargetFile {
    /// The target as a commented file that parses to the same target. Secrets that stand in the target itself are
    /// written out, so the file has to be kept as they are.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = Text::default();
        text.comment("A target: which server, with which clients, and how much load it has agreed to.");
        text.comment("Every key is explained in profiles/targets/embedded.toml.");
        text.key("The issuer, exactly as the server writes it.", "issuer", quoted(self.issuer.as_str()));
        text.key(
            "What sub of the ID tokens has to be: \"hint\", \"stable_per_user\" or \"unchecked\".",
            "subject",
            quoted(word(&SubjectRule::WORDS, self.subject)),
        );
        text.key(
            "How a login finds its flow: \"marker\" (a binding message) or \"user\".",
            "correlation",
            quoted(word(&Correlation::WORDS, self.correlation)),
        );
        text.key(
            "Whether this is the embedded OP, whose figures are no product's.",
            "is_reference",
            self.is_reference,
        );
        for (name, about, client) in [
            ("poll", "The client that is registered for poll.", &self.clients.poll),
            ("ping", "The client that is registered for ping.", &self.clients.ping),
            ("second", "Another client, for checks that need two.", &self.clients.second),
            ("unregistered", "A client that is not registered for CIBA.", &self.clients.unregistered),
        ] {
            if let Some(client) = client {
                text.table(about, &format!("clients.{name}"));
                write_client(&mut text, client);
            }
        }
        text.table("Who makes the decisions.", "authentication_service");
        match &self.authentication_service {
            AuthenticationService::Embedded(service) => write_service(&mut text, service),
            AuthenticationService::None => text.key("Not this tool.", "kind", quoted("none")),
        }
        self.write_rest(&mut text);
        text.0
    }

    fn write_rest(&self, text: &mut Text) {
        text.table("Where the server's notifications are received.", "notification");
        text.key(
            "Address to listen at; port 0 is any free one.",
            "listen",
            quoted(&self.notification.listen.to_string()),
        );
        text.optional_url(
            "Its base URL as the server sees it.",
            "public_url",
            self.notification.public_url.as_ref(),
        );
        let about = format!("Path of the registered notification endpoint, by default {DEFAULT_PATH}.");
        text.key(&about, "path", quoted(&self.notification.path));
        text.table("What the server does with clients that poll too fast.", "polling");
        text.key(
            "\"required\", \"allowed\" or \"forbidden\": whether it has to, may or must not refuse them.",
            "enforcement",
            quoted(word(&PollingEnforcement::WORDS, self.polling)),
        );
        text.table("What the server's owner has agreed to; only asked for off loopback.", "load");
        text.key("Whether load may be sent at all.", "allow_load", self.load.allow_load);
        let about = "Highest rate of flows per second.";
        match self.load.max_rate {
            Some(rate) => text.key(about, "max_rate", quoted(&format!("{rate}/s"))),
            None => text.absent(about, "max_rate = \"50/s\""),
        }
        let users: Vec<String> = self.load.allowed_users.iter().map(|user| quoted(user)).collect();
        text.key(
            "Users who may be asked to approve: names, or beginnings with a * at the end.",
            "allowed_users",
            format!("[{}]", users.join(", ")),
        );
        self.write_conformance(text);
    }

    fn write_conformance(&self, text: &mut Text) {
        let ConformanceSettings { users, unknown_user, jobs } = &self.conformance;
        text.table("Whom the checks of the conformance suite may use.", "conformance");
        let about = "Users, one for each check that runs at a time; off loopback their phones ring.";
        if users.is_empty() {
            text.absent(about, "users = [\"tester-1\", \"tester-2\"]");
        } else {
            let users: Vec<String> = users.iter().map(|user| quoted(user)).collect();
            text.key(about, "users", format!("[{}]", users.join(", ")));
        }
        let about = "A user that the server does not know.";
        match unknown_user {
            Some(user) => text.key(about, "unknown_user", quoted(user)),
            None => text.absent(about, "unknown_user = \"nobody\""),
        }
        let about = "Most checks at a time.";
        match jobs {
            Some(jobs) => text.key(about, "jobs", jobs),
            None => text.absent(about, "jobs = 8"),
        }
        for KnownDeviation { check, reason, owner, until } in &self.known_deviations {
            text.item("A failure that is accepted for the time being.", "known_deviation");
            text.key("The check; * stands for any text.", "check", quoted(check));
            text.key("Why it is accepted.", "reason", quoted(reason));
            text.key("Who answers for it.", "owner", quoted(owner));
            text.key("The last day on which it is, in UTC.", "until", quoted(&until.to_string()));
        }
    }
}

fn write_client(text: &mut Text, client: &ClientEntry) {
    text.key("As registered.", "client_id", quoted(&client.client_id));
    text.secret(&client.client_secret.expose_text());
    text.key(
        "\"client_secret_basic\" or \"client_secret_post\".",
        "authentication",
        quoted(word(&ClientAuthentication::WORDS, client.authentication)),
    );
    let about = "Scopes to ask for with this client, instead of the profile's.";
    match &client.scope {
        Some(scope) => text.key(about, "scope", quoted(scope)),
        None => text.absent(about, "scope = \"openid\""),
    }
}

fn write_service(text: &mut Text, service: &EmbeddedService) {
    text.key("This tool runs it.", "kind", quoted("embedded"));
    text.key("Address to listen at; port 0 is any free one.", "listen", quoted(&service.listen.to_string()));
    text.optional_url("Its URL as the server sees it.", "public_url", service.public_url.as_ref());
    text.key("With these the server authenticates to it.", "username", quoted(&service.username));
    text.key("As for client secrets.", "password", quoted(&service.password.expose_text()));
    text.optional_url(
        "Base of the server's system APIs, where it does not follow from the token endpoint.",
        "api_base",
        service.api_base.as_ref(),
    );
    text.table("The client with which it authenticates to the server.", "authentication_service.system");
    text.key("As the server gave it out.", "client_id", quoted(&service.system.client_id));
    text.secret(&service.system.client_secret.expose_text());
    text.key("Where it gets its tokens.", "token_endpoint", quoted(service.system.token_endpoint.as_str()));
}

/// The file as far as it is written.
#[derive(Default)]
struct Text(String);

impl Text {
    fn comment(&mut self, about: &str) {
        self.0.push_str(&format!("# {about}\n"));
    }

    fn key(&mut self, about: &str, key: &str, value: impl Display) {
        self.comment(about);
        self.0.push_str(&format!("{key} = {value}\n"));
    }

    fn secret(&mut self, text: &str) {
        self.key(
            "\"env:NAME\" or \"file:PATH\"; the secret itself only on loopback.",
            "client_secret",
            quoted(text),
        );
    }

    fn absent(&mut self, about: &str, example: &str) {
        self.comment(about);
        self.comment(example);
    }

    fn optional_url(&mut self, about: &str, key: &str, url: Option<&ServerUrl>) {
        match url {
            Some(url) => self.key(about, key, quoted(url.as_str())),
            None => self.absent(about, &format!("{key} = \"https://..\"")),
        }
    }

    fn table(&mut self, about: &str, path: &str) {
        self.0.push('\n');
        self.comment(about);
        self.0.push_str(&format!("[{path}]\n"));
    }

    fn item(&mut self, about: &str, path: &str) {
        self.table(about, &format!("[{path}]"));
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| *word)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::secret::tests::TestSource;
    use super::super::{
        Clients, FileSecret, LoadPermission, NotificationListener, SecretReference, SystemClient,
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
    fn secrets_that_are_referred_to_are_not_written_out() {
        let text = target("https://id.example.com").to_toml();
        assert!(
            text.contains("client_secret = \"env:CIBA_SECRET\"") && text.contains("\"file:secret.txt\""),
            "{text}"
        );
        assert!(!text.contains("from-the-environment") && !text.contains("from-a-file"), "{text}");
    }
}
