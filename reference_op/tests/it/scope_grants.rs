//! Decisions: who may take them, about what, and once.

use axum::body::Body;
use http::{Request, header};
use reference_op::{FaultSet, Settings, SystemClientSettings, WorkspaceSettings};
use serde_json::{Value, json};

use crate::world::*;

#[tokio::test(start_paused = true)]
async fn decisions_need_a_living_token_of_the_system_workspace() {
    let mut settings = settings();
    settings.workspaces[0].clients[0].grant_types.push("client_credentials".into());
    let world = World::with(settings, FaultSet::NONE);
    let id = world.acknowledged(ALICE).await;
    let (login, state) = world.login();
    let body = json!({"login_state": state, "granted_scopes": ["openid"]});
    let answer = world.form("/oauth2/token", Some(ALICE), "grant_type=client_credentials").await;
    let public_token = answer.ok().text("access_token");
    for verb in ["accept", "reject"] {
        for token in [None, Some("unheard-of"), Some(public_token.as_str())] {
            let answer = world.decide(verb, &login, token, body.clone()).await.expect(401, "Unauthorized");
            assert_eq!(answer.body["status_code"], 401);
            assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE));
        }
    }
    let token = world.system_token().await;
    pass(10).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    world.decide("accept", &login, Some(&token), body).await.ok();
    assert_eq!(world.count("scope_grant_accept", "401"), 3);
    assert_eq!(world.count("scope_grant_reject", "401"), 3);
}

#[tokio::test(start_paused = true)]
async fn system_tokens_expire_and_need_the_right_client() {
    let world = World::new();
    let client = world.op.authentication_service_client("ciba").unwrap().clone();
    assert_eq!(world.op.system_api(), "http://op.test/api/system/default");
    assert_eq!(client.token_endpoint, "http://op.test/default/system/oauth2/token");
    assert!(client.client_secret.expose().len() >= 27, "160 bits");
    assert!(!format!("{client:?}").contains(client.client_secret.expose()));
    let path = "/default/system/oauth2/token";
    let ask =
        |credentials: Option<(&str, &str)>, body: &str| form_request(path, credentials, body.to_owned());
    let right = (client.client_id.as_str(), client.client_secret.expose());
    let answer = world.send(ask(Some(right), "grant_type=client_credentials")).await.ok();
    assert_eq!(answer.body["scope"], "manage_scope_grants");
    assert_eq!(answer.body["expires_in"], 3600);
    let in_body = format!(
        "grant_type=client_credentials&scope=manage_scope_grants&client_id={}&client_secret={}",
        right.0, right.1
    );
    world.send(ask(None, &in_body)).await.ok();
    for (credentials, body, status, error) in [
        (None, "grant_type=client_credentials", 401, "invalid_client"),
        (Some((right.0, "wrong")), "grant_type=client_credentials", 401, "invalid_client"),
        (Some(ALICE), "grant_type=client_credentials", 401, "invalid_client"),
        (Some(right), "grant_type=password", 400, "unsupported_grant_type"),
        (Some(right), "grant_type=client_credentials&scope=manage_logins", 400, "invalid_scope"),
        (Some(right), "scope=manage_scope_grants", 400, "invalid_request"),
    ] {
        world.send(ask(credentials, body)).await.expect(status, error);
    }
    world.acknowledged(ALICE).await;
    let (login, state) = world.login();
    let token = answer.text("access_token");
    pass(3_600).await;
    let body = json!({"login_state": state});
    world.decide("reject", &login, Some(&token), body).await.expect(401, "Unauthorized");
}

#[tokio::test(start_paused = true)]
async fn wrong_decisions_change_nothing() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    let (login, state) = world.login();
    let token = world.system_token().await;
    for (body, status) in [
        (json!({"login_state": "wrong", "granted_scopes": ["openid"]}), 403),
        (json!({"granted_scopes": ["openid"]}), 403),
        (json!({"login_state": state, "granted_scopes": ["profile"]}), 400),
        (json!({"login_state": state}), 400),
        (json!({"login_state": state, "granted_scopes": ["openid", "email"]}), 400),
        (json!({"login_state": state, "granted_scopes": ["openid"], "id": "another"}), 400),
        (json!({"login_state": state, "granted_scopes": "openid"}), 400),
        (Value::Null, 400),
    ] {
        let answer = world.decide("accept", &login, Some(&token), body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        assert_eq!(answer.body["status_code"], status);
        assert!(answer.body["error_code"].is_string() && answer.body["details"].is_object());
    }
    let body = json!({"login_state": state, "granted_scopes": ["openid"]});
    world.decide("accept", "unheard-of", Some(&token), body.clone()).await.expect(404, "Not Found");
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    world.decide("accept", &login, Some(&token), body.clone()).await.ok();
    for verb in ["accept", "reject"] {
        world.decide(verb, &login, Some(&token), body.clone()).await.expect(404, "Not Found");
    }
    let tokens = world.poll(ALICE, &id).await.ok();
    assert_eq!(tokens.body["scope"], "openid", "the scope is what was granted");
    world.decide("accept", &login, Some(&token), body).await.expect(404, "Not Found");
}

#[tokio::test(start_paused = true)]
async fn details_can_be_fetched_before_deciding() {
    let world = World::new();
    world.acknowledged(ALICE).await;
    let (login, state) = world.login();
    let token = world.system_token().await;
    let get = |query: &str, token: &str| {
        Request::get(format!("/api/system/default/scope-grants/{login}{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap()
    };
    let answer = world.send(get(&format!("?login_state={state}"), &token)).await.ok();
    assert_eq!(answer.text("id"), login);
    assert_eq!(answer.text("subject"), "john");
    assert_eq!(answer.text("requested_at"), "2026-05-29T10:47:34Z");
    let scopes: Vec<_> =
        answer.body["requested_scopes"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
    assert_eq!(scopes, ["openid", "profile"]);
    world.send(get("", &token)).await.ok();
    world.send(get("?login_state=wrong", &token)).await.expect(403, "Forbidden");
    world.send(get("", "unheard-of")).await.expect(401, "Unauthorized");
    assert_eq!(world.count("scope_grant_get", "200"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_workspace_decides_about_its_own_logins_only() {
    let workspace = |id: &str| {
        let mut workspace = WorkspaceSettings::new(id);
        workspace.authentication_service = Some(service());
        workspace.clients = clients();
        let client_id = format!("service-of-{id}");
        workspace.authentication_service_client =
            Some(SystemClientSettings { client_id, client_secret: "fixed-secret".into() });
        workspace
    };
    let world = World::with(Settings::new(vec![workspace("ciba"), workspace("other")]), FaultSet::NONE);
    let id = world.acknowledged(ALICE).await;
    let (login, state) = world.login();
    let other = form_request(
        "/default/system/oauth2/token",
        Some(("service-of-other", "fixed-secret")),
        "grant_type=client_credentials",
    );
    let token = world.send(other).await.ok().text("access_token");
    let body = json!({"login_state": state, "granted_scopes": ["openid"]});
    world.decide("accept", &login, Some(&token), body).await.expect(404, "Not Found");
    let poll = format!("grant_type={CIBA}&auth_req_id={id}");
    let elsewhere = form_request("/default/other/oauth2/token", Some(ALICE), poll);
    world.send(elsewhere).await.expect(400, "invalid_grant");
    world.decide_newest("accept").await.ok();
    world.poll(ALICE, &id).await.ok();
}
