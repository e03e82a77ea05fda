//! The authentication device as a web page: what it shows, what it decides, and from whom it takes a decision.

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use reference_op::{AuthenticationServiceSettings, ClientSettings, FaultSet, Settings};
use tower::ServiceExt;

use crate::configuration::refused;
use crate::world::*;

const PAGE: &str = "/default/ciba/cibasimulator";
const CONSENT: &str = "/default/ciba/cibasimulator/consent";

fn simulator() -> Settings {
    let named =
        ClientSettings { client_name: "Alice & <Co>".into(), ..ClientSettings::poll(ALICE.0, ALICE.1) };
    let nameless = ClientSettings { client_name: String::new(), ..ClientSettings::poll(CAROL.0, CAROL.1) };
    Settings::embedded(AuthenticationServiceSettings::Simulator, vec![named, nameless])
}

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    /// The values of all fields with this name.
    fn values(&self, name: &str) -> Vec<String> {
        let field = format!("name=\"{name}\" value=\"");
        self.text.split(&field).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    fn title(&self) -> &str {
        self.text.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap()
    }
}

/// A browser: it keeps its cookie, and names the origin of what it submits.
struct Browser<'a> {
    world: &'a World,
    cookie: String,
    seal: String,
}

impl<'a> Browser<'a> {
    async fn open(world: &'a World) -> Self {
        let page = fetch(world, Request::get(PAGE).body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, StatusCode::OK);
        let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Browser { world, cookie, seal: page.values("seal").remove(0) }
    }

    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("seal", &self.seal)
            .extend_pairs(fields)
            .finish();
        let request = form_request(path, None, body);
        let (mut head, body) = request.into_parts();
        head.headers.insert(header::COOKIE, self.cookie.parse().unwrap());
        head.headers.insert(header::ORIGIN, BASE.parse().unwrap());
        fetch(self.world, Request::from_parts(head, body)).await
    }

    async fn look(&self, hint: &str) -> Page {
        self.submit(PAGE, &[("login_hint", hint)]).await
    }

    async fn decide(&self, login_id: &str, action: &str) -> Page {
        self.submit(CONSENT, &[("login_id", login_id), ("action", action)]).await
    }
}

async fn fetch(world: &World, request: Request<Body>) -> Page {
    let response = world.op.router().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Page { status: head.status, headers: head.headers, text }
}

async fn ask(world: &World, client: (&str, &str), more: &str) -> String {
    let answer = world.authenticate(client, &format!("scope=openid&login_hint=John{more}")).await;
    answer.ok().text("auth_req_id")
}

#[tokio::test(start_paused = true)]
async fn what_the_user_allows_is_redeemed() {
    let world = World::with(simulator(), FaultSet::NONE);
    let auth_req_id = ask(&world, ALICE, "&binding_message=%3Cb%3EW4SCT").await;
    world.poll(ALICE, &auth_req_id).await.expect(400, "authorization_pending");
    let browser = Browser::open(&world).await;
    let page = browser.look("John").await;
    assert_eq!((page.status, page.title()), (StatusCode::OK, "One request waits for you"), "{}", page.text);
    for shown in ["Alice &amp; &lt;Co&gt; asks for access", "&lt;b&gt;W4SCT", "<li>openid</li>"] {
        assert!(page.text.contains(shown), "{shown} is not in {}", page.text);
    }
    let login = page.values("login_id").remove(0);
    let page = browser.decide(&login, "allow").await;
    assert_eq!((page.status, page.title()), (StatusCode::OK, "Allowed"));
    assert_eq!(world.op.pending_count(), 0);
    let tokens = world.poll(ALICE, &auth_req_id).await.ok();
    assert_eq!((tokens.text("scope").as_str(), tokens.body["id_token"].is_string()), ("openid", true));
    // A page that is submitted again decides nothing a second time.
    assert_eq!(browser.decide(&login, "deny").await.title(), "Too late");
    assert!(world.outside.calls("").is_empty(), "nobody else is asked");
    for (outcome, count) in [("opened", 1), ("listed", 1), ("allowed", 1), ("denied", 0), ("too_late", 1)] {
        assert_eq!(world.count("simulator", outcome), count, "{outcome}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_user_denies_is_refused() {
    let world = World::with(simulator(), FaultSet::NONE);
    let auth_req_id = ask(&world, ALICE, "").await;
    let browser = Browser::open(&world).await;
    let login = browser.look("John").await.values("login_id").remove(0);
    let page = browser.decide(&login, "deny").await;
    assert_eq!(page.title(), "Denied");
    // The page leads back to what else waits for the same hint.
    assert_eq!(page.values("login_hint"), ["John"]);
    world.poll(ALICE, &auth_req_id).await.expect(400, "access_denied");
    assert_eq!(world.count("simulator", "denied"), 1);
}

#[tokio::test(start_paused = true)]
async fn of_two_requests_each_is_decided_by_itself() {
    let world = World::with(simulator(), FaultSet::NONE);
    let first = ask(&world, ALICE, "&binding_message=one").await;
    pass(1).await;
    let second = ask(&world, CAROL, "&binding_message=two").await;
    let browser = Browser::open(&world).await;
    let page = browser.look("John").await;
    assert_eq!(page.title(), "2 requests wait for you");
    let logins = page.values("login_id");
    assert_eq!(logins.len(), 2);
    assert!(page.text.find("one").unwrap() < page.text.find("two").unwrap(), "the oldest comes first");
    assert!(page.text.contains("carol-app asks for access"), "a client without a name goes by its id");
    browser.decide(&logins[1], "allow").await;
    assert_eq!(browser.look("John").await.values("login_id"), logins[..1]);
    pass(5).await;
    world.poll(CAROL, &second).await.ok();
    world.poll(ALICE, &first).await.expect(400, "authorization_pending");
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_cut_and_says_so() {
    let world = World::with(simulator(), FaultSet::NONE);
    for _ in 0..23 {
        ask(&world, ALICE, "").await;
    }
    let page = Browser::open(&world).await.look("John").await;
    assert_eq!((page.title(), page.values("login_id").len()), ("23 requests wait for you", 20));
    assert!(page.text.contains("There are 3 more."), "{}", page.text);
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_or_expired_is_told_in_the_documented_words() {
    let world = World::with(simulator(), FaultSet::NONE);
    let said = |hint: &str| {
        format!(
            "No authentication requests found for {hint}. Your client must submit ciba backchannel authentication request."
        )
    };
    let browser = Browser::open(&world).await;
    for (hint, shown) in [
        ("John", "John"),
        ("john ", "john "),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onfocus=\"x", "&quot; onfocus=&quot;x"),
    ] {
        let page = browser.look(hint).await;
        assert!(page.status == StatusCode::OK && page.text.contains(&said(shown)), "{}", page.text);
    }
    let auth_req_id = ask(&world, ALICE, "").await;
    for other in ["john", "John ", "Joh"] {
        assert_eq!(browser.look(other).await.title(), "Nothing to decide", "{other:?}");
    }
    let login = browser.look("John").await.values("login_id").remove(0);
    pass(120).await;
    assert!(browser.look("John").await.text.contains(&said("John")));
    for action in ["allow", "deny"] {
        assert_eq!(browser.decide(&login, action).await.title(), "Too late");
    }
    world.poll(ALICE, &auth_req_id).await.expect(400, "expired_token");
    assert_eq!(world.count("simulator", "none_found"), 8);
}

#[tokio::test(start_paused = true)]
async fn a_form_from_elsewhere_decides_nothing() {
    let world = World::with(simulator(), FaultSet::NONE);
    let auth_req_id = ask(&world, ALICE, "").await;
    let (browser, other) = (Browser::open(&world).await, Browser::open(&world).await);
    let login = browser.look("John").await.values("login_id").remove(0);
    let (own, others) = (Some(browser.cookie.as_str()), Some(other.cookie.as_str()));
    for (why, cookie, seal, origin) in [
        ("no cookie", None, browser.seal.as_str(), Some(BASE)),
        ("no seal", own, "", Some(BASE)),
        ("a wrong seal", own, "c2VhbA", Some(BASE)),
        ("another browser's seal", own, &other.seal, Some(BASE)),
        ("another browser's cookie", others, &browser.seal, Some(BASE)),
        ("another site", own, &browser.seal, Some("http://attacker.test")),
        ("a sandboxed page", own, &browser.seal, Some("null")),
    ] {
        for (path, fields) in [
            (CONSENT, format!("login_id={login}&action=allow&seal={seal}")),
            (CONSENT, format!("login_id={login}&action=deny&seal={seal}")),
            (PAGE, format!("login_hint=John&seal={seal}")),
        ] {
            let (mut head, body) = form_request(path, None, fields).into_parts();
            for (name, value) in [(header::COOKIE, cookie), (header::ORIGIN, origin)] {
                value.map(|value| head.headers.insert(name, value.parse().unwrap()));
            }
            let page = fetch(&world, Request::from_parts(head, body)).await;
            assert_eq!((page.status, page.title()), (StatusCode::FORBIDDEN, "Not accepted"), "{why}");
            assert!(page.text.contains("http://op.test/default/ciba/cibasimulator"), "{}", page.text);
            assert!(page.values("login_id").is_empty(), "{why}: nothing is shown");
        }
    }
    assert_eq!(world.op.pending_count(), 1);
    world.poll(ALICE, &auth_req_id).await.expect(400, "authorization_pending");
    assert_eq!(world.count("simulator", "refused"), 21);
}

#[tokio::test(start_paused = true)]
async fn malformed_forms_decide_nothing() {
    let world = World::with(simulator(), FaultSet::NONE);
    ask(&world, ALICE, "").await;
    let browser = Browser::open(&world).await;
    let login = browser.look("John").await.values("login_id").remove(0);
    let (long, huge) = ("x".repeat(4_097), "x".repeat(20_000));
    for (path, fields, status) in [
        (CONSENT, vec![("login_id", login.as_str())], 400),
        (CONSENT, vec![("action", "allow")], 400),
        (CONSENT, vec![("login_id", &login), ("action", "Allow")], 400),
        (CONSENT, vec![("login_id", &login), ("action", "allow"), ("action", "deny")], 400),
        (CONSENT, vec![("login_id", "unknown"), ("action", "allow")], 200),
        (PAGE, vec![], 400),
        (PAGE, vec![("login_hint", "")], 400),
        (PAGE, vec![("login_hint", &long)], 400),
        (PAGE, vec![("login_hint", &huge)], 413),
    ] {
        let page = browser.submit(path, &fields).await;
        assert_eq!(page.status.as_u16(), status, "{fields:?}");
    }
    assert_eq!(world.op.pending_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_page_forbids_scripts_frames_and_storage() {
    let world = World::with(simulator(), FaultSet::NONE);
    let browser = Browser::open(&world).await;
    let pages = [
        fetch(&world, Request::get(PAGE).body(Body::empty()).unwrap()).await,
        browser.look("John").await,
        browser.submit(CONSENT, &[]).await,
    ];
    for page in pages {
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
    let style = fetch(&world, Request::get(format!("{PAGE}/style.css")).body(Body::empty()).unwrap()).await;
    assert_eq!(
        (style.status.as_u16(), &style.headers["content-type"]),
        (200, &"text/css; charset=utf-8".parse().unwrap())
    );
}

#[tokio::test(start_paused = true)]
async fn the_page_is_the_simulators_alone_and_for_poll_clients() {
    let page = fetch(&World::new(), Request::get(PAGE).body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let clients = vec![ClientSettings::ping(BOB.0, BOB.1, CALLBACK)];
    let error = refused(BASE, Settings::embedded(AuthenticationServiceSettings::Simulator, clients));
    assert_eq!(error.problems()[0].field, "workspaces[0].clients[0].token_delivery_mode");
    assert!(error.to_string().contains("the SIMULATOR serves poll clients only"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn workspaces_do_not_see_each_others_users() {
    let mut settings = simulator();
    let mut second = settings.workspaces[0].clone();
    second.id = "other".into();
    settings.workspaces.push(second);
    let world = World::with(settings, FaultSet::NONE);
    ask(&world, ALICE, "").await;
    let browser = Browser::open(&world).await;
    let login = browser.look("John").await.values("login_id").remove(0);
    let other = "/default/other/cibasimulator";
    assert_eq!(browser.submit(other, &[("login_hint", "John")]).await.title(), "Nothing to decide");
    let decided =
        browser.submit(&format!("{other}/consent"), &[("login_id", &login), ("action", "allow")]).await;
    assert_eq!(decided.title(), "Too late");
    assert_eq!(world.op.pending_count(), 1);
}
