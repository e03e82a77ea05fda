//! How a run is getting on, on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;

use crate::analysis::unit;
use crate::ciba::{Named as _, Outcome};
use crate::cli::output::{Output, tell, watched};
use crate::load::Progress;
use crate::record::Span;

/// How often a line is written where nobody sees it live.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// A bar of 24 columns, then two lines of figures.
const BAR: &str = "{bar:24} {msg}";

/// Shows progress until the run is over: live on a terminal, else a line every ten seconds, nothing if quiet.
pub async fn show(mut progress: watch::Receiver<Progress>, output: Output) {
    if output.quiet {
        return;
    }
    let bar = watched().then(bar);
    let mut next_line = LINE_EVERY;
    while progress.changed().await.is_ok() {
        let now = progress.borrow_and_update().clone();
        match &bar {
            Some(bar) => {
                bar.set_length(millis(now.length));
                bar.set_position(millis(now.elapsed));
                bar.set_message(format!("{}\n{}", pace(&now), results(&now)));
            }
            None if now.elapsed >= next_line => {
                tell(&format!("{}; {}", pace(&now), results(&now)));
                next_line = now.elapsed + LINE_EVERY;
            }
            None => {}
        }
    }
}

/// A live display that is cleared when it is dropped.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_finish(indicatif::ProgressFinish::AndClear)
}

/// `12s of 40s, steady: asked 80.0, begun 79.9, in flight 264, dropped 0`.
fn pace(progress: &Progress) -> String {
    format!(
        "{}s of {}s, {}: asked {}, begun {}/s, in flight {}, dropped {}",
        progress.elapsed.as_secs(),
        progress.length.as_secs(),
        if progress.stage.is_empty() { "starting" } else { &progress.stage },
        unit::figure(progress.asked),
        unit::figure(progress.per_s(progress.last.flows.started)),
        progress.in_flight,
        progress.counts.flows.dropped,
    )
}

/// `tokens 740, denied 3; ack p99 3.10 ms, notify p99 9.12 ms; violations 0`.
fn results(progress: &Progress) -> String {
    let outcomes: Vec<String> = Outcome::ALL
        .iter()
        .filter(|outcome| progress.outcomes().get(**outcome) > 0)
        .map(|outcome| format!("{outcome} {}", progress.outcomes().get(*outcome)))
        .collect();
    let outcomes = if outcomes.is_empty() { "no flow has ended".to_owned() } else { outcomes.join(", ") };
    let time = |us: Option<u64>| us.map_or_else(|| unit::NONE.to_owned(), |us| unit::time_us(us as f64));
    format!(
        "{outcomes}; ack p99 {}, notify p99 {}; violations {}",
        time(progress.span(Span::Ack).p99_us),
        time(progress.span(Span::Notify).p99_us),
        progress.binding_breaches()
    )
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Rule;
    use crate::load::SpanProgress;

    #[test]
    fn both_lines_say_where_the_run_is() {
        let mut progress = Progress {
            elapsed: Duration::from_millis(12_400),
            length: Duration::from_secs(40),
            interval: Duration::from_secs(2),
            stage: "steady".to_owned(),
            asked: 80.0,
            in_flight: 264,
            spans: vec![SpanProgress::default(); Span::ALL.len()],
            ..Progress::default()
        };
        progress.counts.flows.outcomes.add(Outcome::Tokens, 740);
        progress.counts.flows.outcomes.add(Outcome::Denied, 3);
        progress.counts.flows.dropped = 1;
        progress.last.flows.started = 159;
        progress.spans[Span::Ack.index()].p99_us = Some(3_100);
        progress.breaches.add(Rule::AcknowledgementForm, 2);
        assert_eq!(pace(&progress), "12s of 40s, steady: asked 80.0, begun 79.5/s, in flight 264, dropped 1");
        assert_eq!(results(&progress), "tokens 740, denied 3; ack p99 3.10 ms, notify p99 -; violations 2");
        assert_eq!(
            format!("{}; {}", pace(&Progress::default()), results(&Progress::default())),
            "0s of 0s, starting: asked 0, begun 0/s, in flight 0, dropped 0; no flow has ended; ack p99 -, notify p99 -; \
             violations 0"
        );
    }
}
