//! Whole runs by the command, over real sockets.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::cli::{Ended, Running, SHORT_PROFILE, Scratch, get, json, served_op, target_file, until_asked};

#[test]
fn a_run_writes_its_folder_and_one_json_document() {
    let scratch = Scratch::new("run");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let ended = scratch.run(&[
        "run",
        &profile,
        "--json",
        "--quiet",
        "--seed",
        "7",
        "--format",
        "table,hgrm,goose",
        "--out",
        "out",
    ]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary["verdict"], "passed", "{summary}");
    assert_eq!(
        (&summary["flows"]["started"], &summary["flows"]["outcomes"]["tokens"]),
        (&12.into(), &12.into())
    );
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["load"]["flows"]["scheduled"], 12);
    assert_eq!(record["run_id"], summary["run_id"]);
    assert_eq!(record["command"], serde_json::json!(["ciba-bench", "run", profile, "--seed", "7"]));
    assert_eq!(record["load"]["decisions"]["decisions.accepted"], 12);
    for file in ["out/report.txt", "out/histograms/ack.hgrm", "out/goose.html"] {
        assert!(fs::metadata(scratch.path(file)).is_ok_and(|file| file.len() > 100), "{file}");
    }
    // The same report again, from the record alone.
    let again = scratch.run(&["report", "out"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.stdout.contains("passed: 12 flows"), "{again:?}");
    assert_eq!(
        scratch.run(&["report", "out", "--format", "json"]).stdout,
        fs::read_to_string(scratch.path("out/record.json")).unwrap()
    );
}

#[test]
fn a_command_that_no_longer_tells_the_memory_costs_no_run() {
    let scratch = Scratch::new("memory");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    // It tells it once, when it is tried before the start.
    let command = "echo x >> asked; [ $(wc -l < asked) -lt 2 ] && echo 64 MiB";
    let ended = scratch.run(&["run", &profile, "--quiet", "--out", "out", "--sut-memory", command]);
    let record = json(&scratch.path("out/record.json"));
    // Whatever a busy machine makes of so short a run.
    assert_eq!(
        (&record["ended"], &record["load"]["flows"]["started"]),
        (&"completed".into(), &12.into()),
        "{ended:?}"
    );
    let memory = &record["load"]["server_memory"];
    assert_eq!((&memory["command"], memory["samples"].as_array().unwrap().len()), (&command.into(), 0));
    assert!(memory["failures"].as_u64().unwrap() > 0, "{memory}");
    for said in ["memory of the server: the command told nothing", "memory of the server was not told"] {
        assert!(ended.stdout.contains(said), "{said}: {ended:?}");
    }
    let refused = scratch.run(&["run", &profile, "--out", "other", "--sut-memory", "exit 3"]);
    refused.refused(2, &["--sut-memory \"exit 3\": failed with exit status: 3; nothing was started"]);
    assert!(!scratch.path("other").exists());
}

#[test]
fn a_profile_may_name_files_that_lie_beside_it() {
    let scratch = Scratch::new("beside");
    scratch.file("starts.csv", "start\n0\n0.05\n0.1\n0.1\n");
    scratch.file("users.csv", "name,answer\nann,\nbob,deny\n");
    let profile = scratch.file(
        "files.toml",
        "thresholds = [\"violations == 0\"]\nmix = { push = 1 }\n\
         workload = { arrivals = { file = \"starts.csv\" } }\n\
         users = { file = \"users.csv\", login_hint = \"name\", decision = \"answer\" }\n",
    );
    let ended = scratch.run(&["run", &profile, "--json", "--quiet", "--out", "out"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary["flows"]["outcomes"], serde_json::json!({"tokens": 2, "denied": 2}), "{summary}");
    let plan = scratch.run(&["plan", &profile, "--json"]);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!((&plan["arrivals"], &plan["stages"][0]["name"]), (&4.into(), &"replay".into()), "{plan}");
    scratch.file("users.csv", "name,answer\nann,\nann,deny\n");
    scratch.file("starts.csv", "0\n-1\n");
    scratch.run(&["profile", "check", &profile]).refused(
        2,
        &[
            "workload.arrivals.file: starts.csv:2: value \"-1\", expected seconds",
            "users.file: users.csv:3: value \"ann\" for the second time",
        ],
    );
}

#[test]
fn a_fault_ends_a_run_with_exit_4_and_its_clause() {
    let scratch = Scratch::new("fault");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let ended = scratch.run(&["run", &profile, "--fault", "wrong-aud", "--out", "out"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.stdout.contains("OpenID Connect Core 1.0, 3.1.3.7"), "{ended:?}");
    assert!(ended.stderr.contains("results in out"), "{ended:?}");
}

#[test]
fn another_process_tests_a_served_op_by_its_target_file() {
    let scratch = Scratch::new("served");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let (op, management) = served_op(&scratch, &[]);
    let check = scratch.run(&["target", "check", "target.toml"]);
    assert_eq!(check.code, 0, "{check:?}");
    let ended = scratch.run(&["run", &profile, "--target", "target.toml", "--out", "out", "--quiet"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("passed: 12 flows"), "{ended:?}");
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(
        (&record["target"]["reference"], &record["load"]["pings"]["accepted"]),
        (&true.into(), &6.into())
    );
    assert!(!get(&management, "/access-log").is_empty());
    op.signal(Signal::TERM);
    let (code, _) = op.wait();
    assert_eq!(code, 0);
}

#[test]
fn ctrl_c_ends_a_run_in_order_with_its_record() {
    let scratch = Scratch::new("ctrl-c");
    let long = SHORT_PROFILE.replace("\"1s\"", "\"10m\"").replace("at_once", "after_interval");
    let profile = scratch.file("long.toml", &long);
    let (op, management) = served_op(&scratch, &[]);
    let run = Running::start(&scratch, &["run", &profile, "--target", "target.toml", "--out", "out"]);
    until_asked(&management);
    run.signal(Signal::INT);
    let (code, stdout) = run.wait();
    assert_eq!(code, 130, "{stdout}");
    assert!(stdout.contains("interrupted"), "{stdout}");
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["ended"], "interrupted");
    let flows = &record["load"]["flows"];
    let outcomes: u64 = flows["outcomes"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert!(outcomes > 0 && flows["started"] == outcomes, "{flows}");
    op.signal(Signal::INT);
    assert_eq!(op.wait().0, 0);
}

#[test]
fn a_second_ctrl_c_aborts_at_once() {
    let scratch = Scratch::new("twice");
    let profile = scratch.file("long.toml", &SHORT_PROFILE.replace("\"1s\"", "\"10m\""));
    let (op, management) = served_op(&scratch, &[]);
    let mut command =
        scratch.command(&["run", &profile, "--target", "target.toml", "--out", "out", "--quiet"]);
    let mut run = command.spawn().unwrap();
    let signal = |pid| rustix::process::kill_process(pid, Signal::INT).unwrap();
    let pid = rustix::process::Pid::from_child(&run);
    until_asked(&management);
    // Exchanges with a server that stands still are what the first one waits for.
    op.signal(Signal::STOP);
    let mut stderr = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    signal(pid);
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("press Ctrl-C again"), "{line}");
    signal(pid);
    let code = run.wait().unwrap().code();
    line.clear();
    stderr.read_to_string(&mut line).unwrap();
    op.signal(Signal::CONT);
    assert!(code == Some(130) && line.contains("aborted"), "{code:?} {line}");
    assert!(!scratch.path("out/record.json").exists());
}

#[test]
fn descriptors_are_raised_or_said_to_be_too_few() {
    let scratch = Scratch::new("descriptors");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let limited = |limit: &str, out: &str| {
        let script = format!(
            "ulimit {limit} && exec {} run {profile} --quiet --out {out}",
            env!("CARGO_BIN_EXE_ciba-bench")
        );
        let mut shell = Command::new("sh");
        Ended::of(&shell.args(["-c", &script]).current_dir(scratch.path("")).output().unwrap())
    };
    limited("-n 200", "few").refused(2, &["needs up to 1184", "hard limit 200", "ulimit -n 1184"]);
    let raised = limited("-S -n 200", "raised");
    assert_eq!(raised.code, 0, "{raised:?}");
    assert_eq!(json(&scratch.path("raised/record.json"))["environment"]["descriptors"], 1184);
    assert_eq!(scratch.names(), ["raised", "short.toml"]);
}

#[test]
fn ctrl_c_before_the_load_is_130_too_and_leaves_nothing() {
    let scratch = Scratch::new("early");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}/t/w", silent.local_addr().unwrap());
    let target = scratch.file("target.toml", &target_file(&issuer, ""));
    let mut command = scratch.command(&["run", "--target", &target]);
    let child = command.env("CLI_TEST_SECRET", "s").stderr(Stdio::piped()).spawn().unwrap();
    // It waits for the metadata now, and gets none.
    let connection = silent.accept().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT).unwrap();
    let ended = Ended::of(&child.wait_with_output().unwrap());
    drop(connection);
    assert_eq!((ended.code, ended.stdout.as_str()), (130, ""), "{ended:?}");
    assert!(ended.stderr.contains("interrupted before the run began"), "{ended:?}");
    assert_eq!(scratch.names(), ["target.toml"]);
}

#[test]
fn the_authentication_service_runs_alone() {
    let scratch = Scratch::new("auth");
    let mut service =
        Running::start(
            &scratch,
            &[
                &[
                    "serve",
                    "auth-service",
                    "--client-id",
                    "as",
                    "--client-secret",
                    "inline",
                    "--password",
                    "p",
                ][..],
                &["--token-endpoint", "http://127.0.0.1:9/t/system/oauth2/token", "--plan", "baseline"],
                &["--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"],
            ]
            .concat(),
        );
    let url = service.value("authentication service URL");
    let management = service.value("management");
    assert!(get(&management, "/plan").contains("shares"));
    assert!(get(&url, "/user/verify").contains("405"), "only POST is served there");
    service.signal(Signal::INT);
    assert_eq!(service.wait().0, 0);
}
