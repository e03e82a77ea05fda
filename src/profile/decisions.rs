//! What the simulated users decide: `[decisions]`, with the keys of the authentication service's own plan.

use std::collections::BTreeMap;
use std::time::Duration;

use mock_auth_service::{Decision, DecisionPlan, Delay, Grant, Shares, UnknownAnswer, UserOverride};

use super::document::{Reader, Section};

/// Longest scope name in a grant, in characters.
const LONGEST_SCOPE: usize = 200;
/// Largest weight of a decision.
const MOST_WEIGHT: f64 = 1_000_000.0;
/// What a duration may be before the plan's own, narrower bounds are applied.
const ANY_DURATION: std::ops::RangeInclusive<Duration> = Duration::ZERO..=mock_auth_service::MAX_DELAY;

/// Reads the plan. Types, keys and single values are judged here, the plan as a whole by itself.
pub(super) fn read(root: &Section<'_>, seed: u64) -> DecisionPlan {
    let section = root.table("decisions");
    let share = Reader::number(0.0..=1.0, " as share");
    let unknown_answer =
        Reader::choice(&[("valid_false", UnknownAnswer::ValidFalse), ("not_found", UnknownAnswer::NotFound)]);
    let plan = DecisionPlan {
        seed,
        shares: read_shares(&section),
        unknown_users: section.or("unknown_users", &share, 0.0),
        unknown_answer: section.or("unknown_answer", &unknown_answer, UnknownAnswer::default()),
        delay: read_delay(&section).unwrap_or_default(),
        grant: read_grant(&section),
        fetch_details: section.or("fetch_details", &share, 0.0),
        users: read_users(&section),
    };
    for error in plan.validate().err().unwrap_or_default() {
        let message = format!("value {}, expected {}", error.value, error.expected);
        section.problem_at(&error.field, &message);
    }
    if section.has("seed") {
        section.problem("seed", "the plan has no seed of its own; set the profile's, at the top of the file");
    }
    section.finish();
    plan
}

/// Without the table everybody approves; with it a decision that is not named has no weight.
fn read_shares(decisions: &Section<'_>) -> Shares {
    let section = decisions.table("shares");
    let weight = Reader::number(0.0..=MOST_WEIGHT, " as weight");
    let weights = ["approve", "deny", "ignore"].map(|key| section.optional(key, &weight));
    let is_present = section.is_present();
    section.finish();
    match weights {
        // Also where a weight was refused: a sum of zero would only be its consequence.
        [None, None, None] if !is_present => Shares::default(),
        [approve, deny, ignore] => Shares {
            approve: approve.unwrap_or(0.0),
            deny: deny.unwrap_or(0.0),
            ignore: ignore.unwrap_or(0.0),
        },
    }
}

/// `"none"`, or a table with the one distribution.
fn read_delay(parent: &Section<'_>) -> Option<Delay> {
    const EXPECTED: &str = "\"none\" or a table with one of constant, uniform, lognormal, empirical";
    if !parent.has("delay") {
        return None;
    }
    if !parent.has_table("delay") {
        parent.optional("delay", &Reader::choice(&[("none", ())]));
        return None;
    }
    let section = parent.table("delay");
    let duration = Reader::duration(ANY_DURATION);
    let constant = section.optional("constant", &duration).map(Delay::Constant);
    let uniform = read_pair(&section, "uniform", ["min", "max"])
        .map(|pair| pair.map(|[min, max]| Delay::Uniform { min, max }));
    let lognormal = read_pair(&section, "lognormal", ["median", "p95"])
        .map(|pair| pair.map(|[median, p95]| Delay::Lognormal { median, p95 }));
    let empirical = section.list("empirical", &duration).map(Delay::Empirical);
    let named = ["constant", "uniform", "lognormal", "empirical"].into_iter().filter(|key| section.has(key));
    if named.count() != 1 {
        parent.problem("delay", &format!("expected {EXPECTED}"));
    }
    section.finish();
    constant.or(uniform.flatten()).or(lognormal.flatten()).or(empirical)
}

/// Two durations of a table: nothing without the table, `Some(None)` where it is wrong.
fn read_pair(
    delay: &Section<'_>,
    key: &'static str,
    keys: [&'static str; 2],
) -> Option<Option<[Duration; 2]>> {
    if !delay.has(key) {
        return None;
    }
    let section = delay.table(key);
    let [first, second] = keys.map(|key| section.required(key, &Reader::duration(ANY_DURATION)));
    section.finish();
    Some(first.zip(second).map(|(first, second)| [first, second]))
}

/// `"all"`, `"openid"`, or a table with a list.
fn read_grant(parent: &Section<'_>) -> Grant {
    if parent.has_table("grant") {
        let section = parent.table("grant");
        let list = section.list("list", &Reader::text(1..=LONGEST_SCOPE));
        if list.is_none() && !section.has("list") {
            section.missing("list", "a list of scopes");
        }
        section.finish();
        return Grant::List(list.unwrap_or_default());
    }
    let words = [("all", false), ("openid", true)];
    if parent.or("grant", &Reader::choice(&words), false) { Grant::OpenidOnly } else { Grant::All }
}

fn read_users(parent: &Section<'_>) -> BTreeMap<String, UserOverride> {
    let decision = Reader::choice(&[
        ("approve", Decision::Approve),
        ("deny", Decision::Deny),
        ("ignore", Decision::Ignore),
    ]);
    let users = parent.table("users").named_tables().into_iter().map(|(name, section)| {
        let user = UserOverride {
            decision: section.optional("decision", &decision),
            delay: read_delay(&section),
            unknown: section.optional("unknown", &Reader::boolean()),
        };
        section.finish();
        (name, user)
    });
    users.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn plan() -> DecisionPlan {
        DecisionPlan { seed: 9, ..DecisionPlan::default() }
    }

    #[test]
    fn settings() {
        let alice = UserOverride {
            decision: Some(Decision::Deny),
            delay: Some(Delay::Constant(MS(3_000))),
            unknown: None,
        };
        let bob = UserOverride { unknown: Some(true), ..UserOverride::default() };
        let list = Grant::List(vec!["openid".to_owned(), "email".to_owned()]);
        let table = [
            ("", plan()),
            ("[decisions]", plan()),
            (
                "shares = { deny = 1 }",
                DecisionPlan { shares: Shares { approve: 0.0, deny: 1.0, ignore: 0.0 }, ..plan() },
            ),
            ("unknown_users = 0.25", DecisionPlan { unknown_users: 0.25, ..plan() }),
            (
                "unknown_answer = \"not_found\"",
                DecisionPlan { unknown_answer: UnknownAnswer::NotFound, ..plan() },
            ),
            ("delay = \"none\"", plan()),
            ("delay.constant = \"250ms\"", DecisionPlan { delay: Delay::Constant(MS(250)), ..plan() }),
            (
                "delay.uniform = { min = \"1s\", max = \"2s\" }",
                DecisionPlan { delay: Delay::Uniform { min: MS(1_000), max: MS(2_000) }, ..plan() },
            ),
            (
                "delay.lognormal = { median = \"3s\", p95 = \"10s\" }",
                DecisionPlan { delay: Delay::Lognormal { median: MS(3_000), p95: MS(10_000) }, ..plan() },
            ),
            (
                "delay.empirical = [\"1s\", \"2s\"]",
                DecisionPlan { delay: Delay::Empirical(vec![MS(1_000), MS(2_000)]), ..plan() },
            ),
            ("grant = \"openid\"", DecisionPlan { grant: Grant::OpenidOnly, ..plan() }),
            ("grant.list = [\"openid\", \"email\"]", DecisionPlan { grant: list, ..plan() }),
            ("fetch_details = 1", DecisionPlan { fetch_details: 1.0, ..plan() }),
            (
                "[decisions.users.alice]\ndecision = \"deny\"\ndelay.constant = \"3s\"\n[decisions.users.bob]\nunknown = true",
                DecisionPlan {
                    users: BTreeMap::from([("alice".to_owned(), alice), ("bob".to_owned(), bob)]),
                    ..plan()
                },
            ),
        ];
        for (text, expected) in table {
            let text = if text.starts_with('[') { text.to_owned() } else { format!("[decisions]\n{text}") };
            read_alone(&text, |root| Some(read(root, 9))).assert(&Ok(expected));
        }
    }

    #[test]
    fn mistakes() {
        let table = [
            ("shares = { aprove = 1 }", "decisions.shares.aprove: unknown key; did you mean approve"),
            (
                "shares = { approve = 0 }",
                "decisions.shares: value all 0, expected at least one weight above 0",
            ),
            (
                "shares = { approve = -1, deny = 1 }",
                "decisions.shares.approve: value -1, expected a number as weight (0 to 1000000)",
            ),
            (
                "unknown_users = 1.5",
                "decisions.unknown_users: value 1.5, expected a number as share (0 to 1)",
            ),
            ("delay = \"5s\"", "decisions.delay: value \"5s\", expected \"none\""),
            ("delay = {}", "decisions.delay: expected \"none\" or a table with one of constant, uniform"),
            (
                "delay = { constant = \"1s\", empirical = [\"1s\"] }",
                "decisions.delay: expected \"none\" or a table with one of",
            ),
            (
                "delay.constant = \"2h\"",
                "decisions.delay.constant: value \"2h\", expected a duration such as \"250ms\", \"3s\" or \"2m\" (0s to 1h)",
            ),
            (
                "delay.uniform = { min = \"3s\", max = \"1s\" }",
                "f:2: decisions.delay.uniform.min: value 3s, expected at most `max`",
            ),
            (
                "delay.lognormal = { median = \"3s\" }",
                "decisions.delay.lognormal.p95: missing, expected a duration",
            ),
            ("delay.empirical = []", "decisions.delay.empirical: value [], expected at least one duration"),
            ("delay.normal = 3", "decisions.delay.normal: unknown key; did you mean lognormal"),
            ("grant = \"some\"", "decisions.grant: value \"some\", expected \"all\" or \"openid\""),
            ("grant = {}", "decisions.grant.list: missing, expected a list of scopes"),
            ("seed = 3", "decisions.seed: the plan has no seed of its own"),
            (
                "users.alice = { decison = \"deny\" }",
                "decisions.users.alice.decison: unknown key; did you mean decision",
            ),
            ("users.alice = \"deny\"", "decisions.users.alice: value \"deny\", expected a table"),
            (
                "users.a.delay.uniform = { min = \"3s\", max = \"1s\" }",
                "decisions.users.a.delay.uniform.min: value 3s",
            ),
        ];
        for (text, expected) in table {
            read_alone(&format!("[decisions]\n{text}"), |root| Some(read(root, 9))).assert(&Err(expected));
        }
    }
}
