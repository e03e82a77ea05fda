//! The two endpoints that the server calls.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::stage::{Stage, authorized, call};

#[tokio::test(start_paused = true)]
async fn users_are_known_unless_the_plan_says_otherwise() {
    let plan = "users = { bob = { unknown = true } }";
    let variant = "unknown_answer = 'not_found'\nunknown_users = 1.0";
    for (plan, body, status, valid) in [
        (plan, json!({ "user_identifier": "alice" }), 200, true),
        (plan, json!({ "user_identifier": "alice", "more": [1, 2] }), 200, true),
        (plan, json!({ "user_identifier": "bob" }), 200, false),
        (plan, json!({ "user_identifier": "" }), 200, false),
        (plan, json!({ "user_identifier": null }), 200, false),
        (plan, json!({}), 200, false),
        (variant, json!({ "user_identifier": "alice" }), 404, false),
    ] {
        let stage = Stage::planned(plan);
        let answer = stage.post("/user/verify", &body).await;
        assert_eq!((answer.0.as_u16(), answer.1), (status, json!({ "valid": valid })), "{body}");
        let counts = stage.service.counts().verify;
        assert_eq!((counts.valid, counts.invalid), (u64::from(valid), u64::from(!valid)));
        let user = body["user_identifier"].as_str().unwrap_or_default();
        assert_eq!(stage.notes(), [format!("0 verify {user}")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_share_of_users_is_unknown_and_stays_so() {
    let stage = Stage::planned("seed = 5\nunknown_users = 0.25");
    let mut unknown = 0;
    for number in 0..400 {
        let body = json!({ "user_identifier": format!("u{number}") });
        let first = stage.post("/user/verify", &body).await.1;
        assert_eq!(first, stage.post("/user/verify", &body).await.1);
        unknown += u32::from(first["valid"] == json!(false));
    }
    assert!((70..130).contains(&unknown), "{unknown}");
}

#[tokio::test(start_paused = true)]
async fn strangers_get_401_and_a_challenge() {
    let stage = Stage::planned("");
    for path in ["/user/verify", "/authentication/start"] {
        for value in [None, Some("Basic dXNlcjp3cm9uZw=="), Some("Bearer t1")] {
            let mut request = Request::post(path);
            if let Some(value) = value {
                request = request.header("authorization", value);
            }
            let body = json!({ "login_id": "l1", "user_identifier": "alice" }).to_string();
            let (status, headers, body) =
                call(stage.service.router(), request.body(Body::from(body)).unwrap()).await;
            assert_eq!(status, 401);
            assert!(headers["www-authenticate"].to_str().unwrap().starts_with("Basic realm="));
            assert_eq!(body["error"], "invalid_basic_auth");
        }
    }
    stage.pass(1).await;
    assert!(stage.notes().is_empty() && stage.server.lines().is_empty());
    let counts = stage.service.counts();
    assert_eq!((counts.verify.unauthorized, counts.start.unauthorized), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn bodies_that_make_no_sense_are_refused_with_the_reason() {
    let stage = Stage::planned("");
    let long = format!("{{\"login_id\":\"{}\"}}", "x".repeat(20_000));
    for (path, body, status, part) in [
        ("/user/verify", "{", 400, "the body is not JSON: EOF"),
        ("/user/verify", "", 400, "the body is not JSON"),
        ("/user/verify", "[]", 400, "the body is an array; expected a JSON object"),
        ("/user/verify", "{\"user_identifier\":5}", 400, "user_identifier is a number; expected a string"),
        ("/authentication/start", "nonsense", 400, "the body is not JSON"),
        ("/authentication/start", "{}", 400, "login_id is missing or empty"),
        ("/authentication/start", "{\"login_id\":\"\"}", 400, "login_id is missing or empty"),
        (
            "/authentication/start",
            "{\"login_id\":\"l\",\"requested_scopes\":\"openid\"}",
            400,
            "requested_scopes is a string; expected an array of strings",
        ),
        (
            "/authentication/start",
            "{\"login_id\":\"l\",\"requested_scopes\":[1]}",
            400,
            "expected an array of strings",
        ),
        ("/authentication/start", &long, 413, "the body is longer than 16384 bytes"),
    ] {
        let (answered, _, answer) = call(stage.service.router(), authorized(path, body.to_owned())).await;
        assert_eq!(answered, status, "{body}");
        assert_eq!(answer["error"], "invalid_request");
        let description = answer["error_description"].as_str().unwrap();
        assert!(description.contains(part), "{description}");
    }
    stage.pass(1).await;
    assert!(stage.server.lines().is_empty());
    let counts = stage.service.counts();
    assert_eq!((counts.verify.malformed, counts.start.malformed), (4, 6));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let stage = Stage::planned("");
    let mut request = authorized("/authentication/start", String::new());
    let silence = futures_util::stream::pending::<Result<bytes::Bytes, std::convert::Infallible>>();
    *request.body_mut() = Body::from_stream(silence);
    let (status, _, answer) = call(stage.service.router(), request).await;
    assert_eq!(status, 408);
    assert_eq!(answer["error_description"], "the body did not arrive within 10 s");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_start_is_acknowledged_and_does_nothing() {
    let stage = Stage::planned("delay = { constant = '1s' }");
    assert_eq!(stage.start("l1", "alice").await.0, 200);
    assert_eq!(stage.start("l1", "alice").await.0, 200);
    stage.pass(2_000).await;
    assert_eq!(stage.start("l1", "alice").await.0, 200);
    stage.pass(2_000).await;
    assert_eq!(stage.server.lines(), ["POST l1/accept"]);
    let counts = stage.service.counts();
    assert_eq!((counts.start.accepted, counts.start.repeated, counts.decisions.accepted), (1, 2, 1));
    let starts: Vec<String> = stage.notes().into_iter().filter(|note| note.contains("start")).collect();
    assert_eq!(
        starts,
        ["0 start l1 alice m-l1", "0 start l1 alice m-l1 again", "2000 start l1 alice m-l1 again"]
    );
}
