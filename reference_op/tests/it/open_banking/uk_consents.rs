use http::Method;
use reference_op::{FaultSet, OpenBankingProfile, Settings};
use serde_json::{Value, json};

use super::bank::*;
use crate::world::*;

#[tokio::test(start_paused = true)]
async fn account_access_consents_are_created_read_and_deleted() {
    let world = uk(FaultSet::NONE);
    let token = world.own_token(ALICE, "accounts").await;
    let mut request = request(Method::POST, ACCOUNTS, Some(&token), "application/json; charset=utf-8", None);
    *request.body_mut() = account_access().to_string().into();
    request.headers_mut().insert("content-type", "application/json; charset=utf-8".parse().unwrap());
    request.headers_mut().insert("x-fapi-interaction-id", "one-two".parse().unwrap());
    let answer = world.send(request).await;
    assert_eq!(
        (answer.status.as_u16(), answer.headers["x-fapi-interaction-id"].as_bytes()),
        (201, &b"one-two"[..])
    );
    let id = answer.body["Data"]["ConsentId"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.body,
        json!({
            "Data": {
                "ConsentId": id, "Status": "AwaitingAuthorisation",
                "CreationDateTime": "2026-05-29T10:47:34Z", "StatusUpdateDateTime": "2026-05-29T10:47:34Z",
                "ExpirationDateTime": "2027-06-28T10:47:34Z", "Permissions": ["ReadAccountsBasic", "ReadBalances"],
            },
            "Risk": {},
            "Links": {"Self": format!("http://op.test/default/ciba{ACCOUNTS}/{id}")},
            "Meta": {"TotalPages": 1},
        })
    );
    let path = format!("{ACCOUNTS}/{id}");
    let read = world.call(Method::GET, &path, Some(&token), None).await.ok();
    assert_eq!(read.body, answer.body);
    assert_eq!(world.call(Method::DELETE, &path, Some(&token), None).await.status, 204);
    for method in [Method::GET, Method::DELETE] {
        let gone = world.call(method, &path, Some(&token), None).await;
        assert_eq!((gone.status.as_u16(), code(&gone)), (400, "UK.OBIE.Resource.NotFound"));
    }
    assert_eq!(world.count("consent_create", "201"), 1);
    assert_eq!((world.count("consent_read", "200"), world.count("consent_read", "400")), (1, 1));
    assert_eq!((world.count("consent_delete", "204"), world.count("consent_delete", "400")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn payment_consents_are_created_and_read() {
    let world = uk(FaultSet::NONE);
    let answer = world.create(ALICE, PAYMENTS, domestic_payment()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["Data"]["Initiation"], domestic_payment()["Data"]["Initiation"]);
    assert_eq!(answer.body["Risk"], json!({"PaymentContextCode": "Other"}));
    let path = format!("{PAYMENTS}/{}", answer.body["Data"]["ConsentId"].as_str().unwrap());
    let token = world.own_token(ALICE, "payments").await;
    assert_eq!(world.call(Method::GET, &path, Some(&token), None).await.ok().body, answer.body);
    assert_eq!(world.call(Method::DELETE, &path, Some(&token), None).await.status, 405);
    // A consent is found by its own API only.
    let other = path.replace(PAYMENTS, ACCOUNTS);
    let token = world.own_token(ALICE, "accounts").await;
    assert_eq!(world.call(Method::GET, &other, Some(&token), None).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn consents_need_the_clients_own_token_with_the_right_scope() {
    let world = uk(FaultSet::NONE);
    let id = world.account_consent(ALICE).await;
    let path = format!("{ACCOUNTS}/{id}");
    let own = world.own_token(ALICE, "accounts").await;
    let payments = world.own_token(ALICE, "payments").await;
    let foreign = world.own_token(CAROL, "accounts").await;
    let request = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    let of_user = world.poll(ALICE, &request).await.ok().text("access_token");
    let system = world.system_token().await;
    for (token, status) in [
        (None, 401),
        (Some("unheard-of"), 401),
        (Some(system.as_str()), 401),
        (Some(payments.as_str()), 403),
        (Some(of_user.as_str()), 403),
    ] {
        let body = Some(account_access());
        for (method, path, body) in
            [(Method::POST, ACCOUNTS, body), (Method::GET, &path, None), (Method::DELETE, &path, None)]
        {
            let answer = world.call(method.clone(), path, token, body).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {token:?}");
            assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401);
            assert!(answer.body["Code"].is_string() && answer.body["Message"].is_string(), "{answer:?}");
        }
    }
    for method in [Method::GET, Method::DELETE] {
        let answer = world.call(method, &path, Some(&foreign), None).await;
        assert_eq!((answer.status.as_u16(), code(&answer)), (403, "UK.OBIE.Resource.ConsentMismatch"));
    }
    pass(1_799).await;
    world.call(Method::GET, &path, Some(&own), None).await.ok();
    pass(1).await;
    assert_eq!(world.call(Method::GET, &path, Some(&own), None).await.status, 400, "the consent has expired");
    pass(1_800).await;
    assert_eq!(world.call(Method::GET, &path, Some(&own), None).await.status, 401, "and the token");
}

#[tokio::test(start_paused = true)]
async fn settings_bound_the_store_and_name_the_status() {
    let mut workspace = workspace(OpenBankingProfile::Uk);
    let consents = workspace.open_banking.as_mut().unwrap();
    (consents.created_status, consents.max_consents, consents.consent_expires_in) = (200, 2, 60);
    let world = World::with(Settings::new(vec![workspace]), FaultSet::NONE);
    for _ in 0..2 {
        world.create(ALICE, ACCOUNTS, account_access()).await.ok();
    }
    let full = world.create(ALICE, ACCOUNTS, account_access()).await;
    assert_eq!((full.status.as_u16(), full.headers["retry-after"].as_bytes()), (503, &b"60"[..]));
    pass(60).await;
    world.create(ALICE, ACCOUNTS, account_access()).await.ok();
}

#[tokio::test(start_paused = true)]
async fn a_workspace_without_open_banking_has_no_consents() {
    let world = World::new();
    for path in [ACCOUNTS, PAYMENTS, CUSTOMER_DATA, CUSTOMER_PAYMENTS] {
        let answer = world.call(Method::POST, path, Some("x"), Some(json!({}))).await;
        assert_eq!(answer.status, 404);
    }
    let answer = uk(FaultSet::NONE).call(Method::POST, CUSTOMER_DATA, Some("x"), Some(json!({}))).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test(start_paused = true)]
async fn refusals_name_the_field() {
    let world = uk(FaultSet::NONE);
    for (path, change, status, error, field) in [
        ("/Data/Permissions", json!(["ReadMinds"]), 400, "UK.OBIE.Field.Invalid", "Data.Permissions"),
        (
            "/Data/ExpirationDateTime",
            json!("2026-05-29T10:47:34Z"),
            400,
            "UK.OBIE.Field.Invalid",
            "Data.ExpirationDateTime",
        ),
        ("/Risk", Value::Null, 400, "UK.OBIE.Field.Invalid", "Risk"),
    ] {
        let mut body = account_access();
        *body.pointer_mut(path).unwrap() = change;
        let answer = world.create(ALICE, ACCOUNTS, body).await;
        assert_eq!((answer.status.as_u16(), code(&answer)), (status, error), "{path}");
        assert_eq!(answer.body["Errors"][0]["Path"], field);
    }
}

fn code(answer: &Answer) -> &str {
    answer.body["Errors"][0]["ErrorCode"].as_str().unwrap_or_default()
}
