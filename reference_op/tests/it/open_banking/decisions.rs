use http::Method;
use reference_op::FaultSet;
use serde_json::{Value, json};

use super::bank::*;
use crate::world::*;

/// The status of a consent as its client sees it.
async fn status(world: &World, path: &str, id: &str) -> Value {
    let scope = match path {
        ACCOUNTS => "accounts",
        CUSTOMER_DATA => "consents",
        _ => "payments",
    };
    let token = world.own_token(ALICE, scope).await;
    let answer = world.call(Method::GET, &format!("{path}/{id}"), Some(&token), None).await.ok();
    answer.body.pointer("/Data/Status").or(answer.body.pointer("/data/status")).cloned().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_accepted_consent_is_authorised_and_gives_tokens() {
    for path in ACCOUNT_DECISIONS {
        let world = uk(FaultSet::NONE);
        let consent = world.account_consent(ALICE).await;
        let id = world.ask(ALICE, "accounts", &consent).await.ok().text("auth_req_id");
        let start = world.outside.calls("/authentication/start").pop().unwrap().body;
        assert_eq!(start["openbanking_intent_id"], consent);
        assert_eq!(start["requested_scopes"], json!(["openid", "accounts"]));
        let (_, state) = world.login();
        let seen = world.about_login(Method::GET, path, &format!("?login_state={state}"), None).await.ok();
        assert_eq!(seen.text("consent_id"), consent);
        assert_eq!(
            (seen.text("type"), seen.text("status")),
            ("account_access".into(), "AwaitingAuthorisation".into())
        );
        assert_eq!((seen.text("client_id"), seen.text("subject")), ("alice-app".into(), "john".into()));
        assert_eq!(
            seen.body["account_access_consent"]["Permissions"],
            json!(["ReadAccountsBasic", "ReadBalances"])
        );
        assert_eq!(seen.body["requested_scopes"][1]["requested_name"], "accounts");
        assert_eq!(world.about_login(Method::GET, path, "?login_state=x", None).await.status, 403);
        world.poll(ALICE, &id).await.expect(400, "authorization_pending");
        world.decide_consent(path, "accept", &["openid", "accounts"]).await.ok();
        assert_eq!(status(&world, ACCOUNTS, &consent).await, "Authorised");
        let tokens = world.poll(ALICE, &id).await.ok();
        assert_eq!(tokens.body["scope"], "openid accounts");
        assert_eq!((world.count("consent_get", "200"), world.count("consent_accept", "200")), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_consent_ends_in_access_denied_and_a_ping() {
    let world = uk(FaultSet::NONE);
    let consent = world.payment_consent(BOB).await;
    let id = world.ask(BOB, "payments", &consent).await.ok().text("auth_req_id");
    let seen = world.about_login(Method::GET, PAYMENT_DECISIONS, "", None).await.ok();
    assert_eq!(seen.body["domestic_payment_consent"]["Initiation"]["InstructedAmount"]["Amount"], "100.00");
    world.decide_consent(PAYMENT_DECISIONS, "reject", &[]).await.ok();
    settle().await;
    assert_eq!(world.outside.calls("/notify-callback").len(), 1);
    world.poll(BOB, &id).await.expect(400, "access_denied");
    let token = world.own_token(BOB, "payments").await;
    let answer = world.call(Method::GET, &format!("{PAYMENTS}/{consent}"), Some(&token), None).await.ok();
    assert_eq!(answer.body["Data"]["Status"], "Rejected");
    assert_eq!(world.count("consent_reject", "200"), 1);
}

#[tokio::test(start_paused = true)]
async fn consents_of_brasil_are_decided_alike() {
    for (verb, expected) in [("accept", "AUTHORISED"), ("reject", "REJECTED")] {
        let world = brasil(FaultSet::NONE);
        let consent = world.data_consent(ALICE).await;
        let id = world.ask_brasil(ALICE, "consents", &consent).await.ok().text("auth_req_id");
        let start = world.outside.calls("/authentication/start").pop().unwrap().body;
        assert_eq!(start["openbanking_intent_id"], consent);
        let dynamic = format!("consent:{consent}");
        assert_eq!(start["requested_scopes"], json!(["openid", "consents", dynamic]));
        let seen = world.about_login(Method::GET, CUSTOMER_DATA_DECISIONS, "", None).await.ok();
        assert_eq!(seen.text("status"), "AWAITING_AUTHORISATION");
        assert_eq!(seen.body["customer_data_access_consent"]["consentId"], consent);
        world.decide_consent(CUSTOMER_DATA_DECISIONS, verb, &["openid", "consents", &dynamic]).await.ok();
        assert_eq!(status(&world, CUSTOMER_DATA, &consent).await, expected);
        match verb {
            "accept" => {
                let tokens = world.poll(ALICE, &id).await.ok();
                assert_eq!(tokens.text("scope"), format!("openid consents {dynamic}"));
            }
            _ => {
                world.poll(ALICE, &id).await.expect(400, "access_denied");
                let token = world.own_token(ALICE, "consents").await;
                let path = format!("{CUSTOMER_DATA}/{consent}");
                let read = world.call(Method::GET, &path, Some(&token), None).await.ok();
                assert_eq!(read.body["data"]["rejection"]["reason"]["code"], "NAO_INFORMADO");
            }
        }
    }
    let world = brasil(FaultSet::NONE);
    let token = world.own_token(ALICE, "payments").await;
    let answer = world.call_jwt(&token, "application/jwt", jwt(&customer_payment(json!({})))).await;
    let consent = crate::faults::claims(&answer.text)["data"]["consentId"].as_str().unwrap().to_owned();
    let id = world.ask_brasil(ALICE, "payments", &consent).await.ok().text("auth_req_id");
    let seen = world.about_login(Method::GET, CUSTOMER_PAYMENT_DECISIONS, "", None).await.ok();
    assert_eq!(seen.body["customer_payment_consent"]["payment"]["amount"], "100.00");
    pass(60).await;
    world.decide_consent(CUSTOMER_PAYMENT_DECISIONS, "accept", &["openid", "payments"]).await.ok();
    world.poll(ALICE, &id).await.ok();
}

#[tokio::test(start_paused = true)]
async fn each_login_is_decided_by_its_own_api_only() {
    let world = uk(FaultSet::NONE);
    let consent = world.account_consent(ALICE).await;
    let id = world.ask(ALICE, "accounts", &consent).await.ok().text("auth_req_id");
    // The regular API, and that of another kind of consent.
    for verb in ["accept", "reject"] {
        world.decide_newest(verb).await.expect(404, "Not Found");
        world.decide_consent(PAYMENT_DECISIONS, verb, &["openid"]).await.expect(404, "Not Found");
        world.decide_consent(CUSTOMER_DATA_DECISIONS, verb, &["openid"]).await.expect(404, "not_found");
    }
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    // And a regular login by the API of consents.
    let regular = world.acknowledged(CAROL).await;
    for verb in ["accept", "reject"] {
        world.decide_consent(ACCOUNT_DECISIONS[0], verb, &["openid"]).await.expect(404, "Not Found");
    }
    assert_eq!(world.about_login(Method::GET, ACCOUNT_DECISIONS[0], "", None).await.status, 404);
    world.decide_newest("accept").await.ok();
    world.poll(CAROL, &regular).await.ok();
    assert_eq!(status(&world, ACCOUNTS, &consent).await, "AwaitingAuthorisation");
}

#[tokio::test(start_paused = true)]
async fn wrong_decisions_about_consents_change_nothing() {
    let world = uk(FaultSet::NONE);
    let consent = world.account_consent(ALICE).await;
    let id = world.ask(ALICE, "accounts", &consent).await.ok().text("auth_req_id");
    let (login, state) = world.login();
    let path = ACCOUNT_DECISIONS[0];
    for (body, expected) in [
        (json!({"login_state": "wrong", "granted_scopes": ["openid"]}), 403),
        (json!({"granted_scopes": ["openid"]}), 403),
        (json!({"login_state": state, "granted_scopes": ["accounts"]}), 400),
        (json!({"login_state": state, "granted_scopes": ["openid", "payments"]}), 400),
        (json!({"login_state": state, "granted_scopes": ["openid"], "id": "another"}), 400),
        (json!({"login_state": state, "granted_scopes": ["openid"], "account_ids": "1"}), 400),
        (json!({"login_state": state, "granted_scopes": ["openid"], "account_ids": [""]}), 400),
        (json!({"login_state": state, "granted_scopes": ["openid"], "account_ids": vec!["1"; 101]}), 400),
        (Value::Null, 400),
    ] {
        let answer = world.about_login(Method::POST, path, "/accept", Some(body.clone())).await;
        assert_eq!(answer.status.as_u16(), expected, "{body}");
    }
    // The token of regular decisions is not enough.
    let token = world.system_token().await;
    let body = json!({"login_state": state, "granted_scopes": ["openid"]}).to_string();
    let mut plain = request(Method::POST, "", Some(&token), "application/json", Some(body));
    *plain.uri_mut() = format!("{path}/{login}/accept").parse().unwrap();
    world.send(plain).await.expect(403, "Forbidden");
    assert_eq!(status(&world, ACCOUNTS, &consent).await, "AwaitingAuthorisation");
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    world.decide_consent(path, "accept", &["openid"]).await.ok();
    for verb in ["accept", "reject"] {
        world.decide_consent(path, verb, &["openid"]).await.expect(404, "Not Found");
    }
    assert_eq!(status(&world, ACCOUNTS, &consent).await, "Authorised");
}

#[tokio::test(start_paused = true)]
async fn of_two_requests_about_one_consent_one_is_approved() {
    let world = uk(FaultSet::NONE);
    let consent = world.payment_consent(ALICE).await;
    let first = world.ask(ALICE, "payments", &consent).await.ok().text("auth_req_id");
    let (login, state) = world.login();
    let second = world.ask(ALICE, "payments", &consent).await.ok().text("auth_req_id");
    world.decide_consent(PAYMENT_DECISIONS, "accept", &["openid"]).await.ok();
    let token = world.consents_token().await;
    let body = json!({"login_state": state, "granted_scopes": ["openid"]}).to_string();
    let mut late = request(Method::POST, "", Some(&token), "application/json", Some(body));
    *late.uri_mut() = format!("{PAYMENT_DECISIONS}/{login}/accept").parse().unwrap();
    world.send(late).await.expect(404, "Not Found");
    world.poll(ALICE, &first).await.expect(400, "authorization_pending");
    world.poll(ALICE, &second).await.ok();
    assert_eq!(status(&world, PAYMENTS, &consent).await, "Authorised");
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_is_deleted_meanwhile_cannot_be_accepted() {
    let world = uk(FaultSet::NONE);
    let consent = world.account_consent(ALICE).await;
    let id = world.ask(ALICE, "accounts", &consent).await.ok().text("auth_req_id");
    let token = world.own_token(ALICE, "accounts").await;
    world.call(Method::DELETE, &format!("{ACCOUNTS}/{consent}"), Some(&token), None).await;
    world.decide_consent(ACCOUNT_DECISIONS[0], "accept", &["openid"]).await.expect(404, "Not Found");
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    world.decide_consent(ACCOUNT_DECISIONS[0], "reject", &[]).await.ok();
    world.poll(ALICE, &id).await.expect(400, "access_denied");
}

#[tokio::test(start_paused = true)]
async fn system_tokens_are_for_the_scopes_that_the_workspace_has() {
    let world = uk(FaultSet::NONE);
    let client = world.op.authentication_service_client("ciba").unwrap().clone();
    let credentials = (client.client_id.as_str(), client.client_secret.expose());
    let ask = |scope: &str| {
        let body = format!("grant_type=client_credentials{scope}");
        world.send(form_request("/default/system/oauth2/token", Some(credentials), body))
    };
    let both = "manage_openbanking_consents manage_scope_grants";
    assert_eq!(ask("").await.ok().text("scope"), both);
    assert_eq!(ask("&scope=manage_openbanking_consents+manage_scope_grants").await.ok().text("scope"), both);
    for scope in ["&scope=manage_logins", "&scope=+"] {
        ask(scope).await.expect(400, "invalid_scope");
    }
    let regular = World::new();
    let client = regular.op.authentication_service_client("ciba").unwrap().clone();
    let credentials = (client.client_id.as_str(), client.client_secret.expose());
    let body = "grant_type=client_credentials&scope=manage_openbanking_consents";
    let request = form_request("/default/system/oauth2/token", Some(credentials), body);
    regular.send(request).await.expect(400, "invalid_scope");
}
