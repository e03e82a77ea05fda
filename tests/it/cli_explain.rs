//! What can be looked up: checks, requirements, and the proof that every check can fail.

use serde_json::Value;

use crate::cli::Scratch;

#[test]
fn checks_and_requirements_are_explained() {
    let scratch = Scratch::new("explain");
    let check = scratch.run(&["explain", "ciba/10.1.1/single-use"]);
    assert_eq!((check.code, check.stderr.as_str()), (0, ""), "{check:?}");
    for expected in [
        "CORE-10.1.1-02  PLAIN, CIBA Core 1.0, 10.1.1",
        "Why it matters",
        "  a user, our authentication service",
        "    8  expect 400 invalid_grant",
        "auth-req-id-reusable: A redeemed `auth_req_id` gives tokens again.",
        "ciba-bench conformance --only 'ciba/10.1.1/single-use' --fault auth-req-id-reusable",
    ] {
        assert!(check.stdout.contains(expected), "{expected}: {}", check.stdout);
    }
    let check = scratch.run(&["explain", "auth-service/decision/once"]);
    for expected in [
        "AS-DECISION-05  MUST, Authentication service, decision",
        "    4  expect no other decision once one was taken",
        "decides-twice: A decision that was taken is sent again.",
        "ciba-bench judge auth-service --only 'auth-service/decision/once' --fault decides-twice",
    ] {
        assert!(check.stdout.contains(expected), "{expected}: {}", check.stdout);
    }
    for (id, expected) in
        [("CORE-10.1.1-02", "  ciba/10.1.1/single-use"), ("CORE-7.1-03", "nobody can from outside: ")]
    {
        let ended = scratch.run(&["explain", id]);
        assert!(ended.code == 0 && ended.stdout.contains(expected), "{id}: {ended:?}");
    }
    scratch
        .run(&["explain", "single-uze"])
        .refused(2, &["did you mean \"ciba/10.1.1/single-use\"", "list checks"]);
    scratch.run(&["explain", "CORE-7.3-8"]).refused(2, &["\"CORE-7.3-08\"", "list requirements"]);
    scratch.run(&["explain", "zzz"]).refused(2, &["none comes near"]);
}

#[test]
fn lists_have_columns_or_members() {
    let scratch = Scratch::new("lists");
    for what in ["checks", "requirements", "profiles", "faults", "formats", "rules", "exit-codes"] {
        let lines = scratch.run(&["list", what]).stdout.lines().count();
        let objects: Value = serde_json::from_str(&scratch.run(&["list", what, "--json"]).stdout).unwrap();
        let objects = objects.as_array().unwrap();
        assert!(lines > 2 && lines == objects.len(), "{what}: {lines} and {}", objects.len());
        assert!(
            objects.iter().all(|object| object.as_object().unwrap().values().all(Value::is_string)),
            "{what}"
        );
    }
}

#[test]
fn the_selftest_proves_every_check() {
    let scratch = Scratch::new("selftest");
    let ended = scratch.run(&["selftest", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(told["checks"].as_u64().unwrap() >= 3 && told["checks"] == told["proven"], "{told}");
    assert_eq!(told["unproven"], serde_json::json!([]));
    assert_eq!(scratch.names(), [""; 0]);
}
