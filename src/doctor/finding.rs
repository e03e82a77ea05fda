use super::Examination;
use crate::ciba::{Named, named};
use serde::Serialize;

named! {
    /// What came of an examination.
    pub enum State {
        /// All well.
        Sound => "sound",
        /// It can be used so, and somebody should look.
        Doubtful => "doubtful",
        /// The target cannot be used like this.
        Failed => "failed",
        /// Nothing was looked at.
        NotExamined => "not_examined",
    }
}

/// What one examination found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub examination: Examination,
    /// What came of it.
    pub state: State,
    /// What was seen, or why nothing was, in one line. Holds no secret.
    pub seen: String,
    /// What to change, and where: it begins with the place, for example `target file:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// For what was not examined: the examination that failed below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_on: Option<Examination>,
}

/// A finding that does not say yet what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) state: State,
    pub(super) seen: String,
    pub(super) remedy: Option<String>,
}

impl Look {
    pub(super) fn sound(seen: impl Into<String>) -> Self {
        Look { state: State::Sound, seen: seen.into(), remedy: None }
    }

    pub(super) fn doubtful(seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Look { state: State::Doubtful, seen: seen.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn failed(seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Look { state: State::Failed, seen: seen.into(), remedy: Some(remedy.into()) }
    }

    /// Nothing to look at, which is nobody's fault.
    pub(super) fn not_examined(reason: impl Into<String>) -> Self {
        Look { state: State::NotExamined, seen: reason.into(), remedy: None }
    }
}

/// Every finding, one for each examination, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// These findings; what is missing was not examined, for this reason.
    pub fn of(mut findings: Vec<Finding>, reason: &str) -> Self {
        for examination in Examination::ALL {
            let written = findings.iter().any(|finding| finding.examination == *examination);
            if !written && !examination.is_rare() {
                findings.push(Finding {
                    examination: *examination,
                    state: State::NotExamined,
                    seen: reason.to_owned(),
                    remedy: None,
                    stands_on: None,
                });
            }
        }
        findings.sort_by_key(|finding| finding.examination);
        Diagnosis { findings }
    }

    /// Whether the target can be used: nothing failed.
    pub fn is_usable(&self) -> bool {
        self.count(State::Failed) == 0
    }

    /// How many findings are of this state.
    pub fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|finding| finding.state == state).count()
    }

    /// What failed.
    pub fn failed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.state == State::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said_and_does_not_fail() {
        let finding = |examination, state| Finding {
            examination,
            state,
            seen: "x".to_owned(),
            remedy: None,
            stands_on: None,
        };
        let early = [finding(Examination::Keys, State::Doubtful), finding(Examination::Clock, State::Sound)];
        let diagnosis = Diagnosis::of(early.to_vec(), "interrupted");
        let order: Vec<Examination> = diagnosis.findings.iter().map(|finding| finding.examination).collect();
        assert!(order.is_sorted() && order.len() == Examination::ALL.len() - 3);
        assert_eq!(diagnosis.count(State::NotExamined), Examination::ALL.len() - 5);
        assert!(diagnosis.is_usable());
        let failed = Diagnosis::of(vec![finding(Examination::Keys, State::Failed)], "interrupted");
        assert!(!failed.is_usable());
        assert_eq!(failed.failed().count(), 1);
    }
}
