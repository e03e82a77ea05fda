use super::breach::{breach, quoted};
use super::claims::SUBJECT_MAX;
use crate::ciba::{Breach, Rule, named};
use std::collections::HashMap;
use std::sync::Arc;

/// Most users whose subjects are remembered; about 300 bytes each.
pub const LEDGER_USERS_MAX: usize = 100_000;

named! {
    /// What a target promises about `sub`.
    pub enum SubjectRule {
        /// `sub` is exactly the name by which the user was hinted at, unless that is longer than a `sub` may be, or not ASCII.
        Hint => "hint",
        /// The same user always gets the same `sub`, and two users never share one.
        StablePerUser => "stable_per_user",
        /// Nothing.
        Unchecked => "unchecked",
    }
}

impl SubjectRule {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 3] =
        [("hint", Self::Hint), ("stable_per_user", Self::StablePerUser), ("unchecked", Self::Unchecked)];
}

/// Who was given which `sub` so far: the right user's tokens must never be another's.
///
/// One ledger serves one client, since pairwise subjects differ between clients (OpenID Connect Core 1.0, 8.1). Beyond
/// [`LEDGER_USERS_MAX`] users, new ones are not remembered; what is known is still held against everybody.
#[derive(Debug, Clone)]
pub struct SubjectLedger {
    rule: SubjectRule,
    subjects: HashMap<Arc<str>, Arc<str>>,
    users: HashMap<Arc<str>, Arc<str>>,
    users_max: usize,
}

impl SubjectLedger {
    /// An empty ledger.
    pub fn new(rule: SubjectRule) -> Self {
        Self::bounded(rule, LEDGER_USERS_MAX)
    }

    /// Judges the `sub` of a token that was asked for with `user` as hint, and remembers it.
    pub fn judge(&mut self, user: &str, subject: &str) -> Option<Breach> {
        match self.rule {
            SubjectRule::Hint if user == subject => None,
            // What cannot be a `sub` (OpenID Connect Core 1.0, 2) has to have one that leads to nobody else.
            SubjectRule::Hint if !is_subject(user) => self.judge_stability(user, subject),
            SubjectRule::Hint => Some(breach(
                Rule::IdTokenSubject,
                format!("expected sub {}, the hint of this request, got {}", quoted(user), quoted(subject)),
            )),
            SubjectRule::StablePerUser => self.judge_stability(user, subject),
            SubjectRule::Unchecked => None,
        }
    }

    fn bounded(rule: SubjectRule, users_max: usize) -> Self {
        SubjectLedger { rule, subjects: HashMap::new(), users: HashMap::new(), users_max }
    }

    fn judge_stability(&mut self, user: &str, subject: &str) -> Option<Breach> {
        let before = self.subjects.get(user);
        let owner = self.users.get(subject);
        let detail = match (before, owner) {
            (Some(before), _) if **before == *subject => return None,
            (_, Some(owner)) if **owner != *user => {
                format!(
                    "expected a sub of its own for user {}, got {}, which is user {}'s",
                    quoted(user),
                    quoted(subject),
                    quoted(owner)
                )
            }
            (Some(before), _) => format!(
                "expected sub {} for user {} as before, got {}",
                quoted(before),
                quoted(user),
                quoted(subject)
            ),
            (None, _) => {
                self.remember(user, subject);
                return None;
            }
        };
        Some(breach(Rule::IdTokenSubject, detail))
    }

    fn remember(&mut self, user: &str, subject: &str) {
        if self.subjects.len() < self.users_max {
            let (user, subject): (Arc<str>, Arc<str>) = (user.into(), subject.into());
            self.subjects.insert(Arc::clone(&user), Arc::clone(&subject));
            self.users.insert(subject, user);
        }
    }
}

/// Whether a text can be a `sub`: at most 255 ASCII characters (OpenID Connect Core 1.0, 2).
fn is_subject(text: &str) -> bool {
    text.is_ascii() && (1..=SUBJECT_MAX).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Named;

    /// Judges in order and says which of the pairs broke the rule.
    fn breaches(mut ledger: SubjectLedger, pairs: &[(&str, &str)]) -> Vec<usize> {
        (0..pairs.len())
            .filter(|at| {
                let breach = ledger.judge(pairs[*at].0, pairs[*at].1);
                assert!(breach.iter().all(|breach| breach.rule == Rule::IdTokenSubject));
                breach.is_some()
            })
            .collect()
    }

    #[test]
    fn each_rule_finds_its_breaches() {
        type Case<'a> = (SubjectRule, &'a [(&'a str, &'a str)], &'a [usize]);
        let cases: [Case<'_>; 8] = [
            (SubjectRule::Hint, &[("jürgen", "1"), ("jürgen", "1"), ("jürgen", "2"), ("jörg", "1")], &[2, 3]),
            (SubjectRule::Hint, &[("alice", "alice"), ("alice", "bob"), ("alice", "Alice")], &[1, 2]),
            (SubjectRule::StablePerUser, &[("alice", "1"), ("bob", "2"), ("alice", "1"), ("bob", "2")], &[]),
            // A user's sub changed; the first one stays the yardstick.
            (SubjectRule::StablePerUser, &[("alice", "1"), ("alice", "2"), ("alice", "1")], &[1]),
            // Two users share one.
            (SubjectRule::StablePerUser, &[("alice", "1"), ("bob", "1"), ("bob", "2")], &[1]),
            // A mix-up between two known users.
            (
                SubjectRule::StablePerUser,
                &[("alice", "1"), ("bob", "2"), ("alice", "2"), ("bob", "1")],
                &[2, 3],
            ),
            // A sub that was refused is not learned as anybody's.
            (SubjectRule::StablePerUser, &[("alice", "1"), ("alice", "2"), ("bob", "2")], &[1]),
            (SubjectRule::Unchecked, &[("alice", "1"), ("alice", "2"), ("bob", "2")], &[]),
        ];
        for (rule, pairs, expected) in cases {
            assert_eq!(breaches(SubjectLedger::new(rule), pairs), expected, "{rule} {pairs:?}");
        }
    }

    #[test]
    fn a_full_ledger_learns_no_more_and_still_judges() {
        let ledger = SubjectLedger::bounded(SubjectRule::StablePerUser, 1);
        let pairs = [("alice", "1"), ("bob", "2"), ("bob", "3"), ("bob", "1"), ("alice", "4")];
        assert_eq!(breaches(ledger, &pairs), [3, 4]);
    }

    #[test]
    fn the_breach_names_users_and_subjects() {
        let mut ledger = SubjectLedger::new(SubjectRule::StablePerUser);
        assert_eq!(ledger.judge("alice", "1"), None);
        let detail = ledger.judge("bob", "1").unwrap().detail;
        for part in ["\"alice\"", "\"bob\"", "\"1\""] {
            assert!(detail.contains(part), "{detail}");
        }
    }

    #[test]
    fn rules_are_named_as_in_target_files() {
        assert_eq!(SubjectRule::from_name("stable_per_user"), Some(SubjectRule::StablePerUser));
    }
}
