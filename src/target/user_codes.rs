use crate::ciba::Secret;
use std::collections::BTreeMap;

/// The codes by which users keep strangers from having them asked (CIBA Core 1.0, 7.1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserCodes {
    /// Of everybody who has none of their own.
    pub shared: Option<Secret<String>>,
    /// By user.
    pub own: BTreeMap<String, Secret<String>>,
}

impl UserCodes {
    /// The user's code, where one is known.
    #[must_use]
    pub fn of(&self, user: &str) -> Option<&Secret<String>> {
        self.own.get(user).or(self.shared.as_ref())
    }

    /// Whether nobody's code is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.is_none() && self.own.is_empty()
    }

    /// Whether two users have different codes of their own.
    #[must_use]
    pub fn differ(&self) -> bool {
        let mut own = self.own.values();
        own.next().is_some_and(|first| own.any(|code| code != first))
    }
}
