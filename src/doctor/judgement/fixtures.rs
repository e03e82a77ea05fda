//! A target, its facts and its answers, for the tables of these modules.

use super::Known;
use crate::ciba::AuthReqId;
use crate::ciba::{DeliveryMode, Secret};
use crate::clock::Clock;
use crate::decision_channel::{FoundBy, Login, Started};
use crate::doctor::finding::{Look, State};
use crate::doctor::flow_seen::{Approved, Channel, FlowSeen, Poll};
use crate::doctor::said::{AnswerSaid, Said};
use crate::relying_party::Acknowledgement;
use crate::target::TargetFacts;
use crate::target::file::{FileSecret, SecretSource, TargetFile};
use mock_auth_service::Counts;
use serde_json::json;
use std::time::Duration;

const FILE: &str = r#"
issuer = "https://op.test/t/w"
subject = "hint"
[clients.poll]
client_id = "poll-client"
client_secret = "env:SECRET"
[clients.ping]
client_id = "ping-client"
client_secret = "env:SECRET"
[authentication_service]
listen = "0.0.0.0:4010"
public_url = "http://bench.test:4010"
username = "op"
password = "env:SECRET"
[authentication_service.system]
client_id = "system"
client_secret = "env:SECRET"
token_endpoint = "https://op.test/t/system/oauth2/token"
[notification]
listen = "0.0.0.0:4020"
public_url = "http://bench.test:4020"
path = "/ping"
[conformance]
users = ["alice"]
"#;

struct Canary;

impl SecretSource for Canary {
    fn env(&self, _: &str) -> Result<String, String> {
        Ok("canary-secret".to_owned())
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("no files".to_owned())
    }
}

pub(super) fn known() -> Known {
    Known {
        file: "mine.toml".to_owned(),
        target: TargetFile::parse("mine.toml", FILE, &Canary).unwrap(),
        service_url: Some("http://bench.test:4010".parse().unwrap()),
        notification_url: Some("http://bench.test:4020/ping".parse().unwrap()),
    }
}

/// The same, with a change to the target.
pub(super) fn known_with(change: impl FnOnce(&mut TargetFile)) -> Known {
    let mut known = known();
    change(&mut known.target);
    known
}

pub(super) fn secret() -> FileSecret {
    FileSecret {
        reference: crate::target::file::SecretReference::Inline,
        value: Secret::new("canary".to_owned()),
    }
}

pub(super) fn facts() -> TargetFacts {
    let url = |path: &str| format!("https://op.test/t/w{path}").parse().unwrap();
    TargetFacts {
        mtls_aliases: Vec::new(),
        metadata_url: url("/.well-known/openid-configuration"),
        metadata: json!({"id_token_signing_alg_values_supported": ["RS256", "ES256"]}),
        issuer: "https://op.test/t/w".to_owned(),
        backchannel_authentication_endpoint: url("/bc"),
        token_endpoint: url("/token"),
        jwks_uri: url("/jwks"),
        userinfo_endpoint: None,
        introspection_endpoint: None,
        delivery_modes: vec![DeliveryMode::Poll, DeliveryMode::Ping],
        lists_ciba_grant: true,
    }
}

/// An answer with an error in the protocol's form.
pub(super) fn error(status: u16, code: &str) -> Said {
    Said::Answer(AnswerSaid { status, error: Some(code.to_owned()), ..AnswerSaid::default() })
}

/// An answer without one.
pub(super) fn plain(status: u16, begins: &str) -> Said {
    Said::Answer(AnswerSaid { status, begins: begins.to_owned(), ..AnswerSaid::default() })
}

/// A flow that went well, of alice.
pub(super) fn flow(mode: DeliveryMode) -> FlowSeen {
    let ms = Duration::from_millis;
    let mut counts = Counts::default();
    counts.verify.valid = 1;
    counts.start.accepted = 1;
    counts.token.fetched = 1;
    let start = Started {
        login_id: "login-1".to_owned(),
        user: "alice".to_owned(),
        binding_message: Some("abcd.1".to_owned()),
        client_id: format!("{}-client", mode.name()),
        requested_scopes: vec!["openid".to_owned()],
        intent_id: None,
        at: Clock::system().now(),
    };
    let approved = Approved { status: 200, sent: ms(230), took: ms(12) };
    let sent = if mode == DeliveryMode::Ping { ms(250) } else { ms(5_100) };
    FlowSeen {
        mode,
        user: "alice".to_owned(),
        binding_message: Some("abcd.1".to_owned()),
        correlation_id: "00ff-1-0".to_owned(),
        answered: Some(plain(200, "")),
        acknowledged: Some(Acknowledgement {
            auth_req_id: AuthReqId::opaque("request-1"),
            expires_in: 120,
            interval: Some(5),
        }),
        channel: Some(Channel {
            counts,
            login: Some((Login { start, found_by: FoundBy::BindingMessage }, ms(30))),
            decision: Some(Ok(approved)),
        }),
        asked: 1,
        polls: vec![Poll { sent, answered: sent + ms(8), said: plain(200, "") }],
        ended: Some(crate::ciba::Outcome::Tokens),
        breaches: Vec::new(),
        id_token: Some(crate::jose::Judged {
            claims: Some(crate::jose::IdToken {
                subject: Some("alice".to_owned()),
                issued_at: None,
                expires_at: None,
                auth_time: None,
                algorithm: "RS256".to_owned(),
                key_id: None,
            }),
            signature_verified: true,
            ..crate::jose::Judged::default()
        }),
        strangers: Vec::new(),
        polled_at_last: None,
        took: ms(5_108),
    }
}

/// Each look with its state, a part of what was seen, and a part of the remedy; none at all where that part is empty.
#[track_caller]
pub(super) fn assert_looks<const N: usize>(table: [(Look, State, &str, &str); N]) {
    for (look, state, seen, remedy) in table {
        assert_eq!(look.state, state, "{look:?}");
        assert!(look.seen.contains(seen), "{seen}\n  is not in {look:?}");
        let said = look.remedy.as_deref().unwrap_or_default();
        assert!(
            said.contains(remedy) && said.is_empty() == remedy.is_empty(),
            "{remedy:?}\n  is not in {look:?}"
        );
        assert!(!format!("{look:?}").contains("canary"), "{look:?}");
        assert!(!look.seen.contains('\n') && !said.contains('\n'), "{look:?}");
    }
}
