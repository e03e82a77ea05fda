use crate::record::{Finding, Verdict};

/// Why a script ended before its last step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// What the further steps would show cannot come about any more, which is as it should be.
    Passed,
    /// The claim does not hold.
    Failed {
        /// What was expected.
        expected: String,
        /// What came.
        actual: String,
    },
    /// The claim was not reached, or what was seen does not tell.
    Inconclusive {
        /// What was expected.
        expected: String,
        /// What came.
        actual: String,
    },
    /// The check says nothing about this server.
    NotApplicable(String),
    /// This tool failed.
    Broken(String),
}

impl Stop {
    /// The verdict of a check that stopped at this step.
    pub fn verdict(self, step: usize) -> Verdict {
        match self {
            Stop::Passed => Verdict::Pass,
            Stop::Failed { expected, actual } => {
                Verdict::Fail { finding: Finding { step, expected, actual } }
            }
            Stop::Inconclusive { expected, actual } => {
                Verdict::Inconclusive { finding: Finding { step, expected, actual } }
            }
            Stop::NotApplicable(reason) => Verdict::NotApplicable { reason },
            Stop::Broken(reason) => Verdict::Broken { reason },
        }
    }
}
