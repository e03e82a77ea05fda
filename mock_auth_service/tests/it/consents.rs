//! Logins about consents of Open Banking: where they are decided, by which token, and what is said there.

use mock_auth_service::{ConsentPaths, OpenBanking};
use serde_json::{Value, json};

use crate::stage::{Reply, Seen, Stage};

const HOST: &str = "http://op.example";

fn bank(plan: &str) -> Stage {
    Stage::of_bank(plan, OpenBanking::default())
}

async fn start(stage: &Stage, intent: Value, scopes: &[&str]) {
    let body = json!({
        "binding_message": "m", "client_id": "tpp", "login_id": "l1", "login_state": "s-l1",
        "openbanking_intent_id": intent, "requested_scopes": scopes, "user_identifier": "alice",
    });
    assert_eq!(stage.post("/authentication/start", &body).await.0, 200);
    stage.pass(1).await;
}

fn lines(calls: &[Seen]) -> Vec<String> {
    calls.iter().map(|call| call.line.replace(HOST, "")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_consent_is_read_and_accepted_where_its_kind_is_decided() {
    for (intent, scopes, path) in [
        (json!("c1"), vec!["openid", "accounts"], "/open-banking/account-access-consent"),
        (json!("c1"), vec!["openid", "payments"], "/open-banking/domestic-payment-consent"),
        (
            json!("urn:bank:c1"),
            vec!["openid", "consents", "consent:urn:bank:c1"],
            "/open-banking-brasil/consent",
        ),
        (Value::Null, vec!["openid", "consents", "consent:urn:bank:c1"], "/open-banking-brasil/consent"),
        (
            json!("urn:bank:c1"),
            vec!["openid", "payments", "consent:urn:bank:c1"],
            "/open-banking-brasil/payment",
        ),
    ] {
        for (paths, base) in
            [(ConsentPaths::Current, "/default/system"), (ConsentPaths::Legacy, "/api/system/default")]
        {
            let stage = Stage::of_bank("", OpenBanking { paths, ..OpenBanking::default() });
            start(&stage, intent.clone(), &scopes).await;
            let calls = stage.server.calls();
            assert_eq!(
                lines(&calls),
                [format!("GET {base}{path}/l1?login_state=s-l1"), format!("POST {base}{path}/l1/accept"),]
            );
            assert_eq!(
                calls[1].json(),
                json!({"login_state": "s-l1", "granted_scopes": scopes, "account_ids": ["22289", "31926819"]})
            );
            let token = stage.server.token_calls().remove(0).body;
            assert_eq!(token, "grant_type=client_credentials&scope=manage_openbanking_consents");
            let counts = stage.service.counts();
            assert_eq!((counts.details.fetched, counts.decisions.accepted), (1, 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejection_says_why_in_brasil() {
    let regular = json!({
        "id": "l1", "login_state": "s-l1", "error": "rejected", "error_cause": "consent_rejected",
        "error_description": "The user rejected the authentication.", "status_code": 403,
    });
    for (intent, scope, path, code) in [
        ("c1", "accounts", "/open-banking/account-access-consent", None),
        ("urn:b:c", "consents", "/open-banking-brasil/consent", Some("CUSTOMER_MANUALLY_REJECTED")),
        ("urn:b:c", "payments", "/open-banking-brasil/payment", Some("REJEITADO_USUARIO")),
    ] {
        let stage = bank("shares = { deny = 1.0 }");
        start(&stage, json!(intent), &["openid", scope]).await;
        let call = stage.server.calls().remove(1);
        assert_eq!(call.line, format!("POST {HOST}/default/system{path}/l1/reject"));
        let mut expected = regular.clone();
        if let Some(code) = code {
            expected["rejection_reason"] = json!({"code": code, "details": "The user rejected the consent."});
        }
        assert_eq!(call.json(), expected);
        assert_eq!(stage.service.counts().decisions.denied, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_made_from_the_account_that_its_consent_names() {
    let account = json!({"Identification": "777"});
    let consent = json!({"domestic_payment_consent": {"Initiation": {"DebtorAccount": account}}});
    for (details, accounts) in [
        (Some(consent), json!(["777"])),
        (Some(json!({"domestic_payment_consent": {"Initiation": {}}})), json!(["1"])),
        (None, json!(["1"])),
    ] {
        let open_banking = OpenBanking { account_ids: vec!["1".to_owned()], ..OpenBanking::default() };
        let stage = Stage::of_bank("", open_banking);
        *stage.server.details.lock().unwrap() = details;
        start(&stage, json!("c1"), &["openid", "payments"]).await;
        assert_eq!(stage.server.calls()[1].json()["account_ids"], accounts);
    }
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_cannot_be_read_is_decided_nevertheless() {
    let stage = bank("");
    stage.server.answers([Reply::Status(500)]);
    start(&stage, json!("c1"), &["openid", "accounts"]).await;
    let counts = stage.service.counts();
    assert_eq!((counts.details.failed, counts.decisions.accepted), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn regular_logins_and_consents_have_tokens_of_their_own() {
    let stage = bank("");
    start(&stage, json!("c1"), &["openid", "accounts"]).await;
    stage.start("l2", "alice").await;
    stage.start("l3", "alice").await;
    stage.pass(1).await;
    let calls = stage.server.calls();
    let bearers: Vec<_> = calls.iter().map(|call| call.authorization.as_str()).collect();
    assert_eq!(bearers, ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]);
    let tokens: Vec<_> = stage.server.token_calls().into_iter().map(|call| call.body).collect();
    assert_eq!(
        tokens,
        [
            "grant_type=client_credentials&scope=manage_openbanking_consents",
            "grant_type=client_credentials&scope=manage_scope_grants",
        ]
    );
    assert!(lines(&calls)[2].contains("/scope-grants/l2/accept"));
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_is_no_text_is_refused() {
    let stage = bank("");
    let body = json!({"login_id": "l1", "openbanking_intent_id": 5});
    assert_eq!(stage.post("/authentication/start", &body).await.0, 400);
    assert_eq!(stage.service.counts().start.malformed, 1);
}
