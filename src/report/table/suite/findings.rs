use crate::analysis::{JudgedCheck, SuiteSummary};
use crate::record::{CheckExchange, Finding, SuiteRecord, Verdict};
use crate::report::account::{self, ScriptLine};
use crate::report::group::Group;
use crate::report::table::page::{Page, Tone};

/// What failed, with everything that is needed to repair it; then what is only told, and what came to no verdict.
pub(super) fn write(page: &mut Page<'_>, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    let members = |group: Group| group.members(&summary.checks);
    part(page, "Failures", "these fail the run", &members(Group::Failed), |page, judged| {
        failure(page, suite, judged)
    });
    for (group, title, remark) in [
        (Group::Warning, "Warnings", "a SHOULD that is not followed (--fail-on should fails them)"),
        (Group::Observation, "Observations", "a MAY that is done in another way"),
    ] {
        part(page, title, remark, &members(group), |page, judged| told(page, suite, judged));
    }
    part(
        page,
        "Inconclusive",
        "never reached the claim: nothing is held against the server",
        &members(Group::Inconclusive),
        undecided,
    );
    part(
        page,
        "Broken",
        "this tool failed: nothing is held against the server",
        &members(Group::Broken),
        undecided,
    );
}

fn part(
    page: &mut Page<'_>,
    title: &str,
    remark: &str,
    checks: &[&JudgedCheck<'_>],
    one: impl Fn(&mut Page<'_>, &JudgedCheck<'_>),
) {
    if checks.is_empty() {
        return;
    }
    page.heading(title, &format!("{}; {remark}", checks.len()));
    for (at, judged) in checks.iter().enumerate() {
        if at > 0 {
            page.blank();
        }
        let group = Group::of(judged);
        page.marked(2, group.tone(), &format!("{} ", group.mark()), &judged.check.id);
        page.text(4, &judged.check.title);
        one(page, judged);
    }
}

fn failure(page: &mut Page<'_>, suite: &SuiteRecord, judged: &JudgedCheck<'_>) {
    let check = judged.check;
    sources(page, suite, judged);
    page.text(4, "script");
    let script = account::script(check);
    let widest = script.iter().map(|step| step.at.chars().count()).max().unwrap_or(0);
    for ScriptLine { number, text, at, here } in script {
        let (mark, tone) = if here { ("✗", Tone::Bad) } else { (" ", Tone::Plain) };
        page.marked(6, tone, &format!("{mark} {number:>2}  {at:>widest$}  "), text);
    }
    if let Some(finding) = check.verdict.finding() {
        expectation(page, finding);
    }
    for step in account::exchanges(check) {
        if step.more > 0 {
            let text = format!("step {}: {} earlier exchanges are in record.json", step.number, step.more);
            page.toned(4, Tone::Quiet, &text);
        }
        step.shown.iter().for_each(|sent| exchange(page, step.number, sent));
    }
}

fn exchange(page: &mut Page<'_>, number: usize, sent: &CheckExchange) {
    page.text(4, &account::exchange_head(number, sent));
    for line in account::wire(&sent.exchange, sent.failure.as_deref()) {
        let tone = if line.mark.is_empty() { Tone::Quiet } else { Tone::Plain };
        page.marked(6, tone, line.mark, &line.text);
    }
}

fn told(page: &mut Page<'_>, suite: &SuiteRecord, judged: &JudgedCheck<'_>) {
    sources(page, suite, judged);
    if let Some(finding) = judged.check.verdict.finding() {
        expectation(page, finding);
    }
}

fn undecided(page: &mut Page<'_>, judged: &JudgedCheck<'_>) {
    match &judged.check.verdict {
        Verdict::Inconclusive { finding } | Verdict::Fail { finding } => {
            let step = judged.check.script.get(finding.step).map_or("", |step| step.text.as_str());
            page.marked(4, Tone::Plain, "at step   ", &format!("{}: {step}", finding.step + 1));
            expectation(page, finding);
            // The last thing that was seen is most of the cause.
            let steps = account::exchanges(judged.check);
            if let Some((step, sent)) = steps.last().and_then(|step| Some((step, step.shown.last()?))) {
                exchange(page, step.number, sent);
            }
        }
        Verdict::Broken { reason } | Verdict::NotApplicable { reason } => {
            page.marked(4, Tone::Plain, "cause     ", reason);
        }
        Verdict::Pass => {}
    }
}

/// The sentences that a check stands on, and why it counts as it does.
fn sources(page: &mut Page<'_>, suite: &SuiteRecord, judged: &JudgedCheck<'_>) {
    for requirement in account::requirements(suite, judged.check) {
        page.marked(4, Tone::Quiet, "§ ", &account::requirement_line(requirement));
    }
    for remark in account::remarks(judged) {
        page.marked(4, Tone::Careful, "- ", &remark);
    }
}

fn expectation(page: &mut Page<'_>, finding: &Finding) {
    page.marked(4, Tone::Plain, "expected  ", &finding.expected);
    page.marked(4, Tone::Plain, "actual    ", &finding.actual);
}
