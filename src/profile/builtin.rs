//! The profiles that come with the tool.

use super::{Problems, Profile};

/// The profile in which every key is explained.
pub(super) const ANNOTATED: &str = include_str!("../../profiles/annotated.toml");

/// Name, file and text.
const BUILTIN: [(&str, &str, &str); 15] = [
    ("smoke", "profiles/smoke.toml", include_str!("../../profiles/smoke.toml")),
    ("baseline", "profiles/baseline.toml", include_str!("../../profiles/baseline.toml")),
    ("ramp", "profiles/ramp.toml", include_str!("../../profiles/ramp.toml")),
    ("open_banking_uk", "profiles/open_banking_uk.toml", include_str!("../../profiles/open_banking_uk.toml")),
    (
        "open_banking_uk_payment",
        "profiles/open_banking_uk_payment.toml",
        include_str!("../../profiles/open_banking_uk_payment.toml"),
    ),
    (
        "open_banking_brasil",
        "profiles/open_banking_brasil.toml",
        include_str!("../../profiles/open_banking_brasil.toml"),
    ),
    ("spike", "profiles/spike.toml", include_str!("../../profiles/spike.toml")),
    ("soak", "profiles/soak.toml", include_str!("../../profiles/soak.toml")),
    (
        "thundering_approval",
        "profiles/thundering_approval.toml",
        include_str!("../../profiles/thundering_approval.toml"),
    ),
    ("expiry_storm", "profiles/expiry_storm.toml", include_str!("../../profiles/expiry_storm.toml")),
    ("poll_storm", "profiles/poll_storm.toml", include_str!("../../profiles/poll_storm.toml")),
    ("ping_fan_out", "profiles/ping_fan_out.toml", include_str!("../../profiles/ping_fan_out.toml")),
    ("retry_storm", "profiles/retry_storm.toml", include_str!("../../profiles/retry_storm.toml")),
    ("capacity", "profiles/capacity.toml", include_str!("../../profiles/capacity.toml")),
    ("annotated", "profiles/annotated.toml", ANNOTATED),
];

impl Profile {
    /// The built-in profile of that name, if there is one.
    ///
    /// # Errors
    ///
    /// What is wrong with it: nothing, as a test makes sure.
    #[must_use]
    pub fn builtin(name: &str) -> Option<Result<Self, Problems>> {
        let (name, file, text) = BUILTIN.into_iter().find(|(known, _, _)| *known == name)?;
        Some(Self::parse(name, file, text))
    }

    /// The text of the built-in profile of that name, as a first version of one's own.
    #[must_use]
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN.into_iter().find(|(known, _, _)| *known == name).map(|(_, _, text)| text)
    }

    /// The names of the built-in profiles, the default first.
    #[must_use]
    pub fn builtin_names() -> Vec<&'static str> {
        BUILTIN.into_iter().map(|(name, _, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ciba::DeliveryMode;
    use crate::profile::document::keys_not_mentioned;
    use crate::profile::{Metric, Workload};

    fn builtin(name: &str) -> Profile {
        Profile::builtin(name).unwrap().unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn all_of_them_are_sound() {
        let open_banking = ["open_banking_uk", "open_banking_uk_payment", "open_banking_brasil"];
        assert_eq!(Profile::builtin_names()[..3], ["smoke", "baseline", "ramp"]);
        assert_eq!(Profile::builtin_names()[3..6], open_banking);
        assert!(open_banking.iter().all(|name| builtin(name).flow.consent.is_some()));
        for name in Profile::builtin_names() {
            let profile = builtin(name);
            assert_eq!(profile.name, name);
            assert!(!profile.description.is_empty() && !profile.thresholds.is_empty(), "{name}");
            assert!(
                profile.thresholds.iter().any(|threshold| threshold.metric == Metric::Violations),
                "{name}"
            );
        }
        assert!(Profile::builtin("smokey").is_none());
        assert!(Profile::builtin_text("smokey").is_none());
    }

    #[test]
    fn smoke_is_short_mixed_and_has_samples_for_its_percentiles() {
        let smoke = builtin("smoke");
        assert!(smoke.workload.length() <= Duration::from_secs(15));
        assert_eq!([0, 1].map(|flow| smoke.mix.mode_of(flow)), [DeliveryMode::Poll, DeliveryMode::Ping]);
        // p99 is printed from 300 samples on, and every second flow after the warm-up is a ping flow.
        let warmed_up = &smoke.workload.stages()[1];
        assert_eq!(smoke.warmup, smoke.workload.stages()[0].duration);
        assert!(warmed_up.duration.as_secs_f64() * warmed_up.from / 2.0 >= 300.0);
    }

    #[test]
    fn baseline_holds_its_rate_for_a_minute_and_ramp_climbs() {
        let steady = &builtin("baseline").workload.stages()[1].clone();
        assert_eq!((steady.duration.as_secs(), steady.from, steady.to), (60, 50.0, 50.0));
        let ramp = builtin("ramp");
        let rates: Vec<f64> = ramp.workload.stages().iter().map(|stage| stage.to).collect();
        assert!(
            rates.is_sorted() && rates.first() == Some(&10.0) && rates.last() == Some(&200.0),
            "{rates:?}"
        );
        assert_eq!(ramp.workload.peak_rate(), 200.0);
    }

    /// Each has one question, and everything but the soak is over within two minutes.
    #[test]
    fn those_that_answer_a_question_ask_it_and_end_soon() {
        let asking = [
            "spike",
            "soak",
            "thundering_approval",
            "expiry_storm",
            "poll_storm",
            "ping_fan_out",
            "retry_storm",
        ];
        assert_eq!(Profile::builtin_names()[6..13], asking);
        for name in asking {
            let profile = builtin(name);
            assert!(profile.description.ends_with('?'), "{name}");
            let longest = if name == "soak" { 3_900 } else { 120 };
            assert!((profile.workload.length() + profile.drain).as_secs() <= longest, "{name}");
        }
    }

    #[test]
    fn every_key_is_annotated() {
        let closed = "workload = { model = \"closed\", stages = [{}] }\n";
        let users = "[decisions.users.a]\n[decisions.grant]\n";
        let delay = "[decisions.delay]\nuniform = {}\nlognormal = {}";
        let replay = "workload = { arrivals = { file = 1 } }";
        let file = "users = { file = \"a.csv\", hot = {} }";
        let texts = [file, ANNOTATED, &format!("{closed}{users}{delay}"), replay];
        let read = |root: crate::profile::document::Section<'_>| {
            Profile::read("any", root, &crate::profile::no_files)
        };
        assert_eq!(keys_not_mentioned(ANNOTATED, &texts, read), [""; 0]);
        assert!(keys_not_mentioned("", &["[workload]"], read).len() > 30, "the test sees keys");
    }

    #[test]
    fn annotated_is_open_and_names_the_closed_model_s_keys() {
        assert!(matches!(builtin("annotated").workload, Workload::Open { .. }));
        let text = ANNOTATED
            .replace("model = \"open\"", "model = \"closed\"")
            .replace("max_in_flight", "# max_in_flight")
            .replace("arrivals = \"uniform\"", "")
            .replace("# think_time", "think_time")
            .replace("\nrate = 20", "")
            .replace("# flows = 50", "flows = 50");
        let profile =
            Profile::parse("closed", "closed.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(matches!(profile.workload, Workload::Closed { .. }));
    }
}
