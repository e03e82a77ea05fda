//! What a suite came to, and nothing that differs between two runs against the same server: to be committed and compared.

use super::printable::printable;
use super::{Format, RenderError, Style};
use crate::analysis::severity;
use crate::record::{CheckRecord, LeftOut, PolicyFound, PollingRecord, RunRecord, SuiteRecord, Verdict};

pub(super) const FORMAT: Format = Format {
    name: "verdicts",
    stem: "verdicts",
    extension: "txt",
    about: "one line per check, with nothing that differs from run to run: to be committed and compared",
    render,
};

/// Columns of verdict and severity: the longest are `fail observation`.
const VERDICT_WIDTH: usize = 16;

/// One line per check in the order of their ids, then the polling policy, then what the server was held against. What was
/// measured, and what a server says by chance, is left to other formats.
fn render(record: &RunRecord, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let lines = match record.suite() {
        Some(suite) => lines(suite),
        None => vec!["this run holds no conformance suite".to_owned()],
    };
    Ok(lines.into_iter().map(|line| line + "\n").collect::<String>().into_bytes())
}

fn lines(suite: &SuiteRecord) -> Vec<String> {
    let ran = suite.checks.iter().map(|check| (check.id.as_str(), check_line(check)));
    let left_out =
        suite.left_out.iter().map(|LeftOut { check, .. }| (check.as_str(), line("not run", check)));
    let mut checks: Vec<(&str, String)> = ran.chain(left_out).collect();
    checks.sort_unstable();
    let selection = &suite.selection;
    let strict = if selection.strict { ", strict" } else { "" };
    let held_against = format!("held against: {}{strict}", selection.standard);
    checks
        .into_iter()
        .map(|(_, line)| line)
        .chain(polling(suite.polling.as_ref()))
        .chain([held_against])
        .collect()
}

fn check_line(check: &CheckRecord) -> String {
    let name = check.verdict.name();
    let what = match &check.verdict {
        Verdict::Pass | Verdict::Broken { .. } => line(name, &check.id),
        Verdict::Fail { .. } => line(&format!("{name} {}", severity(check.level, &check.verdict)), &check.id),
        Verdict::NotApplicable { reason } => format!("{}: {reason}", line(name, &check.id)),
        // What came in between may be another thing each time; where it came is not.
        Verdict::Inconclusive { finding } => {
            let step = check.script.get(finding.step).map_or("", |step| step.text.as_str());
            format!("{}: step {}, {step}", line(name, &check.id), finding.step + 1)
        }
    };
    printable(&what)
}

fn line(verdict: &str, id: &str) -> String {
    format!("{verdict:VERDICT_WIDTH$}  {id}")
}

/// The policy by its name. Its candidates, the length of its window and the counts are left out: they are measured.
fn polling(polling: Option<&PollingRecord>) -> Vec<String> {
    let Some(PollingRecord { interval_s, announced, policy, .. }) = polling else {
        return vec!["polling policy: not tried".to_owned()];
    };
    let announced = if *announced { "announced" } else { "not announced" };
    vec![
        format!("polling interval: {interval_s} s, {announced}"),
        format!("polling policy: {}", named(policy)),
    ]
}

fn named(policy: &PolicyFound) -> String {
    match (&policy.name, &policy.window) {
        (Some(name), None) => name.clone(),
        (Some(name), Some(_)) => format!("{name}, with a window other than the interval"),
        (None, _) if policy.contradictions.is_empty() => "nothing was seen".to_owned(),
        (None, _) => "none of the known ones".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    fn text(record: &RunRecord) -> String {
        String::from_utf8(render(record, &Style::default()).unwrap()).unwrap()
    }

    #[test]
    fn every_check_has_one_line_and_every_verdict_its_words() {
        let record = sample::conformance();
        let suite = record.suite().unwrap();
        let text = text(&record);
        let of_checks: Vec<&str> =
            text.lines().filter(|line| !line.starts_with("polling ") && !line.starts_with("held ")).collect();
        assert_eq!(of_checks.len(), suite.checks.len() + suite.left_out.len());
        let ids: Vec<&str> = of_checks.iter().map(|line| line[VERDICT_WIDTH + 2..].trim()).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        for words in [
            "pass              ciba/4/issuer\n",
            "fail violation    ciba/10.1.1/single-use\n",
            "fail warning      ciba/7.1/unknown-parameter\n",
            "fail observation  ciba/7.1/binding-message-limit\n",
            "not applicable    ciba/10.2/bearer: the target file names no client for ping\n",
            "inconclusive      ciba/10.2/ping-on-approval: step 2, expect: an approval is notified\n",
            "broken            ciba/11/denied-is-stable\n",
            "not run           ciba/7.3/request-expires\n",
            "\npolling interval: 5 s, announced\n",
            "\nheld against: core, strict\n",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn what_differs_from_run_to_run_changes_nothing() {
        let mut record = sample::conformance();
        let before = text(&record);
        record.elapsed_s += 1.0;
        record.target.issuer = "https://another.example".to_owned();
        let suite = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
        (suite.took_ms, suite.jobs, suite.selection.order_seed) = (1.0, 1, None);
        suite.checks.reverse();
        for check in &mut suite.checks {
            (check.took_ms, check.started_ms, check.slot) = (7.0, 7.0, 7);
            check.exchanges.clear();
            if let Verdict::Fail { finding } | Verdict::Inconclusive { finding } = &mut check.verdict {
                finding.actual = "after 18.0 s of 20 s".to_owned();
            }
        }
        let polling = suite.polling.as_mut().unwrap();
        polling.sentences.clear();
        polling.curve.clear();
        assert_eq!(text(&record), before);
    }

    #[test]
    fn a_reason_is_one_line_of_text() {
        let mut record = sample::conformance();
        let suite = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
        suite.checks.truncate(1);
        suite.left_out.clear();
        suite.checks[0].verdict = Verdict::NotApplicable { reason: "400 \u{1b}[2J\npass  x".to_owned() };
        let text = text(&record);
        assert_eq!(text.lines().next(), Some(r"not applicable    ciba/4/issuer: 400 \u{1b}[2J\npass  x"));
        assert_eq!(text.lines().count(), 4, "{text}");
    }

    #[test]
    fn a_policy_is_told_by_its_name() {
        let with = |change: &dyn Fn(&mut PollingRecord)| {
            let mut record = sample::conformance();
            let suite = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
            change(suite.polling.as_mut().unwrap());
            text(&record).lines().rfind(|line| line.starts_with("polling policy: ")).unwrap().to_owned()
        };
        let nothing = with(&|polling| {
            polling.policy.name = None;
            polling.policy.contradictions.clear();
        });
        let none_fits = with(&|polling| {
            polling.policy.name = None;
            polling.policy.contradictions = vec!["none: a poll was throttled".to_owned()];
        });
        let named = with(&|polling| {
            polling.policy.name = Some("sliding-window".to_owned());
            polling.policy.window = None;
        });
        assert_eq!(
            [nothing, none_fits, named],
            [
                "polling policy: nothing was seen",
                "polling policy: none of the known ones",
                "polling policy: sliding-window"
            ]
        );
        let mut record = sample::conformance();
        record.conformance.as_mut().unwrap().suite.as_mut().unwrap().polling = None;
        assert!(text(&record).contains("\npolling policy: not tried\n"));
        assert_eq!(text(&sample::passed()), "this run holds no conformance suite\n");
    }
}
