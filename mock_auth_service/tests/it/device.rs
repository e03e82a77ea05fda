//! The page for people who decide by hand: what it lists, what it decides, and from whom it takes a decision.

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use mock_auth_service::DecisionPlan;
use serde_json::json;
use tower::ServiceExt as _;

use crate::stage::{Reply, Stage};

const HOST: &str = "127.0.0.1:4011";
const ORIGIN: &str = "http://127.0.0.1:4011";
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn values(&self, name: &str) -> Vec<String> {
        let field = format!("name=\"{name}\" value=\"");
        self.text.split(&field).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    fn title(&self) -> &str {
        self.text.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap()
    }
}

async fn fetch(stage: &Stage, request: Request<Body>) -> Page {
    let response = stage.service.management_router().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Page { status: head.status, headers: head.headers, text }
}

async fn get(stage: &Stage, cookie: Option<&str>) -> Page {
    let mut request = Request::get("/device").header(header::HOST, HOST);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    fetch(stage, request.body(Body::empty()).unwrap()).await
}

/// A browser that has opened the page: its cookie and the page's seal.
struct Browser {
    cookie: String,
    seal: String,
}

impl Browser {
    async fn open(stage: &Stage) -> (Self, Page) {
        let page = get(stage, None).await;
        assert_eq!(page.status, StatusCode::OK);
        let cookie = page.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let seal = page.values("seal").first().cloned().unwrap_or_default();
        (Browser { cookie, seal }, page)
    }

    async fn decide(&self, stage: &Stage, login_id: &str, action: &str) -> Page {
        let fields = format!("seal={}&login_id={login_id}&action={action}", self.seal);
        submit(stage, Some(HOST), Some(&self.cookie), Some(ORIGIN), fields).await
    }
}

async fn submit(
    stage: &Stage,
    host: Option<&str>,
    cookie: Option<&str>,
    origin: Option<&str>,
    fields: String,
) -> Page {
    let mut request = Request::post("/device").header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in [(header::HOST, host), (header::COOKIE, cookie), (header::ORIGIN, origin)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    fetch(stage, request.body(Body::from(fields)).unwrap()).await
}

fn by_hand() -> Stage {
    Stage::new(DecisionPlan::by_hand())
}

#[tokio::test(start_paused = true)]
async fn a_person_allows_one_login_and_denies_another() {
    let stage = by_hand();
    let body = json!({
        "login_id": "l1", "login_state": "s1", "user_identifier": "<b>alice", "client_id": "rp-1",
        "client_info": { "client_name": "Shop & <Co>" }, "binding_message": "\"W4SCT\"",
        "requested_scopes": ["openid", "profile"],
    });
    stage.post("/authentication/start", &body).await;
    stage.pass(1_000).await;
    stage.start("l2", "bob").await;
    stage.pass(3_600_000).await;
    assert_eq!(stage.server.lines(), [""; 0], "nothing is decided by itself");
    let (browser, page) = Browser::open(&stage).await;
    assert_eq!(
        (page.title(), page.values("login_id")),
        ("2 logins wait", vec!["l1".to_owned(), "l2".to_owned()])
    );
    for shown in [
        "Shop &amp; &lt;Co&gt; asks &lt;b&gt;alice for access",
        "&quot;W4SCT&quot;",
        "<li>profile</li>",
        "3601 s",
    ] {
        assert!(page.text.contains(shown), "{shown} is not in {}", page.text);
    }
    assert_eq!(browser.decide(&stage, "l1", "allow").await.title(), "Allowed");
    assert_eq!(browser.decide(&stage, "l2", "deny").await.title(), "Denied");
    assert_eq!(stage.server.lines(), ["POST l1/accept", "POST l2/reject"]);
    assert_eq!(stage.server.calls()[0].json()["granted_scopes"], json!(["openid", "profile"]));
    // Whoever goes back and submits again decides nothing a second time.
    assert_eq!(browser.decide(&stage, "l1", "deny").await.title(), "Too late");
    let page = get(&stage, Some(&browser.cookie)).await;
    assert_eq!(page.title(), "No login waits");
    assert!(!page.headers.contains_key(header::SET_COOKIE), "a browser keeps its session");
    assert_eq!(stage.server.lines().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_expired_login_is_listed_no_more_and_a_refused_decision_is_told() {
    let stage = by_hand();
    // The stage is set 1,000 seconds after 1970 began: this is 120 seconds later.
    let body = json!({ "login_id": "l1", "user_identifier": "alice", "expires_at": "1970-01-01T00:18:40Z" });
    stage.post("/authentication/start", &body).await;
    stage.pass(119_000).await;
    let (browser, page) = Browser::open(&stage).await;
    assert!(page.text.contains("119 s, expires in 1 s"), "{}", page.text);
    stage.pass(1_000).await;
    assert_eq!(get(&stage, None).await.title(), "No login waits");
    stage.server.answers([Reply::Status(409)]);
    let page = browser.decide(&stage, "l1", "allow").await;
    assert_eq!(page.title(), "Not taken by the server");
    assert!(page.text.contains("the server answered 409"), "{}", page.text);
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_cut_and_says_so() {
    let stage = by_hand();
    for number in 0..53 {
        stage.start(&format!("l{number}"), "alice").await;
    }
    let (_, page) = Browser::open(&stage).await;
    assert_eq!((page.title(), page.values("login_id").len()), ("53 logins wait", 50));
    assert!(page.text.contains("There are 3 more."));
}

#[tokio::test(start_paused = true)]
async fn a_form_from_elsewhere_decides_nothing() {
    let stage = by_hand();
    stage.start("l1", "alice").await;
    let ((browser, _), (other, _)) = (Browser::open(&stage).await, Browser::open(&stage).await);
    let (own, others) = (Some(browser.cookie.as_str()), Some(other.cookie.as_str()));
    for (why, host, cookie, seal, origin) in [
        ("no cookie", Some(HOST), None, browser.seal.as_str(), Some(ORIGIN)),
        ("no seal", Some(HOST), own, "", Some(ORIGIN)),
        ("a wrong seal", Some(HOST), own, "c2VhbA", Some(ORIGIN)),
        ("another browser's seal", Some(HOST), own, &other.seal, Some(ORIGIN)),
        ("another browser's cookie", Some(HOST), others, &browser.seal, Some(ORIGIN)),
        ("another site", Some(HOST), own, &browser.seal, Some("http://attacker.test")),
        ("another port", Some(HOST), own, &browser.seal, Some("http://127.0.0.1:4010")),
        ("a sandboxed page", Some(HOST), own, &browser.seal, Some("null")),
        (
            "a name of somebody else's",
            Some("attacker.test"),
            own,
            &browser.seal,
            Some("http://attacker.test"),
        ),
        ("no host", None, own, &browser.seal, None),
    ] {
        for action in ["allow", "deny"] {
            let fields = format!("seal={seal}&login_id=l1&action={action}");
            let page = submit(&stage, host, cookie, origin, fields).await;
            assert_eq!((page.status, page.title()), (StatusCode::FORBIDDEN, "Not accepted"), "{why}");
        }
    }
    let renamed = Request::get("/device").header(header::HOST, "attacker.test").body(Body::empty()).unwrap();
    let page = fetch(&stage, renamed).await;
    assert_eq!((page.status, page.values("seal")), (StatusCode::FORBIDDEN, vec![]));
    assert_eq!(stage.server.lines(), [""; 0]);
    assert_eq!(browser.decide(&stage, "l1", "allow").await.title(), "Allowed");
}

#[tokio::test(start_paused = true)]
async fn malformed_forms_decide_nothing() {
    let stage = by_hand();
    stage.start("l1", "alice").await;
    let (browser, _) = Browser::open(&stage).await;
    let long = "x".repeat(17_000);
    for (fields, status) in [
        ("login_id=l1", 400),
        ("action=allow", 400),
        ("login_id=l1&action=Allow", 400),
        ("login_id=l1&action=allow&action=deny", 400),
        ("login_id=l1&login_id=l2&action=deny", 400),
        ("login_id=unknown&action=deny", 200),
        (&format!("login_id=l1&action=allow&more={long}"), 413),
    ] {
        let fields = format!("seal={}&{fields}", browser.seal);
        let page = submit(&stage, Some(HOST), Some(&browser.cookie), Some(ORIGIN), fields).await;
        assert_eq!(page.status.as_u16(), status, "{}", page.text);
    }
    assert_eq!(stage.server.lines(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn every_page_forbids_scripts_frames_and_storage() {
    let stage = by_hand();
    let (browser, page) = Browser::open(&stage).await;
    for page in [page, browser.decide(&stage, "l1", "allow").await] {
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
        ] {
            assert_eq!(page.headers[name], value, "{}", page.text);
        }
    }
    let style = fetch(&stage, Request::get("/device/style.css").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (style.status.as_u16(), &style.headers["content-type"]),
        (200, &"text/css; charset=utf-8".parse().unwrap())
    );
}

#[tokio::test(start_paused = true)]
async fn a_login_about_a_consent_shows_what_the_server_says_of_it() {
    let payment = json!({"domestic_payment_consent": {"Initiation": {
        "InstructedAmount": {"Amount": "100.00", "Currency": "GBP"}, "CreditorAccount": {"Name": "<b>Payee"},
    }}});
    for (details, replies, shown) in [
        (Some(payment), vec![], ["100.00 GBP", "&lt;b&gt;Payee"]),
        (None, vec![Reply::Status(500)], ["Consent", "has not said"]),
        (None, vec![Reply::Never], ["Consent", "has not said"]),
    ] {
        let stage = Stage::new(DecisionPlan::by_hand());
        *stage.server.details.lock().unwrap() = details;
        stage.server.answers(replies);
        let body = json!({
            "login_id": "l1", "login_state": "s", "openbanking_intent_id": "c1", "user_identifier": "alice",
            "requested_scopes": ["openid", "payments"],
        });
        stage.post("/authentication/start", &body).await;
        let (browser, page) = Browser::open(&stage).await;
        for part in shown {
            assert!(page.text.contains(part), "{part} in {}", page.text);
        }
        browser.decide(&stage, "l1", "allow").await;
        let lines = stage.server.calls().pop().unwrap().line;
        assert!(
            lines.ends_with("/default/system/open-banking/domestic-payment-consent/l1/accept"),
            "{lines}"
        );
    }
}
