//! Configurations that cannot work are refused, with everything that is wrong with them.

use std::time::UNIX_EPOCH;

use reference_op::{
    ClientSettings, Clock, DeliveryMode, FaultSet, Outgoing, ReferenceOp, Settings, SettingsError, SigningAlg,
};

use crate::world::{CALLBACK, CIBA, clients, reply, service, settings};

pub fn refused(base_url: &str, settings: Settings) -> SettingsError {
    let clock = Clock::starting_at(UNIX_EPOCH);
    let outgoing = Outgoing::new(tower::service_fn(|_| reply(404, "")));
    ReferenceOp::new(base_url, settings, FaultSet::NONE, clock, outgoing).expect_err("a refusal")
}

const BROKEN: &str = r#"
tenant = "ten/ant"
max_pending = 0

[[workspaces]]
id = "ciba"
allowed_grant_types = ["urn:openid:params:grant"]
interval = 0
id_token_expires_in = 0
user_code_parameter_supported = true
user_codes = { }
login_hint_token_issuers = [
    { issuer = "https://hints.example", jwk = { kty = "oct", k = "AA" } },
    { issuer = "https://hints.example", jwk = { kty = "OKP", crv = "Ed25519", x = "AA" } },
]

[[workspaces]]
id = "ciba"
token_delivery_modes_supported = ["poll"]
expires_in = 1000000

[[workspaces.clients]]
client_id = "a"
client_secret = "s"
token_delivery_mode = "ping"

[[workspaces.clients]]
client_id = "a"
client_secret = ""
grant_types = ["urn:openid:params:grant-type:ciba", "password"]
scopes = ["open id"]

[[workspaces]]
id = "simulated"
authentication_service = { type = "SIMULATOR" }
token_delivery_modes_supported = []

[[workspaces.clients]]
client_id = "b"
client_secret = "s"
token_delivery_mode = "ping"
client_notification_endpoint = "client.test/cb"
"#;

#[tokio::test(start_paused = true)]
async fn all_problems_are_reported_together() {
    let error = refused("op.test", Settings::from_toml(BROKEN).unwrap());
    let found: Vec<_> = error.problems().iter().map(|p| (p.field.as_str(), p.value.as_str())).collect();
    assert_eq!(
        found,
        [
            ("base_url", "\"op.test\""),
            ("tenant", "\"ten/ant\""),
            ("max_pending", "0"),
            ("workspaces[0].allowed_grant_types[0]", "\"urn:openid:params:grant\""),
            ("workspaces[0].interval", "0"),
            ("workspaces[0].id_token_expires_in", "0"),
            ("workspaces[0].login_hint_token_issuers[0].jwk", r#"{"k":"AA","kty":"oct"}"#),
            ("workspaces[0].login_hint_token_issuers[1].issuer", "\"https://hints.example\""),
            ("workspaces[0].login_hint_token_issuers[1].jwk", r#"{"crv":"Ed25519","kty":"OKP","x":"AA"}"#,),
            ("workspaces[0].user_code_parameter_supported", "true"),
            ("workspaces[1].id", "\"ciba\""),
            ("workspaces[1].expires_in", "1000000"),
            ("workspaces[1].authentication_service", "absent"),
            ("workspaces[1].clients[0].client_notification_endpoint", "absent"),
            ("workspaces[1].clients[0].token_delivery_mode", "\"ping\""),
            ("workspaces[1].clients[1].client_id", "\"a\""),
            ("workspaces[1].clients[1].client_secret", "(hidden)"),
            ("workspaces[1].clients[1].grant_types[1]", "\"password\""),
            ("workspaces[1].clients[1].scopes[0]", "\"open id\""),
            ("workspaces[1].clients[1].token_delivery_mode", "absent"),
            ("workspaces[2].token_delivery_modes_supported", "[]"),
            ("workspaces[2].clients[0].client_notification_endpoint", "\"client.test/cb\""),
            ("workspaces[2].clients[0].token_delivery_mode", "\"ping\""),
        ]
    );
    let text = error.to_string();
    assert!(text.starts_with("23 values are wrong"), "{text}");
    let hint = error.problems().iter().find(|p| p.value == "\"urn:openid:params:grant\"").unwrap();
    assert!(hint.expected.contains(CIBA), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn reserved_paths_and_unwritable_logs_are_refused() {
    let mut settings = settings();
    settings.workspaces[0].id = "system".into();
    settings.access_log_file = Some("/nonexistent-folder/access.jsonl".into());
    let error = refused("http://op.test", settings);
    let fields: Vec<_> = error.problems().iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["workspaces[0].id", "access_log_file"]);
}

#[test]
fn toml_says_the_same_as_code() {
    let text = format!(
        r#"
        [[workspaces]]
        id = "ciba"
        id_token_signing_alg = "PS256"
        state_field = "both"
        start_order = "before_acknowledgement"
        ping_order = "before_accept_answer"
        authentication_service = {{ type = "EXTERNAL", url = "http://auth.test", user = "u", password = "p" }}
        authentication_service_client = {{ client_id = "svc", client_secret = "s" }}
        [[workspaces.clients]]
        client_id = "bob-app"
        client_secret = "bob-secret"
        token_delivery_mode = "ping"
        client_notification_endpoint = "{CALLBACK}"
        token_endpoint_auth_method = "client_secret_post"
        "#
    );
    let settings = Settings::from_toml(&text).unwrap();
    let workspace = &settings.workspaces[0];
    assert_eq!((workspace.interval, workspace.expires_in), (5, 120));
    assert_eq!(workspace.id_token_signing_alg, SigningAlg::Ps256);
    assert_eq!(workspace.clients[0].token_delivery_mode, Some(DeliveryMode::Ping));
    assert!(!format!("{settings:?}").contains("bob-secret"));
    for wrong in
        ["tenants = 1", "[[workspaces]]\nid = 1", "[[workspaces]]\nid = \"x\"\nstate_field = \"stat\""]
    {
        let error = Settings::from_toml(wrong).unwrap_err();
        assert!(matches!(error, SettingsError::Toml(_)) && error.problems().is_empty(), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_the_workspace_cannot_serve_is_refused() {
    let mut settings = Settings::embedded(service(), clients());
    settings.workspaces[0].token_delivery_modes_supported = vec![DeliveryMode::Ping];
    settings.workspaces[0].clients = vec![ClientSettings::poll("alice-app", "s")];
    let error = refused("http://op.test", settings);
    assert_eq!(error.problems().len(), 1);
    assert_eq!(error.problems()[0].field, "workspaces[0].clients[0].token_delivery_mode");
    assert!(error.to_string().contains("supports ping only"), "{error}");
}
