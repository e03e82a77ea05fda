use super::{Confirmed, Login, NotConfirmed};
use crate::ciba::Decision;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a person who has to decide. Who knows when the request expires waits less.
pub const PERSON_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// A person who decides on the page of our authentication service.
#[derive(Clone)]
pub struct Person {
    tell: Arc<dyn Fn(&str) + Send + Sync>,
    page: String,
}

/// What became of a decision that somebody else made, as our authentication service saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What was decided.
    pub decision: Decision,
    /// What the server said, and when.
    pub answered: Result<Confirmed, NotConfirmed>,
}

impl Person {
    /// A person who is told by `tell` what to do at `page`.
    pub fn new(page: String, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Person { tell: Arc::new(tell), page }
    }

    /// Asks the person to carry a decision out.
    pub(super) fn ask(&self, login: &Login, decision: Decision) {
        let what = match decision {
            Decision::Approve => "allow",
            Decision::Deny => "deny",
            Decision::Ignore => return,
        };
        let message = match &login.start.binding_message {
            Some(message) => format!(" with the message {message:?}"),
            None => String::new(),
        };
        (self.tell)(&format!(
            "a person has to decide: {what} the request for {:?}{message} at {}",
            login.start.user, self.page
        ));
    }
}

impl Decided {
    /// Holds what was decided against what was asked for.
    pub(super) fn against(self, asked: Decision) -> Result<Confirmed, NotConfirmed> {
        if self.decision == asked {
            return self.answered;
        }
        let word = |decision| match decision {
            Decision::Approve => "allowed",
            Decision::Deny => "denied",
            Decision::Ignore => "ignored",
        };
        Err(NotConfirmed {
            status: None,
            sent: None,
            reason: format!("the person was to have it {}, and it was {}", word(asked), word(self.decision)),
        })
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("page", &self.page).finish_non_exhaustive()
    }
}
