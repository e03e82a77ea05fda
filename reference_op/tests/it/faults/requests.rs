use std::time::Duration;

use axum::body::Body;
use http::{Request, header};
use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::flows::claims;
use super::symptoms::assert_changed;
use crate::world::*;

/// Name of the symptom, whether the client is the one that is pinged, and what it sends.
const REQUESTS: [(&str, bool, &str); 18] = [
    ("no scope", false, "login_hint=john"),
    ("openid alone", false, "scope=openid&login_hint=john"),
    ("openid last", false, "scope=profile+openid&login_hint=john"),
    ("scope twice", false, "scope=openid+profile&scope=openid+profile&login_hint=john"),
    ("unknown scope", false, "scope=openid+email&login_hint=john"),
    ("malformed scope", false, "scope=openid+%22&login_hint=john"),
    ("no hint", false, "scope=openid+profile"),
    ("empty hint", false, "scope=openid+profile&login_hint="),
    ("two hints", false, "scope=openid+profile&login_hint=john&id_token_hint=x"),
    ("three hints", false, "scope=openid+profile&login_hint=john&id_token_hint=x&login_hint_token=y"),
    ("hint twice", false, "scope=openid+profile&login_hint=john&login_hint=jane"),
    ("unknown parameter", false, "scope=openid+profile&login_hint=john&foo=bar"),
    ("bad expiry", false, "scope=openid+profile&login_hint=john&requested_expiry=1.5"),
    ("control character", false, "scope=openid+profile&login_hint=john&binding_message=a%00b"),
    ("not UTF-8", false, "scope=openid+profile&login_hint=%ff"),
    ("no token", true, "scope=openid+profile&login_hint=john"),
    ("bad token", true, "scope=openid+profile&login_hint=john&client_notification_token=a%3Bb%22%00c"),
    ("signed", false, "scope=openid+profile&login_hint=john&request=a.b.c"),
];

fn request(method: &str, path: &str, content_type: &str, body: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(format!("/default/ciba{path}"))
        .header(header::CONTENT_TYPE, content_type)
        .header(header::AUTHORIZATION, basic(ALICE.0, ALICE.1))
        .body(Body::from(body.to_owned()))
        .unwrap()
}

async fn outcomes(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let mut seen = Map::new();
    for (name, pinged, body) in REQUESTS {
        let client = if pinged { BOB } else { ALICE };
        seen.insert(name.into(), json!(world.authenticate(client, body).await.outcome()));
    }
    for length in [600, 1_024, 1_025] {
        let token = "t".repeat(length);
        let body = format!("scope=openid+profile&login_hint=john&client_notification_token={token}");
        seen.insert(format!("token of {length}"), json!(world.authenticate(BOB, &body).await.outcome()));
    }
    let path = "/backchannel/authentication";
    let query = format!("{path}?scope=openid+profile&login_hint=john");
    seen.insert("get".into(), json!(world.send(request("GET", &query, "", "")).await.outcome()));
    let json = request("POST", path, "application/json", r#"{"scope":"openid profile","login_hint":"john"}"#);
    seen.insert("json".into(), json!(world.send(json).await.outcome()));
    let huge = format!("scope=openid+profile&login_hint={}", "j".repeat(70_000));
    seen.insert("too long".into(), json!(world.authenticate(ALICE, &huge).await.outcome()));
    let short =
        world.authenticate(ALICE, "scope=openid+profile&login_hint=john&requested_expiry=30").await.ok();
    seen.insert("expires_in".into(), short.body["expires_in"].clone());
    world.outside.answer(&format!("{SERVICE}/user/verify"), |_| reply(200, r#"{"valid":false}"#));
    settle().await;
    let before = world.outside.calls("/authentication/start").len();
    let unknown = world.authenticate(ALICE, "scope=openid+profile&login_hint=nobody").await;
    settle().await;
    seen.insert("unknown user".into(), json!(unknown.outcome()));
    assert_eq!(world.outside.calls("/authentication/start").len(), before, "nobody is asked");
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_validation() {
    assert_changed(
        outcomes,
        &[
            (Fault::GetAccepted, json!({"get": "200"})),
            (Fault::JsonBodyAccepted, json!({"json": "200"})),
            (Fault::ScopeOptional, json!({"no scope": "200"})),
            (Fault::ScopeOrderFixed, json!({"openid last": "400 invalid_scope"})),
            (Fault::OpenidAloneRefused, json!({"openid alone": "400 invalid_scope"})),
            (Fault::NotificationTokenOptional, json!({"no token": "200"})),
            (
                Fault::NotificationTokenCapped,
                json!({"token of 600": "400 invalid_request", "token of 1024": "400 invalid_request"}),
            ),
            (Fault::NotificationTokenUnbounded, json!({"token of 1025": "200"})),
            (Fault::NotificationTokenUnchecked, json!({"bad token": "200"})),
            (Fault::HintOptional, json!({"no hint": "200"})),
            (Fault::EmptyHintAccepted, json!({"empty hint": "200"})),
            (Fault::TwoHintsAccepted, json!({"two hints": "200"})),
            (Fault::ThreeHintsAccepted, json!({"three hints": "200"})),
            (Fault::DuplicateHintAccepted, json!({"hint twice": "200"})),
            (Fault::DuplicateParameterAccepted, json!({"scope twice": "200"})),
            (Fault::UnknownParameterRefused, json!({"unknown parameter": "400 invalid_request"})),
            (Fault::UnknownUserAcknowledged, json!({"unknown user": "200"})),
            (Fault::RequestedExpiryUnchecked, json!({"bad expiry": "200"})),
            (Fault::RequestedExpiryIgnored, json!({"expires_in": 120})),
            (Fault::BindingMessageLimit500, json!({"control character": "500 server_error"})),
            (Fault::UnknownScopeIgnored, json!({"unknown scope": "200"})),
            (Fault::MalformedScopeAccepted, json!({"malformed scope": "200"})),
            (Fault::MalformedInput500, json!({"not UTF-8": "500", "too long": "500"})),
        ],
    )
    .await;
}

/// What one approved request of a ping client comes to.
async fn flow(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let body = "scope=openid+profile&login_hint=john&binding_message=Gr%C3%BC%C3%9Fe&acr_values=urn:other+\
                urn:example:acr:two-factor&client_notification_token=a%2Bb%3D&backchannel_token_delivery_mode=poll";
    let clock = reference_op::Clock::system();
    let sent = clock.now();
    let acknowledged = world.authenticate(BOB, body).await.ok();
    let waited = clock.now().duration_since(sent);
    settle().await;
    let start = world.outside.calls("/authentication/start").remove(0);
    let decided = world.decide_newest("accept").await;
    settle().await;
    let pings = world.outside.calls("/notify-callback");
    let tokens = world.poll(BOB, &acknowledged.text("auth_req_id")).await.ok();
    json!({
        "waited": waited > Duration::from_secs(19),
        "message": start.body["binding_message"],
        "decided": decided.status.as_u16(),
        "pings": pings.len(),
        "bearer": pings.first().map(|ping| ping.headers[header::AUTHORIZATION].to_str().unwrap()),
        "acr": claims(&tokens.text("id_token"))["acr"],
    })
}

#[tokio::test(start_paused = true)]
async fn faults_of_what_becomes_of_a_request() {
    assert_eq!(
        flow(FaultSet::NONE).await,
        json!({
            "waited": false, "message": "Grüße", "decided": 200, "pings": 1, "bearer": "Bearer a+b=",
            "acr": "urn:example:acr:two-factor",
        })
    );
    assert_changed(
        flow,
        &[
            (Fault::DeliveryModeParameterHonoured, json!({"pings": 0, "bearer": null})),
            (Fault::AckWaitsForDecision, json!({"waited": true})),
            (Fault::NotificationTokenPlusLost, json!({"bearer": "Bearer a b="})),
            (Fault::BindingMessageAltered, json!({"message": "eßürG"})),
            (Fault::BindingMessageMangled, json!({"message": "Gr??e"})),
            (Fault::AcrMissing, json!({"acr": null})),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_unchecked_token_is_sent_without_what_no_header_carries() {
    let world = World::with(settings(), Fault::NotificationTokenUnchecked.into());
    let body = "scope=openid+profile&login_hint=john&client_notification_token=a%3B+%22%00%C3%BCb";
    world.authenticate(BOB, body).await.ok();
    settle().await;
    world.decide_newest("accept").await.ok();
    settle().await;
    let ping = world.outside.calls("/notify-callback").remove(0);
    assert_eq!(ping.headers[header::AUTHORIZATION], "Bearer a; \"b");
}

async fn error(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let answer = world.authenticate(ALICE, "scope=openid").await;
    let description = answer.body["error_description"].as_str().unwrap_or("");
    json!({
        "status": answer.status.as_u16(),
        "content type": answer.headers[header::CONTENT_TYPE].to_str().unwrap(),
        "error": answer.body["error"],
        "plain description": !description.contains(|c: char| !c.is_ascii() || c == '"'),
        "error_uri": answer.body["error_uri"],
        "token endpoint": world.poll(ALICE, "x").await.outcome(),
    })
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_errors() {
    assert_changed(
        error,
        &[
            (Fault::BackchannelErrorHtml, json!({"content type": "text/html", "error": null})),
            (Fault::BackchannelErrorUnlistedCode, json!({"error": "bad_request"})),
            (Fault::BackchannelErrorDescriptionQuotes, json!({"plain description": false})),
            (Fault::BackchannelErrorUriMalformed, json!({"error_uri": "not a uri"})),
        ],
    )
    .await;
}
