//! `mock_auth_service/openapi.yaml` against what goes over the wire: every request and every answer of runs in process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use ciba_bench::auth_service_suite::{Check, ProvingGround, Section, every_check};
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::world::Party;
use http::HeaderMap;
use mock_auth_service::{AuthService, DecisionPlan, FaultSet, Limits, OPENAPI, OpenBanking};
use reference_op::{ClientSettings, OpenBankingProfile, OpenBankingSettings, ReferenceOp};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::scene::{Plan, Scene, peopled};

/// Longest body, in bytes.
const BODY_MAX: usize = 1 << 20;

/// One exchange, whole.
struct Seen {
    path: String,
    request: Bytes,
    status: u16,
    headers: HeaderMap,
    answer: Bytes,
}

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Seen>>>);

impl Recorder {
    fn beside(&self, router: Router) -> Router {
        let recorder = self.clone();
        router.layer(from_fn(move |request: Request, next: Next| {
            let recorder = recorder.clone();
            async move { recorder.pass(request, next).await }
        }))
    }

    async fn pass(&self, request: Request, next: Next) -> Response {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, BODY_MAX).await.unwrap();
        let path = head.uri.path().to_owned();
        let response = next.run(Request::from_parts(head, Body::from(body.clone()))).await;
        let (head, answer) = response.into_parts();
        let answer = to_bytes(answer, BODY_MAX).await.unwrap();
        let seen = Seen {
            path,
            request: body,
            status: head.status.as_u16(),
            headers: head.headers.clone(),
            answer: answer.clone(),
        };
        self.0.lock().unwrap().push(seen);
        Response::from_parts(head, Body::from(answer))
    }
}

struct Contract(Value);

impl Contract {
    fn read() -> Self {
        Contract(serde_saphyr::from_str(OPENAPI).unwrap())
    }

    /// The operation of a path, by its `operationId`.
    fn operation(&self, path: &str) -> Option<&Value> {
        let callbacks = &self.0["paths"]["/authentication/start"]["post"]["callbacks"];
        let (callback, place) = match path.contains("/open-banking") {
            false => ("decision", "{$server}/scope-grants"),
            // The other consents have the same three operations.
            true => ("consentDecision", "{$system}/open-banking/account-access-consent"),
        };
        let decision =
            |verb: &str| &callbacks[callback][format!("{place}/{{$request.body#/login_id}}/{verb}")]["post"];
        match path {
            "/user/verify" | "/authentication/start" => Some(&self.0["paths"][path]["post"]),
            path if path.ends_with("/accept") => Some(decision("accept")),
            path if path.ends_with("/reject") => Some(decision("reject")),
            _ => None,
        }
    }

    /// What is wrong with a text, by a schema of the contract.
    fn problems(&self, schema: &Value, text: &[u8]) -> Vec<String> {
        let Ok(value) = serde_json::from_slice::<Value>(text) else {
            return vec!["it is no JSON".to_owned()];
        };
        let mut schema = schema.clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        validator.iter_errors(&value).map(|error| error.to_string()).collect()
    }

    /// Holds an exchange against the contract. The `operationId`, and the status.
    fn hold(&self, seen: &Seen) -> Option<(String, u16)> {
        let operation = self.operation(&seen.path)?;
        let name = operation["operationId"].as_str().unwrap().to_owned();
        let about = format!("{name} {}: {:?}", seen.status, seen.request);
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{about}: no schema");
        // What breaks the contract on purpose has to be refused.
        let problems = self.problems(schema, &seen.request);
        assert!(problems.is_empty() || (400..500).contains(&seen.status), "{about}: {problems:?}");
        let mut answer = &operation["responses"][seen.status.to_string()];
        if let Some(reference) = answer["$ref"].as_str() {
            answer = self.0.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        }
        assert!(answer["description"].is_string(), "{about}: the contract does not name this status");
        let schema = &answer["content"]["application/json"]["schema"];
        if schema.is_object() {
            assert_eq!(seen.headers["content-type"], "application/json", "{about}");
            let problems = self.problems(schema, &seen.answer);
            assert!(problems.is_empty(), "{about}: {:?}: {problems:?}", seen.answer);
        }
        for (header, description) in answer["headers"].as_object().into_iter().flatten() {
            let value = json!(seen.headers[header.as_str()].to_str().unwrap()).to_string();
            let problems = self.problems(&description["schema"], value.as_bytes());
            assert!(problems.is_empty(), "{about}: {header}: {problems:?}");
        }
        Some((name, seen.status))
    }
}

fn held(recorder: &Recorder) -> BTreeMap<(String, u16), usize> {
    let contract = Contract::read();
    let mut counts = BTreeMap::new();
    for seen in recorder.0.lock().unwrap().iter() {
        if let Some(key) = contract.hold(seen) {
            *counts.entry(key).or_default() += 1;
        }
    }
    counts
}

fn seen(counts: &BTreeMap<(String, u16), usize>, name: &str, status: u16) -> usize {
    counts.get(&(name.to_owned(), status)).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn every_exchange_of_whole_flows_is_as_the_contract_says() {
    let recorder = Recorder::default();
    let (world, scene) = Scene::in_process(peopled()).await;
    world.intercept(Party::AuthenticationService, |router| recorder.beside(router));
    world.intercept(Party::Op, |router| recorder.beside(router));
    for mode in [DeliveryMode::Poll, DeliveryMode::Ping] {
        let client = world.client(mode).unwrap();
        for user in ["alice", "denise", "nobody"] {
            world.within_deadline(scene.run(client, &Plan::of(user))).await.unwrap();
        }
    }
    let counts = held(&recorder);
    for (name, expected) in
        [("verifyUser", 6), ("startAuthentication", 4), ("acceptScopeGrant", 2), ("rejectScopeGrant", 2)]
    {
        assert_eq!(seen(&counts, name, 200), expected, "{name}: {counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_exchange_of_the_judge_is_as_the_contract_says_or_is_refused() {
    let recorder = Recorder::default();
    let ground = ProvingGround::new(FaultSet::NONE, |service| recorder.beside(service)).await.unwrap();
    let entries: Vec<(&Section, &Check)> = every_check().collect();
    ground.run(&entries).await;
    let counts = held(&recorder);
    for (name, status) in [
        ("verifyUser", 200),
        ("verifyUser", 400),
        ("verifyUser", 401),
        ("startAuthentication", 200),
        ("startAuthentication", 400),
        ("startAuthentication", 401),
    ] {
        assert!(seen(&counts, name, status) > 0, "{name} {status}: {counts:?}");
    }
}

/// Where a router is that is made later.
type Place = Arc<OnceLock<Router>>;

async fn answered(place: Place, request: http::Request<Bytes>) -> http::Response<Bytes> {
    let router = place.get().unwrap().clone();
    let (head, body) = router.oneshot(request.map(Body::from)).await.unwrap().into_parts();
    http::Response::from_parts(head, to_bytes(body, BODY_MAX).await.unwrap())
}

/// A bank's OP and its authentication service, which call each other beside a recorder.
fn bank(profile: OpenBankingProfile, recorder: &Recorder) -> (Router, AuthService) {
    let (op_place, service_place) = (Place::default(), Place::default());
    let mut client = ClientSettings::poll("tpp", "secret");
    client.token_endpoint_auth_method = reference_op::ClientAuthMethod::ClientSecretPost;
    client.grant_types.push("client_credentials".to_owned());
    client.scopes.extend(["accounts", "payments", "consents"].map(str::to_owned));
    let service = reference_op::AuthenticationServiceSettings::External {
        url: "http://service.test".to_owned(),
        user: "op".to_owned(),
        password: "password".into(),
    };
    let mut settings = reference_op::Settings::embedded(service, vec![client]);
    settings.workspaces[0].open_banking = Some(OpenBankingSettings::new(profile));
    let to_service = Arc::clone(&service_place);
    let out_of_op = tower::service_fn(move |request| {
        let place = Arc::clone(&to_service);
        async move { Ok::<_, reference_op::OutgoingError>(answered(place, request).await) }
    });
    let (faults, clock) = (reference_op::FaultSet::NONE, reference_op::Clock::system());
    let out_of_op = reference_op::Outgoing::new(out_of_op);
    let op = ReferenceOp::new("http://op.test", settings, faults, clock, out_of_op).unwrap();
    let system = op.authentication_service_client("ciba").unwrap();
    let settings = mock_auth_service::Settings {
        basic_user: "op".to_owned(),
        basic_password: mock_auth_service::Secret::new("password"),
        system: mock_auth_service::SystemClient {
            client_id: system.client_id.clone(),
            client_secret: mock_auth_service::Secret::new(system.client_secret.expose()),
            token_endpoint: system.token_endpoint.clone(),
            api_base: None,
        },
        plan: toml::from_str::<DecisionPlan>("users.denise.decision = 'deny'").unwrap(),
        open_banking: OpenBanking::default(),
        limits: Limits::default(),
    };
    let to_op = Arc::clone(&op_place);
    let out_of_service = mock_auth_service::Outgoing::new(tower::service_fn(move |request| {
        let place = Arc::clone(&to_op);
        async move { Ok::<_, mock_auth_service::BoxError>(answered(place, request).await) }
    }));
    let clock = mock_auth_service::Clock::system();
    let observer = Arc::new(mock_auth_service::NoObserver);
    let service = AuthService::new(settings, clock, out_of_service, observer).unwrap();
    op_place.set(recorder.beside(op.router())).unwrap();
    service_place.set(recorder.beside(service.router())).unwrap();
    (op_place.get().unwrap().clone(), service)
}

async fn posted(op: &Router, path: &str, headers: [(&str, String); 2], body: String) -> Value {
    let mut request = http::Request::post(format!("/default/ciba{path}"));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = op.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    serde_json::from_slice(&to_bytes(response.into_body(), BODY_MAX).await.unwrap()).unwrap()
}

async fn form(op: &Router, path: &str, body: &str) -> Value {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("accept", "application/json".to_owned()),
    ];
    posted(op, path, headers, format!("client_id=tpp&client_secret=secret&{body}")).await
}

#[tokio::test(start_paused = true)]
async fn every_exchange_about_a_consent_is_as_the_contract_says() {
    let recorder = Recorder::default();
    let accounts = json!({"Risk": {}, "Data": {"Permissions": ["ReadBalances"]}});
    let payment = json!({"Risk": {}, "Data": {"Initiation": {
        "InstructionIdentification": "i", "EndToEndIdentification": "e",
        "InstructedAmount": {"Amount": "1.00", "Currency": "GBP"},
        "CreditorAccount": {"SchemeName": "s", "Identification": "1", "Name": "Payee"},
    }}});
    let data = json!({"data": {
        "loggedUser": {"document": {"identification": "11111111111", "rel": "CPF"}},
        "permissions": ["ACCOUNTS_READ"], "expirationDateTime": "2999-01-01T00:00:00Z",
    }});
    for (profile, path, scope, consent) in [
        (OpenBankingProfile::Uk, "/open-banking/v3.1/aisp/account-access-consents", "accounts", accounts),
        (OpenBankingProfile::Uk, "/open-banking/v3.1/pisp/domestic-payment-consents", "payments", payment),
        (OpenBankingProfile::Brasil, "/open-banking/consents/v2/consents", "consents", data),
    ] {
        let (op, service) = bank(profile, &recorder);
        for (user, outcome) in [("alice", None), ("denise", Some("access_denied"))] {
            let body = format!("grant_type=client_credentials&scope={scope}");
            let token = form(&op, "/oauth2/token", &body).await["access_token"].as_str().unwrap().to_owned();
            let headers = [
                ("authorization", format!("Bearer {token}")),
                ("content-type", "application/json".to_owned()),
            ];
            let created = posted(&op, path, headers, consent.to_string()).await;
            let id = created.pointer("/Data/ConsentId").or(created.pointer("/data/consentId"));
            let id = id.unwrap().as_str().unwrap();
            let named = match profile {
                OpenBankingProfile::Uk => format!("&openbanking_intent_id={id}"),
                OpenBankingProfile::Brasil => format!("+consent%3A{}", id.replace(':', "%3A")),
            };
            let body = format!("login_hint={user}&scope=openid+{scope}{named}");
            let request = form(&op, "/backchannel/authentication", &body).await;
            tokio::time::sleep(Duration::from_secs(10)).await;
            let body = format!(
                "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id={}",
                request["auth_req_id"].as_str().unwrap()
            );
            let tokens = form(&op, "/oauth2/token", &body).await;
            assert_eq!(tokens["error"].as_str(), outcome, "{tokens}");
            assert_eq!(tokens["id_token"].is_string(), outcome.is_none(), "{tokens}");
        }
        service.close();
    }
    let named = recorder.0.lock().unwrap().iter().filter(|seen| names_a_consent(&seen.request)).count();
    assert_eq!(named, 6, "each start names its consent");
    let counts = held(&recorder);
    for (name, expected) in
        [("verifyUser", 6), ("startAuthentication", 6), ("acceptConsent", 3), ("rejectConsent", 3)]
    {
        assert_eq!(seen(&counts, name, 200), expected, "{name}: {counts:?}");
    }
}

fn names_a_consent(start: &[u8]) -> bool {
    let start: Value = serde_json::from_slice(start).unwrap_or_default();
    start["login_id"].is_string() && start["openbanking_intent_id"].is_string()
}
