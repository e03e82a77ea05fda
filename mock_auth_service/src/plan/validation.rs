//! Whether a plan makes sense, all complaints at once.

use std::time::Duration;

use serde::Serialize;
use thiserror::Error;

use super::{DecisionPlan, Delay, MAX_DELAY};
use crate::duration;

/// A value that a plan cannot have.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize)]
#[error("{field} is {value}; expected {expected}")]
pub struct PlanError {
    /// The field, with its path inside the plan.
    pub field: String,
    /// The value that was given.
    pub value: String,
    /// What would be right.
    pub expected: &'static str,
}

impl DecisionPlan {
    /// Checks every value.
    ///
    /// # Errors
    /// One [`PlanError`] for each value that is out of range.
    pub fn validate(&self) -> Result<(), Vec<PlanError>> {
        let mut complaints = Complaints::default();
        let shares = self.shares;
        for (field, weight) in [
            ("shares.approve", shares.approve),
            ("shares.deny", shares.deny),
            ("shares.ignore", shares.ignore),
        ] {
            complaints.unless(weight.is_finite() && weight >= 0.0, field, weight, "a weight of 0 or more");
        }
        let sum = shares.approve + shares.deny + shares.ignore;
        complaints.unless(sum != 0.0, "shares", "all 0", "at least one weight above 0");
        for (field, share) in [("unknown_users", self.unknown_users), ("fetch_details", self.fetch_details)] {
            complaints.unless((0.0..=1.0).contains(&share), field, share, "a share from 0 to 1");
        }
        complaints.delay("delay", &self.delay);
        for (user, special) in &self.users {
            if let Some(delay) = &special.delay {
                complaints.delay(&format!("users.{user}.delay"), delay);
            }
        }
        if complaints.0.is_empty() { Ok(()) } else { Err(complaints.0) }
    }
}

#[derive(Default)]
struct Complaints(Vec<PlanError>);

impl Complaints {
    fn unless(&mut self, right: bool, field: &str, value: impl ToString, expected: &'static str) {
        if !right {
            self.0.push(PlanError { field: field.to_owned(), value: value.to_string(), expected });
        }
    }

    fn delay(&mut self, field: &str, delay: &Delay) {
        match delay {
            Delay::None => {}
            Delay::Constant(constant) => self.bounded(&format!("{field}.constant"), *constant),
            Delay::Uniform { min, max } => {
                self.bounded(&format!("{field}.uniform.max"), *max);
                let min_field = format!("{field}.uniform.min");
                self.unless(min <= max, &min_field, duration::format(*min), "at most `max`");
            }
            Delay::Lognormal { median, p95 } => {
                self.bounded(&format!("{field}.lognormal.p95"), *p95);
                let median_field = format!("{field}.lognormal.median");
                let median_text = duration::format(*median);
                self.unless(!median.is_zero(), &median_field, &median_text, "more than 0s");
                self.unless(median <= p95, &median_field, &median_text, "at most `p95`");
            }
            Delay::Empirical(delays) => {
                let field = format!("{field}.empirical");
                self.unless(!delays.is_empty(), &field, "[]", "at least one duration");
                for delay in delays {
                    self.bounded(&field, *delay);
                }
            }
        }
    }

    fn bounded(&mut self, field: &str, delay: Duration) {
        self.unless(delay <= MAX_DELAY, field, duration::format(delay), "at most 1h");
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{Decision, DecisionPlan, Delay, Grant};

    const FULL: &str = r#"
        seed = 7
        shares = { approve = 0.9, deny = 0.1 }
        unknown_users = 0.01
        unknown_answer = "not_found"
        delay = { lognormal = { median = "3s", p95 = "10s" } }
        grant = { list = ["openid", "profile"] }
        fetch_details = 0.25

        [users.alice]
        decision = "deny"
        delay = { constant = "3s" }

        [users.bob]
        unknown = true
    "#;

    #[test]
    fn toml_and_json_both_ways() {
        let plan: DecisionPlan = toml::from_str(FULL).unwrap();
        assert_eq!(plan.users["alice"].decision, Some(Decision::Deny));
        assert_eq!(plan.shares.ignore, 0.0);
        assert_eq!(plan.grant, Grant::List(vec!["openid".to_owned(), "profile".to_owned()]));
        plan.validate().unwrap();
        let again: DecisionPlan = toml::from_str(&toml::to_string(&plan).unwrap()).unwrap();
        assert_eq!(again, plan);
        let again: DecisionPlan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        assert_eq!(again, plan);
        assert_eq!(toml::from_str::<DecisionPlan>("").unwrap(), DecisionPlan::default());
        for (text, expected) in [
            ("delay = 'none'", Delay::None),
            ("delay.empirical = ['1s', '2s']", Delay::Empirical(vec![secs(1), secs(2)])),
            ("delay.uniform = { min = '1s', max = '2s' }", Delay::Uniform { min: secs(1), max: secs(2) }),
        ] {
            assert_eq!(toml::from_str::<DecisionPlan>(text).unwrap().delay, expected);
        }
        for (text, expected) in [("grant = 'all'", Grant::All), ("grant = 'openid'", Grant::OpenidOnly)] {
            assert_eq!(toml::from_str::<DecisionPlan>(text).unwrap().grant, expected);
        }
    }

    #[test]
    fn unknown_fields_and_bad_durations_are_refused() {
        for (text, part) in [
            ("sed = 1", "unknown field `sed`"),
            ("shares = { aprove = 1.0 }", "unknown field `aprove`"),
            ("users.alice.dely = 'none'", "unknown field `dely`"),
            ("delay.uniform = { min = '1s', max = '2s', p95 = '3s' }", "p95"),
            ("delay.constant = '3 parsecs'", "the unit is not known"),
            ("grant = 'some'", "unknown variant `some`"),
        ] {
            let error = toml::from_str::<DecisionPlan>(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn every_wrong_value_is_reported() {
        let text = r#"
            shares = { approve = -1.0, deny = 0.0 }
            unknown_users = 1.5
            fetch_details = nan
            delay = { uniform = { min = "3s", max = "2h" } }
            [users.a]
            delay = { lognormal = { median = "0s", p95 = "1s" } }
            [users.b]
            delay = { empirical = [] }
            [users.c]
            delay = { lognormal = { median = "2s", p95 = "1s" } }
            [users.d]
            delay = { constant = "61m" }
            [users.e]
            delay = { uniform = { min = "2s", max = "1s" } }
        "#;
        let errors = toml::from_str::<DecisionPlan>(text).unwrap().validate().unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "shares.approve",
                "unknown_users",
                "fetch_details",
                "delay.uniform.max",
                "users.a.delay.lognormal.median",
                "users.b.delay.empirical",
                "users.c.delay.lognormal.median",
                "users.d.delay.constant",
                "users.e.delay.uniform.min",
            ]
        );
        assert_eq!(errors[1].to_string(), "unknown_users is 1.5; expected a share from 0 to 1");
        let none: DecisionPlan = toml::from_str("shares = {}").unwrap();
        assert_eq!(none.validate().unwrap_err()[0].field, "shares");
    }

    fn secs(seconds: u64) -> std::time::Duration {
        std::time::Duration::from_secs(seconds)
    }
}
