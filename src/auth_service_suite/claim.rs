use super::Scene;
use std::fmt;

/// Something that holds of what was seen so far, or does not: the words, and the function that finds out.
#[derive(Debug, Clone, Copy)]
pub struct Claim(pub &'static str, pub Judge);

/// Finds out whether a claim holds.
pub type Judge = fn(&Scene) -> Result<(), Unheld>;

/// Why a claim is not known to hold. Texts say what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unheld {
    /// It does not hold.
    No(String),
    /// What was seen does not tell.
    Unclear(String),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
