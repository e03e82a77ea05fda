//! A run as it is watched while it goes on.

use crate::cli::{SHORT_PROFILE, Scratch, get};
use crate::open_metrics::{read, value};
use crate::terminal;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

/// The long version of the short profile: it runs until it is told to end.
fn long_profile() -> String {
    SHORT_PROFILE.replace("\"1s\"", "\"10m\"")
}

#[test]
fn metrics_are_served_while_the_run_goes_on_and_no_longer() {
    let scratch = Scratch::new("metrics");
    let profile = scratch.file("long.toml", &long_profile());
    let mut run =
        scratch.command(&["run", &profile, "--metrics-listen", "0", "--out", "out"]).spawn().unwrap();
    let mut stderr = BufReader::new(run.stderr.take().unwrap());
    let (mut line, mut url) = (String::new(), None);
    while url.is_none() {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it says where");
        url = line.split_whitespace().find_map(|word| word.strip_suffix("/metrics")).map(str::to_owned);
    }
    let base = url.unwrap();
    assert!(base.starts_with("http://127.0.0.1:"), "{base}");
    let started = loop {
        let answer = get(&base, "/metrics");
        assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let started = value(&read(body), "ciba_bench_flows_started_total", &[]);
        if started > 0.0 {
            break started;
        }
        std::thread::yield_now();
    };
    assert!((1.0..7_200.0).contains(&started), "{started}");
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(130), "{rest}");
    let address = base.trim_start_matches("http://").parse().unwrap();
    assert!(std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
}

#[test]
fn a_metrics_port_in_use_is_said_before_anything_is_started() {
    let scratch = Scratch::new("taken");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let named = format!("127.0.0.1:{port}");
    scratch
        .run(&["run", "--metrics-listen", &port, "--out", "out"])
        .refused(2, &["cannot serve metrics at", &named, "choose another address, or port 0"]);
    scratch
        .run(&["run", "--metrics-listen", "localhost:http"])
        .refused(2, &["'localhost:http' for '--metrics-listen <ADDR>'", "such as 9464"]);
    assert!(scratch.names().is_empty(), "{:?}", scratch.names());
}

/// What a terminal is sent to show its second screen, and its first one again.
const ENTER: &str = "\u{1b}[?1049h";
const LEAVE: &str = "\u{1b}[?1049l";

/// Runs a profile with `--tui` on a terminal of 80 x 24, where `key` is typed as soon as the view is there. Gives what the
/// terminal was sent, standard output, and the exit code.
fn view(scratch: &Scratch, profile: &str, key: Option<&[u8]>) -> (String, String, i32) {
    let (mut terminal, seat) = terminal::open();
    tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let before = tcgetattr(&terminal).unwrap();
    let mut command = scratch.command(&["run", profile, "--tui", "--out", "out"]);
    command.env("TERM", "xterm").stdin(seat.try_clone().unwrap()).stderr(seat);
    let mut child = command.spawn().unwrap();
    // Its own copies of the seat go with it: only the child holds the terminal open.
    drop(command);
    let (mut sent, mut part, mut key) = (Vec::new(), [0; 4096], key);
    // The terminal reports an error when the child is gone.
    while let Ok(read @ 1..) = terminal.read(&mut part) {
        sent.extend_from_slice(&part[..read]);
        if let Some(typed) = key.take_if(|_| String::from_utf8_lossy(&sent).contains("tokens")) {
            terminal.write_all(typed).unwrap();
        }
    }
    let after = tcgetattr(&terminal).unwrap();
    assert_eq!((after.local_modes, after.input_modes), (before.local_modes, before.input_modes));
    let sent = String::from_utf8(sent).unwrap();
    assert_eq!(key, None, "the view never said how flows ended:\n{sent:?}");
    let mut report = String::new();
    child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    (sent, report, child.wait().unwrap().code().unwrap())
}

#[test]
fn a_run_is_shown_on_a_terminal_which_is_then_as_it_was() {
    let scratch = Scratch::new("view");
    let (sent, report, code) = view(&scratch, &scratch.file("short.toml", SHORT_PROFILE), None);
    assert_eq!(code, 0, "{sent:?}");
    let (before, rest) = sent.split_once(ENTER).expect("a second screen");
    let (shown, after) = rest.split_once(LEAVE).expect("the first screen again");
    assert!(before.contains("results in"), "{before:?}");
    for word in
        ["asked,", "Little's", "flows", "tokens", "polls/s", "spans", "ack", "generator", "violations"]
    {
        assert!(shown.contains(word), "{word:?} is not in {shown:?}");
    }
    assert!(!after.contains(ENTER) && after.starts_with("\u{1b}[?25h"), "{after:?}");
    assert!(report.contains("✓ passed: 12 flows"), "{report}");
    assert!(scratch.path("out").join("record.json").exists());
}

#[test]
fn the_key_q_ends_a_run_in_order() {
    let scratch = Scratch::new("view-q");
    let (sent, report, code) = view(&scratch, &scratch.file("long.toml", &long_profile()), Some(b"xq"));
    assert_eq!(code, 130, "{sent:?}");
    let (_, after) = sent.split_once(LEAVE).expect("the first screen again");
    // What was said meanwhile is said now.
    assert!(after.contains("stopping in order"), "{after:?}");
    assert!(report.contains("interrupted"), "{report}");
}

#[test]
fn without_a_terminal_progress_is_plain_and_it_says_why() {
    let scratch = Scratch::new("no-view");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let ended = scratch.run(&["run", &profile, "--tui", "--out", "out"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let why = "ciba-bench: no live view, plain progress instead: standard error is no terminal\n";
    assert_eq!(ended.stderr.matches(why).count(), 1, "{ended:?}");
    assert!(!ended.stderr.contains('\u{1b}'), "{ended:?}");
    scratch.run(&["run", &profile, "--tui", "--quiet"]).refused(2, &["--tui", "--quiet"]);
}
