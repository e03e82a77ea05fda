//! No secret of a conformance run reaches a report, not even when the server repeats it where nobody expects it.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciba_bench::conformance::{Chosen, SECTIONS};
use ciba_bench::decision_channel::{Logins, hand_plan};
use ciba_bench::notification::Inbox;
use ciba_bench::record::{RunRecord, Verdict};
use ciba_bench::report::{FORMATS, Style};
use ciba_bench::selftest::{ProvingGround, virtual_time};
use ciba_bench::world::{InProcess, Party, WorldSettings};
use reference_op::{Fault, FaultSet};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

type Secrets = Arc<Mutex<BTreeSet<String>>>;

/// Members of answers and parameters of requests that are secrets.
const SECRET_NAMES: [&str; 12] = [
    "access_token",
    "id_token",
    "refresh_token",
    "auth_req_id",
    "client_secret",
    "registration_access_token",
    "client_notification_token",
    "client_assertion",
    "request",
    "login_hint_token",
    "id_token_hint",
    "user_code",
];
/// What is shorter is no secret but a malformed parameter of a check.
const SECRET_MIN: usize = 20;

/// Notes every secret that goes by, and puts all that the client sent into the answer: an error's description, a page, a
/// header.
async fn gossip(secrets: Secrets, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let sent = to_bytes(body, 1 << 20).await.unwrap();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let authorization =
        head.headers.get("authorization").map(|value| value.to_str().unwrap_or_default().to_owned());
    note(&secrets, &sent);
    note(&secrets, query.as_bytes());
    let response = next.run(Request::from_parts(head, Body::from(sent.clone()))).await;
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    note_json(&secrets, &body);
    let repeated =
        format!("you sent {} {query} {}", String::from_utf8_lossy(&sent), authorization.unwrap_or_default());
    let changed = match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(mut answer) if answer.get("error").is_some() => {
            answer["error_description"] = repeated.clone().into();
            answer.to_string().into_bytes()
        }
        Ok(mut answer) if answer.is_object() => {
            answer["debug"] = repeated.clone().into();
            answer.to_string().into_bytes()
        }
        Ok(_) | Err(_) => [&body[..], repeated.as_bytes()].concat(),
    };
    head.headers.remove("content-length");
    if let Ok(value) = repeated.chars().take(4000).collect::<String>().try_into() {
        head.headers.append("www-authenticate", value);
    }
    Response::from_parts(head, Body::from(changed))
}

fn note(secrets: &Secrets, form: &[u8]) {
    for (name, value) in form_urlencoded::parse(form) {
        let made_up = ["no-request-has", "nobody-has"].iter().any(|begins| value.starts_with(begins))
            || value.contains(' ');
        if SECRET_NAMES.contains(&name.as_ref()) && value.len() >= SECRET_MIN && !made_up {
            secrets.lock().unwrap().insert(value.into_owned());
        }
    }
    note_json(secrets, form);
}

fn note_json(secrets: &Secrets, body: &[u8]) {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(body) else { return };
    for (name, value) in members {
        if let (true, Some(value)) = (SECRET_NAMES.contains(&name.as_str()), value.as_str())
            && value.len() >= SECRET_MIN
        {
            secrets.lock().unwrap().insert(value.to_owned());
        }
    }
}

/// A whole suite against a server with many faults that repeats what it is told, and the secrets that went by.
fn gossiping_run() -> (RunRecord, BTreeSet<String>) {
    let secrets = Secrets::default();
    let faults: FaultSet =
        ["ack-cacheable", "expires-in-text", "interval-zero", "tokens-cacheable", "wrong-sub"]
            .iter()
            .map(|name| name.parse::<Fault>().unwrap())
            .collect();
    let ran = virtual_time(async {
        let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
        let settings = WorldSettings { faults, plan: hand_plan("nobody-at-all"), ..WorldSettings::default() };
        let settings = settings.open_for_registration();
        let world = InProcess::new(settings, logins.clone(), inbox.clone()).unwrap();
        for client in world.clients() {
            secrets.lock().unwrap().extend(client.credentials.secret().map(|secret| secret.expose().clone()));
        }
        let listening = secrets.clone();
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request, next| gossip(listening.clone(), request, next)))
        });
        let ground = ProvingGround::of(world, logins, inbox).await.unwrap();
        ground.run(&Chosen::default().checks(SECTIONS).unwrap()).await
    });
    let sample = include_str!("../../reports/samples/conformance.json");
    let mut record: RunRecord = serde_json::from_str(sample).unwrap();
    let suite = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
    suite.checks = ran.checks;
    suite.deviations = Vec::new();
    let secrets = secrets.lock().unwrap().clone();
    (record, secrets)
}

#[test]
fn no_report_of_a_gossiping_server_shows_a_secret() {
    let (record, secrets) = gossiping_run();
    let checks = &record.suite().unwrap().checks;
    let failed = checks.iter().filter(|check| matches!(check.verdict, Verdict::Fail { .. })).count();
    let exchanges: usize = checks.iter().map(|check| check.exchanges.len()).sum();
    assert!(failed >= 4 && exchanges > 300 && secrets.len() > 300, "{failed} {exchanges} {}", secrets.len());
    let pairs = |secret: &String| {
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        [secret.clone(), encoded, STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]
    };
    let coats: Vec<String> = secrets.iter().flat_map(pairs).collect();
    for format in FORMATS {
        let page = (format.render)(&record, &Style::default()).unwrap();
        let page = String::from_utf8(page).unwrap();
        // A report for terminals wraps long lines.
        let unwrapped: String = page.split_whitespace().collect();
        let shown: Vec<&String> = coats
            .iter()
            .filter(|coat| page.contains(coat.as_str()) || unwrapped.contains(coat.as_str()))
            .collect();
        assert!(shown.is_empty(), "{} shows {} secrets: {:?}", format.name, shown.len(), &shown[..1]);
        // HTTP Basic carries a secret behind the client's id.
        for word in unwrapped.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=-_".contains(c))) {
            let decoded = STANDARD.decode(word).or_else(|_| URL_SAFE_NO_PAD.decode(word)).unwrap_or_default();
            let decoded = String::from_utf8_lossy(&decoded).into_owned();
            let leaked = secrets.iter().find(|secret| decoded.contains(secret.as_str()));
            assert_eq!(leaked, None, "{} shows {word}", format.name);
        }
    }
}
