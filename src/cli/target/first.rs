//! A first target file, as far as it is known.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml::{Table, Value};
use url::Url;

use super::question::Question;
use crate::ciba::DeliveryMode;
use crate::cli::failure::Failure;
use crate::target::file::{SecretSource, ServerUrl, TargetFile};
use crate::target::{ClientAuthentication, TargetFacts};

/// How clients authenticate where the metadata do not say (OpenID Connect Discovery 1.0, 3).
const METHOD_BY_DEFAULT: &str = "client_secret_basic";
/// The delivery modes that there are questions about.
const ASKED: [DeliveryMode; 2] = [DeliveryMode::Poll, DeliveryMode::Ping];

/// What discovery tells, and what was answered so far.
#[derive(Debug, Clone)]
pub struct Draft {
    issuer: ServerUrl,
    modes: Vec<DeliveryMode>,
    token_endpoint: Url,
    methods: Vec<String>,
    /// By the keys of the target file.
    answers: BTreeMap<&'static str, Value>,
}

impl Draft {
    /// A draft without any answer.
    pub fn new(issuer: &ServerUrl, facts: &TargetFacts) -> Result<Self, Failure> {
        if facts.issuer != issuer.as_str() {
            return Err(Failure::target(format!(
                "--issuer {issuer}: the metadata found there name the issuer {:?}, expected the same (OpenID Connect \
                 Discovery 1.0, 4.3); use the server's own spelling",
                facts.issuer
            )));
        }
        let modes: Vec<DeliveryMode> =
            ASKED.into_iter().filter(|mode| facts.delivery_modes.contains(mode)).collect();
        if modes.is_empty() {
            return Err(Failure::target(format!(
                "{issuer}: the only delivery mode is push, about which nothing is asked here; enable poll or ping, or write \
                 a target file with [clients.push] by hand"
            )));
        }
        Ok(Draft {
            issuer: issuer.clone(),
            modes,
            token_endpoint: facts.token_endpoint.clone(),
            methods: methods(&facts.metadata),
            answers: BTreeMap::new(),
        })
    }

    /// The issuer.
    pub fn issuer(&self) -> &ServerUrl {
        &self.issuer
    }

    /// Whether the metadata list a delivery mode.
    pub fn offers(&self, mode: DeliveryMode) -> bool {
        self.modes.contains(&mode)
    }

    /// Whether the metadata list a client authentication method.
    pub fn lists_authentication(&self, method: &str) -> bool {
        self.methods.iter().any(|listed| listed == method)
    }

    /// Whether a key has an answer.
    pub fn has(&self, key: &str) -> bool {
        self.answers.contains_key(key)
    }

    /// The answer to a key, where it is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.answers.get(key)?.as_str()
    }

    /// Whether a key was answered by yes.
    pub fn is_true(&self, key: &str) -> bool {
        self.answers.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// `/{tenant}/system/oauth2/token` where the token endpoint is `/{tenant}/{workspace}/oauth2/token`; else the same.
    pub fn system_token_endpoint(&self) -> String {
        let mut url = self.token_endpoint.clone();
        let segments: Vec<&str> = url.path().split('/').collect();
        if let ["", tenant, _, "oauth2", "token"] = segments[..] {
            let path = format!("/{tenant}/system/oauth2/token");
            url.set_path(&path);
        }
        url.to_string()
    }

    /// Whether the token endpoint lies where Keycloak has it.
    pub fn lies_as_keycloak(&self) -> bool {
        self.token_endpoint.path().ends_with("/protocol/openid-connect/token")
    }

    /// Whether the root of the system APIs follows from the token endpoint of their client.
    pub fn has_api_base(&self) -> bool {
        let endpoint = self.text("authentication_service.system.token_endpoint").unwrap_or_default();
        api_base(endpoint, None).is_some()
    }

    /// What is known of the server beforehand, in a line.
    pub fn known(&self) -> String {
        let modes: Vec<&str> = self.modes.iter().map(|mode| mode.name()).collect();
        let is_spoken = |method: &&String| ClientAuthentication::WORDS.iter().any(|(word, _)| word == method);
        let (spoken, others): (Vec<&String>, Vec<&String>) = self.methods.iter().partition(is_spoken);
        let list =
            |methods: &[&String]| methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
        let spoken = match spoken.is_empty() {
            true => "by no method that this tool speaks".to_owned(),
            false => format!("by {}", list(&spoken)),
        };
        let others = match others.is_empty() {
            true => String::new(),
            false => format!("; not spoken by this tool: {}", list(&others)),
        };
        format!("delivery modes {}; clients authenticate {spoken}{others}", modes.join(", "))
    }

    /// Takes an answer, or says why it is none.
    pub fn answer(&mut self, question: &Question, answer: &str) -> Result<(), String> {
        let value = (question.parse)(answer)?;
        let replaced = self.answers.insert(question.key, value);
        let problem = self.problem(question.key);
        if problem.is_some() {
            match replaced {
                Some(replaced) => self.answers.insert(question.key, replaced),
                None => self.answers.remove(question.key),
            };
        }
        problem.map_or(Ok(()), Err)
    }

    /// The target of all answers. Its secrets are references that nobody has followed yet.
    pub fn target(&self) -> Result<TargetFile, Failure> {
        TargetFile::parse("answers", &self.document(), &Unread).map_err(|problems| {
            let lines: Vec<String> = problems
                .list()
                .iter()
                .map(|problem| format!("{}: {}", problem.key, problem.message))
                .collect();
            Failure::usage(lines.join("\n"))
        })
    }

    /// What a target file with these answers gets wrong about one key.
    fn problem(&self, key: &str) -> Option<String> {
        let problems = TargetFile::parse("answers", &self.document(), &Unread).err()?;
        let of_item = |other: &str| other.strip_prefix(key).is_some_and(|rest| rest.starts_with('['));
        let found = problems.list().iter().find(|problem| problem.key == key || of_item(&problem.key));
        found.map(|problem| problem.message.clone())
    }

    fn document(&self) -> String {
        let mut root = Table::new();
        root.insert("issuer".to_owned(), Value::from(self.issuer.as_str()));
        for (key, value) in &self.answers {
            insert(&mut root, key, value.clone());
        }
        root.to_string()
    }
}

/// The root of the system APIs.
pub fn api_base(token_endpoint: &str, api_base: Option<&str>) -> Option<String> {
    let client = mock_auth_service::SystemClient {
        client_id: String::new(),
        client_secret: mock_auth_service::Secret::new(""),
        token_endpoint: token_endpoint.to_owned(),
        api_base: api_base.map(str::to_owned),
    };
    client.resolved_api_base().ok()
}

/// Stands for secrets that are read when a run needs them. It has the form of an approval URL, the one of them that has a form.
struct Unread;

const UNREAD: &str = "http://not.read.yet/{auth_req_id}/{action}";

impl SecretSource for Unread {
    fn env(&self, _name: &str) -> Result<String, String> {
        Ok(UNREAD.to_owned())
    }

    fn file(&self, _path: &str) -> Result<String, String> {
        Ok(UNREAD.to_owned())
    }
}

/// `token_endpoint_auth_methods_supported`.
fn methods(metadata: &Json) -> Vec<String> {
    let listed = metadata.get("token_endpoint_auth_methods_supported").and_then(Json::as_array);
    let by_default = || vec![METHOD_BY_DEFAULT.to_owned()];
    let texts = |list: &Vec<Json>| list.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    listed.map_or_else(by_default, texts)
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
            if let Some(inner) = inner.as_table_mut() {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::questions::QUESTIONS;
    use super::*;

    pub const ISSUER: &str = "https://acme.example.com/t/w";

    pub fn facts(issuer: &str, modes: &[DeliveryMode], methods: &[&str]) -> TargetFacts {
        let url = |path: &str| format!("{issuer}{path}").parse().unwrap();
        TargetFacts {
            mtls_aliases: Vec::new(),
            metadata_url: issuer.parse().unwrap(),
            metadata: serde_json::json!({ "token_endpoint_auth_methods_supported": methods }),
            issuer: issuer.to_owned(),
            backchannel_authentication_endpoint: url("/backchannel/authentication"),
            token_endpoint: url("/oauth2/token"),
            jwks_uri: url("/.well-known/jwks.json"),
            userinfo_endpoint: None,
            introspection_endpoint: None,
            delivery_modes: modes.to_vec(),
            lists_ciba_grant: true,
        }
    }

    pub fn draft(issuer: &str, modes: &[DeliveryMode], methods: &[&str]) -> Draft {
        Draft::new(&ServerUrl::parse(issuer).unwrap(), &facts(issuer, modes, methods)).unwrap()
    }

    pub fn question(key: &str) -> &'static Question {
        QUESTIONS.iter().find(|question| question.key == key).unwrap()
    }

    const BOTH: [DeliveryMode; 2] = [DeliveryMode::Poll, DeliveryMode::Ping];

    #[test]
    fn answers_are_held_against_what_a_target_file_may_say() {
        let secret = "clients.poll.client_secret";
        for (issuer, key, answer, expected) in [
            (ISSUER, "clients.poll.client_id", "a", Ok(())),
            (ISSUER, secret, "env:A", Ok(())),
            (ISSUER, secret, "s3cr3t", Err("value (not shown), expected env:NAME or file:PATH")),
            ("http://127.0.0.1:9/t/w", secret, "s3cr3t", Err("value (not shown), expected env:NAME")),
            (
                ISSUER,
                "clients.poll.authentication",
                "client_secret_bacis",
                Err("did you mean \"client_secret_basic\""),
            ),
            (ISSUER, "subject", "stable", Err("expected \"hint\" or \"stable_per_user\"")),
            (
                ISSUER,
                "authentication_service.kind",
                "simulator",
                Err("expected \"embedded\" or \"manual\" or \"none\""),
            ),
            (
                ISSUER,
                "authentication_service.dialect",
                "okta",
                Err("\"secureauth\" or \"keycloak\" or \"approval_url\""),
            ),
            (ISSUER, "authentication_service.listen", "localhost:4010", Err("an IP address and a port")),
            (ISSUER, "authentication_service.public_url", "bench:4010", Err("an absolute http or https URL")),
            (ISSUER, "authentication_service.system.token_endpoint", "/token", Err("an absolute http")),
            (ISSUER, "notification.path", "cb", Err("a path that begins with /")),
            (ISSUER, "polling.enforcement", "yes", Err("expected \"required\" or \"allowed\"")),
            (ISSUER, "conformance.users", "a,b,a", Err("names \"a\" twice")),
            (ISSUER, "conformance.users", ",", Err("expected one user at least")),
            (ISSUER, "load.max_rate", "50", Ok(())),
            (ISSUER, "load.max_rate", "0", Err("expected a rate per second")),
            (ISSUER, "load.allow_load", "perhaps", Err("expected yes or no")),
            (ISSUER, "load.allowed_users", "user-*, tester", Ok(())),
        ] {
            let mut draft = draft(issuer, &BOTH, &[]);
            let answered = draft.answer(question(key), answer);
            assert_eq!(draft.has(key), answered.is_ok(), "{key} {answer}");
            match (answered, expected) {
                (Ok(()), Ok(())) => {}
                (Err(message), Err(part)) => {
                    assert!(message.contains(part) && !message.contains("s3cr3t"), "{message}");
                }
                (answered, _) => panic!("{key} {answer}: {answered:?}"),
            }
        }
    }

    #[test]
    fn an_unknown_user_is_none_of_the_users() {
        let mut draft = draft(ISSUER, &BOTH, &[]);
        draft.answer(question("conformance.users"), "a, b").unwrap();
        let message = draft.answer(question("conformance.unknown_user"), "b").unwrap_err();
        assert!(message.contains("\"b\" is one of users"), "{message}");
        draft.answer(question("conformance.unknown_user"), "c").unwrap();
    }

    #[test]
    fn what_the_metadata_tell_is_said() {
        for (methods, expected) in [
            (
                &["client_secret_post", "private_key_jwt", "none"][..],
                "by client_secret_post, private_key_jwt; not spoken by this tool: none",
            ),
            (
                &["attest_jwt_client_auth"],
                "by no method that this tool speaks; not spoken by this tool: attest_jwt_client_auth",
            ),
            (&["client_secret_basic"], "poll, ping; clients authenticate by client_secret_basic"),
        ] {
            let known = draft(ISSUER, &BOTH, methods).known();
            assert!(known.ends_with(expected), "{known}");
        }
        assert_eq!(methods(&Json::Null), ["client_secret_basic"]);
    }

    #[test]
    fn a_keycloak_is_known_by_its_paths() {
        for (token_endpoint, expected) in [
            ("https://kc.example/realms/bank/protocol/openid-connect/token", true),
            ("https://acme.example.com/t/w/oauth2/token", false),
        ] {
            let mut facts = facts(ISSUER, &BOTH, &[]);
            facts.token_endpoint = token_endpoint.parse().unwrap();
            let draft = Draft::new(&ServerUrl::parse(ISSUER).unwrap(), &facts).unwrap();
            assert_eq!(draft.lies_as_keycloak(), expected, "{token_endpoint}");
        }
    }

    #[test]
    fn the_system_client_is_looked_for_where_it_usually_is() {
        for (issuer, endpoint) in [
            (ISSUER, "https://acme.example.com/t/system/oauth2/token"),
            ("https://op.example", "https://op.example/oauth2/token"),
        ] {
            assert_eq!(draft(issuer, &BOTH, &[]).system_token_endpoint(), endpoint);
        }
        assert_eq!(
            api_base("https://h/t/system/oauth2/token", None).as_deref(),
            Some("https://h/api/system/t")
        );
        assert_eq!(api_base("https://h/token", None), None);
        assert_eq!(api_base("https://h/token", Some("https://h/api/")).as_deref(), Some("https://h/api"));
    }

    #[test]
    fn a_server_that_this_tool_cannot_use_is_refused() {
        let new = |issuer: &str, modes: &[DeliveryMode]| {
            let refused =
                Draft::new(&ServerUrl::parse(issuer).unwrap(), &facts(ISSUER, modes, &[])).unwrap_err();
            refused.lines().join(" ")
        };
        let spelling = new(&format!("{ISSUER}/"), &BOTH);
        assert!(spelling.contains("the metadata found there name the issuer"), "{spelling}");
        let push = new(ISSUER, &[DeliveryMode::Push]);
        assert!(push.contains("the only delivery mode is push"), "{push}");
    }
}
