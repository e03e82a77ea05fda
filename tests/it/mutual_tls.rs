//! FAPI-CIBA on the embedded OP in a process of its own: HTTPS on every side, clients with certificates, requests signed by
//! PS256, tokens that are bound.

use crate::cli::{Running, Scratch};
use ciba_bench::clock::Clock;
use ciba_bench::tls::{Acceptor, Roots, TestAuthority};
use ciba_bench::transport::{Call, Failure, Http, HttpSettings, ServerTls, Transport as _};
use rustix::process::Signal;
use std::net::TcpListener;
use std::time::Duration;
use tokio::sync::oneshot;

/// Addresses that are free now: what the OP calls is named before it listens.
fn free_addresses() -> [String; 2] {
    let held = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().to_string())
}

/// `serve op --fapi` with what more is said, and its target file.
fn serve(scratch: &Scratch, further: &[&str]) -> (Running, String) {
    let [service, notifications] = free_addresses();
    let (service, notifications) = (format!("http://{service}"), format!("http://{notifications}/cb"));
    let target = scratch.path("fapi.toml").to_str().unwrap().to_owned();
    let authority = scratch.path("authority.pem").to_str().unwrap().to_owned();
    let mut arguments =
        vec!["serve", "op", "--fapi", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"];
    arguments.extend(["--auth-service-url", &service, "--notify-url", &notifications]);
    arguments.extend(["--write-target", &target, "--tls-authority", &authority]);
    arguments.extend(further);
    let mut op = Running::start(scratch, &arguments);
    assert!(op.value("issuer").starts_with("https://127.0.0.1:"));
    assert_eq!(op.value("certificate to trust"), authority);
    op.value("target file");
    (op, target)
}

#[test]
fn the_embedded_op_passes_what_fapi_ciba_asks_for() {
    let scratch = Scratch::new("fapi");
    let (op, target) = serve(&scratch, &[]);
    let out = scratch.path("result").to_str().unwrap().to_owned();
    let mut arguments = vec!["conformance", "--target", &target, "--standard", "fapi-ciba", "--out", &out];
    // The whole suite passes, too, and takes minutes of real time.
    arguments.extend([
        "--only",
        "fapi/*",
        "--only",
        "oauth/8705/*",
        "--only",
        "ciba/7.2/*",
        "--only",
        "ciba/9/*",
    ]);
    let ended = scratch.run(&arguments);
    assert_eq!(ended.code, 0, "{ended:?}");
    let record = std::fs::read_to_string(format!("{out}/record.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let passed: Vec<&str> = record["conformance"]["suite"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["verdict"].to_string().contains("pass"))
        .filter_map(|check| check["id"].as_str())
        .collect();
    for id in [
        "oauth/8705/client-other-certificate",
        "oauth/8705/token-no-certificate",
        "fapi/5.2.2/bound-tokens",
        "ciba/9/certificate-verified",
    ] {
        assert!(passed.contains(&id), "{id} among {passed:?}");
    }
    op.signal(Signal::TERM);
    assert_eq!(op.wait().0, 0);
}

#[test]
fn a_token_that_is_not_bound_is_found_over_sockets() {
    let scratch = Scratch::new("fapi-fault");
    let (op, target) = serve(&scratch, &["--fault", "bound-token-without-certificate"]);
    found_over_sockets(&scratch, &target, "oauth/8705/token-*", "oauth/8705/token-no-certificate");
    op.signal(Signal::TERM);
    assert_eq!(op.wait().0, 0);
}

#[test]
fn a_server_that_verifies_no_certificate_is_found_over_sockets() {
    let scratch = Scratch::new("fapi-unverified");
    let (op, target) = serve(&scratch, &["--fault", "notification-certificate-unverified"]);
    found_over_sockets(&scratch, &target, "ciba/9/certificate-verified", "ciba/9/certificate-verified");
    op.signal(Signal::TERM);
    assert_eq!(op.wait().0, 0);
}

/// Of the checks that are run, this one fails.
fn found_over_sockets(scratch: &Scratch, target: &str, only: &str, check: &str) {
    let out = scratch.path("result").to_str().unwrap().to_owned();
    let ended = scratch.run(&["conformance", "--target", target, "--only", only, "--out", &out]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.stdout.contains(check), "{ended:?}");
}

/// What a client says of a listener with a certificate for `names`, at `localhost`, when it trusts `trusted`.
async fn connect(authority: &TestAuthority, names: &[&str], trusted: &TestAuthority) -> Result<u16, Failure> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let acceptor = Acceptor::new(&authority.server(&names).unwrap().identity().unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = axum::Router::new().route("/", axum::routing::get(|| async { "here" }));
    let serving =
        ciba_bench::notification::serve(listener, Some(acceptor), router, async { drop(stopped.await) });
    let serving = tokio::spawn(serving);
    // Somebody who never begins the handshake holds nobody up.
    let _silent = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let roots = Some(Roots::read(trusted.certificate()).unwrap());
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let tls = ServerTls {
        roots,
        connect_to: Some(("op.example".to_owned(), address)),
        http2: true,
        unverified: false,
    };
    let http = Http::over_tls(HttpSettings { connections_max: 2 }, tls, Clock::system()).unwrap();
    let call = Call {
        method: http::Method::GET,
        url: "https://op.example/".parse().unwrap(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        timeout: Duration::from_secs(20),
        identity: None,
    };
    let exchanged = http.exchange(call).await;
    drop(stop);
    serving.await.unwrap();
    if exchanged.result.is_ok() {
        assert!(exchanged.timeline.connect.is_some(), "the set-up of the connection is timed");
    }
    exchanged.result.map(|answer| answer.status)
}

#[tokio::test]
async fn servers_are_trusted_by_their_authority_and_their_name() {
    let clock = Clock::system();
    let make = || TestAuthority::make(clock.wall(clock.now())).unwrap();
    let (own, other) = (make(), make());
    // The name stays the server's own although it is reached elsewhere, and HTTP/2 is only an offer.
    assert_eq!(connect(&own, &["op.example"], &own).await, Ok(200));
    let strange = connect(&own, &["op.example"], &other).await.unwrap_err().to_string();
    assert!(strange.contains("[tls] roots in the target file"), "{strange}");
    let misnamed = connect(&own, &["other.example"], &own).await.unwrap_err().to_string();
    assert!(misnamed.contains("is for another host"), "{misnamed}");
}
