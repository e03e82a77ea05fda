//! Gates by the command, over real sockets: a few fast checks, and a second of load.

use std::fs;
use std::net::TcpListener;

use rustix::process::Signal;
use serde_json::{Value, json as value};

use crate::cli::{
    Ended, Running, SHORT_PROFILE, Scratch, free_address, get, json, served_op, target_file, until_asked,
};

/// One fast check, and what makes it fail without disturbing a flow.
const CHECK: &str = "ciba/4/signing-algs";
const FAULT: &str = "metadata-signing-alg-none";

/// A gate of that check and of [`SHORT_PROFILE`].
fn gate(scratch: &Scratch, more: &str, thresholds: &str) -> String {
    scratch.file("short.toml", SHORT_PROFILE);
    let text = format!(
        "name = \"tiny\"\n{more}\n[conformance]\nonly = [\"{CHECK}\"]\n[load]\nprofile = \"short.toml\"\n\
         thresholds = [{thresholds}]\n"
    );
    scratch.file("gate.toml", &text)
}

/// Runs a gate as a step of a GitHub workflow does; its summary is `summary.md`.
fn in_github(scratch: &Scratch, arguments: &[&str]) -> Ended {
    let mut command = scratch.command(arguments);
    let command =
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", scratch.path("summary.md"));
    Ended::of(&command.output().unwrap())
}

#[test]
fn checks_and_load_come_to_one_record_and_one_verdict() {
    let scratch = Scratch::new("gate");
    let file = gate(&scratch, "", "\"violations == 0\", \"dropped == 0\"");
    let ended = scratch.run(&["gate", &file, "--json", "--quiet", "--seed", "7", "--out", "out"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&summary["exit_code"], &summary["name"]), (&0.into(), &"tiny".into()), "{summary}");
    assert_eq!((&summary["checks"]["pass"], &summary["flows"]["started"]), (&1.into(), &12.into()));
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["command"], value!(["ciba-bench", "gate", file, "--seed", "7"]));
    assert_eq!(record["conformance"]["suite"]["checks"][0]["id"], CHECK);
    assert_eq!(
        (&record["conformance"]["flows_observed"], &record["load"]["flows"]["started"]),
        (&12.into(), &12.into())
    );
    let gates: Vec<&str> =
        record["gates"].as_array().unwrap().iter().filter_map(|gate| gate["expression"].as_str()).collect();
    assert_eq!(gates, ["violations == 0", "dropped == 0"], "those of the gate, not of the profile");
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
    }
    let junit = fs::read_to_string(scratch.path("out/junit.xml")).unwrap();
    for suite in ["<testsuite name=\"4 Metadata\"", "<testsuite name=\"thresholds\""] {
        assert_eq!(junit.matches(suite).count(), 1, "{suite}: {junit}");
    }
}

#[test]
fn a_fault_is_4_an_unmet_threshold_5_and_both_are_4() {
    let scratch = Scratch::new("gate-codes");
    let met = gate(&scratch, "target = \"target.toml\"", "\"violations == 0\"");
    let unmet = scratch
        .file("unmet.toml", &fs::read_to_string(&met).unwrap().replace("violations == 0", "dropped > 5"));
    let stop = scratch.file(
        "stop.toml",
        &fs::read_to_string(&met)
            .unwrap()
            .replace("[conformance]", "stop_on_violation = true\n[conformance]"),
    );
    let run = |file: &str, out: &str| {
        let ended = scratch.run(&["gate", file, "--quiet", "--out", out]);
        (ended.code, ended.stdout, json(&scratch.path(out).join("record.json")))
    };
    let (sound, _) = served_op(&scratch, &[]);
    let (code, stdout, _) = run(&unmet, "sound-unmet");
    assert_eq!(code, 5, "{stdout}");
    assert!(stdout.contains("threshold not met: 1 of 1 thresholds not met: dropped > 5"), "{stdout}");
    let (code, stdout, _) = run(&stop, "sound-stop");
    assert_eq!(code, 0, "{stdout}");
    drop(sound);
    let (_faulty, management) = served_op(&scratch, &["--fault", FAULT]);
    let (code, stdout, record) = run(&met, "faulty");
    assert_eq!(code, 4, "{stdout}");
    assert!(stdout.contains("violation: a check fails: ciba/4/signing-algs"), "{stdout}");
    assert_eq!(record["load"]["flows"]["started"], 12, "what can be learned is not lost");
    let (code, stdout, _) = run(&unmet, "faulty-unmet");
    assert_eq!(code, 4, "{stdout}");
    assert!(stdout.contains("a check fails") && stdout.contains("1 of 1 thresholds not met"), "{stdout}");
    let requests = || get(&management, "/access-log").matches("backchannel_authentication").count();
    let before = requests();
    let (code, stdout, record) = run(&stop, "faulty-stop");
    assert_eq!((code, requests()), (4, before), "no load was sent: {stdout}");
    assert!(record["load"].is_null() && stdout.contains("stop_on_violation"), "{stdout}");
    assert_eq!(record["gates"][0]["met"], false, "{record}");
}

#[test]
fn a_part_without_a_table_does_not_run_and_a_baseline_excuses_what_failed_before() {
    let scratch = Scratch::new("gate-parts");
    let (_faulty, _) = served_op(&scratch, &["--fault", FAULT]);
    let checks =
        format!("name = \"checks\"\ntarget = \"target.toml\"\n[conformance]\nonly = [\"{CHECK}\"]\n");
    // Paths are relative to the gate file, not to the current folder.
    fs::create_dir(scratch.path("gates")).unwrap();
    let first = scratch.file("checks.toml", &checks);
    let moved = checks.replace("target.toml", "../target.toml");
    let second = scratch.file("gates/second.toml", &format!("{moved}baseline = \"../first\"\n"));
    let run = |file: &str, out: &str| scratch.run(&["gate", file, "--quiet", "--json", "--out", out]);
    let (before, after) = (run(&first, "first"), run(&second, "second"));
    assert_eq!((before.code, after.code), (4, 0), "{before:?} {after:?}");
    let summary: Value = serde_json::from_str(&after.stdout).unwrap();
    assert_eq!((&summary["checks"]["fail"], summary.get("flows")), (&1.into(), None), "{summary}");
    scratch.file("short.toml", SHORT_PROFILE);
    let load = scratch.file("load.toml", "name = \"load\"\n[load]\nprofile = \"short.toml\"\n");
    let ended = run(&load, "load");
    assert_eq!(ended.code, 0, "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&summary["flows"]["started"], summary.get("checks")), (&12.into(), None), "{summary}");
    assert_eq!(summary["gates"][0]["expression"], "violations == 0", "those of the profile");
}

#[test]
fn a_pipeline_of_github_is_told_and_no_other() {
    let scratch = Scratch::new("gate-github");
    let file = gate(&scratch, "target = \"target.toml\"", "\"dropped > 5\"");
    scratch.file("summary.md", "before\n");
    let (_faulty, _) = served_op(&scratch, &["--fault", FAULT]);
    let told = in_github(&scratch, &["gate", &file, "--quiet", "--out", "told"]);
    assert_eq!(told.code, 4, "{told:?}");
    let lines: Vec<&str> = told.stdout.lines().collect();
    let token = lines[0].strip_prefix("::stop-commands::").unwrap();
    let resumed = lines.iter().position(|line| *line == format!("::{token}::")).unwrap();
    let annotations = &lines[resumed + 1..];
    assert_eq!(annotations.len(), 3, "{annotations:#?}");
    assert!(
        annotations[0].starts_with("::error title=gate tiny::violation: a check fails"),
        "{annotations:#?}"
    );
    assert!(annotations[1].starts_with("::error title=ciba/4/signing-algs fail::"), "{annotations:#?}");
    assert!(
        annotations[2].starts_with("::error title=threshold dropped > 5::measured 0, "),
        "{annotations:#?}"
    );
    let summary = fs::read_to_string(scratch.path("summary.md")).unwrap();
    let report = fs::read_to_string(scratch.path("told/report.md")).unwrap();
    assert_eq!(summary, format!("before\n{report}"));
    let json = in_github(&scratch, &["gate", &file, "--quiet", "--json", "--out", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&json.stdout).unwrap()["exit_code"], 4, "{json:?}");
    assert_eq!(json.stderr.lines().filter(|line| line.starts_with("::error ")).count(), 3, "{json:?}");
    let elsewhere = scratch.run(&["gate", &file, "--quiet", "--out", "elsewhere"]);
    assert_eq!((elsewhere.code, elsewhere.stderr.as_str()), (4, ""), "{elsewhere:?}");
    assert!(!elsewhere.stdout.contains("::error"), "{elsewhere:?}");
}

#[test]
fn ctrl_c_is_130_with_the_record_in_either_part() {
    let scratch = Scratch::new("gate-ctrl-c");
    let long = SHORT_PROFILE.replace("\"1s\"", "\"10m\"").replace("at_once", "after_interval");
    let file = gate(&scratch, "target = \"target.toml\"", "\"violations == 0\"");
    scratch.file("short.toml", &long);
    let text = fs::read_to_string(&file).unwrap();
    // This check waits longer than the test does.
    let waits = scratch.file("waits.toml", &text.replace(CHECK, "ciba/11/expired-token"));
    for (file, out, in_load) in [(&file, "load", true), (&waits, "checks", false)] {
        let (op, management) = served_op(&scratch, &[]);
        let run = Running::start(&scratch, &["gate", file, "--out", out]);
        until_asked(&management);
        run.signal(Signal::INT);
        let (code, stdout) = run.wait();
        assert_eq!(code, 130, "{stdout}");
        let record = json(&scratch.path(out).join("record.json"));
        assert_eq!(
            (&record["ended"], record["load"].is_object()),
            (&"interrupted".into(), in_load),
            "{stdout}"
        );
        let suite = &record["conformance"]["suite"];
        let list = if in_load { "checks" } else { "left_out" };
        assert_eq!(suite[list].as_array().map(Vec::len), Some(1), "{suite}");
        drop(op);
    }
}

#[test]
fn the_problems_of_every_file_are_told_before_anything_is_sent() {
    let scratch = Scratch::new("gate-refused");
    let file = gate(&scratch, "stop = true", "\"violation == 0\", \"ack p99 < 1s for stage noon\"");
    let profile = scratch.file("short.toml", &SHORT_PROFILE.replace("rate = 12", "rat = 12"));
    scratch.run(&["gate", &file]).refused(
        2,
        &[
            "gate.toml:2: stop: unknown key",
            "gate.toml:7: load.thresholds[0]",
            &format!("{profile}:9: workload.stages[0].rat"),
        ],
    );
    let file = gate(&scratch, "target = \"nowhere.toml\"", "");
    let with_baseline =
        fs::read_to_string(&file).unwrap().replace("[load]", "baseline = \"no/record.json\"\n[load]");
    let file = scratch.file("gate.toml", &with_baseline);
    scratch
        .run(&["gate", &file])
        .refused(2, &["nowhere.toml: the target file cannot be read", "no/record.json"]);
    scratch.run(&["gate", "nowhere.toml"]).refused(2, &["nowhere.toml: the gate file cannot be read"]);
    assert_eq!(scratch.names(), ["gate.toml", "short.toml"]);
}

#[test]
fn a_target_that_cannot_carry_the_load_is_exit_3_before_the_checks() {
    let scratch = Scratch::new("gate-unusable");
    let gone = format!("http://{}/t/w", free_address());
    scratch.file("target.toml", &target_file(&gone, "").replace("env:CLI_TEST_SECRET", "inline"));
    let file = gate(&scratch, "target = \"target.toml\"", "");
    scratch.run(&["gate", &file, "--quiet"]).refused(3, &["no connection"]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}/t/w", silent.local_addr().unwrap());
    scratch.file("target.toml", &target_file(&issuer, "").replace("env:CLI_TEST_SECRET", "inline"));
    let run = Running::start(&scratch, &["gate", &file, "--quiet"]);
    // It waits for the metadata now, and gets none.
    let connection = silent.accept().unwrap();
    run.signal(Signal::INT);
    assert_eq!(run.wait(), (130, String::new()));
    drop(connection);
    assert_eq!(scratch.names(), ["gate.toml", "short.toml", "target.toml"]);
}
