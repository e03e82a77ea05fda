//! The authentication device as a web page, from the documented commands to the tokens, with and without a browser.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::clock::Clock;
use ciba_bench::notification::Inbox;
use ciba_bench::target::{Addressee, TargetFacts};
use ciba_bench::tls::Roots;
use ciba_bench::transport::{Answer, Call, Http, HttpSettings, ServerTls, Transport as _};
use ciba_bench::world::{InProcess, WorldSettings};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::BodyExt as _;
use mock_auth_service::{DecisionPlan, NoObserver};
use rustix::process::Signal;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

use crate::browser::{Browser, ENTER};
use crate::cli::{Running, Scratch};

/// The two documented commands, with names for host, tenant and workspace.
const ASK: &str = r#"curl -k -X POST https://HOST/TENANT/WORKSPACE/backchannel/authentication -u "$CLIENT_ID:$CLIENT_SECRET" -d "scope=openid&login_hint=John""#;
const REDEEM: &str = r#"curl -k https://HOST/TENANT/WORKSPACE/oauth2/token -d "grant_type=urn:openid:params:grant-type:ciba&auth_req_id=$AUTH_REQ_ID" -u "$CLIENT_ID:$CLIENT_SECRET""#;
/// What is replaced in them by the workspace that is served.
const PLACE: &str = "https://HOST/TENANT/WORKSPACE";

const TIMEOUT: Duration = Duration::from_secs(60);
const FORM: &str = "application/x-www-form-urlencoded";

/// `serve op --simulator`, and what it has printed.
struct Served {
    op: Running,
    page: String,
    http: Http,
    variables: Vec<(&'static str, String)>,
}

impl Served {
    fn start(scratch: &Scratch) -> Self {
        Self::start_with(scratch, &[])
    }

    fn start_with(scratch: &Scratch, further: &[&str]) -> Self {
        let arguments =
            ["serve", "op", "--simulator", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"];
        let mut op = Running::start(scratch, &[&arguments, further].concat());
        let issuer = op.value("issuer");
        let page = op.value("simulator");
        assert_eq!(page, format!("{issuer}/cibasimulator"));
        let id = op.value("export CLIENT_ID=");
        let secret = op.value("export CLIENT_SECRET=");
        let http = Http::new(HttpSettings { connections_max: 4 }, Clock::system()).unwrap();
        let variables = vec![(PLACE, issuer), ("$CLIENT_ID", id), ("$CLIENT_SECRET", secret)];
        Served { op, page, http, variables }
    }

    /// Does what curl does with a command line; gives the status and the JSON.
    async fn curl(&self, command: &str) -> (u16, Value) {
        let answer = self.exchange(curl(command, &self.variables)).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    async fn exchange(&self, call: Call) -> Answer {
        self.http.exchange(call).await.result.unwrap()
    }

    /// The acknowledged request of the documented command.
    async fn ask(&mut self, command: &str) {
        let (status, acknowledgement) = self.curl(command).await;
        assert_eq!(
            (status, &acknowledgement["expires_in"], &acknowledgement["interval"]),
            (200, &json!(120), &json!(5))
        );
        self.variables.retain(|(name, _)| *name != "$AUTH_REQ_ID");
        self.variables.push(("$AUTH_REQ_ID", acknowledgement["auth_req_id"].as_str().unwrap().to_owned()));
    }

    fn end(self) {
        self.op.signal(Signal::TERM);
        assert_eq!(self.op.wait().0, 0);
    }
}

/// Reads a command line as a shell and curl do, as far as the documentation uses them.
fn curl(command: &str, variables: &[(&str, String)]) -> Call {
    let command = variables.iter().fold(command.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut words = command.split_whitespace().map(|word| word.trim_matches('"'));
    assert_eq!(words.next(), Some("curl"));
    let mut call = call(Method::GET, "http://unknown", &[], String::new());
    while let Some(word) = words.next() {
        match word {
            "-k" => {}
            "-X" => call.method = words.next().unwrap().parse().unwrap(),
            "-u" => {
                let credentials = format!("Basic {}", STANDARD.encode(words.next().unwrap()));
                call.headers.insert(header::AUTHORIZATION, credentials.parse().unwrap());
            }
            "-d" => {
                call.body = words.next().unwrap().to_owned().into();
                call.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
                call.method = Method::POST;
            }
            url => call.url = url.parse().unwrap(),
        }
    }
    call
}

fn call(method: Method, url: &str, headers: &[(HeaderName, &str)], body: String) -> Call {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
    Call { method, url: url.parse().unwrap(), headers, body: body.into(), timeout: TIMEOUT, identity: None }
}

fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_documented_commands_lead_to_tokens() {
    let scratch = Scratch::new("simulator");
    let mut served = Served::start(&scratch);
    served.ask(ASK).await;
    assert_eq!(served.curl(REDEEM).await.1["error"], "authorization_pending");
    allow(&served).await;
    let (status, tokens) = served.curl(REDEEM).await;
    assert_eq!(
        (status, &tokens["token_type"], &tokens["scope"]),
        (200, &json!("Bearer"), &json!("openid")),
        "{tokens}"
    );
    assert!(tokens["access_token"].is_string() && tokens["id_token"].is_string(), "{tokens}");
    served.end();
}

/// Does what a person does on the page.
async fn allow(served: &Served) {
    let opened = served.exchange(call(Method::GET, &served.page, &[], String::new())).await;
    let cookie = opened.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let seal = field(std::str::from_utf8(&opened.body).unwrap(), "seal");
    let submit = async |path: &str, fields: String| {
        let headers = [(header::CONTENT_TYPE, FORM), (header::COOKIE, cookie.as_str())];
        let url = format!("{}{path}", served.page);
        let answer =
            served.exchange(call(Method::POST, &url, &headers, format!("seal={seal}&{fields}"))).await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body.to_vec()).unwrap()
    };
    let listed = submit("", "login_hint=John".to_owned()).await;
    let decided = submit("/consent", format!("login_id={}&action=allow", field(&listed, "login_id"))).await;
    assert!(decided.contains("<h1>Allowed</h1>"), "{decided}");
}

/// A shell and curl themselves: scheme, `-k` and all flags are as documented.
#[tokio::test]
async fn over_tls_curl_itself_runs_the_documented_commands() {
    let scratch = Scratch::new("simulator-tls");
    let mut served = Served::start_with(&scratch, &["--tls", "--tls-authority", "authority.pem"]);
    let (_, issuer) = served.variables.iter().find(|(name, _)| *name == PLACE).cloned().unwrap();
    assert!(issuer.starts_with("https://127.0.0.1:"), "{issuer}");
    let roots = std::fs::read_to_string(scratch.path("authority.pem")).unwrap();
    let tls = ServerTls { roots: Some(Roots::read(&roots).unwrap()), ..ServerTls::default() };
    served.http = Http::over_tls(HttpSettings { connections_max: 4 }, tls, Clock::system()).unwrap();

    let acknowledgement = shell(ASK, &served.variables);
    served.variables.push(("$AUTH_REQ_ID", acknowledgement["auth_req_id"].as_str().unwrap().to_owned()));
    assert_eq!(shell(REDEEM, &served.variables)["error"], "authorization_pending");
    allow(&served).await;
    let tokens = shell(REDEEM, &served.variables);
    assert!(tokens["access_token"].is_string() && tokens["id_token"].is_string(), "{tokens}");

    let strange = Http::new(HttpSettings { connections_max: 1 }, Clock::system()).unwrap();
    let refused = strange.exchange(call(Method::GET, &issuer, &[], String::new())).await.result.unwrap_err();
    assert!(refused.to_string().contains("[tls] roots"), "{refused}");
    served.end();
}

/// What a command prints when a shell runs it; its variables are the shell's.
fn shell(command: &str, variables: &[(&str, String)]) -> Value {
    let mut shell = std::process::Command::new("sh");
    let place = variables.iter().find(|(name, _)| *name == PLACE).unwrap();
    shell.args(["-c", &command.replace(PLACE, &place.1)]);
    shell.envs(variables.iter().filter_map(|(name, value)| Some((name.strip_prefix('$')?, value))));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "is curl installed? {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_person_with_a_browser_allows_and_denies() {
    let Some(browser) = Browser::start("simulator").await else { return };
    let scratch = Scratch::new("browser");
    let mut served = Served::start(&scratch);

    browser.open(&served.page).await;
    browser.shows("Authenticate").await;
    assert_eq!(
        browser
            .announced("//header | //main | //footer")
            .await
            .iter()
            .map(|(role, _)| role.as_str())
            .collect::<Vec<_>>(),
        ["banner", "main", "contentinfo"]
    );
    assert_eq!(
        browser.announced("//input[@id='login_hint']").await,
        [("textbox".to_owned(), "Login hint".to_owned())]
    );
    browser.screenshot("simulator-1-hint").await;
    // The field has the focus, and Enter is enough.
    browser.press(&format!("John{ENTER}")).await;
    let sentence = "No authentication requests found for John. Your client must submit ciba backchannel authentication request.";
    assert_eq!(browser.texts("//main/p").await, [sentence]);
    browser.screenshot("simulator-2-none").await;

    let message = "%3Cb%3EW4SCT-".to_owned() + &"x".repeat(110);
    served.ask(&ASK.replace("John", &format!("John&binding_message={message}"))).await;
    browser.click("//main", "CONTINUE").await;
    browser.shows("One request waits for you").await;
    assert_eq!(browser.texts("//h2").await, ["simulator-client asks for access"]);
    assert_eq!(browser.texts("//dd[1]").await, [format!("<b>W4SCT-{}", "x".repeat(110))]);
    assert_eq!(browser.texts("//main//li").await, ["openid"]);
    let buttons = browser.announced("//main//button").await;
    assert_eq!(buttons, ["Allow", "Deny"].map(|name| ("button".to_owned(), name.to_owned())));
    let edges = browser.right_edges("//main//*").await;
    assert!(edges.iter().all(|edge| *edge <= 360.0), "nothing is wider than a phone: {edges:?}");
    browser.screenshot("simulator-3-consent").await;
    browser.click("//main", "Allow").await;
    browser.shows("Allowed").await;
    browser.screenshot("simulator-4-allowed").await;
    assert!(served.curl(REDEEM).await.1["id_token"].is_string());

    // Two at once: each has its own buttons.
    served.ask(&ASK.replace("John", "John&binding_message=first")).await;
    served.ask(&ASK.replace("John", "John&binding_message=second")).await;
    browser.click("//main", "Other requests for John").await;
    browser.shows("2 requests wait for you").await;
    assert_eq!(browser.texts("//section//dd[1]").await, ["first", "second"]);
    browser.screenshot("simulator-5-two").await;
    browser.click("//section[2]", "Deny").await;
    browser.shows("Denied").await;
    assert_eq!(served.curl(REDEEM).await.1["error"], "access_denied");
    browser.close().await;
    served.end();
}

#[tokio::test]
async fn the_manual_page_decides_in_a_browser() {
    let Some(browser) = Browser::start("manual").await else { return };
    let scratch = Scratch::new("manual");
    let (service, listen, page) = manual(&scratch);
    let http = Http::new(HttpSettings { connections_max: 2 }, Clock::system()).unwrap();
    browser.open(&page).await;
    browser.shows("No login waits").await;
    let body = json!({
        "login_id": "l1", "login_state": "s1", "user_identifier": "John", "client_id": "shop",
        "client_info": { "client_name": "The <Shop>" }, "binding_message": "W4SCT", "requested_scopes": ["openid"],
    });
    let basic = format!("Basic {}", STANDARD.encode("bank:secret"));
    let headers = [(header::AUTHORIZATION, basic.as_str())];
    let start = call(Method::POST, &format!("{listen}/authentication/start"), &headers, body.to_string());
    assert_eq!(http.exchange(start).await.result.unwrap().status, 200);
    let link = "//main//a";
    assert_eq!(browser.announced(link).await, [("link".to_owned(), "Look again for logins".to_owned())]);
    browser.open(&page).await;
    assert_eq!(browser.texts("//h2").await, ["The <Shop> asks John for access"]);
    browser.screenshot("device-1-login").await;
    // There is no server behind this one, and the page says what became of the decision.
    browser.click("//main", "Allow").await;
    browser.shows("Not taken by the server").await;
    browser.screenshot("device-2-not-taken").await;
    browser.open(&page).await;
    browser.shows("No login waits").await;
    browser.close().await;
    service.signal(Signal::TERM);
    assert_eq!(service.wait().0, 0);
}

/// `serve auth-service --manual`, its URL, and that of its page.
fn manual(scratch: &Scratch) -> (Running, String, String) {
    let nobody = format!("http://{}/default/system/oauth2/token", crate::cli::free_address());
    let mut service = Running::start(
        scratch,
        &[
            "serve",
            "auth-service",
            "--manual",
            "--client-id",
            "as",
            "--client-secret",
            "s",
            "--token-endpoint",
            &nobody,
            "--listen",
            "127.0.0.1:0",
            "--management",
            "127.0.0.1:0",
            "--user",
            "bank",
            "--password",
            "secret",
        ],
    );
    let listen = service.value("authentication service URL");
    let page = service.value("page to decide on");
    (service, listen, page)
}

#[tokio::test(start_paused = true)]
async fn a_login_that_a_person_allows_ends_in_tokens() {
    let settings = WorldSettings { plan: DecisionPlan::by_hand(), ..WorldSettings::default() };
    let world = InProcess::new(settings, Arc::new(NoObserver), Arc::new(Inbox::new())).unwrap();
    let facts = TargetFacts::discover(world.issuer(), world.transport().as_ref()).await.unwrap();
    let client = world.client(DeliveryMode::Poll).unwrap().client();
    let post = async |url: &Url, form: &str| {
        let mut call = call(Method::POST, url.as_str(), &[(header::CONTENT_TYPE, FORM)], String::new());
        let mut form = form.to_owned();
        let now = world.clock().wall(world.clock().now());
        client.authenticate(&Addressee { facts: &facts, endpoint: url, now }, &mut call.headers, &mut form);
        call.body = form.into();
        let answer = world.transport().exchange(call).await.result.unwrap();
        serde_json::from_slice::<Value>(&answer.body).unwrap()
    };
    let asked = post(&facts.backchannel_authentication_endpoint, "scope=openid&login_hint=John").await;
    let redeem = format!(
        "grant_type=urn:openid:params:grant-type:ciba&auth_req_id={}",
        asked["auth_req_id"].as_str().unwrap()
    );
    assert_eq!(post(&facts.token_endpoint, &redeem).await["error"], "authorization_pending");
    // The start is on its way by itself.
    tokio::time::sleep(Duration::from_secs(5)).await;

    let open = Request::get("/device").header(header::HOST, "localhost:4011").body(Body::empty()).unwrap();
    let (head, page) = shown(&world, open).await;
    assert!(page.contains(" asks John for access"), "{page}");
    let cookie = head.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    let form = format!("seal={}&login_id={}&action=allow", field(&page, "seal"), field(&page, "login_id"));
    let allow = Request::post("/device")
        .header(header::HOST, "localhost:4011")
        .header(header::ORIGIN, "http://localhost:4011")
        .header(header::COOKIE, cookie)
        .body(Body::from(form))
        .unwrap();
    let (_, page) = shown(&world, allow).await;
    assert!(page.contains("<h1>Allowed</h1>"), "{page}");
    assert!(post(&facts.token_endpoint, &redeem).await["id_token"].is_string());
}

/// What the management listener of the authentication service shows.
async fn shown(world: &InProcess, request: Request<Body>) -> (Parts, String) {
    let answer = world.auth_service().management_router().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    (head, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}
