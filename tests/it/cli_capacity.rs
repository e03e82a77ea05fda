//! `ciba-bench capacity` as users meet it.

use crate::cli::{Running, Scratch, json};
use rustix::process::Signal;
use std::fs;

/// Flows of moments, held against what needs few samples.
const PROFILE: &str = r#"
thresholds = ["violations == 0", "error_rate < 50%"]
mix.ping = 1
drain = "20s"
[[workload.stages]]
duration = "1s"
rate = 12
"#;

/// A search of seconds.
const QUICK: [&str; 12] = [
    "--from",
    "10",
    "--to",
    "20/s",
    "--first-trial",
    "1s",
    "--trial",
    "1s",
    "--repeat",
    "1",
    "--settle",
    "0s",
];

#[test]
fn a_search_leaves_a_record_of_each_trial_and_one_of_its_own() {
    let scratch = Scratch::new("capacity");
    let profile = scratch.file("quick.toml", PROFILE);
    let out = scratch.path("found").display().to_string();
    let described = [
        "--label",
        "size=2cpu,nodes=1",
        "--cost",
        "1.20/h",
        "--sut-describe",
        "echo three nodes",
        "--sut-memory",
        "printf '64 MiB'",
    ];
    let arguments = [&["capacity", &profile, "--out", &out][..], &QUICK, &described].concat();
    let ended = scratch.run(&arguments);
    assert_eq!(ended.code, 6, "{ended:?}");
    for said in [
        "the thresholds hold at 20.0 flows/s, the highest rate that was allowed",
        "size=2cpu",
        "three nodes",
        "memory of the server: 67.1 MB at the begin, at most 67.1 MB; per pending flow not measured",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {ended:?}");
    }
    assert!(ended.stderr.contains("trial 1, rough: 10.0 flows/s for 1.00 s: met"), "{ended:?}");
    let record = json(&scratch.path("found/record.json"));
    let capacity = &record["capacity"];
    assert!(capacity["outcome"]["above_maximum"]["conditional_per_s"].as_f64().unwrap() > 18.0, "{capacity}");
    assert_eq!((&capacity["labels"]["nodes"], capacity["cost_per_hour"].as_f64()), (&"1".into(), Some(1.2)));
    let trials = capacity["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 2, "{trials:?}");
    for trial in trials {
        let folder = scratch.path("found").join(trial["folder"].as_str().unwrap());
        let of_trial = json(&folder.join("record.json"));
        assert_eq!(of_trial["ended"], "completed");
        assert_eq!(trial["server_memory"], of_trial["load"]["server_memory"]);
        assert_eq!(trial["server_memory"]["samples"][0]["bytes"], 64 * 1_048_576, "{trial}");
    }
    for file in ["report.txt", "report.html", "report.md"] {
        assert!(fs::metadata(scratch.path("found").join(file)).unwrap().len() > 500, "{file}");
    }
    let again = scratch.run(&[&["capacity", &profile, "--resume", &out][..], &QUICK].concat());
    again.refused(2, &["this search has come to its end"]);
}

#[test]
fn a_search_that_was_interrupted_goes_on() {
    let scratch = Scratch::new("capacity-resumed");
    let profile = scratch.file("quick.toml", PROFILE);
    let out = scratch.path("found");
    let place = out.display().to_string();
    let slow = QUICK.map(|word| if word == "0s" { "60s" } else { word });
    let running =
        Running::start(&scratch, &[&["capacity", &profile, "--out", &place, "--quiet"][..], &slow].concat());
    let first = out.join("trials/001/record.json");
    while !first.exists() {
        std::thread::yield_now();
    }
    running.signal(Signal::INT);
    let (code, _) = running.wait();
    assert_eq!(code, 130);
    let record = json(&out.join("record.json"));
    assert_eq!(record["ended"], "interrupted");
    assert_eq!(record["capacity"]["trials"].as_array().unwrap().len(), 1);
    let kept = fs::read(&first).unwrap();
    // Another seed would be another search.
    let other =
        scratch.run(&[&["capacity", &profile, "--resume", &place, "--seed", "77"][..], &QUICK].concat());
    other.refused(2, &["trials/001", "its seed differs"]);
    let ended = scratch.run(&[&["capacity", &profile, "--resume", &place, "--json"][..], &QUICK].concat());
    assert_eq!(ended.code, 6, "{ended:?}");
    assert!(
        ended.stderr.contains("trial 1 (carried out before)") && ended.stderr.contains("trial 2, rough"),
        "{ended:?}"
    );
    assert!(fs::read(&first).unwrap() == kept, "the first trial was carried out again");
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary["capacity"]["trials"].as_array().unwrap().len(), 2);
    assert_eq!(summary["exit_code"], 6);
}

#[test]
fn a_broken_rule_ends_the_search() {
    let scratch = Scratch::new("capacity-violation");
    let profile = scratch.file("quick.toml", PROFILE);
    let out = scratch.path("found").display().to_string();
    let faulty = ["capacity", &profile, "--out", &out, "--fault", "wrong-sub"];
    let ended = scratch.run(&[&faulty[..], &QUICK].concat());
    assert_eq!(ended.code, 4, "{ended:?}");
    let record = json(&scratch.path("found/record.json"));
    assert_eq!(record["capacity"]["trials"].as_array().unwrap().len(), 1, "{record}");
    assert!(ended.stdout.contains("a binding rule of the standard was broken"), "{ended:?}");
}

#[test]
fn what_cannot_be_searched_is_refused_before_anything_starts() {
    let scratch = Scratch::new("capacity-refused");
    let none = scratch.file("none.toml", "[[workload.stages]]\nduration = \"1s\"\nrate = 1\n");
    let closed = "thresholds = [\"violations == 0\"]\nworkload.model = \"closed\"\n[[workload.stages]]\nduration = \"1s\"\nflows = 1\n";
    let closed = scratch.file("closed.toml", closed);
    for (arguments, expected) in [
        (&["capacity", "--from", "100", "--to", "50"][..], "--from 100 is above --to 50"),
        (&["capacity", &none], "thresholds is empty"),
        (&["capacity", &closed], "workload.model is \"closed\""),
        (&["capacity", "--sut-describe", "exit 7"], "--sut-describe \"exit 7\": failed with exit status: 7"),
        (
            &["capacity", "--sut-memory", "printf 4711"],
            "--sut-memory \"printf 4711\": printed \"4711\" without a unit",
        ),
        (&["capacity", "--resume", "nowhere"], "--resume nowhere: no such folder"),
        (&["capacity", "--width", "0.1%"], "expected a share"),
        (&["capacity", "--label", "size"], "expected a name and a value"),
        (&["capacity", "--cost", "free"], "expected a cost per hour"),
        (&["capacity", "--cost", "1.20"], "expected a cost per hour"),
    ] {
        scratch.run(arguments).refused(2, &[expected]);
    }
    assert_eq!(scratch.names(), ["closed.toml", "none.toml"]);
}

#[test]
fn a_dry_run_says_what_the_highest_rate_demands_and_leaves_nothing() {
    let scratch = Scratch::new("capacity-dry-run");
    let ended = scratch.run(&["capacity", "--to", "400", "--dry-run"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    for said in ["The most demanding trial, at 400 flows/s: capacity against ", "nothing was sent", "400"] {
        assert!(ended.stdout.contains(said), "{said}: {ended:?}");
    }
    let ended = scratch.run(&["capacity", "--to", "400", "--dry-run", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(plan["profile"], "capacity", "{plan}");
    assert_eq!(scratch.names(), [""; 0]);
}
