//! Findings, in lines for people and as one document for machines.

use serde::Serialize;

use super::command::Examined;
use super::machine::Measured;
use crate::analysis::Exit;
use crate::ciba::Named as _;
use crate::doctor::machine::{Ceiling, Fit, Part};
use crate::doctor::{Diagnosis, Examination, Finding, State};

/// What stands below a finding, in front of what to change.
const ARROW: &str = "      -> ";

/// One finding: what was seen in one line, what to change in another.
pub fn lines(finding: &Finding) -> String {
    let widest = Examination::ALL.iter().map(|examination| examination.words().len()).max().unwrap_or(0);
    let name = format!("{:widest$}", finding.examination.words());
    look(finding.state, &name, &finding.seen, finding.remedy.as_deref())
}

/// The same of a part of the machine.
pub fn fit_lines(fit: &Fit) -> String {
    let widest = Part::widest();
    look(fit.state, &format!("{:widest$}", fit.part.name()), &fit.seen, fit.remedy.as_deref())
}

fn look(state: State, name: &str, seen: &str, remedy: Option<&str>) -> String {
    let (mark, before) = match state {
        State::Sound => ("✓", ""),
        State::Doubtful => ("!", ""),
        State::Failed => ("✗", ""),
        State::NotExamined => ("-", "not examined: "),
    };
    let mut text = format!("  {mark} {name}  {before}{seen}\n");
    if let Some(remedy) = remedy {
        text.push_str(&format!("{ARROW}{remedy}\n"));
    }
    text
}

/// What all findings come to.
pub fn verdict(diagnosis: &Diagnosis, exit: Exit) -> String {
    let found = diagnosis.findings.iter().map(|finding| (finding.state, finding.examination.words()));
    summed_up(found, if exit == Exit::Done { "usable" } else { exit.word() }, exit)
}

/// The same of the machine.
pub fn fit_verdict(fits: &[Fit], exit: Exit) -> String {
    let found = fits.iter().map(|fit| (fit.state, fit.part.to_string()));
    summed_up(found, if exit == Exit::Done { "fits" } else { "does not fit" }, exit)
}

fn summed_up(found: impl Iterator<Item = (State, String)>, word: &str, exit: Exit) -> String {
    let found: Vec<_> = found.collect();
    let of = |wanted| found.iter().filter(move |(state, _)| *state == wanted);
    let counted = |state, word: &str| {
        let count = of(state).count();
        (count > 0).then(|| format!("{count} {word}"))
    };
    let failed: Vec<&str> = of(State::Failed).map(|(_, name)| name.as_str()).collect();
    let failed = match failed.len() {
        0 => None,
        count => Some(format!("{count} failed ({})", failed.join(", "))),
    };
    let parts = [
        failed,
        counted(State::Sound, "sound"),
        counted(State::Doubtful, "doubtful"),
        counted(State::NotExamined, "not examined"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let mark = if exit == Exit::Done { "✓" } else { "✗" };
    format!("\n{mark} {word}: {}\n  exit code {}: {}\n", parts.join(", "), exit.code(), exit.about())
}

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'d> {
    /// What came of the target, where one was examined.
    #[serde(flatten)]
    target: Option<TargetDocument<'d>>,
    /// What came of the machine, where a profile was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<MachineDocument<'d>>,
    /// Whether everything was examined that can be, and nothing failed.
    usable: bool,
    exit_code: u8,
}

#[derive(Debug, Serialize)]
struct TargetDocument<'d> {
    target: &'d str,
    issuer: &'d str,
    /// The user whom flows asked; absent where none was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'d str>,
    findings: &'d [Finding],
}

#[derive(Debug, Serialize)]
struct MachineDocument<'d> {
    profile: &'d str,
    /// Whether the profile fits.
    fits: bool,
    ceiling: &'d Ceiling,
    findings: &'d [Fit],
}

impl<'d> Document<'d> {
    /// Of what was examined.
    pub fn of(target: Option<&'d Examined>, machine: Option<&'d Measured>, exit: Exit) -> Self {
        Document {
            target: target.map(|Examined { practice, diagnosis, .. }| TargetDocument {
                target: &practice.file,
                issuer: practice.target.issuer.as_str(),
                user: practice.user.as_deref(),
                findings: &diagnosis.findings,
            }),
            machine: machine.map(|Measured { profile, ceiling, fits, exit }| MachineDocument {
                profile,
                fits: *exit == Exit::Done,
                ceiling,
                findings: fits,
            }),
            usable: exit == Exit::Done,
            exit_code: exit.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_line_and_its_remedy_another() {
        let finding = |state, remedy: Option<&str>| Finding {
            examination: Examination::Keys,
            state,
            seen: "seen".to_owned(),
            remedy: remedy.map(str::to_owned),
            stands_on: None,
        };
        assert_eq!(lines(&finding(State::Sound, None)), "  ✓ keys                    seen\n");
        assert_eq!(
            lines(&finding(State::Failed, Some("target file: x"))),
            "  ✗ keys                    seen\n      -> target file: x\n"
        );
        assert!(lines(&finding(State::NotExamined, None)).contains("not examined: seen"));
        let diagnosis = Diagnosis::of(vec![finding(State::Failed, None)], "x");
        let verdict = verdict(&diagnosis, Exit::Target);
        assert!(verdict.contains("✗ target not usable: 1 failed (keys), 22 not examined"), "{verdict}");
    }
}
