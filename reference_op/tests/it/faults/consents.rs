use http::Method;
use jsonwebtoken::Algorithm;
use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::open_banking::bank::*;
use crate::signing::{KEYS, signed};
use crate::world::*;

/// What becomes of consents in the United Kingdom.
async fn in_the_uk(faults: FaultSet) -> Value {
    let world = uk(faults);
    let mut seen = Map::new();
    let mut note = |name: &str, value: String| {
        seen.insert(name.to_owned(), json!(value));
    };
    let accepts = async |consent: &str| {
        world.ask(ALICE, "payments", consent).await;
        world.decide_consent(PAYMENT_DECISIONS, "accept", &["openid"]).await;
    };
    let foreign = world.payment_consent(CAROL).await;
    note("foreign", world.ask(ALICE, "payments", &foreign).await.outcome());
    note("unknown", world.ask(ALICE, "payments", "unheard-of").await.outcome());
    note("none", world.ask(ALICE, "payments", "").await.outcome());
    let deleted = world.account_consent(ALICE).await;
    let accounts = world.own_token(ALICE, "accounts").await;
    world.call(Method::DELETE, &format!("{ACCOUNTS}/{deleted}"), Some(&accounts), None).await;
    note("deleted", world.ask(ALICE, "accounts", &deleted).await.outcome());

    let accepted = world.payment_consent(ALICE).await;
    accepts(&accepted).await;
    let payments = world.own_token(ALICE, "payments").await;
    let read = |id: &str, token: Option<&str>| {
        let (path, token) = (format!("{PAYMENTS}/{id}"), token.map(str::to_owned));
        let world = &world;
        async move { world.call(Method::GET, &path, token.as_deref(), None).await }
    };
    let status = read(&accepted, Some(&payments)).await.body["Data"]["Status"].to_string();
    note("accepted", status);
    let starts = world.outside.calls("/authentication/start");
    note("start", starts.last().unwrap().body.get("openbanking_intent_id").is_some().to_string());
    note("twice", world.ask(ALICE, "payments", &accepted).await.outcome());

    let rejected = world.payment_consent(ALICE).await;
    let id = world.ask(ALICE, "payments", &rejected).await.ok().text("auth_req_id");
    world.decide_consent(PAYMENT_DECISIONS, "reject", &[]).await.ok();
    note("rejected", world.poll(ALICE, &id).await.outcome());
    note("after rejection", world.ask(ALICE, "payments", &rejected).await.outcome());

    note("read by another", read(&foreign, Some(&payments)).await.status.to_string());
    note("read without token", read(&accepted, None).await.status.to_string());
    note("read with another scope", read(&accepted, Some(&accounts)).await.status.to_string());
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_consents() {
    assert_changed(
        in_the_uk,
        &[
            (Fault::ForeignIntentAccepted, json!({"foreign": "200"})),
            (Fault::UnknownIntentAccepted, json!({"unknown": "200"})),
            (Fault::IntentOptional, json!({"none": "200"})),
            (Fault::DeletedConsentUsable, json!({"deleted": "200"})),
            (Fault::ConsentUsableTwice, json!({"twice": "200"})),
            (Fault::RejectedConsentUsable, json!({"after rejection": "200"})),
            (Fault::ConsentStaysAwaiting, json!({"accepted": "\"AwaitingAuthorisation\"", "twice": "200"})),
            (Fault::StartWithoutIntent, json!({"start": "false"})),
            (Fault::RejectedConsentRedeemed, json!({"rejected": "200"})),
            (Fault::ForeignConsentReadable, json!({"read by another": "200 OK"})),
            (Fault::ConsentWithoutToken, json!({"read without token": "200 OK"})),
            (Fault::ConsentScopeUnchecked, json!({"read with another scope": "200 OK"})),
        ],
    )
    .await;
}

/// What becomes of signed consents in Brasil.
async fn in_brasil(faults: FaultSet) -> Value {
    let world = brasil(faults);
    let token = world.own_token(ALICE, "payments").await;
    let own = world.call_jwt(&token, "application/jwt", jwt(&customer_payment(json!({})))).await;
    let forged = signed(Algorithm::ES256, &KEYS[1], &customer_payment(json!({"jti": "j-2"})));
    let forged = world.call_jwt(&token, "application/jwt", forged).await;
    let signature = own.text.rsplit('.').next().unwrap().to_owned();
    json!({"answer": !signature.is_empty(), "forged": forged.status})
}

#[tokio::test(start_paused = true)]
async fn faults_of_signed_consents() {
    assert_changed(
        in_brasil,
        &[
            (Fault::PaymentConsentUnsigned, json!({"answer": false})),
            (Fault::PaymentConsentUnverified, json!({"forged": 201})),
        ],
    )
    .await;
}
