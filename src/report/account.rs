//! What a report tells about one check: the same in every format.

use super::printable::{printable, shortened};
use crate::analysis::{Coverage, JudgedCheck, Standing, unit};
use crate::record::{CheckExchange, CheckRecord, Exchange, RequirementRecord, SuiteRecord};

/// Characters of a form, a header or a body that are shown.
const PAYLOAD_MAX: usize = 400;

/// Steps whose exchanges are shown with a failure: the failing one or the last one before it that sent something, and
/// the one before that.
const STEPS_SHOWN: usize = 2;

/// Exchanges that are shown of the later of the two steps, and of the one before it, which is only there to compare: the
/// last ones.
const EXCHANGES_SHOWN: usize = 3;
const EXCHANGES_SHOWN_BEFORE: usize = 1;

/// One line of an exchange.
pub(super) struct WireLine {
    /// `> ` for what was sent, `< ` for what came, nothing for remarks.
    pub mark: &'static str,
    pub text: String,
}

/// One step of a script.
pub(super) struct ScriptLine<'r> {
    pub number: usize,
    pub text: &'r str,
    /// When it was reached, since the check's start.
    pub at: String,
    /// Whether the finding is about it.
    pub here: bool,
}

/// The exchanges of one step.
pub(super) struct StepExchanges<'r> {
    pub number: usize,
    pub shown: Vec<&'r CheckExchange>,
    /// Earlier ones that are only in the record.
    pub more: usize,
}

/// The requirements that a check observes.
pub(super) fn requirements<'r>(suite: &'r SuiteRecord, check: &CheckRecord) -> Vec<&'r RequirementRecord> {
    suite.requirements.iter().filter(|requirement| check.covers.contains(&requirement.id)).collect()
}

/// `CORE-7.3-08, MUST, CIBA Core 1.0, 7.3: text`.
pub(super) fn requirement_line(requirement: &RequirementRecord) -> String {
    format!(
        "{}, {}, {}: {}",
        requirement.id,
        requirement.level.name(),
        requirement.citation,
        requirement.text
    )
}

/// A check's script, the step of its finding marked.
pub(super) fn script(check: &CheckRecord) -> Vec<ScriptLine<'_>> {
    let here = check.verdict.finding().map(|finding| finding.step);
    check
        .script
        .iter()
        .enumerate()
        .map(|(at, step)| ScriptLine {
            number: at + 1,
            text: &step.text,
            at: step.at_ms.map_or_else(|| "not reached".to_owned(), milliseconds),
            here: here == Some(at),
        })
        .collect()
}

/// The exchanges that show a check's finding, in the order in which they were sent.
pub(super) fn exchanges(check: &CheckRecord) -> Vec<StepExchanges<'_>> {
    let Some(finding) = check.verdict.finding() else { return Vec::new() };
    let mut steps: Vec<usize> =
        check.exchanges.iter().map(|sent| sent.step).filter(|step| *step <= finding.step).collect();
    steps.sort_unstable();
    steps.dedup();
    let last = steps.last().copied();
    let from = steps.len().saturating_sub(STEPS_SHOWN);
    steps
        .split_off(from)
        .into_iter()
        .map(|step| {
            let mut shown: Vec<_> = check.exchanges.iter().filter(|sent| sent.step == step).collect();
            let most = if Some(step) == last { EXCHANGES_SHOWN } else { EXCHANGES_SHOWN_BEFORE };
            let more = shown.len().saturating_sub(most);
            StepExchanges { number: step + 1, shown: shown.split_off(more), more }
        })
        .collect()
}

/// `step 6, at 10.0 s, answered after 10.4 ms`.
pub(super) fn exchange_head(number: usize, sent: &CheckExchange) -> String {
    let how = if sent.exchange.status.is_some() { "answered after" } else { "given up after" };
    format!("step {number}, at {}, {how} {}", milliseconds(sent.at_ms), milliseconds(sent.took_ms))
}

/// An exchange line by line.
pub(super) fn wire(exchange: &Exchange, failure: Option<&str>) -> Vec<WireLine> {
    let mut lines = Vec::new();
    let mut add = |mark: &'static str, text: &str| {
        if !text.is_empty() {
            lines.push(WireLine { mark, text: printable(&shortened(text, PAYLOAD_MAX)) });
        }
    };
    add("> ", &exchange.request);
    add("> ", &exchange.form);
    let status = match (exchange.status, failure) {
        (Some(status), None) => status.to_string(),
        (Some(status), Some(failure)) => format!("{status}, then {failure}"),
        (None, Some(failure)) => format!("no answer: {failure}"),
        (None, None) => "no answer".to_owned(),
    };
    add("< ", &status);
    exchange.headers.iter().for_each(|header| add("< ", header));
    add("< ", &exchange.body);
    let correlation =
        Some(&exchange.correlation_id).filter(|id| !id.is_empty()).map(|id| format!("x-correlation-id {id}"));
    let trace = exchange.trace_id.as_ref().map(|trace| format!("the server's trace id {trace}"));
    let ids: Vec<String> = correlation.into_iter().chain(trace).collect();
    add("", &ids.join(", "));
    lines
}

/// Why a check counts otherwise than its level and verdict say, and what else there is to say about it.
pub(super) fn remarks(judged: &JudgedCheck<'_>) -> Vec<String> {
    let standing = match judged.standing {
        Standing::Known(deviation) => {
            Some(format!("announced until {} by {}: {}", deviation.until, deviation.owner, deviation.reason))
        }
        Standing::Expired(deviation) => Some(format!(
            "was announced until {} by {}, and the day has passed: {}",
            deviation.until, deviation.owner, deviation.reason
        )),
        Standing::InBaseline => Some("failed in the baseline, too".to_owned()),
        Standing::Regressed => Some("passed in the baseline".to_owned()),
        Standing::Passed
        | Standing::NotApplicable
        | Standing::Held
        | Standing::Warned
        | Standing::Observed
        | Standing::Undecided
        | Standing::OwnFault => None,
    };
    let softer = judged.check.softer.as_ref();
    let softer = softer.map(|reason| format!("graded {}: {reason}", judged.check.level.name()));
    standing.into_iter().chain(softer).chain(judged.check.notes.iter().cloned()).collect()
}

/// The whole account as plain text without control characters, for formats that show it as it is.
pub(super) fn lines(suite: &SuiteRecord, judged: &JudgedCheck<'_>) -> Vec<String> {
    let check = judged.check;
    let mut lines = vec![check.title.clone()];
    lines.extend(requirements(suite, check).into_iter().map(requirement_line));
    lines.extend(remarks(judged));
    lines.push("script:".to_owned());
    let script = script(check);
    let widest = script.iter().map(|step| step.at.chars().count()).max().unwrap_or(0);
    for ScriptLine { number, text, at, here } in script {
        let mark = if here { "->" } else { "  " };
        lines.push(format!("  {mark} {number:>2}  {at:>widest$}  {text}"));
    }
    if let Some(finding) = check.verdict.finding() {
        lines.push(format!("expected: {}", finding.expected));
        lines.push(format!("actual:   {}", finding.actual));
    }
    for step in exchanges(check) {
        if step.more > 0 {
            lines.push(format!("step {}: {} earlier exchanges are in record.json", step.number, step.more));
        }
        for sent in step.shown {
            lines.push(format!("{}:", exchange_head(step.number, sent)));
            let wire = wire(&sent.exchange, sent.failure.as_deref());
            lines.extend(wire.into_iter().map(|line| format!("  {}{}", line.mark, line.text)));
        }
    }
    lines.iter().map(|line| printable(line)).collect()
}

/// A time given in ms.
pub(super) fn milliseconds(ms: f64) -> String {
    unit::time_us(ms * 1e3)
}

/// `58 of 183 observed, 20 not observable, 15 not reached in this run`.
pub(super) fn coverage_line(coverage: &Coverage<'_>) -> String {
    let mut line = format!("{} of {} observed", coverage.observed.len(), coverage.total());
    for (list, what) in [
        (&coverage.unobservable, "not observable from outside"),
        (&coverage.not_reached, "not reached in this run"),
    ] {
        if !list.is_empty() {
            line.push_str(&format!(", {} {what}", list.len()));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    /// Step and time of each exchange that is shown of the sample's single-use check, when its finding is about `step`.
    fn shown(step: usize) -> Vec<(usize, f64)> {
        let mut record = sample::conformance();
        let suite = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
        let check = suite.checks.iter_mut().find(|check| check.id == "ciba/10.1.1/single-use").unwrap();
        let crate::record::Verdict::Fail { finding } = &mut check.verdict else { panic!("it fails") };
        finding.step = step;
        let steps = exchanges(check);
        steps.iter().flat_map(|step| step.shown.iter().map(|sent| (step.number, sent.at_ms))).collect()
    }

    #[test]
    fn the_exchanges_that_show_a_finding_are_those_before_it() {
        // The claim comes after the poll of step 6; the control is the last poll of step 4.
        assert_eq!(shown(6), [(4, 5_039.2), (6, 10_041.2)]);
        assert_eq!(shown(3), [(1, 0.1), (4, 40.1), (4, 45.9), (4, 5_039.2)]);
        assert_eq!(shown(0), [(1, 0.1)]);
    }

    #[test]
    fn the_failing_step_is_marked_and_the_unreached_ones_say_so() {
        let record = sample::conformance();
        let check =
            record.suite().unwrap().checks.iter().find(|check| check.id.ends_with("single-use")).unwrap();
        let script = script(check);
        let marked: Vec<usize> = script.iter().filter(|step| step.here).map(|step| step.number).collect();
        assert_eq!(marked, [7]);
        assert_eq!(script[7].at, "not reached");
    }
}
