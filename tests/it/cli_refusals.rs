//! Bad input gets a clear error and an exit code before anything starts.

use std::net::TcpListener;

use crate::cli::{Canned, Ended, SHORT_PROFILE, Scratch, free_address, target_file};

/// Metadata of a server without CIBA.
const NO_CIBA: &str = r#"{"issuer":"http://127.0.0.1/t/w","token_endpoint":"http://127.0.0.1/t","jwks_uri":"http://127.0.0.1/j"}"#;

fn run_with_target(scratch: &Scratch, target: &str, more: &[&str]) -> Ended {
    let file = scratch.file("target.toml", target);
    let arguments = [&["run", "smoke", "--target", &file], more].concat();
    Ended::of(&scratch.command(&arguments).env("CLI_TEST_SECRET", "s").output().unwrap())
}

#[test]
fn everything_wrong_with_a_profile_is_told_with_its_line() {
    let scratch = Scratch::new("profile");
    let text = SHORT_PROFILE
        .replace("at_once", "at_one")
        .replace("rate = 12", "rat = 12")
        .replace("\"1s\"", "\"1 fortnight\"");
    let file = scratch.file("bad.toml", &text);
    for arguments in [["run", &file], ["profile check", &file]] {
        let arguments: Vec<&str> = arguments[0].split(' ').chain([arguments[1]]).collect();
        let ended = scratch.run(&arguments);
        ended.refused(
            2,
            &[
                "bad.toml:3: flow.first_poll",
                "did you mean \"at_once\"",
                "bad.toml:8:",
                "bad.toml:9:",
                "did you mean rate",
            ],
        );
        assert!(ended.stderr.lines().all(|line| line.starts_with("ciba-bench: ")), "{ended:?}");
    }
    assert_eq!(scratch.names(), ["bad.toml"]);
}

#[test]
fn the_problems_of_both_files_are_told_at_once() {
    let scratch = Scratch::new("both");
    let profile = scratch.file("profile.toml", "seed = \"x\"\n");
    let target = scratch.file("target.toml", "issuer = 5\nclients = {}\n");
    scratch
        .run(&["run", &profile, "--target", &target])
        .refused(2, &["profile.toml:1: seed", "workload", "target.toml:1: issuer", "clients.poll"]);
}

#[test]
fn unknown_names_are_answered_with_known_ones() {
    let scratch = Scratch::new("names");
    for (arguments, expected) in [
        (vec!["run", "smokey"], "did you mean \"smoke\"?"),
        (vec!["run", "--fault", "wrong-subb"], "wrong-sub"),
        (vec!["run", "--format", "tabel"], "a similar value exists: 'table'"),
        (vec!["run", "--seed", "-1"], "-1"),
        (vec!["run", "--fault", "wrong-sub", "--target", "t.toml"], "cannot be used with"),
        (vec!["profile", "show", "rmap"], "did you mean \"ramp\"?"),
        (vec!["list", "faluts"], "a similar value exists: 'faults'"),
        (vec!["report", "nowhere"], "nowhere: the record cannot be read"),
        (vec!["runn"], "a similar subcommand exists: 'run'"),
        (vec!["serve", "op", "--listen", "0.0.0.0:0"], "--allow-remote"),
        (
            vec![
                "serve",
                "auth-service",
                "--client-id",
                "a",
                "--client-secret",
                "env:NOT_SET_AT_ALL",
                "--token-endpoint",
                "http://x/y",
            ],
            "NOT_SET_AT_ALL",
        ),
    ] {
        scratch.run(&arguments).refused(2, &[expected]);
    }
    assert_eq!(scratch.names(), [""; 0]);
}

#[test]
fn a_target_that_cannot_be_used_is_exit_3_and_leaves_no_folder() {
    let scratch = Scratch::new("unusable");
    let html = Canned::start("200 OK", "<html>Sign in</html>");
    let no_ciba = Canned::start("200 OK", NO_CIBA);
    let missing = Canned::start("404 Not Found", "");
    let gone = format!("http://{}/t/w", free_address());
    for (issuer, expected) in [
        (html.issuer(), "<html>Sign in</html>"),
        (no_ciba.issuer(), "enable the CIBA grant"),
        (missing.issuer(), "status 404"),
        (gone, "no connection"),
    ] {
        let ended = run_with_target(&scratch, &target_file(&issuer, ""), &["--quiet"]);
        ended.refused(3, &[expected, &issuer]);
        let init = scratch.run(&["target", "init", "--issuer", &issuer]);
        init.refused(3, &[expected]);
        let says_what_to_enable =
            init.stderr.contains("backchannel_token_delivery_modes_supported and urn:openid:");
        assert_eq!(says_what_to_enable, expected == "enable the CIBA grant", "{init:?}");
    }
    assert_eq!(scratch.names(), ["target.toml"]);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let scratch = Scratch::new("port");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let more = format!("[notification]\nlisten = \"{address}\"\n");
    let issuer = format!("http://{}/t/w", free_address());
    run_with_target(&scratch, &target_file(&issuer, &more), &["--quiet"]).refused(
        2,
        &[
            &format!("notification.listen of the target file: cannot listen at {address}"),
            "choose another port",
        ],
    );
    scratch.run(&["serve", "op", "--listen", &address]).refused(2, &[&format!("cannot listen at {address}")]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let scratch = Scratch::new("folder");
    let file = scratch.file("file", "");
    let out = format!("{file}/run");
    scratch
        .run(&["run", "--out", &out, "--quiet"])
        .refused(2, &[&format!("--out {out}"), "cannot be written"]);
    scratch.file("record.json", "{}");
    scratch.run(&["run", "--out", ".", "--quiet"]).refused(2, &["holds the record of another run"]);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let scratch = Scratch::new("dry");
    let server = Canned::start("200 OK", "");
    let ended = run_with_target(&scratch, &target_file(&server.issuer(), ""), &["--dry-run"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    for expected in ["nothing was sent", "steady", "by Little's law", "descriptors"] {
        assert!(ended.stdout.contains(expected), "{ended:?}");
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(scratch.names(), ["target.toml"]);
    let ended = scratch.run(&["run", "--dry-run", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&plan["arrivals"], &plan["length_s"]), (&730.into(), &10.0.into()), "{plan}");
}

#[test]
fn load_on_somebody_else_s_server_needs_their_word() {
    let scratch = Scratch::new("permission");
    for more in [&["--dry-run"][..], &[]] {
        let ended = run_with_target(&scratch, &target_file("https://id.example.com/t/w", ""), more);
        assert_eq!(ended.code, 2, "{ended:?}");
        for expected in ["80 flows/s to id.example.com", "allow_load", "max_rate", "allowed_users"] {
            assert!(ended.stderr.contains(expected), "{expected}: {ended:?}");
        }
    }
    assert_eq!(scratch.names(), ["target.toml"]);
}

#[test]
fn a_mode_without_a_client_is_told_before_anything_starts() {
    let scratch = Scratch::new("client");
    let target = target_file("http://127.0.0.1:9/t/w", "").replace("clients.ping", "clients.second");
    run_with_target(&scratch, &target, &[])
        .refused(2, &["no table [clients.ping]", "profile show smoke --mode poll > smoke-poll.toml"]);
}

#[test]
fn a_broken_record_is_named_with_what_to_do() {
    let scratch = Scratch::new("record");
    for (text, expected) in [
        ("", "the record is empty"),
        ("{\"schema\": \"ciba-be", "ends in the middle"),
        ("<html>", "not JSON"),
        ("{\"schema\": \"ciba-bench/run/99\"}", "ciba-bench/run/99"),
    ] {
        let file = scratch.file("record.json", text);
        scratch.run(&["report", &file]).refused(2, &[&file, expected]);
        scratch.run(&["report", "."]).refused(2, &["record.json", expected]);
    }
}
