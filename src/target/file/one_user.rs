//! Whom a single flow may ask.

use super::permission::stranger_among;
use super::{ConformanceSettings, TargetFile};

/// A user who may not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserRefused {
    /// Off loopback somebody has to say who may be asked.
    #[error(
        "nobody may be asked at {host}, where a real phone would ring; list a test user in the target file, such as \
         [conformance] users = [\"tester-1\"]"
    )]
    NobodyNamed {
        /// Host of the issuer.
        host: String,
    },
    /// The target file has beginnings of names only.
    #[error(
        "load.allowed_users of the target file has no whole name, only {beginning:?}; name one of them with --user, or list \
         one in [conformance] users"
    )]
    NoWholeName {
        /// The first of them.
        beginning: String,
    },
    /// Nobody has agreed to this one.
    #[error(
        "user {user:?} may not be asked at {host}, where a real phone would ring; add the name to load.allowed_users or, \
         where that is empty, to [conformance] users of the target file once they agreed"
    )]
    Stranger {
        /// The user.
        user: String,
        /// Host of the issuer.
        host: String,
    },
}

impl TargetFile {
    /// The user whom a single flow asks: `asked`, or else the first one of `[conformance] users`, or else of
    /// `load.allowed_users`. On loopback it may be anybody, and is made up where the file names nobody.
    ///
    /// # Errors
    ///
    /// Off loopback: nobody is named, or somebody who is not in the target file. Where `load.allowed_users` names anybody,
    /// it has to name this user, too.
    pub fn user_of_one_flow(&self, asked: Option<&str>) -> Result<String, UserRefused> {
        let (users, allowed) = (&self.conformance.users, &self.load.allowed_users);
        let named = asked.or_else(|| users.first().map(String::as_str));
        if self.issuer.is_loopback() {
            let made_up = || ConformanceSettings::default_users(1).into_iter().next();
            return Ok(named.map(str::to_owned).or_else(made_up).unwrap_or_default());
        }
        let host = || self.issuer.host().to_owned();
        let whole = || allowed.iter().find(|entry| !entry.ends_with('*')).map(String::as_str);
        let Some(user) = named.or_else(whole) else {
            return Err(match allowed.first() {
                Some(beginning) => UserRefused::NoWholeName { beginning: beginning.clone() },
                None => UserRefused::NobodyNamed { host: host() },
            });
        };
        let known = match allowed.is_empty() {
            true => users.iter().any(|known| known == user),
            false => stranger_among(std::iter::once(user.to_owned()), allowed).is_none(),
        };
        if known {
            Ok(user.to_owned())
        } else {
            Err(UserRefused::Stranger { user: user.to_owned(), host: host() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::write::tests::target;

    /// `[conformance] users`, `load.allowed_users`, `--user`; the user, or a part of the refusal.
    type Row = (
        &'static [&'static str],
        &'static [&'static str],
        Option<&'static str>,
        Result<&'static str, &'static str>,
    );

    #[test]
    fn off_loopback_only_users_of_the_target_file_are_asked() {
        let table: [Row; 10] = [
            (&[], &[], None, Err("list a test user in the target file, such as [conformance] users")),
            (&["t1", "t2"], &[], None, Ok("t1")),
            (&["t1", "t2"], &[], Some("t2"), Ok("t2")),
            (&["t1"], &[], Some("boss"), Err("user \"boss\" may not be asked at id.example.com")),
            (&[], &["load-*", "t9"], None, Ok("t9")),
            (&[], &["load-*"], None, Err("only \"load-*\"; name one of them with --user")),
            (&[], &["load-*"], Some("load-7"), Ok("load-7")),
            (&[], &["load-*"], Some("t1"), Err("user \"t1\" may not")),
            (&["t1"], &["load-*"], None, Err("user \"t1\" may not")),
            (&["t1"], &["t*"], None, Ok("t1")),
        ];
        for (users, allowed, asked, expected) in table {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let mut target = target("https://id.example.com/acme");
            target.conformance.users = names(users);
            target.load.allowed_users = names(allowed);
            match (target.user_of_one_flow(asked), expected) {
                (Ok(user), Ok(expected)) => assert_eq!(user, expected),
                (Err(refused), Err(part)) => assert!(refused.to_string().contains(part), "{refused}\n{part}"),
                (user, expected) => panic!("{user:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn on_loopback_anybody_is_and_nobody_has_to_be_named() {
        let mut target = target("http://127.0.0.1:1/a");
        assert_eq!(target.user_of_one_flow(Some("boss")).unwrap(), "boss");
        target.conformance.users.clear();
        target.load.allowed_users.clear();
        assert_eq!(target.user_of_one_flow(None).unwrap(), "ciba-bench-01");
    }
}
