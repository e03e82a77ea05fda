use http::header;
use reference_op::{ClientAuthMethod, ClientSettings, Fault, FaultSet, Settings};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

const STRANGER: (&str, &str) = ("stranger-app", "stranger-secret");

fn cast() -> Settings {
    let post = ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
        ..ClientSettings::poll("post-app", "post-secret")
    };
    let stranger = ClientSettings {
        grant_types: vec!["client_credentials".into()],
        token_delivery_mode: None,
        ..ClientSettings::poll(STRANGER.0, STRANGER.1)
    };
    let mut clients = clients();
    clients.extend([post, stranger]);
    Settings::embedded(service(), clients)
}

/// What both endpoints say to whoever authenticates badly, and what comes of it.
async fn look(faults: FaultSet) -> Value {
    let world = World::with(cast(), faults);
    let mut seen = Map::new();
    let endpoints = [
        ("request", "/backchannel/authentication", "scope=openid&login_hint=john".to_owned()),
        ("token", "/oauth2/token", format!("grant_type={CIBA}&auth_req_id=x")),
    ];
    for (endpoint, path, body) in endpoints {
        for (name, client, extra) in [
            ("nothing", None, "&client_id=alice-app"),
            ("no client", None, ""),
            ("wrong secret", Some((ALICE.0, "wrong")), ""),
            ("other method", Some(("post-app", "post-secret")), ""),
            ("two methods", Some(ALICE), "&client_id=alice-app&client_secret=alice-secret"),
            ("other client_id", Some(ALICE), "&client_id=carol-app"),
            ("without the grant", Some(STRANGER), ""),
        ] {
            let answer = world.form(path, client, format!("{body}{extra}")).await;
            seen.insert(format!("{endpoint}: {name}"), json!(answer.outcome()));
            if name == "wrong secret" {
                let challenge = answer.headers.contains_key(header::WWW_AUTHENTICATE);
                seen.insert(format!("{endpoint}: challenge"), json!(challenge));
            }
        }
        settle().await;
        if endpoint == "request" {
            let calls = world.outside.calls("/user/verify").len() == world.outside.calls("/start").len();
            seen.insert("as many verified as asked".into(), json!(calls));
        }
    }
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_client_authentication() {
    let (taken, found) = ("200", "400 invalid_grant");
    let refused = "400 invalid_client";
    assert_changed(
        look,
        &[
            (Fault::UnregisteredGrantRedeems, json!({"token: without the grant": found})),
            (
                Fault::AnyAuthMethodAccepted,
                json!({"request: other method": taken, "token: other method": found}),
            ),
            (Fault::BackchannelWithoutCredentials, json!({"request: nothing": taken})),
            (
                Fault::BackchannelWrongSecret,
                json!({"request: wrong secret": taken, "request: challenge": false}),
            ),
            (
                Fault::InvalidClient400,
                json!({
                    "request: nothing": refused, "token: nothing": refused,
                    "request: no client": refused, "token: no client": refused,
                    "request: wrong secret": refused, "token: wrong secret": refused,
                    "request: other method": refused, "token: other method": refused,
                    "request: other client_id": refused, "token: other client_id": refused,
                }),
            ),
            (
                Fault::NoClientInvalidRequest,
                json!({
                    "request: no client": "400 invalid_request", "token: no client": "400 invalid_request",
                }),
            ),
            (Fault::ChallengeMissing, json!({"request: challenge": false, "token: challenge": false})),
            (Fault::UnregisteredClientAcknowledged, json!({"request: without the grant": taken})),
            (Fault::TokenWithoutCredentials, json!({"token: nothing": found})),
            (Fault::TokenWrongSecret, json!({"token: wrong secret": found, "token: challenge": false})),
            (
                Fault::TwoAuthMethodsAccepted,
                json!({"request: two methods": taken, "token: two methods": found}),
            ),
            (
                Fault::ClientIdMismatchAccepted,
                json!({"request: other client_id": taken, "token: other client_id": found}),
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_user_is_asked_for_a_client_that_was_not_authenticated() {
    let body = "scope=openid&login_hint=john";
    for (faults, calls) in [(FaultSet::NONE, 0), (Fault::PromptsUnauthenticated.into(), 1)] {
        let world = World::with(settings(), faults);
        world.authenticate((ALICE.0, "wrong"), body).await.expect(401, "invalid_client");
        world.authenticate((ALICE.0, "wrong"), "login_hint=john").await.expect(401, "invalid_client");
        world.authenticate(("nobody", "wrong"), body).await.expect(401, "invalid_client");
        assert_eq!(world.outside.calls("/user/verify").len(), calls);
        assert_eq!(world.outside.calls("/authentication/start").len(), calls);
        assert_eq!(world.op.pending_count(), 0);
    }
}
