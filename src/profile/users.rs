//! The users who are asked to approve.

use std::collections::BTreeMap;
use std::sync::Arc;

use mock_auth_service::{Decision, UserOverride};

use super::document::{Reader, Section};
use super::files::{Files, LONGEST_PATH};
use super::user_file::{Columns, UserFile};

/// Longest prefix, in characters.
const LONGEST_PREFIX: usize = 4_000;
/// Most users.
const MOST_USERS: u64 = 100_000_000;
/// Longest name of a column, in characters.
const LONGEST_COLUMN: usize = 100;
const DEFAULT_PREFIX: &str = "user-";
const DEFAULT_COUNT: u64 = 10_000;
const DEFAULT_COLUMN: &str = "login_hint";

/// Who is asked, and how often each.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// What they are called.
    pub names: Names,
    /// Users who are asked more often than the others.
    pub hot: Option<HotUsers>,
}

/// How users are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// A prefix and a number below `count`: `user-0`, `user-1`, ..
    Numbered {
        /// What stands before the number.
        prefix: String,
        /// How many there are; at least one.
        count: u64,
    },
    /// A list; not empty.
    Listed(Arc<[Box<str>]>),
}

/// A share of the flows that goes to the first users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HotUsers {
    /// The share, above 0 to 1.
    pub share: f64,
    /// How many users it goes to.
    pub users: u64,
}

impl Names {
    /// How many users there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Names::Numbered { count, .. } => *count,
            Names::Listed(names) => names.len() as u64,
        }
    }

    /// The user with that number, which is below [`Names::count`].
    #[must_use]
    pub fn name(&self, index: u64) -> Arc<str> {
        match self {
            Names::Numbered { prefix, .. } => format!("{prefix}{index}").into(),
            Names::Listed(names) => names[index as usize].as_ref().into(),
        }
    }
}

impl Users {
    /// Reads `[users]`, and what single users of a file decide.
    pub(super) fn read(root: &Section<'_>, files: &Files<'_>) -> (Self, BTreeMap<String, UserOverride>) {
        let section = root.table("users");
        let mut decisions = BTreeMap::new();
        let names = match section.has("file") {
            true => {
                for key in ["prefix", "count"].into_iter().filter(|key| section.has(key)) {
                    section.problem(key, "stands beside a file of users, expected either; remove it");
                }
                let read = read_file(&section, files);
                read.map(|file| {
                    decisions
                        .extend(file.decisions.into_iter().map(|(user, decision)| (user, decides(decision))));
                    Names::Listed(file.names.into())
                })
            }
            false => {
                for key in ["login_hint", "decision"].into_iter().filter(|key| section.has(key)) {
                    section.problem(
                        key,
                        "names a column of a file of users, and there is none; add file or remove it",
                    );
                }
                None
            }
        };
        let count = Reader::whole(1..=MOST_USERS, " of users");
        let numbered = Names::Numbered {
            prefix: section.or("prefix", &Reader::text(1..=LONGEST_PREFIX), DEFAULT_PREFIX.to_owned()),
            count: section.or("count", &count, DEFAULT_COUNT),
        };
        let names = names.unwrap_or(numbered);
        let hot = read_hot(&section, names.count());
        section.finish();
        (Self { names, hot }, decisions)
    }
}

fn read_file(section: &Section<'_>, files: &Files<'_>) -> Option<UserFile> {
    let column = Reader::text(1..=LONGEST_COLUMN);
    let path = section.optional("file", &Reader::text(1..=LONGEST_PATH));
    let columns = Columns {
        login_hint: section.or("login_hint", &column, DEFAULT_COLUMN.to_owned()),
        decision: section.optional("decision", &column),
    };
    let path = path?;
    let read = files(&path).and_then(|bytes| {
        UserFile::parse(&bytes, &columns).map_err(|(line, message)| format!("{path}:{line}: {message}"))
    });
    read.map_err(|message| section.problem("file", &message)).ok()
}

fn read_hot(section: &Section<'_>, count: u64) -> Option<HotUsers> {
    if !section.has("hot") {
        return None;
    }
    let hot = section.table("hot");
    let share = hot.required("share", &Reader::number(0.0..=1.0, " as a share of the flows"));
    let users = hot.required("users", &Reader::whole(1..=MOST_USERS, " of users"));
    hot.finish();
    let (share, users) = share.zip(users)?;
    if users > count {
        section.problem_at("hot.users", &format!("{users} hot users, and there are {count} users; lower it"));
    }
    (share > 0.0).then_some(HotUsers { share, users })
}

fn decides(decision: Decision) -> UserOverride {
    UserOverride { decision: Some(decision), ..UserOverride::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    fn files(path: &str) -> Result<Vec<u8>, String> {
        match path {
            "users.csv" => Ok(b"login_hint,email,answer\nann,ann@a.test,deny\nbob,bob@a.test,\n".to_vec()),
            _ => Err(format!("{path} cannot be read: no such file")),
        }
    }

    #[test]
    fn numbered_users() {
        let table = [
            ("", Ok(("user-", 10_000))),
            ("[users]\nprefix = \"a b+<ü>&\"\ncount = 1", Ok(("a b+<ü>&", 1))),
            ("[users]\nprefix = \"load+\"\ncount = 7", Ok(("load+", 7))),
            (
                "users.count = 0",
                Err("users.count: value 0, expected a whole number of users (1 to 100000000)"),
            ),
            ("users.prefix = \"\"", Err("users.prefix: value \"\", expected a text of 1 to 4000 characters")),
            (
                "users.number = 5",
                Err("users.number: unknown key; known here: count, decision, file, hot, login_hint, prefix"),
            ),
            (
                "users.login_hint = \"email\"",
                Err("users.login_hint: names a column of a file of users, and there is none"),
            ),
            (
                "users = { count = 5, hot = { share = 0.5, users = 6 } }",
                Err("users.hot.users: 6 hot users, and there are 5"),
            ),
            (
                "users.hot = { share = 1.5, users = 6 }",
                Err("users.hot.share: value 1.5, expected a number as a share"),
            ),
            ("users.hot.share = 0.5", Err("users.hot.users: missing, expected a whole number of users")),
        ];
        for (text, expected) in table {
            let names = expected.map(|(prefix, count)| Names::Numbered { prefix: prefix.to_owned(), count });
            let expected = names.map(|names| (Users { names, hot: None }, BTreeMap::new()));
            read_alone(text, |root| Some(Users::read(root, &files))).assert(&expected);
        }
    }

    #[test]
    fn listed_and_hot_users() {
        let listed = |names: &[&str]| Names::Listed(names.iter().map(|name| Box::from(*name)).collect());
        let hot = Some(HotUsers { share: 0.25, users: 1 });
        let denying = BTreeMap::from([("ann@a.test".to_owned(), decides(Decision::Deny))]);
        for (text, names, hot, decisions) in [
            ("users.file = \"users.csv\"", listed(&["ann", "bob"]), None, BTreeMap::new()),
            (
                "users = { file = \"users.csv\", login_hint = \"email\", decision = \"answer\", hot = { share = 0.25, users = 1 } }",
                listed(&["ann@a.test", "bob@a.test"]),
                hot,
                denying,
            ),
        ] {
            let expected = Ok((Users { names, hot }, decisions));
            read_alone(text, |root| Some(Users::read(root, &files))).assert(&expected);
        }
        for (text, expected) in [
            ("users.file = \"none.csv\"", "users.file: none.csv cannot be read: no such file"),
            ("users = { file = \"users.csv\", count = 5 }", "users.count: stands beside a file of users"),
            (
                "users = { file = \"users.csv\", login_hint = \"emial\" }",
                "users.file: users.csv:1: no column is named \"emial\", the first line has login_hint, email, answer; did you mean \"email\"",
            ),
        ] {
            read_alone(text, |root| Some(Users::read(root, &files))).assert(&Err(expected));
        }
    }
}
