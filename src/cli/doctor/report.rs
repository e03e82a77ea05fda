//! Findings, in lines for people and as one document for machines.

use serde::Serialize;

use crate::analysis::Exit;
use crate::ciba::Named as _;
use crate::doctor::{Diagnosis, Examination, Finding, Practice, State};

/// What stands below a finding, in front of what to change.
const ARROW: &str = "      -> ";

/// One finding: what was seen in one line, what to change in another.
pub fn lines(finding: &Finding) -> String {
    let widest = Examination::ALL.iter().map(|examination| examination.words().len()).max().unwrap_or(0);
    let (mark, before) = match finding.state {
        State::Sound => ("✓", ""),
        State::Doubtful => ("!", ""),
        State::Failed => ("✗", ""),
        State::NotExamined => ("-", "not examined: "),
    };
    let mut text = format!("  {mark} {:widest$}  {before}{}\n", finding.examination.words(), finding.seen);
    if let Some(remedy) = &finding.remedy {
        text.push_str(&format!("{ARROW}{remedy}\n"));
    }
    text
}

/// What it all comes to.
pub fn verdict(diagnosis: &Diagnosis, exit: Exit) -> String {
    let counted = |state, word: &str| {
        let count = diagnosis.count(state);
        (count > 0).then(|| format!("{count} {word}"))
    };
    let failed: Vec<String> = diagnosis.failed().map(|finding| finding.examination.words()).collect();
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
    let (mark, word) = if exit == Exit::Done { ("✓", "usable") } else { ("✗", exit.word()) };
    format!("\n{mark} {word}: {}\n  exit code {}: {}\n", parts.join(", "), exit.code(), exit.about())
}

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'d> {
    target: &'d str,
    issuer: &'d str,
    /// The user whom flows asked; absent where none was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'d str>,
    /// Whether everything was examined that can be, and nothing failed.
    usable: bool,
    exit_code: u8,
    findings: &'d [Finding],
}

impl<'d> Document<'d> {
    /// Of a diagnosis.
    pub fn of(diagnosis: &'d Diagnosis, practice: &'d Practice, exit: Exit) -> Self {
        Document {
            target: &practice.file,
            issuer: practice.target.issuer.as_str(),
            user: practice.user.as_deref(),
            usable: exit == Exit::Done,
            exit_code: exit.code(),
            findings: &diagnosis.findings,
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
