use axum::body::Body;
use http::{Method, Request, header};
use jsonwebtoken::Algorithm;
use reference_op::{
    ClientSettings, FaultSet, OpenBankingProfile, OpenBankingSettings, Settings, WorkspaceSettings,
};
use serde_json::{Value, json};

use crate::signing::{ISSUER, KEYS, public, signed};
use crate::world::*;

pub const ACCOUNTS: &str = "/open-banking/v3.1/aisp/account-access-consents";
pub const PAYMENTS: &str = "/open-banking/v3.1/pisp/domestic-payment-consents";
pub const CUSTOMER_DATA: &str = "/open-banking/consents/v2/consents";
pub const CUSTOMER_DATA_V1: &str = "/open-banking/consents/v1/consents";
pub const CUSTOMER_PAYMENTS: &str = "/open-banking/payments/v1/consents";

/// A client of a bank: `Alice` and `Carol` poll, `Bob` is pinged; all have tokens of their own.
fn client(client: ClientSettings) -> ClientSettings {
    let scopes = ["openid", "profile", "accounts", "payments", "consents"];
    ClientSettings {
        grant_types: vec![CIBA.into(), "client_credentials".into()],
        scopes: scopes.map(str::to_owned).to_vec(),
        jwks: vec![public(&KEYS[0])],
        ..client
    }
}

pub fn workspace(profile: OpenBankingProfile) -> WorkspaceSettings {
    let mut workspace = WorkspaceSettings::new("ciba");
    workspace.authentication_service = Some(service());
    workspace.clients = clients().into_iter().map(client).collect();
    workspace.open_banking = Some(OpenBankingSettings::new(profile));
    workspace
}

/// Decisions about consents, by both generations of paths.
pub const ACCOUNT_DECISIONS: [&str; 2] = [
    "/default/system/open-banking/account-access-consent",
    "/api/system/default/open-banking/account-access-consent",
];
pub const PAYMENT_DECISIONS: &str = "/default/system/open-banking/domestic-payment-consent";
pub const CUSTOMER_DATA_DECISIONS: &str = "/default/system/open-banking-brasil/consent";
pub const CUSTOMER_PAYMENT_DECISIONS: &str = "/default/system/open-banking-brasil/payment";

pub fn uk(faults: impl Into<FaultSet>) -> World {
    World::with(Settings::new(vec![workspace(OpenBankingProfile::Uk)]), faults.into())
}

pub fn brasil(faults: impl Into<FaultSet>) -> World {
    World::with(Settings::new(vec![workspace(OpenBankingProfile::Brasil)]), faults.into())
}

pub fn account_access() -> Value {
    json!({"Risk": {}, "Data": {"Permissions": ["ReadAccountsBasic", "ReadBalances"],
        "ExpirationDateTime": "2027-06-28T10:47:34Z"}})
}

pub fn domestic_payment() -> Value {
    json!({"Risk": {"PaymentContextCode": "Other"}, "Data": {"Initiation": {
        "InstructionIdentification": "i-1", "EndToEndIdentification": "e-1",
        "InstructedAmount": {"Amount": "100.00", "Currency": "GBP"},
        "CreditorAccount": {"SchemeName": "UK.OBIE.IBAN", "Identification": "1122", "Name": "Payee <b>"},
        "DebtorAccount": {"SchemeName": "UK.OBIE.IBAN", "Identification": "22289"},
    }}})
}

pub fn customer_data() -> Value {
    json!({"data": {"loggedUser": {"document": {"identification": "11111111111", "rel": "CPF"}},
        "permissions": ["ACCOUNTS_READ", "RESOURCES_READ"], "expirationDateTime": "2027-06-28T10:47:34Z"}})
}

/// The claims of a payment consent, with changes; null takes a claim out.
pub fn customer_payment(changes: Value) -> Value {
    let mut claims = json!({
        "aud": format!("{ISSUER}{CUSTOMER_PAYMENTS}"), "iss": "org-1", "iat": START_OF_TIME, "jti": "j-1",
        "data": {
            "loggedUser": {"document": {"identification": "11111111111", "rel": "CPF"}},
            "creditor": {"personType": "PESSOA_NATURAL", "cpfCnpj": "58764789000137", "name": "Marco"},
            "payment": {"type": "PIX", "date": "2026-06-01", "currency": "BRL", "amount": "100.00"},
        },
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
    }
    claims
}

pub fn jwt(claims: &Value) -> String {
    signed(Algorithm::ES256, &KEYS[0], claims)
}

impl World {
    /// A client's own access token.
    pub async fn own_token(&self, client: (&str, &str), scope: &str) -> String {
        let body = format!("grant_type=client_credentials&scope={scope}");
        self.form("/oauth2/token", Some(client), body).await.ok().text("access_token")
    }

    /// A call of a consent API of the workspace `ciba`.
    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        self.send(request(method, path, token, "application/json", body.map(|body| body.to_string()))).await
    }

    /// Creates a consent with a token of the right scope; the answer.
    pub async fn create(&self, client: (&str, &str), path: &str, body: Value) -> Answer {
        let scope = match path {
            ACCOUNTS => "accounts",
            CUSTOMER_DATA | CUSTOMER_DATA_V1 => "consents",
            _ => "payments",
        };
        let token = self.own_token(client, scope).await;
        self.call(Method::POST, path, Some(&token), Some(body)).await
    }

    pub async fn account_consent(&self, client: (&str, &str)) -> String {
        created(self.create(client, ACCOUNTS, account_access()).await)
    }

    pub async fn payment_consent(&self, client: (&str, &str)) -> String {
        created(self.create(client, PAYMENTS, domestic_payment()).await)
    }

    pub async fn data_consent(&self, client: (&str, &str)) -> String {
        let answer = self.create(client, CUSTOMER_DATA, customer_data()).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["data"]["consentId"].as_str().unwrap().to_owned()
    }

    /// An authentication request of the United Kingdom about a consent.
    pub async fn ask(&self, client: (&str, &str), scope: &str, consent: &str) -> Answer {
        let body = format!(
            "scope=openid+{scope}&login_hint=john&openbanking_intent_id={consent}&client_notification_token={TOKEN}"
        );
        let answer = self.authenticate(client, &body).await;
        settle().await;
        answer
    }

    /// The same in Brasil.
    pub async fn ask_brasil(&self, client: (&str, &str), scope: &str, consent: &str) -> Answer {
        let consent = consent.replace(':', "%3A");
        let body = format!("scope=openid+{scope}+consent%3A{consent}&login_hint=john");
        let answer = self.authenticate(client, &body).await;
        settle().await;
        answer
    }

    pub async fn consents_token(&self) -> String {
        let client = self.op.authentication_service_client("ciba").unwrap();
        let credentials = (client.client_id.as_str(), client.client_secret.expose());
        let body = "grant_type=client_credentials&scope=manage_openbanking_consents";
        let request = form_request("/default/system/oauth2/token", Some(credentials), body);
        self.send(request).await.ok().text("access_token")
    }

    /// A call about the newest login: `path` is what comes before its identifier, `tail` what comes behind.
    pub async fn about_login(&self, method: Method, path: &str, tail: &str, body: Option<Value>) -> Answer {
        let token = self.consents_token().await;
        let (login, _) = self.login();
        let mut request =
            request(method, "", Some(&token), "application/json", body.map(|body| body.to_string()));
        *request.uri_mut() = format!("{path}/{login}{tail}").parse().unwrap();
        self.send(request).await
    }

    /// A decision about the newest login with everything right: `verb` is `accept` or `reject`.
    pub async fn decide_consent(&self, path: &str, verb: &str, scopes: &[&str]) -> Answer {
        let (login, state) = self.login();
        let body = json!({
            "id": login, "login_state": state, "granted_scopes": scopes, "account_ids": ["22289"],
            "error": "rejected", "rejection_reason": {"code": "NAO_INFORMADO", "details": "no"},
        });
        self.about_login(Method::POST, path, &format!("/{verb}"), Some(body)).await
    }

    /// A call with a JWT as its body.
    pub async fn call_jwt(&self, token: &str, media_type: &str, body: String) -> Raw {
        self.raw(request(Method::POST, CUSTOMER_PAYMENTS, Some(token), media_type, Some(body))).await
    }
}

#[track_caller]
fn created(answer: Answer) -> String {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["Data"]["ConsentId"].as_str().unwrap().to_owned()
}

pub fn request(
    method: Method,
    path: &str,
    token: Option<&str>,
    media_type: &str,
    body: Option<String>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("/default/ciba{path}"));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, media_type);
    }
    request.body(body.map_or_else(Body::empty, Body::from)).unwrap()
}
