use serde::{Deserialize, Serialize};

/// What a check came to. Only [`Verdict::Fail`] is held against the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// The server does what the check claims.
    Pass,
    /// It does not.
    Fail {
        /// What showed it.
        finding: Finding,
    },
    /// The check says nothing about this target, or needs what the target file does not offer.
    NotApplicable {
        /// What is missing.
        reason: String,
    },
    /// The claim was never reached: a precondition did not hold, the connection broke, the user did not answer.
    Inconclusive {
        /// What came in between.
        finding: Finding,
    },
    /// This tool failed.
    Broken {
        /// How.
        reason: String,
    },
}

/// What was expected at one step of a script, and what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Index of the step in the script.
    pub step: usize,
    /// What was expected, in words.
    pub expected: String,
    /// What came, in words, without secrets.
    pub actual: String,
}

impl Verdict {
    /// The name in reports and files.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail { .. } => "fail",
            Verdict::NotApplicable { .. } => "not applicable",
            Verdict::Inconclusive { .. } => "inconclusive",
            Verdict::Broken { .. } => "broken",
        }
    }

    /// The finding of a verdict that has one.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Verdict::Fail { finding } | Verdict::Inconclusive { finding } => Some(finding),
            Verdict::Pass | Verdict::NotApplicable { .. } | Verdict::Broken { .. } => None,
        }
    }

    /// What it came to and why, in a line.
    pub fn in_words(&self) -> String {
        let name = self.name();
        match self {
            Verdict::Pass => name.to_owned(),
            Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
                let Finding { step, expected, actual } = finding;
                format!("{name} at step {}: expected {expected}, got {actual}", step + 1)
            }
            Verdict::NotApplicable { reason } | Verdict::Broken { reason } => format!("{name}: {reason}"),
        }
    }

    /// Its texts, so that secrets can be struck out.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        match self {
            Verdict::Pass => Vec::new(),
            Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
                vec![&mut finding.expected, &mut finding.actual]
            }
            Verdict::NotApplicable { reason } | Verdict::Broken { reason } => vec![reason],
        }
    }
}
