//! From the text of a target file to the target.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use super::server_url::ServerUrlError;
use super::{
    ConformanceSettings, FileIdentity, FileSecret, KnownDeviation, LoadPermission, NotificationListener,
    PollingEnforcement, SecretReference, SecretSource, ServerUrl, TargetFile, TlsEntry,
};
use crate::jose::SubjectRule;
use crate::profile::Correlation;
use crate::profile::document::{Document, Mismatch, Problems, Reader, Section};
use crate::target::ClientAuthentication;

/// Longest identifier, user name, scope or path, in characters.
const LONGEST_TEXT: usize = 1_000;
/// Longest secret or reference to one, in characters.
const LONGEST_SECRET: usize = 4_096;
/// Longest private key or reference to one, in characters.
const LONGEST_KEY: usize = 16_384;
/// Rates that an owner can agree to, in flows per second.
const RATES: RangeInclusive<f64> = 0.001..=100_000.0;
/// Most entries of `allowed_users`.
const MOST_ALLOWED_USERS: usize = 10_000;
pub(super) const ANY_FREE_LOOPBACK_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
pub(super) const DEFAULT_SUBJECT: SubjectRule = SubjectRule::StablePerUser;
pub(super) const DEFAULT_CORRELATION: Correlation = Correlation::Marker;
pub(super) const DEFAULT_AUTHENTICATION: ClientAuthentication = ClientAuthentication::ClientSecretBasic;
pub(super) const DEFAULT_PATH: &str = "/notify-callback";
pub(super) const DEFAULT_ENFORCEMENT: PollingEnforcement = PollingEnforcement::Allowed;

impl TargetFile {
    /// Parses a target file; `file` is what problems name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, at once. No message holds a secret.
    pub fn parse(file: &str, text: &str, secrets: &dyn SecretSource) -> Result<Self, Problems> {
        let document = Document::parse(text);
        let target = Self::read(document.root(), secrets);
        document.accept(file, target)
    }

    pub(super) fn read(root: Section<'_>, source: &dyn SecretSource) -> Option<Self> {
        let issuer = root.required("issuer", &url());
        let secrets = Secrets { source, issuer: issuer.as_ref() };
        let tls = TlsEntry::read(&root, &secrets, issuer.as_ref());
        let clients = secrets.read_clients(&root);
        let login_hint_token = secrets.read_hint_tokens(&root);
        let id_token_hint = root.or("id_token_hint", &Reader::boolean(), false);
        let user_codes = secrets.read_user_codes(&root);
        let open_banking = secrets.read_open_banking(&root);
        let registration = secrets.read_registration(&root);
        let authentication_service = secrets.read_authentication_service(&root);
        let subject = Reader::choice(&SubjectRule::WORDS);
        let correlation = Reader::choice(&Correlation::WORDS);
        let subject = root.or("subject", &subject, DEFAULT_SUBJECT);
        let correlation = root.or("correlation", &correlation, DEFAULT_CORRELATION);
        let notification = read_notification(&root, &secrets);
        let polling = read_polling(&root);
        let load = read_load(&root);
        let conformance = ConformanceSettings::read(&root);
        let known_deviations = KnownDeviation::read_all(&root);
        let is_reference = root.or("is_reference", &Reader::boolean(), false);
        root.finish();
        let (authentication_service, manual) = authentication_service?;
        Some(Self {
            issuer: issuer?,
            tls,
            clients,
            subject,
            correlation,
            login_hint_token,
            id_token_hint,
            user_codes,
            open_banking,
            registration,
            authentication_service,
            manual,
            notification,
            polling,
            load,
            conformance,
            known_deviations,
            is_reference,
        })
    }
}

/// Reads what holds secrets.
pub(super) struct Secrets<'s> {
    pub(super) source: &'s dyn SecretSource,
    issuer: Option<&'s ServerUrl>,
}

impl Secrets<'_> {
    pub(super) fn secret(&self) -> Reader<'_, FileSecret> {
        self.resolved(Reader::text(1..=LONGEST_SECRET))
    }

    /// A private key, which in PEM has several lines.
    pub(super) fn key(&self) -> Reader<'_, FileSecret> {
        self.resolved(key_text())
    }

    fn resolved<'r>(&'r self, text: Reader<'r, String>) -> Reader<'r, FileSecret> {
        text.hidden().and_then(|text| {
            let remote = self.issuer.filter(|issuer| !issuer.is_loopback());
            match (SecretReference::of(&text), remote) {
                (SecretReference::Inline, Some(issuer)) => Err(Mismatch::Because(format!(
                    "expected \"env:NAME\" or \"file:PATH\", since {} is not on loopback; move the secret there",
                    issuer.host()
                ))),
                _ => FileSecret::resolve(&text, self.source).map_err(Mismatch::Because),
            }
        })
    }
}

fn key_text<'r>() -> Reader<'r, String> {
    let expected = format!("a private key in PEM or as a JWK, of 1 to {LONGEST_KEY} characters");
    Reader::new(expected, |value| {
        let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r');
        let fits = |text: &&str| (1..=LONGEST_KEY).contains(&text.chars().count());
        let text = value.as_str().filter(fits).filter(|text| text.chars().all(is_plain));
        text.map(str::to_owned).ok_or(Mismatch::Unexpected)
    })
}

fn read_notification(root: &Section<'_>, secrets: &Secrets<'_>) -> NotificationListener {
    let section = root.table("notification");
    let listener = NotificationListener {
        listen: section.or("listen", &address(), ANY_FREE_LOOPBACK_PORT),
        public_url: section.optional("public_url", &url()),
        path: section.or("path", &path(), DEFAULT_PATH.to_owned()),
        identity: FileIdentity::read(&section, secrets, false),
    };
    section.finish();
    listener
}

fn read_polling(root: &Section<'_>) -> PollingEnforcement {
    let section = root.table("polling");
    let enforcement = Reader::choice(&PollingEnforcement::WORDS);
    let enforcement = section.or("enforcement", &enforcement, DEFAULT_ENFORCEMENT);
    section.finish();
    enforcement
}

fn read_load(root: &Section<'_>) -> LoadPermission {
    let section = root.table("load");
    let allowed_users = section.list("allowed_users", &text()).unwrap_or_default();
    if allowed_users.len() > MOST_ALLOWED_USERS {
        let count = allowed_users.len();
        let remedy = "write the beginning that they share and a *";
        section.problem(
            "allowed_users",
            &format!("value {count} users, expected at most {MOST_ALLOWED_USERS}; {remedy}"),
        );
    }
    let permission = LoadPermission {
        allow_load: section.or("allow_load", &Reader::boolean(), false),
        max_rate: section.optional("max_rate", &Reader::rate(RATES)),
        allowed_users,
    };
    section.finish();
    permission
}

pub(super) fn text<'r>() -> Reader<'r, String> {
    Reader::text(1..=LONGEST_TEXT)
}

fn path<'r>() -> Reader<'r, String> {
    text().and_then(|path| {
        let is_plain = path.starts_with('/') && !path.contains(['?', '#', ' ']);
        let reason = "expected a path that begins with / and has no query";
        if is_plain { Ok(path) } else { Err(Mismatch::Because(reason.to_owned())) }
    })
}

pub(super) fn url<'r>() -> Reader<'r, ServerUrl> {
    Reader::new(ServerUrlError::NotHttp.to_string(), |value| {
        let text = value.as_str().ok_or(Mismatch::Unexpected)?;
        ServerUrl::parse(text).map_err(|error| match error {
            ServerUrlError::NotHttp => Mismatch::Unexpected,
            ServerUrlError::Credentials => Mismatch::BecauseHidden(format!("expected {error}")),
        })
    })
}

pub(super) fn address<'r>() -> Reader<'r, SocketAddr> {
    Reader::new("an IP address and a port such as \"127.0.0.1:0\", where 0 is any free one", |value| {
        value.as_str().and_then(|text| text.parse().ok()).ok_or(Mismatch::Unexpected)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::AuthenticationService;
    use super::super::secret::tests::TestSource;
    use super::*;
    use crate::ciba::DeliveryMode;
    use crate::profile::document::keys_not_mentioned;

    const EMBEDDED: &str = include_str!("../../../profiles/targets/embedded.toml");
    const CLIENT: &str = "clients.poll = { client_id = \"c\", client_secret = \"s3cr3t\" }";
    const LOCAL: &str = "issuer = \"http://127.0.0.1:8080/acme/bank\"";

    fn report(text: &str) -> String {
        TargetFile::parse("t.toml", text, &TestSource).unwrap_err().to_string()
    }

    #[test]
    fn the_least_target_has_defaults() {
        let target = TargetFile::parse("t.toml", &format!("{LOCAL}\n{CLIENT}"), &TestSource).unwrap();
        assert_eq!(target.issuer.as_str(), "http://127.0.0.1:8080/acme/bank");
        let client = target.client(DeliveryMode::Poll).unwrap();
        assert_eq!(
            (client.client_id.as_str(), client.proof.secret().unwrap().value.expose().as_str()),
            ("c", "s3cr3t")
        );
        assert_eq!(client.proof.method().name(), "client_secret_basic");
        assert!(client.scope.is_none() && client.request_key.is_none());
        assert_eq!(target.client(DeliveryMode::Ping), None);
        assert_eq!(target.client(DeliveryMode::Push), None);
        assert_eq!((target.subject, target.correlation), (SubjectRule::StablePerUser, Correlation::Marker));
        assert_eq!(target.authentication_service, AuthenticationService::None);
        let listen = "127.0.0.1:0".parse().unwrap();
        let path = "/notify-callback".to_owned();
        assert_eq!(
            target.notification,
            NotificationListener { listen, public_url: None, path, identity: None }
        );
        assert_eq!((target.polling, target.is_reference), (PollingEnforcement::Allowed, false));
        assert!(
            !target.load.allow_load && target.load.max_rate.is_none() && target.load.allowed_users.is_empty()
        );
        assert!(!format!("{target:?}").contains("s3cr3t"), "{target:?}");
    }

    #[test]
    fn mistakes() {
        let remote = "issuer = \"https://id.example.com\"";
        let table = [
            (CLIENT.to_owned(), "t.toml:1: issuer: missing, expected an absolute http or https URL"),
            (
                format!("issuer = \"id\"\n{CLIENT}"),
                "t.toml:1: issuer: value \"id\", expected an absolute http",
            ),
            (
                LOCAL.to_owned(),
                "t.toml:1: clients: missing, expected a table [clients.poll], [clients.ping] or [clients.push]",
            ),
            (format!("{LOCAL}\n[clients]"), "t.toml:2: clients: no client for poll, ping or push"),
            (format!("{LOCAL}\n[clients.pol]"), "t.toml:2: clients.pol: unknown key; did you mean poll"),
            (format!("{LOCAL}\n[clients.poll]\nclient_id = \"c\""), "clients.poll.client_secret: missing"),
            (
                format!("{LOCAL}\n{CLIENT}\nsubject = \"sub\""),
                "subject: value \"sub\", expected \"hint\" or \"stable_per_user\"",
            ),
            (format!("{LOCAL}\n{CLIENT}\ncorrelation = \"users\""), "did you mean \"user\""),
            (format!("{LOCAL}\n{CLIENT}\npolling.enforcement = \"require\""), "did you mean \"required\""),
            (
                format!("{LOCAL}\n{CLIENT}\nnotification.listen = \"localhost\""),
                "expected an IP address and a port such as",
            ),
            (format!("{LOCAL}\n{CLIENT}\nnotification.path = \"cb\""), "expected a path that begins with /"),
            (
                format!("{LOCAL}\n{CLIENT}\nload.max_rate = 0"),
                "load.max_rate: value 0, expected a rate per second",
            ),
            (format!("{LOCAL}\n{CLIENT}\nload.allowed_user = []"), "did you mean allowed_users"),
            (
                format!("{LOCAL}\n{CLIENT}\n[authentication_service]"),
                "authentication_service.system: missing",
            ),
            (
                format!(
                    "{LOCAL}\n{CLIENT}\n[authentication_service]\nkind = \"none\"\nlisten = \"127.0.0.1:1\""
                ),
                "authentication_service.listen: unknown key",
            ),
            (
                format!("{LOCAL}\n{CLIENT}\n[authentication_service]\nkind = \"embeded\"\nport = 1"),
                "t.toml:4: authentication_service.kind: value \"embeded\", expected \"embedded\" or \"manual\" or \
                 \"none\"; did you mean \"embedded\"",
            ),
            (
                format!("{remote}\n{CLIENT}"),
                "clients.poll.client_secret: value (not shown), expected \"env:NAME\" or \"file:PATH\", since \
                 id.example.com is not on loopback",
            ),
            (
                format!("{remote}\nclients.ping = {{ client_id = \"c\", client_secret = \"env:NONE\" }}"),
                "clients.ping.client_secret: value (not shown), env:NONE gave no secret: the variable is not set",
            ),
        ];
        for (text, expected) in table {
            let report = report(&text);
            assert!(report.contains(expected), "{text}\n  gave     {report}\n  expected {expected}");
        }
    }

    #[test]
    fn no_report_shows_a_secret() {
        let texts = [
            format!("issuer = \"http://me:canary@127.0.0.1\"\n{CLIENT}"),
            format!("{LOCAL}\nclients.poll = {{ client_id = \"c\", client_secret = [\"canary\"] }}"),
            format!("{LOCAL}\nclients.poll = {{ client_id = \"c\", client_secet = \"canary\" }}"),
            "issuer = \"https://a.example\"\nclients.poll = { client_id = \"c\", client_secret = \"canary\" }".to_owned(),
            format!("{LOCAL}\nclients.poll = {{ client_id = \"c\", client_secret = \"canary }}"),
        ];
        for text in texts {
            let report = report(&text);
            assert!(!report.contains("canary"), "{report}");
        }
    }

    #[test]
    fn the_annotated_example_is_sound_and_names_every_key() {
        let target = TargetFile::parse("embedded.toml", EMBEDDED, &TestSource)
            .unwrap_or_else(|problems| panic!("{problems}"));
        assert!(target.issuer.is_loopback() && target.is_reference);
        assert!(matches!(target.authentication_service, AuthenticationService::Embedded(_)));
        assert!(
            target.clients.poll.is_some() && target.clients.ping.is_some() && target.clients.second.is_some()
        );
        assert!(target.clients.unregistered.is_some() && target.known_deviations.len() == 1);
        assert!(target.clients.assertion.is_some() && target.clients.signed.unwrap().request_key.is_some());
        let read = |root: Section<'_>| TargetFile::read(root, &TestSource);
        assert_eq!(keys_not_mentioned(EMBEDDED, &[EMBEDDED], read), [""; 0]);
        assert!(keys_not_mentioned("", &[EMBEDDED], read).len() > 20, "the test sees keys");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = TargetFile::parse("any", &text, &TestSource);
        }

        #[test]
        fn no_damage_to_a_target_panics(at in 0usize..20_000, with in "\\PC{0,3}", cut in 0usize..20) {
            let at = EMBEDDED.floor_char_boundary(at % EMBEDDED.len());
            let end = EMBEDDED.ceil_char_boundary((at + cut).min(EMBEDDED.len()));
            let damaged = format!("{}{with}{}", &EMBEDDED[..at], &EMBEDDED[end..]);
            let _ = TargetFile::parse("any", &damaged, &TestSource);
        }
    }
}
