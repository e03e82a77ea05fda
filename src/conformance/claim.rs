use super::{Scene, Stop};
use std::fmt;

/// Something that holds of what was seen so far, or does not.
#[derive(Debug, Clone, Copy)]
pub enum Claim {
    /// The last answer is one of these errors. The first is what the standard names; the others are allowed, too, unless
    /// the run is strict.
    Refused(&'static [Refusal]),
    /// What the words say, as the function finds it.
    Holds(&'static str, Judge),
}

/// Finds out whether a claim holds.
pub type Judge = fn(&Scene) -> Result<(), Unheld>;

/// An error answer: its status, and its `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub u16, pub &'static str);

/// Why a claim is not known to hold. Texts say what came, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unheld {
    /// It does not hold.
    No(String),
    /// What was seen does not tell.
    Unclear(String),
    /// It says nothing about this server.
    DoesNotApply(String),
}

impl From<String> for Unheld {
    fn from(actual: String) -> Self {
        Unheld::No(actual)
    }
}

impl From<&str> for Unheld {
    fn from(actual: &str) -> Self {
        Unheld::No(actual.to_owned())
    }
}

impl Claim {
    /// Judges the claim as a precondition.
    pub fn given(&self, scene: &Scene) -> Result<(), Stop> {
        self.holds(scene).map_err(|unheld| match unheld {
            Unheld::No(actual) | Unheld::Unclear(actual) => self.inconclusive(actual),
            Unheld::DoesNotApply(reason) => Stop::NotApplicable(reason),
        })
    }

    /// Judges the claim as what the check is about. An answer by which the server turns this tool away, or by which a
    /// gateway stands in for it, says nothing about it.
    pub fn expect(&self, scene: &Scene) -> Result<(), Stop> {
        self.holds(scene).map_err(|unheld| match unheld {
            Unheld::No(_) if scene.turned_away() => {
                self.inconclusive("the server turned this tool away (429 or 503); lower --jobs".to_owned())
            }
            Unheld::No(_) if scene.cut_off() => {
                self.inconclusive("a gateway had no answer from the server (502 or 504)".to_owned())
            }
            Unheld::No(actual) => Stop::Failed { expected: self.to_string(), actual },
            Unheld::Unclear(actual) => self.inconclusive(actual),
            Unheld::DoesNotApply(reason) => Stop::NotApplicable(reason),
        })
    }

    /// Judges the claim as what makes further steps needless: where it holds, the check has passed.
    pub fn done(&self, scene: &Scene) -> Result<(), Stop> {
        match self.holds(scene) {
            Ok(()) => Err(Stop::Passed),
            Err(Unheld::No(_)) => Ok(()),
            Err(Unheld::Unclear(actual)) => Err(self.inconclusive(actual)),
            Err(Unheld::DoesNotApply(reason)) => Err(Stop::NotApplicable(reason)),
        }
    }

    /// Whether it holds, for claims that are made of others.
    pub fn holds(&self, scene: &Scene) -> Result<(), Unheld> {
        match self {
            Claim::Refused(refusals) => scene.refused(refusals),
            Claim::Holds(_, judge) => judge(scene),
        }
    }

    fn inconclusive(&self, actual: String) -> Stop {
        Stop::Inconclusive { expected: self.to_string(), actual }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Refused(refusals) => {
                let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join(" or "))
            }
            Claim::Holds(words, _) => f.write_str(words),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}
