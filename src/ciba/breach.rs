use super::Rule;

/// A rule of the standard that something broke, in words. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The rule.
    pub rule: Rule,
    /// What was expected and what came.
    pub detail: String,
}
