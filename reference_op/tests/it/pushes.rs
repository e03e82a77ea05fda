//! Push mode from end to end (CIBA Core 1.0, 7.3, 10.3, 11 and 12).

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, header};
use reference_op::{ClientSettings, DeliveryMode, FaultSet, ReferenceOp, Settings};
use serde_json::{Value, json};

use crate::tokens::{at_hash, verified_claims};
use crate::world::*;

pub const DAVE: (&str, &str) = ("dave-app", "dave-secret");

/// The default cast, and `dave-app`, whom tokens are pushed.
pub fn settings_with_push() -> Settings {
    let mut settings = settings();
    let workspace = &mut settings.workspaces[0];
    workspace.token_delivery_modes_supported.push(DeliveryMode::Push);
    workspace.clients.push(ClientSettings::push(DAVE.0, DAVE.1, CALLBACK));
    settings
}

pub fn world() -> World {
    World::with(settings_with_push(), FaultSet::NONE)
}

fn pushes(world: &World) -> Vec<Call> {
    world.outside.calls("/notify-callback")
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_pushed_with_tokens_that_are_tied_together() {
    let world = world();
    let answer = world
        .authenticate(
            DAVE,
            &format!("scope=openid+profile&login_hint=john&client_notification_token={TOKEN}"),
        )
        .await
        .ok();
    assert_eq!(answer.body["interval"], Value::Null, "{}", answer.body);
    let id = answer.text("auth_req_id");
    settle().await;
    assert_eq!(pushes(&world).len(), 0);
    world.decide_newest("accept").await.ok();
    settle().await;
    let push = pushes(&world).remove(0);
    assert_eq!(push.headers[header::AUTHORIZATION], format!("Bearer {TOKEN}"));
    assert_eq!(push.headers[header::CONTENT_TYPE], "application/json");
    let text = |name: &str| push.body[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned();
    assert_eq!(
        (text("auth_req_id"), text("token_type"), text("scope")),
        (id.clone(), "Bearer".to_owned(), "openid profile".to_owned())
    );
    let claims = verified_claims(&world, &text("id_token")).await.expect("a valid signature");
    assert_eq!(claims["at_hash"], at_hash(&text("access_token")));
    assert_eq!(claims["urn:openid:params:jwt:claim:rt_hash"], at_hash(&text("refresh_token")));
    assert_eq!(claims["urn:openid:params:jwt:claim:auth_req_id"], id);
    let userinfo = Request::get("/default/ciba/userinfo")
        .header(header::AUTHORIZATION, format!("Bearer {}", text("access_token")));
    world.send(userinfo.body(Body::empty()).unwrap()).await.ok();
    pass(600).await;
    assert_eq!((pushes(&world).len(), world.count("push", "204"), world.op.pending_count()), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_pushed_where_the_client_is_to_have_one() {
    let mut settings = settings_with_push();
    settings.workspaces[0].clients.last_mut().unwrap().pushes_refresh_token = false;
    let world = World::with(settings, FaultSet::NONE);
    world.acknowledged(DAVE).await;
    world.decide_newest("accept").await.ok();
    settle().await;
    let push = pushes(&world).remove(0);
    assert_eq!(push.body.get("refresh_token"), None);
    let claims = verified_claims(&world, push.body["id_token"].as_str().unwrap()).await.unwrap();
    assert_eq!(claims.get("urn:openid:params:jwt:claim:rt_hash"), None);
}

#[tokio::test(start_paused = true)]
async fn failures_are_pushed_by_their_names() {
    let world = world();
    let denied = world.acknowledged(DAVE).await;
    world.decide_newest("reject").await.ok();
    settle().await;
    let expired = world.acknowledged(DAVE).await;
    pass(119).await;
    assert_eq!(pushes(&world).len(), 1);
    pass(2).await;
    world.outside.answer(&format!("{SERVICE}/authentication/start"), |_| reply(500, ""));
    let failed = world.acknowledged(DAVE).await;
    pass(130).await;
    let said: Vec<Value> = pushes(&world)
        .into_iter()
        .map(|push| {
            assert_eq!(push.headers[header::AUTHORIZATION], format!("Bearer {TOKEN}"));
            json!([push.body["auth_req_id"], push.body["error"]])
        })
        .collect();
    assert_eq!(
        said,
        [
            json!([denied, "access_denied"]),
            json!([expired, "expired_token"]),
            json!([failed, "transaction_failed"])
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_push_client_gets_nothing_from_the_token_endpoint() {
    let world = world();
    let id = world.acknowledged(DAVE).await;
    for id in [&id, "unknown"] {
        world.poll(DAVE, id).await.expect(400, "unauthorized_client");
    }
    world.decide_newest("accept").await.ok();
    settle().await;
    world.poll(DAVE, &id).await.expect(400, "unauthorized_client");
    world.poll(ALICE, &id).await.expect(400, "invalid_grant");
    let body = "scope=openid&login_hint=john";
    world.authenticate(DAVE, body).await.expect(400, "invalid_request");
}

#[tokio::test(start_paused = true)]
async fn a_failed_push_is_repeated_and_then_counted_as_lost() {
    // How it is answered, how often it is sent, and how often it is lost.
    for (status, sent, lost) in [(204, 1, 0), (200, 1, 0), (302, 1, 1), (401, 1, 1), (500, 3, 1), (503, 3, 1)]
    {
        let world = world();
        world.outside.answer(CALLBACK, move |_| {
            Box::pin(async move {
                let response = Response::builder().status(status).header(header::LOCATION, CALLBACK);
                Ok(response.body(Bytes::from_static(b"{}")).unwrap())
            })
        });
        world.acknowledged(DAVE).await;
        world.decide_newest("accept").await.ok();
        pass(60).await;
        let pushes = pushes(&world);
        assert_eq!((pushes.len(), world.count("push", "lost")), (sent, lost), "{status}");
        assert!(pushes.iter().all(|push| push.body == pushes[0].body), "the same tokens each time");
    }
    let world = world();
    world.outside.answer(CALLBACK, |_| Box::pin(std::future::pending()));
    world.acknowledged(DAVE).await;
    world.decide_newest("accept").await.ok();
    assert_eq!(world.count("push", "timeout"), 0, "a decision is never held up by a push");
    pass(60).await;
    assert_eq!(
        (pushes(&world).len(), world.count("push", "timeout"), world.count("push", "lost")),
        (3, 3, 1)
    );
}

#[test]
fn push_is_offered_where_the_settings_say_so_and_nowhere_else() {
    let modes = |settings: Settings| {
        let world = World::with(settings, FaultSet::NONE);
        let path = "/default/ciba/.well-known/openid-configuration";
        let document = world.send(Request::get(path).body(Body::empty()).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(document).body["backchannel_token_delivery_modes_supported"].clone()
    };
    assert_eq!(modes(settings()), json!(["ping", "poll"]));
    assert_eq!(modes(settings_with_push()), json!(["ping", "poll", "push"]));
    let refused = |settings: Settings| {
        let clock = reference_op::Clock::system();
        let nowhere = reference_op::Outgoing::new(tower::service_fn(|_| async { Err("nowhere".into()) }));
        let error = ReferenceOp::new(BASE, settings, FaultSet::NONE, clock, nowhere).unwrap_err();
        error.problems().iter().map(|problem| problem.field.clone()).collect::<Vec<_>>()
    };
    let mut unsupported = settings_with_push();
    unsupported.workspaces[0].token_delivery_modes_supported.pop();
    assert_eq!(refused(unsupported), ["workspaces[0].clients[3].token_delivery_mode"]);
    let mut unreachable = settings_with_push();
    unreachable.workspaces[0].clients[3].client_notification_endpoint = None;
    assert_eq!(refused(unreachable), ["workspaces[0].clients[3].client_notification_endpoint"]);
}
