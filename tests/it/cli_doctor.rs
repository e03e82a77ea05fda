//! `ciba-bench doctor` as a process, against an embedded OP in another one.

use std::net::TcpListener;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::cli::{Ended, Scratch, free_address, served_op, target_file};
use crate::golden;

/// The text with everything that differs from one run to the next replaced by what it is.
fn steady(text: &str, target: &str) -> String {
    let value = |key: &str| {
        let line = target.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_matches('"').to_owned()
    };
    let issuer = value("issuer = ");
    let listens: Vec<&str> = target.lines().filter_map(|line| line.strip_prefix("listen = ")).collect();
    let mut text = text.replace(&issuer, "ISSUER");
    for (listen, name) in listens.iter().zip(["AUTHENTICATION-SERVICE", "CLIENT"]) {
        text = text.replace(&format!("http://{}", listen.trim_matches('"')), name);
    }
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let steady = words.iter().enumerate().map(|(at, word)| {
            let unit = words.get(at + 1).copied().unwrap_or_default();
            let (before, after) = (words.get(at.wrapping_sub(1)).copied(), words.get(at + 2).copied());
            let is_number = word.parse::<f64>().is_ok();
            match before {
                Some("message") => "\"MARKER\"".to_owned(),
                _ if word.starts_with('"') && ["ES256", "ES256,"].contains(&unit) => "\"KEY\"".to_owned(),
                _ if is_number && (unit == "ms" || (unit == "s" && after == Some("after"))) => "N".to_owned(),
                _ => (*word).to_owned(),
            }
        });
        steady.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn a_target_that_can_be_used_is_said_to_be_so_line_by_line() {
    let scratch = Scratch::new("doctor");
    let (op, _) = served_op(&scratch, &[]);
    let ended = scratch.run(&["doctor", "--target", "target.toml"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    for next in [" conformance --target target.toml ", " run smoke --target target.toml "] {
        assert!(ended.stderr.starts_with("ciba-bench: next:\n") && ended.stderr.contains(next), "{ended:?}");
    }
    let target = std::fs::read_to_string(scratch.path("target.toml")).unwrap();
    golden::compare("doctor.txt", &steady(&ended.stdout, &target));
    drop(op);
}

#[test]
fn what_is_wrong_is_told_with_its_place_as_one_document() {
    let scratch = Scratch::new("doctor-json");
    let (_op, _) = served_op(&scratch, &[]);
    let target = std::fs::read_to_string(scratch.path("target.toml")).unwrap();
    let (before, after) = target.split_once("password = \"").unwrap();
    let wrong = scratch.file("wrong.toml", &format!("{before}password = \"not-{after}"));
    let ended = scratch.run(&["doctor", "--target", &wrong, "--user", "alice", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (3, ""), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&document["usable"], &document["exit_code"], &document["user"]),
        (&false.into(), &3.into(), &"alice".into())
    );
    let findings = document["findings"].as_array().unwrap();
    let failed: Vec<&Value> = findings.iter().filter(|finding| finding["state"] == "failed").collect();
    assert!(failed.len() == 1 && failed[0]["examination"] == "user_verification", "{failed:?}");
    let remedy = failed[0]["remedy"].as_str().unwrap();
    assert!(
        remedy.contains("server's console") && remedy.contains("authentication_service.username"),
        "{remedy}"
    );
    let last = findings.last().unwrap();
    assert_eq!((&last["state"], &last["stands_on"]), (&"not_examined".into(), &"user_verification".into()));
    assert!(!ended.stdout.contains("not-"), "no password is shown: {ended:?}");
}

#[test]
fn an_address_that_is_taken_is_a_finding_and_the_server_is_examined_all_the_same() {
    let scratch = Scratch::new("doctor-taken");
    let (_op, _) = served_op(&scratch, &[]);
    let target = std::fs::read_to_string(scratch.path("target.toml")).unwrap();
    let listen = target.lines().filter_map(|line| line.strip_prefix("listen = ")).nth(1).unwrap();
    let taken = TcpListener::bind(listen.trim_matches('"')).unwrap();
    let ended = scratch.run(&["doctor", "--target", "target.toml"]);
    drop(taken);
    assert_eq!(ended.code, 3, "{ended:?}");
    for line in [
        "✗ notification endpoint   notification.listen of the target file: cannot listen at",
        "-> target file: [notification]: choose another port",
        "✓ poll flow               tokens",
        "- ping flow               not examined: notification endpoint failed",
        "✗ target not usable: 1 failed (notification endpoint), 21 sound, 1 not examined",
    ] {
        assert!(ended.stdout.contains(line), "{line}\n{}", ended.stdout);
    }
}

#[test]
fn off_loopback_nobody_is_asked_who_is_not_in_the_target_file() {
    let scratch = Scratch::new("doctor-remote");
    let examine = |more: &str, arguments: &[&str]| {
        let target = scratch.file("target.toml", &target_file("https://id.example.com/t/w", more));
        let arguments = [&["doctor", "--target", &target], arguments].concat();
        Ended::of(&scratch.command(&arguments).env("CLI_TEST_SECRET", "s").output().unwrap())
    };
    examine("", &[]).refused(2, &["id.example.com, where a real phone would ring", "[conformance] users ="]);
    let users = "[conformance]\nusers = [\"tester-1\"]\n";
    examine(users, &["--user", "boss"])
        .refused(2, &["user \"boss\" may not be asked", "--no-flows asks nobody"]);
    examine(users, &["--user", "boss", "--no-flows"]).refused(2, &["cannot be used with"]);
}

#[test]
fn without_flows_nothing_listens_and_ctrl_c_ends_it_with_what_was_found() {
    let scratch = Scratch::new("doctor-silent");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}/t/w", silent.local_addr().unwrap());
    let taken = TcpListener::bind(free_address()).unwrap();
    let address = taken.local_addr().unwrap();
    let more = format!("[notification]\nlisten = \"{address}\"\n");
    let target = scratch.file("target.toml", &target_file(&issuer, &more));
    let mut command = scratch.command(&["doctor", "--target", &target, "--no-flows"]);
    let child = command.env("CLI_TEST_SECRET", "s").stderr(Stdio::piped()).spawn().unwrap();
    // It waits for the metadata now, and gets none.
    let connection = silent.accept().unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = Ended::of(&child.wait_with_output().unwrap());
    drop(connection);
    assert_eq!(ended.code, 130, "{ended:?}");
    for line in [
        "✓ target file",
        "- notification endpoint   not examined: no flow was to be run, so it does not listen",
        "✗ interrupted: 1 sound, 22 not examined",
    ] {
        assert!(ended.stdout.contains(line), "{line}\n{}", ended.stdout);
    }
}

#[test]
fn a_profile_is_held_against_what_this_machine_can_do() {
    let scratch = Scratch::new("doctor-machine");
    let ended = scratch.run(&["doctor", "--profile", "smoke"]);
    let text = &ended.stdout;
    assert!(text.starts_with("ciba-bench doctor  profile smoke on this machine\n\n"), "{text}");
    let line = |part: &str| text.lines().find(|line| line.contains(&format!(" {part} "))).unwrap_or_default();
    for (part, seen) in [
        ("processor", " cores: one core carries "),
        ("signatures", "not examined: no client signs by RSA"),
        ("timers", " late (p99)"),
        ("memory", " MiB of "),
        ("descriptors", "needs up to "),
        ("ports", "needs up to "),
    ] {
        assert!(line(part).contains(seen), "{part}: {text}");
    }
    // Whether it fits is for the machine to say that this test runs on.
    let verdict = if ended.code == 0 { "✓ fits: " } else { "✗ does not fit: " };
    assert!(text.contains(verdict) && [0, 2].contains(&ended.code), "{ended:?}");
    scratch.run(&["doctor"]).refused(2, &["--target <FILE>"]);
    scratch.run(&["doctor", "--profile", "smok"]).refused(2, &["smoke"]);
}

#[test]
fn what_the_cores_cannot_sign_does_not_fit() {
    let scratch = Scratch::new("doctor-rsa");
    let made = scratch.run(&["keys", "--out", "keys", "--alg", "PS256"]);
    assert_eq!(made.code, 0, "{made:?}");
    let target = scratch.file(
        "target.toml",
        &format!(
            "issuer = \"http://{}/t\"\n[clients.poll]\nclient_id = \"c\"\nauthentication = \"private_key_jwt\"\n\
             private_key = \"file:keys/test-PS256.pem\"\nsigning_alg = \"PS256\"\n",
            free_address()
        ),
    );
    let profile = scratch.file(
        "many.toml",
        "[[workload.stages]]\nduration = \"60s\"\nrate = 100_000\n[decisions]\ndelay.constant = \"0s\"\n",
    );
    let ended = scratch.run(&["doctor", "--target", &target, "--no-flows", "--profile", &profile, "--json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    // Nobody listens at the target: that comes first, and keeps nothing of the machine from being measured.
    assert_eq!((ended.code, &document["exit_code"]), (3, &3.into()), "{ended:?}");
    let machine = &document["machine"];
    assert_eq!((&machine["fits"], &machine["profile"]), (&false.into(), &"many".into()));
    let ceiling = &machine["ceiling"];
    assert!(ceiling["exchange_us"].as_f64() > Some(1.0), "{ceiling}");
    assert_eq!(ceiling["rsa"]["algorithm"], "PS256");
    assert!(ceiling["rsa"]["signature_us"].as_f64() > Some(20.0), "{ceiling}");
    let findings = machine["findings"].as_array().unwrap();
    let state = |part: &str| &findings.iter().find(|found| found["part"] == part).unwrap()["state"];
    assert_eq!((state("signatures"), state("processor")), (&"failed".into(), &"failed".into()));
}
