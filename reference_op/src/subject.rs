//! What `sub` a user has: the user's own name where that is a valid one (OpenID Connect Core 1.0, 2: at most 255 ASCII
//! characters), else its digest; and a digest of its own in each sector of clients with pairwise subjects (8.1).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::random;

/// Longest `sub` in characters.
const MAX_SUBJECT: usize = 255;
/// Users with a digest for a `sub` that can be found again by it; hints that lead to later ones lead to nobody known.
const MAX_DIGESTS: usize = 10_000;

/// The subjects of a workspace.
#[derive(Debug)]
pub(crate) struct Subjects {
    /// What nobody else knows, so that nobody else can tell whose a pairwise subject is.
    salt: String,
    /// Users by the digests of their names.
    digests: Mutex<HashMap<String, String>>,
}

impl Default for Subjects {
    fn default() -> Self {
        Self { salt: random::unguessable(), digests: Mutex::default() }
    }
}

impl Subjects {
    /// The `sub` of a user, as clients of this sector are told, or those with public subjects.
    pub(crate) fn subject(&self, user: &str, sector: Option<&str>) -> String {
        if sector.is_none() && user.is_ascii() && user.len() <= MAX_SUBJECT {
            return user.to_owned();
        }
        let digested = match sector {
            None => user.to_owned(),
            // A host has no space.
            Some(sector) => format!("{} {sector} {user}", self.salt),
        };
        let subject = URL_SAFE_NO_PAD.encode(digest(&SHA256, digested.as_bytes()));
        let mut digests = self.digests();
        if digests.len() < MAX_DIGESTS {
            digests.insert(subject.clone(), user.to_owned());
        }
        subject
    }

    /// The user of a `sub` that was issued.
    pub(crate) fn user(&self, subject: &str) -> String {
        self.digests().get(subject).map_or(subject, String::as_str).to_owned()
    }

    fn digests(&self) -> MutexGuard<'_, HashMap<String, String>> {
        // No code that can panic runs under the lock.
        self.digests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_short_and_ascii_and_leads_back() {
        let subjects = Subjects::default();
        for user in ["John", "a b+c&<b>", "größe", &"ü".repeat(2_000), &"x".repeat(256)] {
            let subject = subjects.subject(user, None);
            assert!(subject.is_ascii() && (1..=MAX_SUBJECT).contains(&subject.len()), "{subject}");
            assert_eq!(subjects.user(&subject), user);
            assert_eq!(subjects.subject(user, None), subject);
            let pairwise = ["a.example", "b.example", "a.example"].map(|at| subjects.subject(user, Some(at)));
            assert!(pairwise.iter().all(|subject| subjects.user(subject) == user), "{user}");
            assert_eq!(pairwise[0], pairwise[2]);
            assert!(pairwise[0] != pairwise[1] && !pairwise.contains(&subject));
        }
        assert_eq!(subjects.subject("John", None), "John");
        assert_ne!(Subjects::default().subject("John", Some("a")), subjects.subject("John", Some("a")));
    }
}
