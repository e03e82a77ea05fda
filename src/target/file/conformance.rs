//! What the conformance suite needs to know of a target, and which of its failures are accepted.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::TargetFile;
use super::parse::text;
use super::permission::stranger_among;
use crate::profile::document::{Mismatch, Reader, Section};

/// Users that checks get on loopback where the target file names none.
pub const USERS_BY_DEFAULT: usize = 32;

/// Most users that a target file may list.
const MOST_USERS: usize = 1_000;
/// Checks that may run at a time.
const JOBS: RangeInclusive<u64> = 1..=256;
/// Most accepted failures.
const MOST_DEVIATIONS: usize = 1_000;
/// What the names of users begin with that nobody chose.
const USER_PREFIX: &str = "ciba-bench-";
/// A user whom, by default, nobody knows.
const UNKNOWN_USER: &str = "ciba-bench-nobody";

/// Whom the checks may use, and how many at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConformanceSettings {
    /// The users; empty where the file names none.
    pub users: Vec<String>,
    /// A user whom the server does not know, where the file names one.
    pub unknown_user: Option<String>,
    /// Most checks that may run at a time; absent for as many as there are users.
    pub jobs: Option<usize>,
}

/// A failure that is accepted for the time being.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDeviation {
    /// Id of the check, or a pattern in which `*` stands for any text. Whether there is such a check is not known here.
    pub check: String,
    /// Why the failure is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it is accepted, in UTC.
    pub until: Date,
}

/// Checks that have no user whom they may use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsersRefused {
    /// Off loopback somebody has to say who may be asked.
    #[error(
        "conformance.users is missing in the target file, and at {host} real phones would ring; list the test users that \
         checks may use, such as users = [\"tester-1\", \"tester-2\"]"
    )]
    Missing {
        /// Host of the issuer.
        host: String,
    },
    /// The owner has not agreed to one of them.
    #[error(
        "conformance.users names {user:?}, who is not among load.allowed_users of the target file; take the user out, or \
         allow it there once the server's owner has agreed"
    )]
    Stranger {
        /// The user.
        user: String,
    },
}

impl ConformanceSettings {
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.table("conformance");
        let users = section.list("users", &text()).unwrap_or_default();
        if section.has("users") && users.is_empty() {
            section.unexpected("users", "one user at least");
        }
        if users.len() > MOST_USERS {
            let problem = format!("value {} users, expected at most {MOST_USERS}", users.len());
            section.problem("users", &problem);
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = users.iter().find(|user| !seen.insert(*user)) {
            let problem = format!("names {twice:?} twice, and each check has to have a user of its own");
            section.problem("users", &problem);
        }
        let unknown_user = section.optional("unknown_user", &text());
        let jobs = section.optional("jobs", &Reader::whole(JOBS, ""));
        let jobs = jobs.and_then(|jobs| usize::try_from(jobs).ok());
        let settings = ConformanceSettings { users, unknown_user, jobs };
        let unknown = settings.unknown_user();
        if settings.users.iter().any(|user| user == unknown) {
            let problem = format!("{unknown:?} is one of users, expected one that the server does not know");
            section.problem("unknown_user", &problem);
        }
        section.finish();
        settings
    }

    /// A user whom the server does not know. Where the file names none, the name is made up, and whether that holds is for
    /// our authentication service to say.
    #[must_use]
    pub fn unknown_user(&self) -> &str {
        self.unknown_user.as_deref().unwrap_or(UNKNOWN_USER)
    }

    /// Names that nobody chose, for loopback.
    pub fn default_users(count: usize) -> Vec<String> {
        (1..=count).map(|number| format!("{USER_PREFIX}{number:02}")).collect()
    }
}

impl KnownDeviation {
    pub(super) fn read_all(root: &Section<'_>) -> Vec<Self> {
        let sections = root.tables("known_deviation").unwrap_or_default();
        if sections.len() > MOST_DEVIATIONS {
            let problem = format!("{} entries, expected at most {MOST_DEVIATIONS}", sections.len());
            root.problem("known_deviation", &problem);
        }
        sections.into_iter().filter_map(Self::read).collect()
    }

    fn read(section: Section<'_>) -> Option<Self> {
        let check = section.required("check", &text());
        let reason = section.required("reason", &text());
        let owner = section.required("owner", &text());
        let until = section.required("until", &day());
        section.finish();
        Some(KnownDeviation { check: check?, reason: reason?, owner: owner?, until: until? })
    }
}

impl TargetFile {
    /// The users whom checks may use. On loopback names are made up where the file names none, `count` of them.
    ///
    /// # Errors
    ///
    /// Off loopback: nobody is named, or somebody to whom the server's owner has not agreed.
    pub fn conformance_users(&self, count: usize) -> Result<Vec<String>, UsersRefused> {
        let users = &self.conformance.users;
        if self.issuer.is_loopback() {
            let made_up = || ConformanceSettings::default_users(count);
            return Ok(if users.is_empty() { made_up() } else { users.clone() });
        }
        if users.is_empty() {
            return Err(UsersRefused::Missing { host: self.issuer.host().to_owned() });
        }
        let allowed = &self.load.allowed_users;
        match stranger_among(users.iter().cloned(), allowed).filter(|_| !allowed.is_empty()) {
            Some(user) => Err(UsersRefused::Stranger { user }),
            None => Ok(users.clone()),
        }
    }
}

/// A day as `2027-01-31`, and in no other of the forms that ISO 8601 knows.
fn day<'r>() -> Reader<'r, Date> {
    Reader::new("a day such as \"2027-01-31\"", |value| {
        let text = value.as_str().ok_or(Mismatch::Unexpected)?;
        let day: Date = text.parse().map_err(|_| Mismatch::Unexpected)?;
        if day.to_string() == text { Ok(day) } else { Err(Mismatch::Unexpected) }
    })
}

#[cfg(test)]
mod tests {
    use super::super::secret::tests::parse;
    use super::super::write::tests::target;
    use super::*;

    fn deviation(until: &str) -> String {
        format!("[[known_deviation]]\ncheck = \"c\"\nreason = \"r\"\nowner = \"o\"\nuntil = {until}\n")
    }

    #[test]
    fn days_are_real_and_written_in_one_way() {
        let until =
            |text: &str| parse(&deviation(text)).map(|target| target.known_deviations[0].until.to_string());
        assert_eq!(until("\"2027-01-31\"").unwrap(), "2027-01-31");
        assert_eq!(until("\"2028-02-29\"").unwrap(), "2028-02-29");
        for wrong in [
            "\"2027-02-29\"",
            "\"2027-13-01\"",
            "\"20270131\"",
            "\"31.01.2027\"",
            "\"2027-1-31\"",
            "\"\"",
            "5",
        ] {
            let problem = until(wrong).unwrap_err();
            assert!(problem.contains("t.toml:7: known_deviation[0].until: value"), "{wrong}: {problem}");
            assert!(problem.contains("expected a day such as \"2027-01-31\""), "{problem}");
        }
    }

    #[test]
    fn mistakes_are_told_with_what_was_expected() {
        for (more, expected) in [
            ("[[known_deviation]]\ncheck = \"c\"", "known_deviation[0].reason: missing"),
            ("[[known_deviation]]\ncheck = \"c\"", "known_deviation[0].until: missing, expected a day"),
            ("[[known_deviation]]\nchek = \"c\"", "known_deviation[0].chek: unknown key; did you mean check"),
            ("known_deviation = 1", "expected a list of tables [[known_deviation]]"),
            ("conformance.users = []", "conformance.users: value [], expected one user at least"),
            ("conformance.users = [\"a\", \"b\", \"a\"]", "conformance.users: names \"a\" twice"),
            (
                "conformance = { users = [\"a\"], unknown_user = \"a\" }",
                "conformance.unknown_user: \"a\" is one of users",
            ),
            ("conformance.jobs = 0", "conformance.jobs: value 0, expected a whole number"),
            ("conformance.user = [\"a\"]", "did you mean users"),
            ("[clients.unregistered]\nclient_id = \"c\"", "clients.unregistered.client_secret: missing"),
        ] {
            let text = if more.starts_with("[clients") {
                more.replace("[clients.unregistered]\n", "clients.unregistered.")
            } else {
                more.to_owned()
            };
            let problem = parse(&text).unwrap_err();
            assert!(problem.contains(expected), "{more}\n  gave     {problem}\n  expected {expected}");
        }
    }

    #[test]
    fn on_loopback_users_are_made_up_and_elsewhere_they_are_agreed_on() {
        let local = parse("").unwrap();
        let users = local.conformance_users(USERS_BY_DEFAULT).unwrap();
        assert_eq!(
            (users.len(), users[0].as_str(), users[31].as_str()),
            (32, "ciba-bench-01", "ciba-bench-32")
        );
        assert!(!users.iter().any(|user| user == local.conformance.unknown_user()));
        let named = parse("conformance.users = [\"a\"]\nload.allowed_users = [\"b\"]").unwrap();
        assert_eq!(named.conformance_users(9).unwrap(), ["a"]);

        let mut remote = target("https://id.example.com/acme");
        assert_eq!(remote.conformance_users(9).unwrap(), ["user-a", "alice"]);
        remote.conformance.users.push("bob".to_owned());
        let refused = remote.conformance_users(9).unwrap_err();
        assert!(
            refused.to_string().contains("names \"bob\", who is not among load.allowed_users"),
            "{refused}"
        );
        remote.load.allowed_users.clear();
        assert_eq!(remote.conformance_users(9).unwrap().len(), 3);
        remote.conformance.users.clear();
        let refused = remote.conformance_users(9).unwrap_err();
        assert!(refused.to_string().contains("at id.example.com real phones would ring"), "{refused}");
    }
}
