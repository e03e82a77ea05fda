use crate::analysis::{JudgedCheck, Standing, SuiteSummary};
use crate::record::{Baseline, DeviationState, SuiteRecord, Verdict};
use crate::report::table::page::{Page, Tone};

/// Failures that were announced or that an earlier run had, and what became of them.
pub(super) fn write(page: &mut Page<'_>, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    if !suite.deviations.is_empty() {
        page.heading("Announced deviations", &format!("{} in the target file", suite.deviations.len()));
    }
    for deviation in &suite.deviations {
        let (mark, tone, became) = match deviation.state {
            DeviationState::Known => {
                ("k ", Tone::Plain, "fails as announced, and is not held against the server")
            }
            DeviationState::Expired => {
                ("✗ ", Tone::Bad, "the day has passed: repair the server, or agree on another day")
            }
            DeviationState::NoLongerHappens => {
                ("✗ ", Tone::Bad, "no longer happens: take the entry out of the target file")
            }
            DeviationState::NotSeen => {
                ("- ", Tone::Plain, "not seen: the check came to no verdict in this run")
            }
        };
        page.marked(2, tone, mark, &format!("{}: {became}", deviation.check));
        let terms = format!("until {}, {}: {}", deviation.until, deviation.owner, deviation.reason);
        page.toned(4, Tone::Quiet, &terms);
    }
    if let Some(baseline) = &suite.baseline {
        compared(page, baseline, summary);
    }
}

fn compared(page: &mut Page<'_>, baseline: &Baseline, summary: &SuiteSummary<'_>) {
    page.heading("Baseline", &format!("compared with run {}", baseline.run_id));
    let repaired = |judged: &JudgedCheck<'_>| {
        judged.check.verdict == Verdict::Pass && baseline.failed.contains(&judged.check.id)
    };
    let ids = |is: &dyn Fn(&JudgedCheck<'_>) -> bool| -> Vec<&str> {
        summary.checks.iter().filter(|judged| is(judged)).map(|judged| judged.check.id.as_str()).collect()
    };
    for (label, tone, found) in [
        ("new failures:        ", Tone::Bad, ids(&|judged| judged.standing == Standing::Held)),
        ("a warning now:       ", Tone::Bad, ids(&|judged| judged.standing == Standing::Regressed)),
        ("failed there, too:   ", Tone::Plain, ids(&|judged| judged.standing == Standing::InBaseline)),
        ("failed there, pass:  ", Tone::Good, ids(&repaired)),
    ] {
        let (tone, found) =
            if found.is_empty() { (Tone::Plain, "none".to_owned()) } else { (tone, found.join(", ")) };
        page.marked(2, tone, label, &found);
    }
}
