//! `mock_auth_service/openapi.yaml` against what goes over the wire: every request and every answer of runs in process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use ciba_bench::auth_service_suite::{Check, ProvingGround, Section, every_check};
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::world::Party;
use http::HeaderMap;
use mock_auth_service::{FaultSet, OPENAPI};
use serde_json::{Value, json};

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
        let callbacks = &self.0["paths"]["/authentication/start"]["post"]["callbacks"]["decision"];
        let decision = |verb: &str| {
            &callbacks[format!("{{$server}}/scope-grants/{{$request.body#/login_id}}/{verb}")]["post"]
        };
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
