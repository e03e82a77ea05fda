//! Who may call, and how: RFC 6749, 2.3.1; workspace and client switches.

use axum::body::Body;
use http::{Request, header};
use reference_op::{ClientAuthMethod, ClientSettings, FaultSet, Settings};

use crate::world::*;

const AUTHENTICATION: &str = "scope=openid&login_hint=john";

fn with_clients(clients: Vec<ClientSettings>) -> World {
    World::with(Settings::embedded(service(), clients), FaultSet::NONE)
}

fn post_client() -> ClientSettings {
    ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
        ..ClientSettings::poll("post-app", "s&cr=t +%")
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_refused_with_a_challenge_everywhere() {
    let world = World::new();
    let token_body = format!("grant_type={CIBA}&auth_req_id=x");
    for path in ["/backchannel/authentication", "/oauth2/token", "/oauth2/introspect"] {
        for client in
            [None, Some(("alice-app", "wrong")), Some(("nobody", "alice-secret")), Some(("alice-app", ""))]
        {
            let answer = world.form(path, client, token_body.clone()).await.expect(401, "invalid_client");
            assert!(answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Basic "));
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        }
        let bearer = Request::post(format!("/default/ciba{path}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, "Bearer abc")
            .body(Body::from(token_body.clone()));
        world.send(bearer.unwrap()).await.expect(401, "invalid_client");
    }
    settle().await;
    assert!(world.outside.calls("").is_empty(), "nobody is asked");
    assert_eq!(world.count("token", "invalid_client"), 5);
}

#[tokio::test(start_paused = true)]
async fn clients_use_their_registered_method_only() {
    let world = with_clients(vec![ClientSettings::poll("basic-app", "s&cr=t +%"), post_client()]);
    let path = "/backchannel/authentication";
    let in_body = |id: &str| format!("{AUTHENTICATION}&client_id={id}&client_secret=s%26cr%3Dt+%2B%25");
    world.form(path, Some(("basic-app", "s&cr=t +%")), AUTHENTICATION).await.ok();
    world.form(path, None, in_body("post-app")).await.ok();
    world.form(path, Some(("post-app", "s&cr=t +%")), AUTHENTICATION).await.expect(401, "invalid_client");
    world.form(path, None, in_body("basic-app")).await.expect(401, "invalid_client");
}

#[tokio::test(start_paused = true)]
async fn two_ways_at_once_are_refused() {
    let world = with_clients(vec![ClientSettings::poll("basic-app", "s"), post_client()]);
    let path = "/backchannel/authentication";
    let basic_app = Some(("basic-app", "s"));
    let both = format!("{AUTHENTICATION}&client_id=basic-app&client_secret=s");
    world.form(path, basic_app, both).await.expect(400, "invalid_request");
    world
        .form(path, basic_app, format!("{AUTHENTICATION}&client_id=post-app"))
        .await
        .expect(401, "invalid_client");
    world.form(path, basic_app, format!("{AUTHENTICATION}&client_id=basic-app")).await.ok();
    world.form(path, None, format!("{AUTHENTICATION}&client_secret=s")).await.expect(400, "invalid_request");
    let twice = Request::post(format!("/default/ciba{path}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, basic("basic-app", "s"))
        .header(header::AUTHORIZATION, basic("basic-app", "s"))
        .body(Body::from(AUTHENTICATION));
    world.send(twice.unwrap()).await.expect(400, "invalid_request");
}

#[tokio::test(start_paused = true)]
async fn a_workspace_without_ciba_says_so() {
    let mut settings = settings();
    settings.workspaces[0].allowed_grant_types = vec!["client_credentials".into()];
    let world = World::with(settings, FaultSet::NONE);
    world.authenticate(ALICE, AUTHENTICATION).await.expect(400, "unsupported_grant_type");
    world.poll(ALICE, "x").await.expect(400, "unsupported_grant_type");
    let path = "/default/ciba/.well-known/openid-configuration";
    let document = world.send(Request::get(path).body(Body::empty()).unwrap()).await.ok().body;
    assert!(!document.to_string().contains("backchannel"), "{document}");
    assert_eq!(document["grant_types_supported"], serde_json::json!(["client_credentials"]));
    assert!(world.op.authentication_service_client("ciba").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_client_without_the_grant_is_unauthorized() {
    let client = ClientSettings {
        grant_types: vec!["client_credentials".into()],
        ..ClientSettings::poll("cc-app", "s")
    };
    let world = with_clients(vec![client]);
    world.authenticate(("cc-app", "s"), AUTHENTICATION).await.expect(400, "unauthorized_client");
    world.poll(("cc-app", "s"), "x").await.expect(400, "unauthorized_client");
    let body = "grant_type=client_credentials";
    let answer = world.form("/oauth2/token", Some(("cc-app", "s")), body).await.ok();
    assert_eq!(answer.body["scope"], "profile");
    assert!(answer.body.get("id_token").is_none());
    let asked = world.form("/oauth2/token", Some(("cc-app", "s")), format!("{body}&scope=email")).await;
    asked.expect(400, "invalid_scope");
}

#[tokio::test(start_paused = true)]
async fn scopes_that_the_client_lacks_are_invalid() {
    let no_openid =
        ClientSettings { scopes: vec!["profile".into()], ..ClientSettings::poll("no-openid", "s") };
    let world = with_clients(vec![ClientSettings::poll("alice-app", "alice-secret"), no_openid]);
    world.authenticate(ALICE, "scope=openid+email&login_hint=j").await.expect(400, "invalid_scope");
    world.authenticate(("no-openid", "s"), AUTHENTICATION).await.expect(400, "invalid_scope");
    assert_eq!(world.count("backchannel_authentication", "invalid_scope"), 2);
}
