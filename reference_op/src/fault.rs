//! Named deviations from the standard that a test can switch on.
//!
//! Each fault is consulted at exactly one place, beside the correct code.

use std::fmt;
use std::str::FromStr;

macro_rules! faults {
    ($($variant:ident, $name:literal, $about:literal;)+) => {
        /// A named deviation from the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $about] $variant,)+
        }

        impl Fault {
            /// Every fault, in the order in which they are listed to users.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant),+];

            /// The name on the command line, in kebab case.
            pub const fn name(self) -> &'static str {
                match self { $(Fault::$variant => $name),+ }
            }

            /// What the provider does wrong, in one sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Fault::$variant => $about),+ }
            }
        }
    };
}

faults! {
    WrongSub, "wrong-sub", "The ID token's `sub` names another user.";
    WrongAud, "wrong-aud", "The ID token's `aud` names another client.";
    BadSignature, "bad-signature", "The ID token's signature does not verify.";
    BadAtHash, "bad-at-hash", "The ID token's `at_hash` belongs to another access token.";
    PingWrongToken, "ping-wrong-token", "The ping carries a bearer token that the client never issued.";
    PingExtraMembers, "ping-extra-members", "The ping's body holds more than the `auth_req_id`.";
    SlowDownToConformantPoller, "slow-down-to-conformant-poller",
        "The first poll of a request that kept the interval is answered with `slow_down`.";
    TokensAfterDenial, "tokens-after-denial", "Tokens are issued although the user denied.";
}

const _: () = assert!(Fault::ALL.len() <= u128::BITS as usize, "FaultSet has one bit for each fault");

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no fault has.
#[derive(Debug, thiserror::Error)]
#[error("unknown fault \"{0}\"; the faults are listed by `Fault::ALL`")]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Fault::ALL
            .iter()
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// The faults that are switched on.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultSet(u128);

impl FaultSet {
    /// No fault: the provider keeps the standard.
    pub const NONE: FaultSet = FaultSet(0);

    /// This set and one more fault.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Self(self.0 | 1 << fault as u32)
    }

    /// Whether the fault is switched on.
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & 1 << fault as u32 != 0
    }

    /// The faults of the set.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(move |fault| self.has(*fault))
    }
}

impl From<Fault> for FaultSet {
    fn from(fault: Fault) -> Self {
        Self::NONE.with(fault)
    }
}

impl FromIterator<Fault> for FaultSet {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Self::NONE, FaultSet::with)
    }
}

impl fmt::Debug for FaultSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Fault::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_unique_and_parse_back() {
        let mut seen = FaultSet::NONE;
        for fault in Fault::ALL.iter().copied() {
            assert!(fault.name().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            assert_eq!(fault.name().parse::<Fault>().unwrap(), fault);
            assert!(!seen.has(fault) && fault.about().ends_with('.'));
            seen = seen.with(fault);
        }
        assert_eq!(seen.iter().count(), Fault::ALL.len());
        assert!("wrong-sup".parse::<Fault>().is_err());
    }
}
