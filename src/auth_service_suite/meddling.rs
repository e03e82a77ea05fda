use super::User;
use super::seen::ServiceEndpoint;
use std::fmt;

/// An authentication request at the embedded OP, and what is changed of the calls that it leads to.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// Whom the client names.
    pub user: User,
    /// The binding message.
    pub message: Message,
    /// Which of the OP's two calls is changed, by what follows.
    pub changed: ServiceEndpoint,
    /// The credentials of that call.
    pub credentials: Credentials,
    /// The body of that call.
    pub body: Body,
    /// Whether the service hears of the start at all; where it does not, nobody is asked.
    pub start: bool,
    /// What becomes of decisions.
    pub decisions: Decisions,
}

/// A binding message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// Plain words.
    Plain,
    /// This one.
    Text(&'static str),
}

/// With what the OP authenticates at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Those that were agreed on.
    Agreed,
    /// The right user name with another password.
    WrongPassword,
    /// None.
    Missing,
}

/// The body of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// As the OP made it.
    AsIs,
    /// With members that nobody knows.
    UnknownMembers,
    /// Without what may be missing, and with null where that is allowed.
    Bare,
    /// With an expiry that has passed.
    Expired,
    /// With an expiry that passes while the user thinks.
    ShortLived,
    /// No JSON.
    Malformed,
}

/// What becomes of decisions at the system API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decisions {
    /// They are answered.
    Answered,
    /// Their answers are held until the start is acknowledged, within a bound.
    Held,
    /// The first one is answered 401.
    RefusedOnce,
}

impl Ask {
    /// A plain one for the known user.
    pub const PLAIN: Ask = Ask {
        user: User::Known,
        message: Message::Plain,
        changed: ServiceEndpoint::Start,
        credentials: Credentials::Agreed,
        body: Body::AsIs,
        start: true,
        decisions: Decisions::Answered,
    };

    /// One of which the service sees `/user/verify` alone, so that nobody is asked.
    pub const VERIFY: Ask = Ask { changed: ServiceEndpoint::Verify, start: false, ..Ask::PLAIN };

    /// Whether somebody may be asked because of it.
    pub fn may_prompt(&self) -> bool {
        self.start
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            true => write!(f, "the OP starts a login of {}", self.user)?,
            false => write!(f, "the OP verifies {}", self.user)?,
        }
        if let Message::Text(text) = self.message {
            write!(f, ", with the binding message {text:?}")?;
        }
        f.write_str(match self.credentials {
            Credentials::Agreed => "",
            Credentials::WrongPassword => ", with a wrong password",
            Credentials::Missing => ", without credentials",
        })?;
        f.write_str(match self.body {
            Body::AsIs => "",
            Body::UnknownMembers => ", with unknown members",
            Body::Bare => ", without what may be missing",
            Body::Expired => ", with an expiry that has passed",
            Body::ShortLived => ", with an expiry 3 s from now",
            Body::Malformed => ", with a body that is no JSON",
        })?;
        f.write_str(match self.decisions {
            Decisions::Answered => "",
            Decisions::Held => "; answers to decisions are held until the start is acknowledged",
            Decisions::RefusedOnce => "; the first decision is answered 401",
        })
    }
}
