use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// Longest identifier that is accepted, in bytes. The standard sets no limit; identifiers that carry an encrypted state
/// reach a few kilobytes.
const LENGTH_MAX: usize = 8 * 1024;

/// The identifier of one authentication request, opaque to the client (CIBA Core 1.0, 7.3).
///
/// It is a credential of sorts (whoever is authenticated as the client can redeem it), so `Debug` shows its beginning only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AuthReqId(Arc<str>);

/// Why a string cannot be an `auth_req_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthReqIdError {
    /// The member was an empty string.
    #[error("is empty")]
    Empty,
    /// A character outside the set that section 7.3 allows.
    #[error("holds {0:?}, allowed are A-Z a-z 0-9 . - _")]
    Character(char),
    /// Longer than this tool keeps.
    #[error("is {0} bytes long, this tool keeps at most {LENGTH_MAX}")]
    TooLong(usize),
}

impl AuthReqId {
    /// Takes the member of an acknowledgement, whatever it holds: a client treats it as opaque.
    pub fn opaque(value: &str) -> Self {
        AuthReqId(value.into())
    }

    /// Judges the form that section 7.3 demands of an OP: not empty, and only `A-Z a-z 0-9 . - _`.
    pub fn check(value: &str) -> Result<(), AuthReqIdError> {
        if value.is_empty() {
            return Err(AuthReqIdError::Empty);
        }
        if value.len() > LENGTH_MAX {
            return Err(AuthReqIdError::TooLong(value.len()));
        }
        match value.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
            Some(c) => Err(AuthReqIdError::Character(c)),
            None => Ok(()),
        }
    }

    /// The identifier as it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An identifier is found in a map by its text.
impl Borrow<str> for AuthReqId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthReqId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthReqId({:.6}…)", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_characters_of_section_7_3_pass() {
        assert_eq!(AuthReqId::check("1c266114-a1be.4252_8ad1"), Ok(()));
        assert_eq!(AuthReqId::check(""), Err(AuthReqIdError::Empty));
        for (value, bad) in [("a+b", '+'), ("a/b", '/'), ("a=", '='), ("a b", ' '), ("é", 'é'), ("a\n", '\n')]
        {
            assert_eq!(AuthReqId::check(value), Err(AuthReqIdError::Character(bad)), "{value:?}");
        }
        assert_eq!(
            AuthReqId::check(&"a".repeat(LENGTH_MAX + 1)),
            Err(AuthReqIdError::TooLong(LENGTH_MAX + 1))
        );
    }

    #[test]
    fn debug_shows_the_beginning_only() {
        assert_eq!(format!("{:?}", AuthReqId::opaque("abcdefghijkl")), "AuthReqId(abcdef…)");
    }
}
