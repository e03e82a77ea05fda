//! What authentication requests may say about consents.

use http::Method;
use jsonwebtoken::Algorithm;
use reference_op::{FaultSet, JwsAlg, OpenBankingProfile, Settings};
use serde_json::json;

use super::bank::*;
use crate::signing::{KEYS, claims, signed};
use crate::world::*;

#[tokio::test(start_paused = true)]
async fn only_a_waiting_consent_of_the_client_can_be_named() {
    let world = uk(FaultSet::NONE);
    let own = world.account_consent(ALICE).await;
    let foreign = world.account_consent(CAROL).await;
    let payment = world.payment_consent(ALICE).await;
    let deleted = world.account_consent(ALICE).await;
    let token = world.own_token(ALICE, "accounts").await;
    world.call(Method::DELETE, &format!("{ACCOUNTS}/{deleted}"), Some(&token), None).await;
    let mut decided = Vec::new();
    for verb in ["accept", "reject"] {
        let consent = world.account_consent(ALICE).await;
        world.ask(ALICE, "accounts", &consent).await.ok();
        world.decide_consent(ACCOUNT_DECISIONS[0], verb, &["openid"]).await.ok();
        decided.push(consent);
    }
    let starts = world.outside.calls("/authentication/start").len();
    for (name, scope, consent) in [
        ("unknown", "accounts", "unheard-of"),
        ("foreign", "accounts", foreign.as_str()),
        ("deleted", "accounts", deleted.as_str()),
        ("authorised", "accounts", decided[0].as_str()),
        ("rejected", "accounts", decided[1].as_str()),
        ("of another kind", "accounts", payment.as_str()),
        ("with a scope too many", "accounts+payments", own.as_str()),
        ("missing", "accounts", ""),
        ("missing", "payments", ""),
    ] {
        let answer = world.ask(ALICE, scope, consent).await;
        assert_eq!(answer.outcome(), "400 invalid_request", "{name}");
    }
    assert_eq!(world.outside.calls("/authentication/start").len(), starts, "nobody was asked");
    world.ask(ALICE, "accounts", &own).await.ok();
    // A request that asks for nothing of a consent's is like any other.
    world.acknowledged(ALICE).await;
    let start = world.outside.calls("/authentication/start").pop().unwrap().body;
    assert!(start.get("openbanking_intent_id").is_none());
    pass(1_800).await;
    assert_eq!(world.ask(ALICE, "accounts", &own).await.outcome(), "400 invalid_request", "expired");
}

#[tokio::test(start_paused = true)]
async fn strange_names_of_consents_are_refused() {
    let (uk, brasil) = (uk(FaultSet::NONE), brasil(FaultSet::NONE));
    let own = uk.account_consent(ALICE).await;
    let long = "x".repeat(30_000);
    let names = [
        "%00",
        "%F0%9F%94%91",
        "..%2F..",
        "%3Cb%3E",
        "%22%27",
        long.as_str(),
        &own[1..],
        &own.to_uppercase(),
    ];
    for name in names {
        assert_eq!(uk.ask(ALICE, "accounts", name).await.outcome(), "400 invalid_request", "{name}");
        let scope = format!("scope=openid+consents+consent%3A{name}&login_hint=john");
        assert_eq!(brasil.authenticate(ALICE, &scope).await.outcome(), "400 invalid_scope", "{name}");
    }
    let twice =
        format!("scope=openid+accounts&login_hint=j&openbanking_intent_id={own}&openbanking_intent_id={own}");
    assert_eq!(uk.authenticate(ALICE, &twice).await.outcome(), "400 invalid_request");
}

#[tokio::test(start_paused = true)]
async fn in_brasil_a_scope_names_the_consent() {
    let world = brasil(FaultSet::NONE);
    let (own, second) = (world.data_consent(ALICE).await, world.data_consent(ALICE).await);
    let foreign = world.data_consent(CAROL).await;
    for (name, scope, consent) in [
        ("unknown", "consents", "urn:default:x"),
        ("foreign", "consents", foreign.as_str()),
        ("of another kind", "payments", own.as_str()),
        ("two", &format!("consents+consent%3A{}", second.replace(':', "%3A")), own.as_str()),
    ] {
        assert_eq!(world.ask_brasil(ALICE, scope, consent).await.outcome(), "400 invalid_scope", "{name}");
    }
    let body = format!("scope=openid+consents&login_hint=john&openbanking_intent_id={own}");
    let answer = world.authenticate(ALICE, &body).await;
    assert_eq!(answer.outcome(), "400 invalid_scope", "the parameter is no scope");
    world.ask_brasil(ALICE, "consents", &own).await.ok();
    // Elsewhere such a scope is one that clients may not ask for.
    let uk = uk(FaultSet::NONE);
    assert_eq!(uk.ask_brasil(ALICE, "profile", "urn:default:x").await.outcome(), "400 invalid_scope");
}

#[tokio::test(start_paused = true)]
async fn a_signed_request_holds_the_consent_inside() {
    let mut workspace = workspace(OpenBankingProfile::Uk);
    workspace.clients[0].backchannel_authentication_request_signing_alg = Some(JwsAlg::Es256);
    let world = World::with(Settings::new(vec![workspace]), FaultSet::NONE);
    let consent = world.account_consent(ALICE).await;
    let object = |changes: serde_json::Value| {
        let mut all = json!({"scope": "openid accounts", "login_hint": "john", "sub": null});
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        signed(Algorithm::ES256, &KEYS[0], &claims(ALICE.0, all))
    };
    for (name, inside, beside, outcome) in [
        ("inside", json!({"openbanking_intent_id": consent}), String::new(), "200"),
        ("beside", json!({}), format!("&openbanking_intent_id={consent}"), "400 invalid_request"),
        ("a number", json!({"openbanking_intent_id": 5}), String::new(), "400 invalid_request"),
        ("unknown", json!({"openbanking_intent_id": "x"}), String::new(), "400 invalid_request"),
    ] {
        let body = format!("request={}{beside}", object(inside));
        assert_eq!(world.authenticate(ALICE, &body).await.outcome(), outcome, "{name}");
    }
    settle().await;
    let start = world.outside.calls("/authentication/start").pop().unwrap().body;
    assert_eq!(start["openbanking_intent_id"], consent);
}

#[tokio::test(start_paused = true)]
async fn a_workspace_without_open_banking_takes_no_notice() {
    let world = World::new();
    world.ask(ALICE, "profile", "unheard-of").await.ok();
    let start = world.outside.calls("/authentication/start").pop().unwrap().body;
    assert!(start.get("openbanking_intent_id").is_none());
}
