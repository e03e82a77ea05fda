use bytes::Bytes;
use http::{Response, header};
use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::pushes::{DAVE, settings_with_push};
use crate::tokens::verified_claims;
use crate::world::*;

const ELSEWHERE: &str = "http://elsewhere.test/callback";
const UNAUTHORIZED: &str = "400 unauthorized_client";

/// What a push client sees of one approval, one denial, one expiry and one failure.
async fn pushed(faults: FaultSet) -> Value {
    let world = World::with(settings_with_push(), faults);
    let pushes = || world.outside.calls("/notify-callback");
    let body = format!("scope=openid+profile&login_hint=john&client_notification_token={TOKEN}");
    let acknowledgement = world.authenticate(DAVE, &body).await.ok();
    let id = acknowledgement.text("auth_req_id");
    settle().await;
    let before = pushes().len();
    let early = world.poll(DAVE, &id).await.outcome();
    world.decide_newest("accept").await.ok();
    settle().await;
    let approved = pushes().len() - before;
    let tokens = pushes().into_iter().next();
    let late = world.poll(DAVE, &id).await.outcome();
    let mut seen = Map::new();
    let id_token = tokens.as_ref().and_then(|push| push.body["id_token"].as_str().map(str::to_owned));
    let claims = match id_token {
        Some(token) => verified_claims(&world, &token).await.unwrap(),
        None => Value::Null,
    };
    for claim in ["at_hash", "urn:openid:params:jwt:claim:rt_hash", "urn:openid:params:jwt:claim:auth_req_id"]
    {
        seen.insert(claim.into(), json!(claims.get(claim).is_some()));
    }
    describe(&mut seen, "tokens", tokens.as_ref(), &id);
    let id = world.acknowledged(DAVE).await;
    let sent = pushes().len();
    world.decide_newest("reject").await.ok();
    settle().await;
    let denial = pushes().into_iter().skip(sent).find(|push| push.body.get("access_token").is_none());
    describe(&mut seen, "denial", denial.as_ref(), &id);
    seen.insert("denial error".into(), json!(denial.as_ref().map(|push| push.body["error"].clone())));
    let plain = |push: &Call| push.body["error_description"].as_str().is_some_and(|text| text.is_ascii());
    seen.insert("denial plain".into(), json!(denial.as_ref().map(plain)));
    let told = |error: &str| pushes().iter().any(|push| push.body["error"] == error);
    world.acknowledged(DAVE).await;
    pass(125).await;
    seen.insert("expiry".into(), json!(told("expired_token")));
    world.outside.answer(&format!("{SERVICE}/authentication/start"), |_| reply(500, ""));
    world.acknowledged(DAVE).await;
    pass(30).await;
    seen.insert("failure".into(), json!(told("transaction_failed")));
    let interval = acknowledgement.body.get("interval").is_some();
    for (name, value) in [
        ("before", json!(before)),
        ("early poll", json!(early)),
        ("approved", json!(approved)),
        ("late poll", json!(late)),
        ("interval", json!(interval)),
    ] {
        seen.insert(name.into(), value);
    }
    Value::Object(seen)
}

fn describe(seen: &mut Map<String, Value>, what: &str, push: Option<&Call>, id: &str) {
    let header = |name| push.map(|push| push.headers[name].to_str().unwrap().to_owned());
    let authorization = header(header::AUTHORIZATION).map(|value| value == format!("Bearer {TOKEN}"));
    seen.insert(format!("{what} bearer"), json!(authorization));
    seen.insert(format!("{what} type"), json!(header(header::CONTENT_TYPE)));
    seen.insert(format!("{what} id"), json!(push.map(|push| push.body["auth_req_id"] == id)));
    seen.insert(format!("{what} members"), json!(push.map(|push| push.body.get("access_token").is_some())));
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_push() {
    let (rt, req) = ("urn:openid:params:jwt:claim:rt_hash", "urn:openid:params:jwt:claim:auth_req_id");
    let no_tokens = json!({
        "approved": 0, "tokens bearer": null, "tokens type": null, "tokens id": null, "tokens members": null,
        "at_hash": false, rt: false, req: false,
    });
    let no_denial = json!({
        "denial bearer": null, "denial type": null, "denial id": null, "denial members": null,
        "denial error": null, "denial plain": null,
    });
    assert_changed(
        pushed,
        &[
            (Fault::PushNotSent, no_tokens),
            (Fault::PushNotSentOnDenial, no_denial),
            (Fault::PushNotSentOnExpiry, json!({"expiry": false})),
            (Fault::PushFailureNotTold, json!({"failure": false})),
            (Fault::PushBeforeDecision, json!({"before": 1})),
            (Fault::PushSentTwice, json!({"approved": 2})),
            (Fault::PushWrongToken, json!({"tokens bearer": false})),
            (Fault::PushWrongAuthReqId, json!({"tokens id": false})),
            (
                Fault::PushMembersNested,
                json!({"tokens members": false, "at_hash": false, rt: false, req: false}),
            ),
            (Fault::PushAsText, json!({"tokens type": "text/plain"})),
            (Fault::PushAtHashMissing, json!({"at_hash": false})),
            (Fault::PushRtHashMissing, json!({rt: false})),
            (Fault::PushAuthReqIdClaimMissing, json!({req: false})),
            (
                Fault::PushClientPolls,
                json!({"early poll": "400 authorization_pending", "late poll": "400 invalid_grant"}),
            ),
            (Fault::PushClientRedeems, json!({"late poll": "200"})),
            (Fault::PushErrorWrongToken, json!({"denial bearer": false})),
            (Fault::PushErrorAsText, json!({"denial type": "text/plain"})),
            (Fault::PushErrorUnlistedCode, json!({"denial error": "denied"})),
            (Fault::PushErrorWithoutAuthReqId, json!({"denial id": false})),
            (Fault::PushErrorDescriptionQuotes, json!({"denial plain": false})),
        ],
    )
    .await;
    let seen = pushed(FaultSet::NONE).await;
    assert_eq!(
        (seen["early poll"].as_str(), seen["late poll"].as_str()),
        (Some(UNAUTHORIZED), Some(UNAUTHORIZED))
    );
}

/// How often a push is sent, and whether it goes elsewhere, by how the client answers it.
async fn answered(faults: FaultSet) -> Value {
    let mut seen = Map::new();
    for status in [204_u16, 200, 307, 500] {
        let world = World::with(settings_with_push(), faults);
        world.outside.answer(CALLBACK, move |_| {
            Box::pin(async move {
                let response = Response::builder().status(status).header(header::LOCATION, ELSEWHERE);
                Ok(response.body(Bytes::new()).unwrap())
            })
        });
        world.outside.answer(ELSEWHERE, |_| reply(204, ""));
        world.acknowledged(DAVE).await;
        world.decide_newest("accept").await.ok();
        pass(30).await;
        seen.insert(status.to_string(), json!(world.outside.calls("/notify-callback").len()));
        seen.insert(format!("{status} elsewhere"), json!(world.outside.calls(ELSEWHERE).len()));
    }
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_about_answers_to_the_push() {
    assert_changed(
        answered,
        &[
            (Fault::PushNeeds204, json!({"200": 3})),
            (Fault::PushFollowsRedirects, json!({"307 elsewhere": 1})),
            (Fault::PushNotRetried, json!({"500": 1})),
        ],
    )
    .await;
}
