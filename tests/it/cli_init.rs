//! `target init` as a stranger meets it: on a terminal, and with flags against a server that runs.

use crate::cli::{Canned, Ended, SHORT_PROFILE, Scratch, served_op};
use crate::{golden, terminal};
use rustix::process::Signal;
use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Command;
use toml::{Table, Value};

/// The metadata of a server that lies as no other, and authenticates its clients in ways that this tool speaks and others.
const METADATA: &str = r#"{"issuer":"@ISSUER@","token_endpoint":"@ISSUER@/token","jwks_uri":"@ISSUER@/jwks",
    "backchannel_authentication_endpoint":"@ISSUER@/bc","grant_types_supported":["urn:openid:params:grant-type:ciba"],
    "backchannel_token_delivery_modes_supported":["poll","ping","push"],
    "token_endpoint_auth_methods_supported":["attest_jwt_client_auth","client_secret_post","client_secret_basic"]}"#;
/// Ctrl-D.
const END_OF_INPUT: &str = "\u{4}";
/// What is printed where an answer is waited for.
const PROMPT: &[u8] = b"\n> ";

/// Sits at a terminal: types an answer whenever there is a prompt, and Ctrl-D when there is no answer left. Gives what stood
/// on the screen in the end, and the exit code.
fn converse(mut command: Command, answers: &[&str]) -> (String, i32) {
    let (mut terminal, seat) = terminal::open();
    let mut child = command.stdin(seat.try_clone().unwrap()).stderr(seat).spawn().unwrap();
    // Its own copies of the seat go with it: only the child holds the terminal open.
    drop(command);
    let (mut screen, mut answers, mut part) = (Vec::new(), answers.iter(), [0; 4096]);
    // The terminal reports an error when the child is gone.
    while let Ok(read @ 1..) = terminal.read(&mut part) {
        screen.extend(part[..read].iter().filter(|byte| **byte != b'\r'));
        if screen.ends_with(PROMPT) {
            let answer = answers.next().map_or(END_OF_INPUT.to_owned(), |answer| format!("{answer}\n"));
            terminal.write_all(answer.as_bytes()).unwrap();
        }
    }
    let code = child.wait().unwrap().code().unwrap();
    let screen = String::from_utf8(screen).unwrap().replace("\u{1b}[K", "");
    assert_eq!(answers.next(), None, "a question less than expected:\n{screen}");
    (screen, code)
}

#[test]
fn on_a_terminal_it_asks_and_ends_with_what_remains_to_be_done() {
    let scratch = Scratch::new("asked");
    let server = Canned::start("200 OK", METADATA);
    let issuer = server.issuer();
    let command =
        scratch.command(&["target", "init", "--issuer", &issuer, "--out", "mine.toml", "--subject", "hint"]);
    let answers = [
        "poll-app",
        "",
        "client_secret_psot",
        "client_secret_post",
        "openid profile", // poll
        "ping-app",
        "file:ping.txt",
        "",
        "", // ping
        "", // second
        "other-app",
        "typed by mistake",
        "env:OTHER",
        "", // unregistered
        "",
        "", // who decides, and how the server asks
        "127.0.0.1",
        "127.0.0.1:4310",
        "",
        "op",
        "", // authentication service
        "",
        "device",
        "",
        "",
        "http://127.0.0.1:4000/api/system/t", // its client
        "",
        "",
        "cb",
        "/cb", // notifications
        "",
        "tester-1, tester-2", // judgement
    ];
    let (screen, code) = converse(command, &answers);
    let screen = screen.replace(&issuer, "http://127.0.0.1:4000/t/w");
    let screen = screen.replace(env!("CARGO_BIN_EXE_ciba-bench"), "ciba-bench");
    assert_eq!(code, 0, "{screen}");
    golden::compare("target-init-dialogue.txt", &screen);
    let file = fs::read_to_string(scratch.path("mine.toml")).unwrap();
    let file: Table = file.parse().unwrap();
    assert_eq!(file["clients"]["ping"]["client_secret"].as_str(), Some("file:ping.txt"));
    assert_eq!(file["clients"]["ping"]["scope"].as_str(), Some("openid profile"));
    assert_eq!(file["notification"]["path"].as_str(), Some("/cb"));
    assert_eq!(file["conformance"]["users"].as_array().map(Vec::len), Some(2));
    scratch.file("ping.txt", "secret\n");
    let mut check = scratch.command(&["target", "check", "mine.toml"]);
    let variables =
        ["CIBA_POLL_CLIENT_SECRET", "OTHER", "CIBA_AUTH_SERVICE_PASSWORD", "CIBA_SYSTEM_CLIENT_SECRET"];
    let check = Ended::of(&check.envs(variables.map(|name| (name, "secret"))).output().unwrap());
    assert_eq!(check.code, 0, "{check:?}");
}

#[test]
fn ctrl_d_ends_it_without_a_file() {
    let scratch = Scratch::new("ctrl-d");
    let server = Canned::start("200 OK", METADATA);
    let command = scratch.command(&["target", "init", "--issuer", &server.issuer(), "--out", "mine.toml"]);
    let (screen, code) = converse(command, &["poll-app"]);
    assert_eq!(code, 2, "{screen}");
    for expected in ["clients.poll.client_secret: the input ended here", "missing: --system-client ID"] {
        assert!(screen.contains(expected), "{screen}");
    }
    let no_questions = ["target", "init", "--issuer", &server.issuer(), "--no-questions"];
    let (screen, code) = converse(scratch.command(&no_questions), &[]);
    assert!(code == 2 && screen.contains("missing: --ping-client ID"), "{screen}");
    assert_eq!(scratch.names(), [""; 0]);
}

/// A text of a target file.
fn text<'t>(table: &'t Value, path: &str) -> &'t str {
    path.split('.').try_fold(table, |table, key| table.get(key)).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn with_flags_it_writes_a_file_by_which_a_server_can_be_tested() {
    let scratch = Scratch::new("flags");
    let (op, _) = served_op(&scratch, &[]);
    let served = fs::read_to_string(scratch.path("target.toml")).unwrap();
    let served = Value::Table(served.parse().unwrap());
    let get = |path| text(&served, path);
    let issuer = get("issuer");
    let mut secrets = Vec::new();
    for (name, path) in [
        ("CIBA_POLL_CLIENT_SECRET", "clients.poll.client_secret"),
        ("CIBA_PING_CLIENT_SECRET", "clients.ping.client_secret"),
        ("CIBA_SECOND_CLIENT_SECRET", "clients.second.client_secret"),
        ("CIBA_UNREGISTERED_CLIENT_SECRET", "clients.unregistered.client_secret"),
        ("CIBA_SYSTEM_CLIENT_SECRET", "authentication_service.system.client_secret"),
    ] {
        secrets.push((name, get(path)));
    }
    scratch.file("password.txt", get("authentication_service.password"));
    let system = get("authentication_service.system.client_id");
    let (service, notify) = (get("authentication_service.listen"), get("notification.listen"));
    let flags = [
        ["--issuer", issuer],
        ["--out", "mine.toml"],
        ["--poll-client", get("clients.poll.client_id")],
        ["--poll-scope", "openid profile"],
        ["--ping-client", get("clients.ping.client_id")],
        ["--second-client", get("clients.second.client_id")],
        ["--second-authentication", "client_secret_post"],
        ["--unregistered-client", get("clients.unregistered.client_id")],
        ["--auth-service-listen", service],
        ["--auth-service-user", get("authentication_service.username")],
        ["--auth-service-password", "file:password.txt"],
        ["--system-client", system],
        ["--notify-listen", notify],
        ["--polling", "required"],
    ];
    let arguments = [&["target", "init"], flags.as_flattened()].concat();
    let ended = scratch.run(&arguments);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{ended:?}");
    let host = issuer.trim_end_matches("/default/ciba");
    let fixed = |text: &str| {
        [
            (host, "http://127.0.0.1:4000"),
            (service, "127.0.0.1:4010"),
            (notify, "127.0.0.1:4020"),
            (system, "SYSTEM-CLIENT"),
            (env!("CARGO_BIN_EXE_ciba-bench"), "ciba-bench"),
        ]
        .iter()
        .fold(text.to_owned(), |text, (found, fixed)| text.replace(found, fixed))
    };
    let file = fs::read_to_string(scratch.path("mine.toml")).unwrap();
    golden::compare("target-init.toml", &fixed(&file));
    golden::compare("target-init.txt", &fixed(&ended.stderr));
    for (_, secret) in &secrets {
        assert!(!file.contains(secret) && !ended.stderr.contains(secret), "a secret was written");
    }
    scratch.run(&arguments).refused(2, &["--out mine.toml: cannot be written"]);

    scratch.run(&["target", "check", "mine.toml"]).refused(2, &["export CIBA_POLL_CLIENT_SECRET"]);
    let with_secrets = |arguments: &[&str]| {
        Ended::of(&scratch.command(arguments).envs(secrets.iter().copied()).output().unwrap())
    };
    let check = with_secrets(&["target", "check", "mine.toml"]);
    assert_eq!(check.code, 0, "{check:?}");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let run = with_secrets(&["run", &profile, "--target", "mine.toml", "--out", "out", "--quiet"]);
    assert!(run.code == 0 && run.stdout.contains("passed: 12 flows"), "{run:?}");
    op.signal(Signal::TERM);
    assert_eq!(op.wait().0, 0);
}

#[test]
fn what_is_wrong_with_flags_is_told_at_once_and_no_secret_is_repeated() {
    let scratch = Scratch::new("flags-wrong");
    let server = Canned::start("200 OK", METADATA);
    let issuer = server.issuer();
    let init = |more: &[&str]| scratch.run(&[&["target", "init", "--issuer", &issuer], more].concat());
    let wrong =
        init(&["--poll-client", "p", "--poll-secret", "s3cr3t", "--polling", "maybe", "--subject", "stabel"]);
    wrong.refused(
        2,
        &["--poll-secret: value (not shown)", "--polling: value \"maybe\"", "--subject: value \"stabel\""],
    );
    assert!(!wrong.stderr.contains("s3cr3t"), "{wrong:?}");
    init(&[]).refused(2, &["missing: --ping-client ID", "missing: --api-base URL", "run this on a terminal"]);
    let decided = ["--poll-client", "p", "--authentication-service", "none"];
    init(&[&decided[..], &["--max-rate", "5"]].concat()).refused(2, &["--max-rate: without meaning here"]);
    let written = init(&decided);
    assert_eq!(written.code, 0, "{written:?}");
    assert!(
        written.stdout.contains("client_id = \"p\"")
            && written.stderr.contains("not spoken by this tool: attest_jwt_client_auth")
    );
}
