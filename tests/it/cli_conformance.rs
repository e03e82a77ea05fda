//! The conformance suite by the command, over real sockets. Whole suites are for the pipeline; here a few fast checks are
//! enough.

use std::fs;
use std::net::TcpListener;

use rustix::process::Signal;
use serde_json::{Value, json as value};

use crate::cli::{Canned, Ended, Running, Scratch, free_address, json, served_op, target_file, until_asked};

/// Checks that take a few requests.
const FAST: &str = "ciba/4/*";
/// One of them, and what makes it fail.
const CHECK: &str = "ciba/4/signing-algs";
const FAULT: &str = "metadata-signing-alg-none";
/// Another one.
const OTHER_CHECK: &str = "ciba/4/user-code-flag";
const OTHER_FAULT: &str = "metadata-user-code-flag-text";

#[test]
fn a_suite_writes_its_folder_and_one_json_document() {
    let scratch = Scratch::new("suite");
    let ended = scratch.run(&[
        "conformance",
        "--only",
        FAST,
        "--random-order",
        "7",
        "--jobs",
        "4",
        "--json",
        "--quiet",
        "--out",
        "out",
    ]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary["verdict"], "passed", "{summary}");
    let passed = summary["checks"]["pass"].as_u64().unwrap();
    assert!(passed >= 6 && summary["checks"]["fail"] == 0 && summary["findings"] == value!([]), "{summary}");
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["run_id"], summary["run_id"]);
    let words = "ciba-bench conformance --standard core --only ciba/4/* --jobs 4 --random-order 7";
    assert_eq!(record["command"], value!(words.split(' ').collect::<Vec<_>>()));
    let suite = &record["conformance"]["suite"];
    assert_eq!((&suite["jobs"], &suite["selection"]["order_seed"]), (&4.into(), &7.into()));
    assert_eq!(suite["requirements"].as_array().unwrap().len(), 264);
    let manifest = fs::read_to_string(scratch.path("out/MANIFEST.sha256")).unwrap();
    for file in [
        "record.json",
        "report.txt",
        "report.html",
        "report.md",
        "junit.xml",
        "traceability.csv",
        "verdicts.txt",
    ] {
        assert!(manifest.contains(&format!("  {file}\n")), "{file}: {manifest}");
        assert!(fs::metadata(scratch.path("out").join(file)).is_ok_and(|file| file.len() > 100), "{file}");
    }
    // The same report again, from the record alone.
    let again = scratch.run(&["report", "out", "--format", "junit"]);
    assert_eq!(again.stdout, fs::read_to_string(scratch.path("out/junit.xml")).unwrap());
}

#[test]
fn a_broken_must_is_exit_4_and_a_should_is_when_asked() {
    let scratch = Scratch::new("suite-fault");
    let must = scratch.run(&[
        "conformance",
        "--only",
        CHECK,
        "--fault",
        FAULT,
        "--out",
        "must",
        "--format",
        "junit",
    ]);
    assert_eq!(must.code, 4, "{must:?}");
    assert!(must.stdout.contains("violation: a check fails: ciba/4/signing-algs"), "{must:?}");
    assert!(must.stderr.contains("1 check against the embedded OP"), "{must:?}");
    let should =
        ["conformance", "--only", "ciba/4/auth-method-governs", "--fault", "any-auth-method-accepted"];
    let run = |more: &[&str]| scratch.run(&[&should[..], &["--quiet", "--format", "junit"], more].concat());
    let warned = run(&["--out", "warned"]);
    assert_eq!(warned.code, 0, "{warned:?}");
    assert!(warned.stdout.contains("1 warning"), "{warned:?}");
    assert_eq!(run(&["--fail-on", "should", "--out", "failed"]).code, 4);
    let weak = run(&["--level", "must", "--out", "weak"]);
    weak.refused(2, &["no check is left", "leave --level out"]);
}

#[test]
fn a_pattern_that_no_check_has_is_answered_with_what_comes_near() {
    let scratch = Scratch::new("suite-names");
    for (arguments, expected) in [
        (&["--only", "ciba/4/signing-alg"][..], "did you mean \"ciba/4/signing-algs\""),
        (&["--only", "*singel-use*"], "did you mean \"ciba/10.1.1/single-use\""),
        (
            &["--only", "ciba/4/*", "--only", "zzz"],
            "--only \"zzz\": no check has such an id, and none comes near",
        ),
        (&["--baseline", "nowhere"], "nowhere: the record cannot be read"),
        (&["--budget", "soon"], "it does not begin with a number"),
        (&["--jobs", "0"], "0 is not in 1..=256"),
        (&["--random-order", "x"], "expected a whole number"),
        (&["--standard", "cor"], "a similar value exists: 'core'"),
        (&["--fault", FAULT, "--target", "t.toml"], "cannot be used with"),
    ] {
        scratch.run(&[&["conformance"], arguments].concat()).refused(2, &[expected]);
    }
    assert_eq!(scratch.names(), [""; 0]);
}

#[test]
fn a_baseline_excuses_what_failed_before_and_nothing_else() {
    let scratch = Scratch::new("suite-baseline");
    let run = |fault: &str, more: &[&str]| {
        let common = ["conformance", "--only", FAST, "--fault", fault, "--quiet", "--format", "junit"];
        scratch.run(&[&common[..], more].concat())
    };
    assert_eq!(run(FAULT, &["--out", "first"]).code, 4);
    let same = run(FAULT, &["--baseline", "first", "--out", "same"]);
    assert_eq!(same.code, 0, "{same:?}");
    assert!(same.stdout.contains("1 known to fail"), "{same:?}");
    let worse =
        run(&format!("{FAULT},{OTHER_FAULT}"), &["--baseline", "first/record.json", "--out", "worse"]);
    assert_eq!(worse.code, 4, "{worse:?}");
    assert!(worse.stdout.contains(&format!("a check fails: {OTHER_CHECK}")), "{worse:?}");
    let record = json(&scratch.path("worse/record.json"));
    assert_eq!(record["conformance"]["suite"]["baseline"]["failed"], value!([CHECK]));
}

#[test]
fn a_known_deviation_is_known_until_its_day_and_has_to_go_when_it_no_longer_happens() {
    let scratch = Scratch::new("suite-known");
    let (faulty, _) = served_op(&scratch, &["--fault", FAULT]);
    let faulty_target = fs::read_to_string(scratch.path("target.toml")).unwrap();
    let (sound, _) = served_op(&scratch, &[]);
    let sound_target = fs::read_to_string(scratch.path("target.toml")).unwrap();
    let run = |target: &str, check: &str, until: &str, out: &str| {
        let entry = format!(
            "[[known_deviation]]\ncheck = \"{check}\"\nreason = \"ticket\"\nowner = \"team\"\nuntil = \"{until}\"\n"
        );
        let file = scratch.file(&format!("{out}.toml"), &format!("{target}\n{entry}"));
        let common = ["conformance", "--only", FAST, "--target", &file, "--quiet", "--format", "junit"];
        let ended = scratch.run(&[&common[..], &["--out", out]].concat());
        (ended, file)
    };
    let (known, _) = run(&faulty_target, "ciba/4/signing*", "2999-12-31", "known");
    assert_eq!(known.code, 0, "{known:?}");
    assert!(known.stdout.contains("1 known to fail"), "{known:?}");
    let (expired, _) = run(&faulty_target, CHECK, "2020-01-01", "expired");
    assert_eq!(expired.code, 4, "{expired:?}");
    assert!(expired.stdout.contains("until a day that has passed"), "{expired:?}");
    let (gone, _) = run(&sound_target, CHECK, "2999-12-31", "gone");
    assert_eq!(gone.code, 4, "{gone:?}");
    assert!(gone.stdout.contains("no longer happens"), "{gone:?}");
    let record = json(&scratch.path("gone/record.json"));
    assert_eq!(record["conformance"]["suite"]["deviations"][0]["state"], "no_longer_happens");
    assert_eq!(record["target"]["reference"], true);
    let (unknown, file) = run(&sound_target, "ciba/4/signing-alg", "2999-12-31", "unknown");
    unknown.refused(
        2,
        &["known_deviation[0].check \"ciba/4/signing-alg\"", "did you mean \"ciba/4/signing-algs\""],
    );
    scratch.run(&["target", "check", &file]).refused(2, &["known_deviation[0].check"]);
    let check = scratch.run(&["target", "check", &file.replace("unknown.toml", "gone.toml")]);
    assert!(check.code == 0 && check.stdout.contains("1 known deviation"), "{check:?}");
    for op in [faulty, sound] {
        op.signal(Signal::TERM);
        assert_eq!(op.wait().0, 0);
    }
}

#[test]
fn a_dry_run_prints_scripts_and_sends_nothing() {
    let scratch = Scratch::new("suite-dry");
    let server = Canned::start("200 OK", "");
    let target = scratch.file("target.toml", &target_file(&server.issuer(), ""));
    let run = |more: &[&str]| {
        let arguments = [&["conformance", "--target", &target, "--dry-run"], more].concat();
        Ended::of(&scratch.command(&arguments).env("CLI_TEST_SECRET", "s").output().unwrap())
    };
    let ended = run(&["--only", "ciba/10.1.1/single-use"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    for expected in [
        "nothing was sent",
        "\n10.1",
        "ciba/10.1.1/single-use",
        "our authentication service",
        "      8  expect 400 invalid_grant",
        "1 check: about 11 s one after another, about 11 s with 32 at a time",
    ] {
        assert!(ended.stdout.contains(expected), "{expected}: {ended:?}");
    }
    let plan: Value = serde_json::from_str(&run(&["--json", "--budget", "10s"]).stdout).unwrap();
    let checks = plan["checks"].as_array().unwrap();
    assert!(
        checks.iter().any(|check| check["fits"] == false) && checks.iter().any(|check| check["fits"] == true)
    );
    assert_eq!(server.connections(), 0);
    assert_eq!(scratch.names(), ["target.toml"]);
}

#[test]
fn a_target_that_cannot_be_used_is_exit_3_and_somebody_else_s_phones_do_not_ring() {
    let scratch = Scratch::new("suite-target");
    let html = Canned::start("200 OK", "<html>Sign in</html>");
    let gone = format!("http://{}/t/w", free_address());
    let run = |issuer: &str| {
        let target = scratch.file("target.toml", &target_file(issuer, ""));
        let arguments = ["conformance", "--target", &target, "--quiet"];
        Ended::of(&scratch.command(&arguments).env("CLI_TEST_SECRET", "s").output().unwrap())
    };
    run(&html.issuer()).refused(3, &["<html>Sign in</html>"]);
    run(&gone).refused(3, &["no connection", &gone]);
    run("https://id.example.com/t").refused(2, &["conformance.users is missing", "real phones would ring"]);
    assert_eq!(scratch.names(), ["target.toml"]);
}

#[test]
fn ctrl_c_ends_a_suite_with_its_record() {
    let scratch = Scratch::new("suite-ctrl-c");
    let (op, management) = served_op(&scratch, &[]);
    let arguments =
        ["conformance", "--only", "ciba/10.1.1/*", "--target", "target.toml", "--jobs", "2", "--out", "out"];
    let run = Running::start(&scratch, &arguments);
    until_asked(&management);
    run.signal(Signal::INT);
    let (code, stdout) = run.wait();
    assert_eq!(code, 130, "{stdout}");
    assert!(stdout.contains("interrupted"), "{stdout}");
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["ended"], "interrupted");
    let left_out = record["conformance"]["suite"]["left_out"].as_array().unwrap();
    assert!(left_out.iter().any(|left| left["reason"] == "the run was interrupted"), "{left_out:?}");
    op.signal(Signal::INT);
    assert_eq!(op.wait().0, 0);
}

#[test]
fn ctrl_c_before_the_first_check_is_130_too_and_leaves_nothing() {
    let scratch = Scratch::new("suite-early");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}/t/w", silent.local_addr().unwrap());
    let target = scratch.file("target.toml", &target_file(&issuer, ""));
    let mut command = scratch.command(&["conformance", "--target", &target]);
    let child = command.env("CLI_TEST_SECRET", "s").spawn().unwrap();
    // It waits for the metadata now, and gets none.
    let connection = silent.accept().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT).unwrap();
    let ended = Ended::of(&child.wait_with_output().unwrap());
    drop(connection);
    assert_eq!((ended.code, ended.stdout.as_str()), (130, ""), "{ended:?}");
    assert_eq!(scratch.names(), ["target.toml"]);
}
