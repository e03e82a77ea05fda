//! Whether a run may be sent to a target.

use std::collections::HashSet;

use super::TargetFile;
use crate::profile::{Names, Users};

/// A run that the target's owner has not agreed to.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "the run would send up to {} to {host}, where real phones would ring: {}",
    flows_per_second(*.peak_rate),
    .reasons.join("; ")
)]
pub struct LoadRefused {
    /// Host of the issuer.
    pub host: String,
    /// Highest rate of the run in flows per second; may be infinite.
    pub peak_rate: f64,
    /// What is missing, each with what to do.
    pub reasons: Vec<String>,
}

impl TargetFile {
    /// Whether the owner of the target has agreed to a run with this peak rate (flows per second) and these users. Always
    /// so on loopback.
    ///
    /// # Errors
    ///
    /// Everything that the target file would have to say and does not.
    pub fn check_load_permission(&self, peak_rate: f64, users: &Users) -> Result<(), LoadRefused> {
        if self.issuer.is_loopback() {
            return Ok(());
        }
        let checks = [self.check_consent(), self.check_rate(peak_rate), self.check_users(users)];
        let reasons: Vec<String> = checks.into_iter().flatten().collect();
        if reasons.is_empty() {
            return Ok(());
        }
        Err(LoadRefused { host: self.issuer.host().to_owned(), peak_rate, reasons })
    }

    fn check_consent(&self) -> Option<String> {
        let reason =
            "load.allow_load is not true in the target file; set it once the server's owner has agreed";
        (!self.load.allow_load).then(|| reason.to_owned())
    }

    fn check_rate(&self, peak_rate: f64) -> Option<String> {
        match self.load.max_rate {
            None => Some(
                "load.max_rate is missing in the target file; write the highest rate agreed on".to_owned(),
            ),
            Some(max_rate) if peak_rate.is_infinite() => Some(format!(
                "load.max_rate is {max_rate}/s, and a closed model without think_time has no highest rate; set \
                 workload.think_time in the profile"
            )),
            Some(max_rate) if peak_rate > max_rate => Some(format!(
                "load.max_rate is {max_rate}/s in the target file; lower the rates of the profile's stages"
            )),
            Some(_) => None,
        }
    }

    fn check_users(&self, users: &Users) -> Option<String> {
        let allowed = &self.load.allowed_users;
        if allowed.is_empty() {
            let reason = "load.allowed_users is empty in the target file; list the test users, such as";
            let example = match &users.names {
                Names::Numbered { prefix, .. } => format!("{prefix}*"),
                Names::Listed(_) => users.names.name(0).to_string(),
            };
            return Some(format!("{reason} {example:?}"));
        }
        let stranger = first_stranger(users, allowed)?;
        Some(format!(
            "user {stranger:?} is not among load.allowed_users of the target file; change users.prefix, users.count or \
             users.file of the profile"
        ))
    }
}

/// The first user who is not allowed.
fn first_stranger(users: &Users, allowed: &[String]) -> Option<String> {
    let mut beginnings = allowed.iter().filter_map(|entry| entry.strip_suffix('*'));
    if let Names::Numbered { prefix, .. } = &users.names
        && beginnings.any(|beginning| prefix.starts_with(beginning))
    {
        return None;
    }
    stranger_among((0..users.names.count()).map(|number| users.names.name(number).to_string()), allowed)
}

/// The first of these names that no entry of `allowed_users` covers.
pub(super) fn stranger_among(mut names: impl Iterator<Item = String>, allowed: &[String]) -> Option<String> {
    let known: HashSet<&str> = allowed.iter().map(String::as_str).collect();
    let begins = |name: &str| {
        allowed
            .iter()
            .filter_map(|entry| entry.strip_suffix('*'))
            .any(|beginning| name.starts_with(beginning))
    };
    names.find(|name| !known.contains(name.as_str()) && !begins(name))
}

fn flows_per_second(rate: f64) -> String {
    if rate.is_infinite() { "an unlimited number of flows/s".to_owned() } else { format!("{rate} flows/s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::file::write::tests::target;

    /// `allow_load`, `max_rate`, `allowed_users`; the peak rate of the run; a part of each reason.
    type Row = (bool, Option<f64>, &'static [&'static str], f64, &'static [&'static str]);

    #[test]
    fn off_loopback_everything_has_to_be_agreed_on() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let table: [Row; 8] = [
            (true, Some(50.0), &["user-*"], 50.0, &[]),
            (true, Some(50.0), &["user-0", "user-1", "user-2"], 1.0, &[]),
            (false, Some(50.0), &["*"], 50.0, &["load.allow_load is not true"]),
            (true, None, &["*"], 50.0, &["load.max_rate is missing"]),
            (true, Some(49.5), &["*"], 50.0, &["load.max_rate is 49.5/s"]),
            (true, Some(50.0), &["*"], f64::INFINITY, &["set workload.think_time"]),
            (
                true,
                Some(50.0),
                &["user-0", "user-1"],
                50.0,
                &["user \"user-2\" is not among load.allowed_users"],
            ),
            (false, None, &[], 50.0, &["load.allow_load", "load.max_rate", "load.allowed_users is empty"]),
        ];
        let users = numbered(3);
        for (allow_load, max_rate, allowed_users, peak_rate, expected) in table {
            let mut target = target("https://id.example.com/acme");
            target.load.allow_load = allow_load;
            target.load.max_rate = max_rate;
            target.load.allowed_users = names(allowed_users);
            let refused = target.check_load_permission(peak_rate, &users);
            let reasons = refused.clone().err().map(|refused| refused.reasons).unwrap_or_default();
            assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
            for (reason, part) in reasons.iter().zip(expected) {
                assert!(reason.contains(part), "{reason}\nexpected {part}");
            }
            if let Err(refused) = refused {
                let message = refused.to_string();
                assert!(message.contains("to id.example.com, where real phones would ring"), "{message}");
                assert!(message.contains("flows/s"), "{message}");
            }
        }
    }

    fn numbered(count: u64) -> Users {
        Users { names: Names::Numbered { prefix: "user-".to_owned(), count }, hot: None }
    }

    #[test]
    fn every_user_of_a_file_has_to_be_allowed() {
        let mut target = target("https://id.example.com/acme");
        target.load.allow_load = true;
        target.load.max_rate = Some(50.0);
        target.load.allowed_users = vec!["ann".to_owned()];
        let users = |names: &[&str]| Users {
            names: Names::Listed(names.iter().map(|name| Box::from(*name)).collect()),
            hot: None,
        };
        assert_eq!(target.check_load_permission(1.0, &users(&["ann"])), Ok(()));
        let refused = target.check_load_permission(1.0, &users(&["ann", "bob"])).unwrap_err();
        assert!(refused.reasons[0].contains("user \"bob\" is not among"), "{refused:?}");
    }

    #[test]
    fn loopback_needs_no_permission() {
        let users = numbered(100_000_000);
        assert_eq!(target("http://127.0.0.1:1/a").check_load_permission(f64::INFINITY, &users), Ok(()));
    }
}
