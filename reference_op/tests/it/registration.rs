//! Clients that register themselves (RFC 7591, RFC 7592; CIBA Core 1.0, 4).

use axum::body::Body;
use http::{Method, Request, header};
use reference_op::{DeliveryMode, FaultSet, RegistrationSettings, Settings};
use serde_json::{Value, json};

use crate::faults::claims;
use crate::signing::{KEYS, public};
use crate::world::*;

pub const REGISTER: &str = "/default/ciba/register";
pub const ENDPOINT: &str = "https://client.test/notify";
pub const KEY_SET: &str = "https://client.test/jwks.json";
pub const SECTOR: &str = "https://sector.test/sector.json";
pub const EMPTY_SECTOR: &str = "https://sector.test/empty.json";

/// A provider with push at which anybody may register, and the documents of one client.
pub fn open_world(faults: FaultSet) -> World {
    world_with(RegistrationSettings::default(), faults)
}

fn world_with(registration: RegistrationSettings, faults: FaultSet) -> World {
    let mut settings: Settings = settings();
    let workspace = &mut settings.workspaces[0];
    workspace.registration = Some(registration);
    workspace.token_delivery_modes_supported.push(DeliveryMode::Push);
    let world = World::with(settings, faults);
    let keys: &'static str = json!({"keys": [public(&KEYS[0])]}).to_string().leak();
    let listed: &'static str = json!([KEY_SET, ENDPOINT]).to_string().leak();
    for (url, document) in [(KEY_SET, keys), (SECTOR, listed), (EMPTY_SECTOR, "[]")] {
        world.outside.answer(url, move |_| reply(200, document));
    }
    world.outside.answer(ENDPOINT, |_| reply(204, ""));
    world
}

/// Metadata of a client that polls, with these changes; a `null` takes a member away.
pub fn metadata(changes: Value) -> Value {
    let mut metadata = json!({
        "client_name": "Registered",
        "redirect_uris": [],
        "response_types": [],
        "grant_types": [CIBA],
        "scope": "openid profile admin",
        "backchannel_token_delivery_mode": "poll",
        "token_endpoint_auth_method": "client_secret_basic",
    });
    for (name, value) in changes.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    metadata
}

/// What a client with pairwise subjects says beside.
pub fn pairwise() -> Value {
    json!({
        "subject_type": "pairwise",
        "jwks_uri": KEY_SET,
        "token_endpoint_auth_method": "private_key_jwt",
    })
}

pub async fn call(world: &World, method: Method, path: &str, token: Option<&str>, body: Value) -> Answer {
    let path = path.strip_prefix(BASE).unwrap_or(path);
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

pub async fn register(world: &World, changes: Value) -> Answer {
    call(world, Method::POST, REGISTER, None, metadata(changes)).await
}

/// The `sub` of the tokens that a registered client with a secret gets for John.
async fn subject(world: &World, client: &Answer) -> String {
    let (id, secret) = (client.text("client_id"), client.text("client_secret"));
    let auth_req_id = world.acknowledged((&id, &secret)).await;
    world.decide_newest("accept").await;
    let tokens = world.poll((&id, &secret), &auth_req_id).await.ok();
    claims(&tokens.text("id_token"))["sub"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_client_registers_works_changes_and_goes() {
    let world = open_world(FaultSet::NONE);
    let created = register(&world, json!({})).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(created.body["scope"], "openid profile", "what nobody has is left out");
    assert_eq!(created.body["backchannel_token_delivery_mode"], "poll");
    assert_eq!(
        (&created.body["client_secret_expires_at"], &created.body["grant_types"]),
        (&json!(0), &json!([CIBA]))
    );
    assert_eq!(subject(&world, &created).await, "john");

    let (uri, token) = (created.text("registration_client_uri"), created.text("registration_access_token"));
    let read = call(&world, Method::GET, &uri, Some(&token), Value::Null).await.ok();
    assert_eq!(read.body, created.body);
    for (method, token) in [(Method::GET, None), (Method::PUT, Some("x")), (Method::DELETE, Some("x"))] {
        call(&world, method, &uri, token, json!({})).await.expect(401, "invalid_token");
    }

    let mut change = metadata(json!({"client_name": "Changed"}));
    call(&world, Method::PUT, &uri, Some(&token), change.clone())
        .await
        .expect(400, "invalid_client_metadata");
    change["client_id"] = created.body["client_id"].clone();
    change["client_secret"] = json!("another");
    call(&world, Method::PUT, &uri, Some(&token), change.clone())
        .await
        .expect(400, "invalid_client_metadata");
    change["client_secret"] = created.body["client_secret"].clone();
    let changed = call(&world, Method::PUT, &uri, Some(&token), change).await.ok();
    assert_eq!(
        (changed.text("client_name"), &changed.body["client_id"]),
        ("Changed".into(), &created.body["client_id"])
    );

    let gone = call(&world, Method::DELETE, &uri, Some(&token), Value::Null).await;
    assert_eq!(gone.status, 204);
    call(&world, Method::GET, &uri, Some(&token), Value::Null).await.expect(401, "invalid_token");
    let (id, secret) = (created.text("client_id"), created.text("client_secret"));
    world.authenticate((&id, &secret), "scope=openid&login_hint=john").await.expect(401, "invalid_client");
    let counts =
        [("register", "201"), ("client_configuration", "204"), ("client_configuration", "invalid_token")];
    assert_eq!(counts.map(|(endpoint, outcome)| world.count(endpoint, outcome)), [1, 1, 4]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_registered_is_refused_with_its_reason() {
    let world = open_world(FaultSet::NONE);
    for (changes, reason) in [
        (json!({"grant_types": null}), "grant_types is missing"),
        (json!({"grant_types": ["authorization_code"]}), "not offered"),
        (json!({"grant_types": "urn"}), "grant_types has a wrong value"),
        (json!({"backchannel_token_delivery_mode": null}), "backchannel_token_delivery_mode is missing"),
        (json!({"backchannel_token_delivery_mode": "pigeon"}), "has a wrong value"),
        (json!({"backchannel_token_delivery_mode": "ping"}), "notification_endpoint is missing"),
        (json!({"token_endpoint_auth_method": "none"}), "has to authenticate"),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), "jwks"),
        (json!({"token_endpoint_auth_method": "tls_client_auth"}), "tls_client_auth_subject_dn"),
        (json!({"backchannel_user_code_parameter": true}), "user codes"),
        (json!({"backchannel_authentication_request_signing_alg": "HS256"}), "asymmetric"),
        (json!({"backchannel_authentication_request_signing_alg": "none"}), "wrong value"),
        (json!({"id_token_signed_response_alg": "RS256"}), "ID tokens"),
        (json!({"id_token_encrypted_response_alg": "RSA-OAEP"}), "nothing is encrypted"),
        (json!({"jwks": [], "jwks_uri": null}), "jwks is not a key set"),
        (json!({"jwks": {"keys": []}, "jwks_uri": KEY_SET}), "exclude each other"),
        (json!({"jwks_uri": "https://client.test/nothing"}), "leads to no key set"),
        (json!({"jwks_uri": "http://client.test/jwks.json"}), "jwks_uri is no HTTPS URL"),
        (json!({"subject_type": "private"}), "subject_type"),
        (json!({"subject_type": "pairwise"}), "jwks_uri"),
    ] {
        let refused = register(&world, changes.clone()).await.expect(400, "invalid_client_metadata");
        assert!(refused.text("error_description").contains(reason), "{changes}: {refused:?}");
    }
    for url in ["http://client.test/cb", "https://client.test/cb#here", "cb", "https://10.0.0.1/cb"] {
        register(&world, json!({"redirect_uris": [url]})).await.expect(400, "invalid_redirect_uri");
    }
    for body in ["", "[]", "{"] {
        let request = Request::post(REGISTER).header(header::CONTENT_TYPE, "application/json");
        world.send(request.body(Body::from(body)).unwrap()).await.expect(400, "invalid_client_metadata");
    }
    let form = Request::post(REGISTER).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.send(form.body(Body::from("a=b")).unwrap()).await.expect(400, "invalid_client_metadata");
    let long = Request::post(REGISTER).header(header::CONTENT_TYPE, "application/json");
    let long = long.body(Body::from(" ".repeat(65 * 1024))).unwrap();
    world.send(long).await.expect(413, "invalid_client_metadata");
}

#[tokio::test(start_paused = true)]
async fn pairwise_subjects_are_a_sector_s() {
    let world = open_world(FaultSet::NONE);
    let push = json!({
        "backchannel_token_delivery_mode": "push",
        "backchannel_client_notification_endpoint": ENDPOINT,
        "subject_type": "pairwise",
    });
    let mut subjects = Vec::new();
    for sector in [Value::Null, Value::Null, json!(SECTOR)] {
        let mut asked = push.clone();
        asked["sector_identifier_uri"] = sector;
        let client = register(&world, asked).await;
        assert_eq!((client.status.as_u16(), &client.body["subject_type"]), (201, &json!("pairwise")));
        let (id, secret) = (client.text("client_id"), client.text("client_secret"));
        world.acknowledged((&id, &secret)).await;
        world.decide_newest("accept").await;
        settle().await;
        let pushed = world.outside.calls("/notify").pop().unwrap();
        let sub = claims(pushed.body["id_token"].as_str().unwrap())["sub"].as_str().unwrap().to_owned();
        assert_ne!(sub, "john");
        subjects.push(sub);
    }
    assert_eq!(subjects[0], subjects[1], "one host, one sector");
    assert_ne!(subjects[0], subjects[2], "another host, another sector");

    let poll = register(&world, pairwise()).await;
    assert_eq!(poll.status, 201, "{poll:?}");
    assert!(poll.body.get("client_secret").is_none(), "a key needs no secret");
    for (changes, reason) in [
        (json!({"sector_identifier_uri": EMPTY_SECTOR}), "does not list"),
        (json!({"sector_identifier_uri": KEY_SET}), "no list of URLs"),
        (json!({"sector_identifier_uri": "http://sector.test/"}), "no HTTPS URL"),
        (json!({"sector_identifier_uri": SECTOR, "redirect_uris": ["https://a.test/"]}), "does not list"),
        (json!({"token_endpoint_auth_method": "client_secret_basic"}), "proves to hold a key"),
    ] {
        let mut asked = pairwise();
        for (name, value) in changes.as_object().unwrap() {
            asked[name] = value.clone();
        }
        let refused = register(&world, asked).await.expect(400, "invalid_client_metadata");
        assert!(refused.text("error_description").contains(reason), "{changes}: {refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn registration_is_closed_unless_it_is_opened_and_may_ask_for_a_token() {
    let closed = World::new();
    register(&closed, json!({})).await.expect(404, "not_found");
    let path = "/default/ciba/.well-known/openid-configuration";
    let document = |world: World| async move {
        world.send(Request::get(path).body(Body::empty()).unwrap()).await.ok().body
    };
    assert!(document(closed).await.get("registration_endpoint").is_none());
    let open = document(open_world(FaultSet::NONE)).await;
    assert_eq!(open["registration_endpoint"], format!("{BASE}{REGISTER}"));
    assert_eq!(open["subject_types_supported"], json!(["public", "pairwise"]));

    let guarded = RegistrationSettings { initial_access_token: Some("initial".into()) };
    let world = world_with(guarded, FaultSet::NONE);
    for token in [None, Some("other")] {
        call(&world, Method::POST, REGISTER, token, metadata(json!({}))).await.expect(401, "invalid_token");
    }
    let created = call(&world, Method::POST, REGISTER, Some("initial"), metadata(json!({}))).await;
    assert_eq!(created.status, 201);
}

#[tokio::test(start_paused = true)]
async fn there_is_room_for_a_thousand_clients() {
    let world = open_world(FaultSet::NONE);
    let first = register(&world, json!({})).await;
    for _ in 1..1_000 {
        assert_eq!(register(&world, json!({})).await.status, 201);
    }
    register(&world, json!({})).await.expect(503, "temporarily_unavailable");
    let (uri, token) = (first.text("registration_client_uri"), first.text("registration_access_token"));
    call(&world, Method::DELETE, &uri, Some(&token), Value::Null).await;
    assert_eq!(register(&world, json!({})).await.status, 201);
}
