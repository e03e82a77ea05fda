//! Named deviations from the contract of an authentication service that a test can switch on.
//!
//! Each fault is consulted at exactly one place, beside the correct code.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

macro_rules! faults {
    ($($variant:ident, $name:literal, $about:literal;)+) => {
        /// A named deviation from the contract.
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

            /// What the service does wrong, in one sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Fault::$variant => $about),+ }
            }
        }
    };
}

faults! {
    // POST /user/verify.
    KnownUserInvalid, "known-user-invalid", "Every user is unknown to `/user/verify`.";
    EverybodyValid, "everybody-valid", "Every user is known to `/user/verify`.";
    ValidAsText, "valid-as-text", "The member `valid` is a text, `\"true\"` or `\"false\"`.";
    VerifyAsText, "verify-as-text", "Answers of `/user/verify` are declared as `text/plain`.";
    UnknownMembersUnverified, "unknown-members-unverified",
        "A body with members that the contract does not name is refused by `/user/verify`.";
    OddUsersBreak, "odd-users-break",
        "A user identifier with anything but ASCII letters, digits and `.@_-` is answered 500.";
    MalformedVerifyBreaks, "malformed-verify-breaks", "A body of `/user/verify` that is no JSON is answered 500.";
    SlowVerify, "slow-verify", "Answers of `/user/verify` take seven seconds.";
    AnyPasswordVerifies, "any-password-verifies", "`/user/verify` takes any user name and password.";
    AnonymousVerifies, "anonymous-verifies", "`/user/verify` takes requests without credentials.";
    NoChallenge, "no-challenge", "An answer 401 names no authentication scheme.";
    // POST /authentication/start.
    StartRefused, "start-refused", "Every start is answered 400.";
    UnknownMembersNotStarted, "unknown-members-not-started",
        "A body with members that the contract does not name is refused by `/authentication/start`.";
    BareStartRefused, "bare-start-refused",
        "A start with `acr_values` null and without a binding message is refused.";
    OddMessagesBreak, "odd-messages-break", "A binding message that is not ASCII is answered 500.";
    MalformedStartBreaks, "malformed-start-breaks",
        "A body of `/authentication/start` that is no JSON is answered 500.";
    SlowStart, "slow-start", "Acknowledgements of starts take seven seconds.";
    AnyPasswordStarts, "any-password-starts", "`/authentication/start` takes any user name and password.";
    AnonymousStarts, "anonymous-starts", "`/authentication/start` takes requests without credentials.";
    AcknowledgesAfterDeciding, "acknowledges-after-deciding",
        "A start is acknowledged only when its decision has been sent and answered.";
    RepeatedStartRefused, "repeated-start-refused", "A start that is repeated is answered 409.";
    RepeatedStartDecidesAgain, "repeated-start-decides-again", "A start that is repeated is decided again.";
    // Decisions at the server's system APIs.
    DecidesAnotherLogin, "decides-another-login", "A decision names a login that was never started.";
    LoginStateMissing, "login-state-missing", "A decision does not echo `login_state`.";
    OpenidNotGranted, "openid-not-granted", "An acceptance does not grant `openid`.";
    ScopesBeyondRequest, "scopes-beyond-request", "An acceptance grants a scope that was not requested.";
    DecisionAsText, "decision-as-text", "A decision is declared as `text/plain`.";
    DecidesTwice, "decides-twice", "A decision that was taken is sent again.";
    DecidesAfterExpiry, "decides-after-expiry", "A decision is sent although its request has expired.";
    DecidesAfterThinking, "decides-after-thinking",
        "A decision is sent although its request has expired while the user thought.";
    DenialAsApproval, "denial-as-approval", "A denial is sent as an acceptance.";
    DenialWithoutState, "denial-without-state", "A denial does not echo `login_state`.";
    ApprovalAfterDenial, "approval-after-denial", "A denial is followed by an acceptance.";
    // The token for them.
    BearerMadeUp, "bearer-made-up", "Decisions carry a token that nobody issued.";
    TokenWithoutScope, "token-without-scope", "The token is asked for without a scope.";
    TokenPerDecision, "token-per-decision", "A token is fetched for each decision.";
    GivesUpAfter401, "gives-up-after-401", "A decision that is answered 401 is given up, and no new token is fetched.";
}

/// A set of faults.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FaultSet(u64);

// One bit for each fault.
const _: () = assert!(Fault::ALL.len() <= u64::BITS as usize);

impl FaultSet {
    /// A service that keeps to the contract.
    pub const NONE: Self = Self(0);

    /// The set with one more fault.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Self(self.0 | 1 << fault as u64)
    }

    /// Whether the fault is switched on.
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & 1 << fault as u64 != 0
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

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no fault has.
#[derive(Debug, Error)]
#[error("unknown fault {0:?}; the faults are listed by `Fault::ALL`")]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        let found = Fault::ALL.iter().copied().find(|fault| fault.name() == name);
        found.ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultSet};

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
        assert!("decides-thrice".parse::<Fault>().is_err());
    }
}
