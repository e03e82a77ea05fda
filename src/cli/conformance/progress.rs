//! How the suite is getting on, on standard error where that is a terminal.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use crate::cli::output::{Output, watched};
use crate::record::{CheckRecord, Verdict};

/// A bar of 24 columns, then how many checks are over, and what they came to.
const BAR: &str = "{bar:24} {pos} of {len} checks, {msg}";

/// A live display that is cleared when it is dropped.
pub struct Progress {
    bar: Option<ProgressBar>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    failed: usize,
    unclear: usize,
}

impl Progress {
    /// Begins with so many checks to come.
    pub fn begin(checks: usize, output: Output) -> Self {
        let bar = (!output.quiet && watched()).then(|| {
            let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(checks as u64).with_style(style).with_finish(ProgressFinish::AndClear);
            bar.set_message(Seen::default().text());
            bar
        });
        Progress { bar, seen: Mutex::default() }
    }

    /// A check is over.
    pub fn tell(&self, check: &CheckRecord) {
        let Some(bar) = &self.bar else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.take_in(&check.verdict);
        bar.set_message(format!("{}; last {}", seen.text(), check.id));
        bar.inc(1);
    }
}

impl Seen {
    fn take_in(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Pass | Verdict::NotApplicable { .. } => {}
            Verdict::Fail { .. } => self.failed += 1,
            Verdict::Inconclusive { .. } | Verdict::Broken { .. } => self.unclear += 1,
        }
    }

    fn text(&self) -> String {
        match self.unclear {
            0 => format!("{} failed", self.failed),
            unclear => format!("{} failed, {unclear} without a verdict", self.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_against_the_server_is_counted() {
        let mut seen = Seen::default();
        let reason = || "x".to_owned();
        seen.take_in(&Verdict::Pass);
        seen.take_in(&Verdict::NotApplicable { reason: reason() });
        assert_eq!(seen.text(), "0 failed");
        seen.take_in(&Verdict::Broken { reason: reason() });
        assert_eq!(seen.text(), "0 failed, 1 without a verdict");
    }
}
