//! What Prometheus sees of a run.

use crate::golden;
use crate::open_metrics::{Family, read, value};
use crate::rig::{MODES, Ran};
use crate::simulation::{MIXED, simulate_faulty};
use crate::sources::text;
use ciba_bench::ciba::{Named as _, Outcome, Rule};
use ciba_bench::load::Progress;
use ciba_bench::metrics::{Exposition, Shown};
use ciba_bench::record::{Answered, Arrivals, Endpoint, Event, PingAnswer, Span};
use reference_op::{Fault, FaultSet};
use std::collections::BTreeSet;
use tokio::sync::watch;

const PAGE: &str = "docs/METRICS.md";
const HEAD: &str = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
/// Largest exposition, in bytes, whatever runs.
const BODY_MAX: usize = 128 * 1024;

/// A run in virtual time, and what was shown of it in the end.
async fn ran(faults: FaultSet) -> (Ran, watch::Receiver<Progress>) {
    let mut progress = None;
    let (ran, _) = simulate_faulty(MIXED, &MODES, faults, |_, measurement| {
        progress = Some(measurement.progress());
        None
    })
    .await;
    (ran, progress.unwrap())
}

fn exposed(progress: watch::Receiver<Progress>) -> (String, Vec<(String, Family)>) {
    let shown = Shown { profile: "a \"quoted\"\\\nname".to_owned(), target: "the embedded OP".to_owned() };
    let text = Exposition::new(progress, shown).text().unwrap();
    let families = read(&text);
    (text, families)
}

#[tokio::test(start_paused = true)]
async fn the_metrics_end_as_the_books_of_the_run() {
    let (ran, progress) = ran(FaultSet::from(Fault::WrongAud)).await;
    let (text, families) = exposed(progress.clone());
    assert!(text.len() < BODY_MAX, "{} bytes", text.len());
    let counts = &ran.result.load.counts;
    assert_eq!(progress.borrow().counts, *counts);
    let whole = |name: &str, labels: &[(&str, &str)]| {
        let value = value(&families, &format!("ciba_bench_{name}"), labels);
        assert_eq!(value.fract(), 0.0, "{name}");
        value as u64
    };
    assert!(counts.flows.started == 400 && counts.flows.outcomes.get(Outcome::Violation) > 100, "{counts:?}");
    for (name, expected) in [
        ("flows_scheduled_total", counts.flows.scheduled),
        ("flows_started_total", counts.flows.started),
        ("flows_dropped_total", counts.flows.dropped),
        ("flows_in_flight", 0),
        ("length_seconds", 10),
    ] {
        assert_eq!(whole(name, &[]), expected, "{name}");
    }
    for outcome in Outcome::ALL {
        let labels = [("outcome", outcome.name())];
        assert_eq!(whole("flow_outcomes_total", &labels), counts.flows.outcomes.get(*outcome), "{outcome}");
    }
    for endpoint in Endpoint::ALL {
        for answer in Answered::ALL {
            let labels = [("endpoint", endpoint.name()), ("answer", answer.name())];
            assert_eq!(whole("answers_total", &labels), counts.answers(*endpoint).get(*answer), "{labels:?}");
        }
    }
    for event in Event::ALL {
        let labels = [("event", event.name())];
        assert_eq!(whole("events_total", &labels), counts.events.get(*event), "{event}");
    }
    for answer in PingAnswer::ALL {
        let labels = [("answer", answer.name())];
        assert_eq!(whole("notifications_total", &labels), counts.pings.get(*answer), "{answer}");
    }
    for violation in &ran.result.conformance.violations {
        let labels = [("rule", violation.rule.name()), ("level", violation.level.name())];
        assert_eq!(whole("violations_total", &labels), violation.count, "{labels:?}");
    }
    // There is no warm-up, so a span has the samples of the record.
    for (span, summary) in ran.result.load.spans.iter().filter(|(span, _)| **span != Span::Poll) {
        let labels = [("span", span.name())];
        assert_eq!(whole("span_seconds_count", &labels), summary.count, "{span}");
        let sum = value(&families, "ciba_bench_span_seconds_sum", &labels);
        let expected = summary.mean_us * summary.count as f64 / 1e6;
        assert!((sum - expected).abs() <= expected * 1e-3, "{span}: {sum}, expected {expected}");
    }
    let run = &families[0].1.samples[0];
    assert_eq!(run.labels[0], ("profile".to_owned(), "a \"quoted\"\\\nname".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_last_breaches_are_told_and_the_expected_flows() {
    let mut seen = None;
    let faults = FaultSet::from(Fault::WrongAud);
    let (ran, _) = simulate_faulty(MIXED, &MODES, faults, |_, measurement| {
        let mut progress = measurement.progress();
        seen = Some(tokio::spawn(async move {
            let mut all = Vec::new();
            while progress.changed().await.is_ok() {
                let now = progress.borrow_and_update().clone();
                let over = now.elapsed.as_secs() >= 60;
                all.push(now);
                if over {
                    break;
                }
            }
            all
        }));
        None
    })
    .await;
    let seen = seen.unwrap().await.unwrap();
    assert!(seen.len() >= 60, "once a second: {}", seen.len());
    // Virtual time: what is foreseen of 400 drawn flows is near to what they do.
    for progress in seen.iter().filter(|progress| (5..30).contains(&progress.elapsed.as_secs())) {
        let expected = progress.expected_in_flight.unwrap();
        let (at, is) = (progress.elapsed, progress.in_flight as f64);
        assert!((is - expected).abs() < 30.0, "{at:?}: {is}, expected {expected}");
    }
    let last = seen.last().unwrap();
    assert!(last.last_breaches.len() == 8 && last.last_breaches[7].at_ms > 9_000, "{:?}", last.last_breaches);
    let binding: u64 = ran.result.conformance.violations.iter().map(|violation| violation.count).sum();
    assert!(last.binding_breaches() > 100 && last.binding_breaches() <= binding, "{binding}");
    assert!(last.breaches.get(last.last_breaches[0].rule) > 0);
}

#[tokio::test(start_paused = true)]
async fn the_page_lists_every_metric() {
    let (_, progress) = ran(FaultSet::NONE).await;
    let (_, families) = exposed(progress);
    let mut table = HEAD.to_owned();
    for (name, Family { kind, help, samples }) in &families {
        let suffix = match kind.as_str() {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        let labels: BTreeSet<&str> =
            samples.iter().flat_map(|sample| &sample.labels).map(|(name, _)| name.as_str()).collect();
        let labels: Vec<String> =
            labels.into_iter().filter(|name| *name != "le").map(|name| format!("`{name}`")).collect();
        table.push_str(&format!("| `{name}{suffix}` | {kind} | {} | {help} |\n", labels.join(", ")));
    }
    let page = text(PAGE);
    let (before, rest) = page.split_once(HEAD).expect("the page has the table");
    let after: String = rest.split_inclusive('\n').skip_while(|line| line.starts_with('|')).collect();
    golden::compare_file(PAGE, &format!("{before}{table}{after}"));
    // What can have no value is there all the same, before a run has begun, too.
    let (_publish, none) = watch::channel(Progress { arrivals: Arrivals::Closed, ..Progress::default() });
    let (_, before) = exposed(none);
    let names =
        |families: &[(String, Family)]| families.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&before), names(&families));
    assert!(Rule::ALL.len() + Event::ALL.len() > 40 && families.len() > 20);
}
