use super::{Baseline, CheckRecord, DeviationRecord};
use crate::ciba::Level;
use crate::record::PollingRecord;
use serde::{Deserialize, Serialize};

/// The section of the checks that ask how a server deals with polls that come too early (CIBA Core 1.0, 7.3 and 11).
/// Reports give it a part of its own.
pub const POLLING_SECTION: &str = "Polling interval and slow_down";

/// What an authentication service is held against, as [`Selection::standard`] names it.
pub const AUTH_SERVICE_STANDARD: &str = "auth-service";

/// A run of the conformance suite. Severities, counts and the critical path are derived from it, not kept in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteRecord {
    /// What was asked for.
    pub selection: Selection,
    /// Most checks that ran side by side.
    pub jobs: usize,
    /// Length of the whole suite, in ms.
    pub took_ms: f64,
    /// Every check that was selected, in the order of the registry.
    pub checks: Vec<CheckRecord>,
    /// Checks that were selected but did not fit the budget.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Every sentence of the standard, and who observes it.
    pub requirements: Vec<RequirementRecord>,
    /// How the server treats polls that come too early, where that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polling: Option<PollingRecord>,
    /// Failures that the target file announces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<DeviationRecord>,
    /// The earlier run that failures are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
}

impl SuiteRecord {
    /// Whether an authentication service was judged, and not an OP.
    pub fn judges_auth_service(&self) -> bool {
        self.selection.standard == AUTH_SERVICE_STANDARD
    }
}

/// Which checks were asked for, and how they are graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// `core` or `fapi-ciba`; [`AUTH_SERVICE_STANDARD`] where an authentication service was judged.
    pub standard: String,
    /// Patterns of check ids; empty is everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// The weakest level that was asked for.
    pub level: Level,
    /// Whether only the first choice of several allowed answers passed.
    pub strict: bool,
    /// The weakest level whose failure fails the run: `Must` or `Should`.
    pub fail_on: Level,
    /// Seed of the order in which checks were started; absent when the longest were started first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_seed: Option<u64>,
    /// The time that the checks were allowed to take together, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_s: Option<u64>,
}

/// A check that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The check.
    pub check: String,
    /// Why.
    pub reason: String,
}

/// One sentence of the standard, and who observes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementRecord {
    /// Stable id, for example `CORE-7.3-08`.
    pub id: String,
    /// `CIBA Core 1.0, 7.3`.
    pub citation: String,
    /// How strongly it is asked for.
    pub level: Level,
    /// The sentence, in this tool's own words.
    pub text: String,
    /// Modules of the OpenID Foundation's suite that look at it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub official: Vec<String>,
    /// Who observes it.
    pub state: RequirementState,
}

/// Who observes a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum RequirementState {
    /// These checks, whether or not they ran.
    ByChecks {
        /// Their ids.
        checks: Vec<String>,
    },
    /// Nobody can from outside.
    Unobservable {
        /// Why.
        reason: String,
    },
}
