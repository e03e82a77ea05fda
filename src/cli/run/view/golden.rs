//! The screen as somebody last read it, in `tests/golden/`. `UPDATE_GOLDEN=1 cargo test` rewrites it.

use super::draw::draw;
use super::state::State;
use crate::ciba::{Named as _, Outcome, Rule};
use crate::load::{LastBreach, Progress, SpanProgress};
use crate::metrics::Shown;
use crate::record::{Answered, Arrivals, Span};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A text of a hostile server: it would turn the terminal red, ring its bell and write backwards.
const HOSTILE: &str = "expected 400, got 200: \u{1b}[31m\u{7}\u{202e}<html>\r\n";

/// The second interval of two seconds after so many others: load rises to 80 flows/s, and the server is ever slower.
fn interval(n: u64) -> Progress {
    let mut progress = Progress {
        elapsed: Duration::from_secs(2 * n),
        length: Duration::from_secs(120),
        interval: Duration::from_secs(2),
        stage: if n < 20 { "ramp" } else { "steady" }.to_owned(),
        asked: (4 * n.min(20)) as f64,
        in_flight: n * n / 4,
        expected_in_flight: Some((10 * n.min(20)) as f64),
        cpu_share: 0.31,
        spans: vec![SpanProgress::default(); Span::ALL.len()],
        ..Progress::default()
    };
    progress.last.flows.started = 8 * n.min(20) - n / 4;
    progress.last.flows.outcomes.add(Outcome::Tokens, 6 * n.min(20));
    progress.last.token.add(Answered::AuthorizationPending, 30 * n);
    progress.last.token.add(Answered::Tokens, 6 * n.min(20));
    progress.last.token.add(Answered::SlowDown, n / 10);
    progress.last.token.add(Answered::TimedOut, n / 20);
    progress.counts.flows.started = 4 * n * n;
    progress.counts.flows.dropped = n / 13;
    for (outcome, each) in [(Outcome::Tokens, 60), (Outcome::Denied, 5), (Outcome::TransportFailed, 1)] {
        progress.counts.flows.outcomes.add(outcome, each * n);
    }
    for (at, span) in Span::ALL.iter().enumerate() {
        let us = 700 * (at as u64 + 1) + 40 * n * n;
        let few = *span == Span::Redeem;
        progress.spans[at] = SpanProgress {
            count: if *span == Span::Consent { 0 } else { 30 * n },
            p50_us: Some(us),
            p90_us: Some(2 * us),
            p99_us: (!few).then_some(if n.is_multiple_of(7) { 8 * us } else { 5 * us }),
            ..SpanProgress::default()
        };
    }
    for lag in [Span::StartLag, Span::PollLateness] {
        let SpanProgress { p50_us, p90_us, p99_us, .. } = &mut progress.spans[lag.index()];
        (*p50_us, *p90_us, *p99_us) = (Some(300), Some(500), Some(700 + 10 * n));
    }
    progress.generator.rss_peak_mib = 212;
    progress.breaches.add(Rule::TokenErrorStatus, n / 9);
    progress.last_breaches = (1..=n / 9)
        .map(|which| LastBreach {
            rule: Rule::TokenErrorStatus,
            at_ms: 17_250 * which,
            detail: HOSTILE.to_owned(),
        })
        .collect();
    progress
}

fn state(intervals: u64) -> State {
    let shown = Shown { profile: "baseline".to_owned(), target: "the embedded OP".to_owned() };
    let mut state = State::new(shown);
    for n in 1..=intervals {
        state.update(interval(n));
    }
    state
}

/// What stands on a screen of this size, line by line.
fn drawn(state: &State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| format!("{}\n", line(y).replace('\u{a0}', " ").trim_end())).collect()
}

fn compare(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "tests/golden/{name} is another (UPDATE_GOLDEN=1 rewrites it):\n{text}");
}

#[test]
fn the_view_is_as_it_was_read() {
    compare("view-80x24.txt", &drawn(&state(30), 80, 24));
    compare("view-140x45.txt", &drawn(&state(30), 140, 45));
}

#[test]
fn everything_a_run_is_judged_by_is_on_the_smallest_usual_screen() {
    let screen = drawn(&state(30), 80, 24);
    for expected in [
        "baseline against the embedded OP",
        "steady  60 of 120 s",
        "asked, flows/s",
        "begun, flows/s",
        "in flight",
        "by Little's law",
        "x 1.12",
        "tokens 1,800 (90.9 %)",
        "transport_failed 30",
        "polls/s",
        "slow_down",
        "p99",
        "sound",
        "violations",
        "token-error-status: expected 400, got 200",
        "q or Ctrl-C ends the run in order",
    ] {
        assert!(screen.contains(expected), "{expected:?} is not on\n{screen}");
    }
    assert!(!screen.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{screen:?}");
}

#[test]
fn a_closed_model_asks_for_flows_at_once_and_a_note_takes_the_last_line() {
    let mut state = state(4);
    state.now.arrivals = Arrivals::Closed;
    state.now.expected_in_flight = None;
    state.note = Some("ciba-bench: stopping in order".to_owned());
    let screen = drawn(&state, 100, 30);
    assert!(screen.contains("asked, at once") && !screen.contains("asked, flows/s"), "{screen}");
    assert_eq!(screen.lines().last(), Some("ciba-bench: stopping in order"), "{screen}");
}

#[test]
fn no_size_is_too_small_or_too_large_and_no_state_too_empty() {
    let states = [State::default(), state(1), state(30)];
    for width in (0..=12).chain((13..=100).step_by(11)).chain([500]) {
        for height in (0..=30).chain([39, 40, 41, 200]) {
            for state in &states {
                assert_eq!(drawn(state, width, height).lines().count(), usize::from(height));
            }
        }
    }
}
