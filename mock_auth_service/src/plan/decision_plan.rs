//! The plan: shares, delays and the exceptions per user.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{delay::Delay, draw::Draw};

/// What a user does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Accepts the scope grant.
    Approve,
    /// Rejects the scope grant.
    Deny,
    /// Does nothing: the request expires.
    Ignore,
}

/// What the simulated users decide, how long they take and who they are. The default approves everything at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionPlan {
    /// The same seed gives the same decisions for the same keys.
    pub seed: u64,
    /// How often each decision is made.
    pub shares: Shares,
    /// The share (0 to 1) of user identifiers that are unknown to `/user/verify`.
    pub unknown_users: f64,
    /// How `/user/verify` says that a user is unknown.
    pub unknown_answer: UnknownAnswer,
    /// The time from `/authentication/start` to the decision.
    pub delay: Delay,
    /// The scopes that an approval grants.
    pub grant: Grant,
    /// The share (0 to 1) of decisions before which the scope grant is fetched.
    pub fetch_details: f64,
    /// Users that behave differently, by their identifier.
    pub users: BTreeMap<String, UserOverride>,
}

/// Weights of the decisions; they need not add up to 1. A table that names only some of them gives the others no weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// Weight of [`Decision::Approve`].
    #[serde(default)]
    pub approve: f64,
    /// Weight of [`Decision::Deny`].
    #[serde(default)]
    pub deny: f64,
    /// Weight of [`Decision::Ignore`].
    #[serde(default)]
    pub ignore: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { approve: 1.0, deny: 0.0, ignore: 0.0 }
    }
}

/// How `/user/verify` refuses a user; real authentication services do either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownAnswer {
    /// `200 {"valid":false}`, as documented.
    #[default]
    ValidFalse,
    /// `404 {"valid":false}`.
    NotFound,
}

/// The scopes that an approval grants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Grant {
    /// Everything that was requested.
    #[default]
    All,
    /// `openid` and nothing else.
    #[serde(rename = "openid")]
    OpenidOnly,
    /// Of the requested scopes, those in this list; `openid` is always granted.
    List(Vec<String>),
}

impl Grant {
    /// The scopes to grant, in the order in which they were requested. `openid` is always among them, because an approval
    /// without it is not a valid one.
    pub fn granted<'a>(&self, requested: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let mut granted: Vec<&str> = requested
            .into_iter()
            .filter(|scope| match self {
                Self::All => true,
                Self::OpenidOnly => *scope == "openid",
                Self::List(list) => *scope == "openid" || list.iter().any(|listed| listed == scope),
            })
            .collect();
        if !granted.contains(&"openid") {
            granted.insert(0, "openid");
        }
        granted
    }
}

/// What one user does differently; a field that is absent follows the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserOverride {
    /// This user's decision, always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// This user's delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// Whether this user is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<bool>,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The decision.
    pub decision: Decision,
    /// The time from `/authentication/start` to the decision; without meaning for [`Decision::Ignore`].
    pub delay: Duration,
    /// Whether the scope grant is fetched before the decision.
    pub fetch_details: bool,
}

impl DecisionPlan {
    /// Nothing is decided by itself: every request waits for a decision by hand.
    pub fn by_hand() -> Self {
        Self { shares: Shares { approve: 0.0, deny: 0.0, ignore: 1.0 }, ..Self::default() }
    }

    /// What `user` does with the request that `key` identifies (see [`correlation_key`]). Pure: the same plan, key and user
    /// always give the same answer.
    pub fn decide(&self, key: &str, user: &str) -> Planned {
        let [decision, first, second, details] = Draw::new(self.seed, "decision", key).numbers();
        let special = self.users.get(user);
        let delay = special.and_then(|user| user.delay.as_ref()).unwrap_or(&self.delay);
        Planned {
            decision: special.and_then(|user| user.decision).unwrap_or_else(|| self.shares.at(decision)),
            delay: delay.at(first, second),
            fetch_details: details < self.fetch_details,
        }
    }

    /// Whether `/user/verify` refuses `user`. Pure, and the same for every request of that user.
    pub fn is_unknown(&self, user: &str) -> bool {
        if let Some(unknown) = self.users.get(user).and_then(|user| user.unknown) {
            return unknown;
        }
        let [number, ..] = Draw::new(self.seed, "unknown", user).numbers();
        number < self.unknown_users
    }
}

impl Shares {
    /// The decision that belongs to a number in `[0, 1)`.
    fn at(self, number: f64) -> Decision {
        let point = number * (self.approve + self.deny + self.ignore);
        if point < self.approve {
            Decision::Approve
        } else if point < self.approve + self.deny {
            Decision::Deny
        } else {
            Decision::Ignore
        }
    }
}

/// What identifies a request for the plan: its binding message, or else its user and the how-manieth start of that user it
/// is (counted from 1).
pub fn correlation_key<'a>(binding_message: Option<&'a str>, user: &str, ordinal: u32) -> Cow<'a, str> {
    match binding_message {
        Some(message) if !message.is_empty() => Cow::Borrowed(message),
        Some(_) | None => Cow::Owned(format!("{user}#{ordinal}")),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use proptest::prelude::*;

    use super::{Decision, DecisionPlan, Grant, Planned, Shares, UserOverride, correlation_key};
    use crate::plan::Delay;

    fn plan() -> DecisionPlan {
        let slow_no = UserOverride {
            decision: Some(Decision::Deny),
            delay: Some(Delay::Constant(Duration::from_secs(3))),
            unknown: None,
        };
        DecisionPlan {
            seed: 42,
            unknown_users: 0.0,
            users: [
                ("alice".to_owned(), slow_no),
                ("bob".to_owned(), UserOverride { unknown: Some(true), ..UserOverride::default() }),
            ]
            .into(),
            ..DecisionPlan::default()
        }
    }

    #[test]
    fn overrides_and_defaults() {
        let at_once = |decision| Planned { decision, delay: Duration::ZERO, fetch_details: false };
        let never = Shares { approve: 0.0, deny: 0.0, ignore: 1.0 };
        let details = DecisionPlan { fetch_details: 1.0, ..plan() };
        for (plan, user, expected) in [
            (plan(), "carol", at_once(Decision::Approve)),
            (plan(), "bob", at_once(Decision::Approve)),
            (plan(), "alice", Planned { delay: Duration::from_secs(3), ..at_once(Decision::Deny) }),
            (DecisionPlan { shares: never, ..plan() }, "carol", at_once(Decision::Ignore)),
            (
                DecisionPlan { shares: never, ..plan() },
                "alice",
                Planned { delay: Duration::from_secs(3), ..at_once(Decision::Deny) },
            ),
            (details, "carol", Planned { fetch_details: true, ..at_once(Decision::Approve) }),
        ] {
            assert_eq!(plan.decide("key", user), expected, "{user}");
        }
        assert!(plan().is_unknown("bob"));
        assert!(!plan().is_unknown("alice"));
        let nobody = DecisionPlan { unknown_users: 1.0, ..plan() };
        assert!(nobody.is_unknown("alice"));
    }

    #[test]
    fn a_grant_holds_openid_and_only_what_was_requested_besides() {
        let requested = ["openid", "profile", "email"];
        let list = |names: &[&str]| Grant::List(names.iter().map(|&name| name.to_owned()).collect());
        for (grant, expected) in [
            (Grant::All, vec!["openid", "profile", "email"]),
            (Grant::OpenidOnly, vec!["openid"]),
            (list(&["email", "phone"]), vec!["openid", "email"]),
            (list(&[]), vec!["openid"]),
        ] {
            assert_eq!(grant.granted(requested), expected, "{grant:?}");
        }
        assert_eq!(Grant::All.granted([]), ["openid"]);
    }

    #[test]
    fn the_key_is_the_binding_message_or_the_user_and_a_number() {
        for (message, expected) in [(Some("W4SCT"), "W4SCT"), (Some(""), "al#2"), (None, "al#2")] {
            assert_eq!(correlation_key(message, "al", 2), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn shares_come_out(seed in any::<u64>(), approve in 0.0..1.0_f64, deny in 0.0..1.0_f64, unknown in 0.0..1.0_f64) {
            let shares = Shares { approve, deny, ignore: 0.5 };
            let plan = DecisionPlan {
                seed, shares, unknown_users: unknown, fetch_details: unknown, ..DecisionPlan::default()
            };
            let mut seen: HashMap<Decision, f64> = HashMap::new();
            let (mut strangers, mut fetched) = (0.0, 0.0);
            for key in 0..10_000 {
                let planned = plan.decide(&format!("flow-{key}"), "user");
                *seen.entry(planned.decision).or_default() += 1.0;
                strangers += f64::from(u8::from(plan.is_unknown(&format!("user-{key}"))));
                fetched += f64::from(u8::from(planned.fetch_details));
            }
            // Five standard deviations of a share of one half over 10,000 draws.
            let close = |count: f64, share: f64| (count / 10_000.0 - share).abs() < 0.025;
            let sum = approve + deny + 0.5;
            let of = |decision| seen.get(&decision).copied().unwrap_or(0.0);
            prop_assert!(close(of(Decision::Approve), approve / sum));
            prop_assert!(close(of(Decision::Deny), deny / sum));
            prop_assert!(close(of(Decision::Ignore), 0.5 / sum));
            prop_assert!(close(strangers, unknown));
            prop_assert!(close(fetched, unknown));
        }

        #[test]
        fn the_order_of_the_questions_does_not_matter(seed in any::<u64>(), keys in prop::collection::vec("[a-z0-9]{1,12}", 1..60)) {
            let plan = DecisionPlan {
                seed,
                shares: Shares { approve: 1.0, deny: 1.0, ignore: 1.0 },
                delay: Delay::Lognormal { median: Duration::from_secs(1), p95: Duration::from_secs(9) },
                fetch_details: 0.5,
                ..DecisionPlan::default()
            };
            let forward: Vec<Planned> = keys.iter().map(|key| plan.decide(key, "user")).collect();
            let mut backward: Vec<Planned> =
                keys.iter().rev().map(|key| plan.clone().decide(key, "user")).collect();
            backward.reverse();
            prop_assert_eq!(&forward, &backward);
        }
    }

    #[test]
    fn another_seed_gives_another_sequence() {
        let sequence = |seed| {
            let plan = DecisionPlan {
                seed,
                shares: Shares { approve: 1.0, deny: 1.0, ignore: 0.0 },
                ..DecisionPlan::default()
            };
            (0..64).map(|key| plan.decide(&key.to_string(), "user").decision).collect::<Vec<_>>()
        };
        assert_eq!(sequence(1), sequence(1));
        assert_ne!(sequence(1), sequence(2));
    }
}
