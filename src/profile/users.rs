//! The users who are asked to approve.

use super::document::{Reader, Section};

/// Longest prefix, in characters.
const LONGEST_PREFIX: usize = 4_000;
/// Most users.
const MOST_USERS: u64 = 100_000_000;
const DEFAULT_PREFIX: &str = "user-";
const DEFAULT_COUNT: u64 = 10_000;

/// A numbered series of users: `user-0`, `user-1`, ..
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    /// What stands before the number.
    pub prefix: String,
    /// How many there are; at least one.
    pub count: u64,
}

impl Users {
    /// The user of the flow with this number (from 0). Users are taken in order, so that no user has two flows at
    /// once while there are at least as many users as flows in flight and flows end in about the order of their start.
    #[must_use]
    pub fn of_flow(&self, flow: u64) -> String {
        format!("{}{}", self.prefix, flow % self.count.max(1))
    }

    /// Reads `[users]`.
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.table("users");
        let users = Self {
            prefix: section.or("prefix", &Reader::text(1..=LONGEST_PREFIX), DEFAULT_PREFIX.to_owned()),
            count: section.or("count", &Reader::whole(1..=MOST_USERS, " of users"), DEFAULT_COUNT),
        };
        section.finish();
        users
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    #[test]
    fn settings() {
        let table = [
            ("", Ok(("user-", 10_000))),
            ("[users]\nprefix = \"a b+<ü>&\"\ncount = 1", Ok(("a b+<ü>&", 1))),
            ("[users]\nprefix = \"load+\"\ncount = 7", Ok(("load+", 7))),
            (
                "users.count = 0",
                Err("users.count: value 0, expected a whole number of users (1 to 100000000)"),
            ),
            ("users.prefix = \"\"", Err("users.prefix: value \"\", expected a text of 1 to 4000 characters")),
            ("users.number = 5", Err("users.number: unknown key; known here: count, prefix")),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(prefix, count)| Users { prefix: prefix.to_owned(), count });
            read_alone(text, |root| Some(Users::read(root))).assert(&expected);
        }
    }

    #[test]
    fn users_take_turns() {
        let users = Users { prefix: "u".to_owned(), count: 3 };
        assert_eq!([0, 1, 2, 3, 7].map(|flow| users.of_flow(flow)), ["u0", "u1", "u2", "u0", "u1"]);
    }
}
