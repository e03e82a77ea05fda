//! The path of somebody who has read nothing: each command says which one follows, and what is mistyped, missing or in the way
//! is answered with what was meant.

use std::fs;

use serde_json::Value;

use crate::cli::{SHORT_PROFILE, Scratch, served_op, target_file};

/// The command as these tests call it, which is how it calls itself in what it tells to type.
const CALLED: &str = env!("CARGO_BIN_EXE_ciba-bench");

#[test]
fn each_command_says_which_one_follows() {
    let scratch = Scratch::new("next");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let next = |arguments: &[&str], code: i32, expected: &[&str]| {
        let ended = scratch.run(arguments);
        assert_eq!(ended.code, code, "{ended:?}");
        let (_, said) = ended.stderr.split_once("ciba-bench: next:\n").unwrap();
        let steps: Vec<&str> = said.lines().map(|line| line.split("  #").next().unwrap().trim()).collect();
        let expected: Vec<String> = expected.iter().map(|step| step.replace("$", CALLED)).collect();
        assert_eq!(steps, expected, "{ended:?}");
        // What is to be typed has to be something that can be.
        for step in steps.iter().filter_map(|step| step.strip_prefix(CALLED)) {
            let words: Vec<&str> = step.split_whitespace().filter(|word| *word != "--help").collect();
            let help = scratch.run(&[&words[..1], &["--help"]].concat());
            assert_eq!(help.code, 0, "{step}: {help:?}");
        }
    };
    let page = "open first/report.html in a browser";
    next(&["run", &profile, "--out", "first"], 0, &[page, "$ target init --issuer URL --out mine.toml"]);
    let (_op, _) = served_op(&scratch, &["--fault", "wrong-sub"]);
    next(&["target", "check", "target.toml"], 0, &["$ doctor --target target.toml"]);
    next(
        &["run", &profile, "--target", "target.toml", "--out", "run", "--format", "json"],
        4,
        &["$ conformance --target target.toml"],
    );
    next(
        &[
            "conformance",
            "--target",
            "target.toml",
            "--only",
            "oidc/2/*",
            "--out",
            "checks",
            "--format",
            "verdicts",
        ],
        4,
        &["$ explain oidc/2/sub", "$ conformance --only oidc/2/sub --target target.toml"],
    );
    let silent = scratch.run(&["run", &profile, "--quiet", "--out", "silent"]);
    assert_eq!((silent.code, silent.stderr.as_str()), (0, ""), "{silent:?}");
}

#[test]
fn files_that_are_not_there_are_answered_with_what_was_meant() {
    let scratch = Scratch::new("meant");
    scratch.file("mine.toml", &target_file("http://127.0.0.1:9/t/w", ""));
    scratch.file("spikes.toml", SHORT_PROFILE);
    fs::create_dir_all(scratch.path("reports/runs/20260314T092653Z-smoke")).unwrap();
    scratch.file("reports/runs/20260314T092653Z-smoke/record.json", "{}");
    for (arguments, expected) in [
        (&["run", "--target", "mine"][..], "did you mean mine.toml?"),
        (&["doctor", "--target", "mien.toml"], "did you mean mine.toml?"),
        (&["run", "--target", "zzz"], "`ciba-bench target init --issuer URL --out FILE` writes a first one"),
        (
            &["run", "--target", "."],
            ".: this is a folder, expected the target file; in it are mine.toml, spikes.toml",
        ),
        (&["plan", "./spikes"], "did you mean ./spikes.toml?"),
        (&["plan", "spikes"], "did you mean \"spikes.toml\"?"),
        (&["gate", "mine.tml"], "`ciba-bench gate release` is built in"),
        (&["report", "reports/runs"], "the latest is reports/runs/20260314T092653Z-smoke"),
        (&["report", "20260314T092653Z-smoke"], "did you mean reports/runs/20260314T092653Z-smoke?"),
        (&["compare", "a", "b"], "the latest run below reports/runs is reports/runs/20260314T092653Z-smoke"),
        (&["run", "--profile", "smoke"], "it is given without a flag: PROFILE"),
        (&["run", "--fault", "wrongsub"], "did you mean \"wrong-sub\""),
        (
            &["target", "init", "--issuer", "http://127.0.0.1:9/t", "--out", "no/mine.toml"],
            "there is no folder no; make it: mkdir -p no",
        ),
        (&["target", "init", "--issuer", "http://127.0.0.1:9/t", "--out", "."], "this is a folder"),
        (&["target", "init", "--issuer", "http://127.0.0.1:9/t", "--out", "mine.toml"], "is not overwritten"),
    ] {
        scratch.run(arguments).refused(2, &[expected]);
    }
}

#[test]
fn what_the_repository_holds_is_there_without_it() {
    let scratch = Scratch::new("without");
    let shown = |arguments: &[&str]| {
        let ended = scratch.run(arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
        ended.stdout
    };
    let gate = shown(&["gate", "release", "--show"]);
    assert!(gate.contains("stop_on_violation = false") && gate.contains("[load]"), "{gate}");
    assert!(shown(&["target", "show", "keycloak"]).contains("dialect = \"keycloak\""));
    let lists = shown(&["list"]);
    assert!(lists.lines().count() == 9 && lists.contains("exit-codes"), "{lists}");
    let lists: Value = serde_json::from_str(&shown(&["list", "--json"])).unwrap();
    for list in lists.as_array().unwrap() {
        assert!(!shown(&["list", list["what"].as_str().unwrap()]).is_empty(), "{list}");
    }
    // A server without pings: the profile without them, which its target file can carry.
    let target = target_file("http://127.0.0.1:9/t/w", "").replace("clients.ping", "clients.second");
    scratch.file("target.toml", &target);
    scratch.file("polls.toml", &shown(&["profile", "show", "smoke", "--mode", "poll"]));
    let mut plan = scratch.command(&["plan", "polls.toml", "--target", "target.toml"]);
    let plan = plan.env("CLI_TEST_SECRET", "s").output().unwrap();
    assert!(plan.status.success(), "{plan:?}");
    // Nothing was asked for yet: that is help, and not an error.
    let nothing = scratch.run(&[]);
    assert!(nothing.code == 2 && nothing.stderr.starts_with("Load-tests and judges"), "{nothing:?}");
    assert!(nothing.stderr.contains("First steps:\n  ciba-bench run "), "{nothing:?}");
}
