use super::By;
use std::fmt;

/// Something that a client does at the consent API of a bank (Open Banking).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentStep {
    /// It creates a consent, which is the check's current one from now on.
    Create(By),
    /// It asks for a consent that is signed by a key that nobody registered.
    CreateForged(By),
    /// It reads the current consent, showing this token.
    Read(By, ConsentToken),
    /// It deletes the current consent.
    Delete(By),
}

/// Which token a call of the consent API shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentToken {
    /// The client's own, with the scope of the consent.
    Own,
    /// The client's own, with the scope of another kind of consent.
    OtherScope,
    /// None.
    Missing,
}

/// Which consent an authentication request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentName {
    /// The check's current one.
    Current,
    /// One that does not exist.
    Invented,
    /// None, although it asks for what needs one.
    Missing,
}

impl fmt::Display for ConsentStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = |by: &By| match by {
            By::ThirdParty => "a third party",
            By::OtherThirdParty => "another third party",
            By::SigningThirdParty => "a third party with a key",
            By::Main
            | By::Ping
            | By::Push
            | By::Second
            | By::UserCode
            | By::Unregistered
            | By::Asserting
            | By::Signing
            | By::Certified
            | By::Registered(_) => "a client",
        };
        match self {
            ConsentStep::Create(by) => write!(f, "{} creates a consent", whose(by)),
            ConsentStep::CreateForged(by) => {
                write!(f, "{} asks for a consent signed by a key that nobody registered", whose(by))
            }
            ConsentStep::Read(by, ConsentToken::Own) => write!(f, "{} reads the consent", whose(by)),
            ConsentStep::Read(by, ConsentToken::OtherScope) => {
                write!(f, "{} reads the consent with a token for other consents", whose(by))
            }
            ConsentStep::Read(by, ConsentToken::Missing) => {
                write!(f, "{} reads the consent without a token", whose(by))
            }
            ConsentStep::Delete(by) => write!(f, "{} deletes the consent", whose(by)),
        }
    }
}

impl fmt::Display for ConsentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsentName::Current => "naming the consent",
            ConsentName::Invented => "naming a consent that does not exist",
            ConsentName::Missing => "asking for what needs a consent, naming none",
        })
    }
}
