use super::{Ask, Claim, sentence};
use crate::ciba::Level;
use std::fmt;

/// One check: a claim about an authentication service, and the script that shows whether it holds. Plain data.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Stable name: `auth-service`, section, slug.
    pub id: &'static str,
    /// The claim, as a sentence.
    pub title: &'static str,
    /// Why it matters: what a service that breaks it does to the OP or to users.
    pub why: &'static str,
    /// Ids of the sentences that it observes. The first one grades it.
    pub covers: &'static [&'static str],
    /// The steps.
    pub script: &'static [Step],
    /// The fault of the mock authentication service that must make this check fail: the proof that it can.
    pub fault: &'static str,
}

/// The checks of one operation.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Its name in reports.
    pub name: &'static str,
    /// Its checks.
    pub checks: &'static [Check],
}

/// One step of a script.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// An authentication request at the embedded OP, which then calls the service; ends when the service has answered.
    Ask(Ask),
    /// The OP sends its last start once more.
    Repeat,
    /// Somebody decides: ends when a decision came and was answered. None within the bound is inconclusive.
    Decision,
    /// Whatever else may come is waited for.
    Silence,
    /// Has to hold for the claim to be reached.
    Given(Claim),
    /// What the check is about.
    Expect(Claim),
}

/// Whom the client names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// The user whom the service knows.
    Known,
    /// A user whom it knows and who refuses, where one is named.
    Refusing,
    /// A user whom it knows and who takes longer than a short-lived request lives, where one is named.
    Thinking,
    /// A user whom it does not know.
    Unknown,
    /// Whoever that may be.
    Named(&'static str),
}

impl Check {
    /// How strongly the contract asks for what the check claims: the level of the first sentence that it covers.
    pub fn level(&self) -> Level {
        self.covers.first().and_then(|id| sentence(id)).map_or(Level::Must, |sentence| sentence.level)
    }

    /// How many prompts it may cause.
    pub fn prompts(&self) -> usize {
        self.script.iter().filter(|step| matches!(step, Step::Ask(ask) if ask.may_prompt())).count()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Ask(ask) => ask.fmt(f),
            Step::Repeat => f.write_str("the OP sends the start once more"),
            Step::Decision => f.write_str("a decision comes and is answered"),
            Step::Silence => f.write_str("whatever else may come is waited for"),
            Step::Given(claim) => write!(f, "given {claim}"),
            Step::Expect(claim) => write!(f, "expect {claim}"),
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            User::Known => f.write_str("the user"),
            User::Refusing => f.write_str("a user who refuses"),
            User::Thinking => f.write_str("a user who thinks for a while"),
            User::Unknown => f.write_str("a user whom nobody knows"),
            User::Named(name) => write!(f, "{name:?}"),
        }
    }
}
