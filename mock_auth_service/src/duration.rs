//! Durations as people write them: `250ms`, `1.5s`, `2m`.

use std::time::Duration;

use thiserror::Error;

/// Units, largest first, with their length in nanoseconds.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A text that is no duration.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{value:?} is not a duration: {problem}; write a number and a unit (h, m, s, ms, us, ns), such as \"250ms\""
)]
pub struct DurationError {
    /// What was given.
    pub value: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Reads a decimal number followed by one unit (`h`, `m`, `s`, `ms`, `us`, `ns`), such as `250ms` or `1.5s`.
///
/// # Errors
/// No number, no or an unknown unit, finer than a nanosecond, or longer than 584 years.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let wrong = |problem| DurationError { value: text.to_owned(), problem };
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    if number.is_empty() {
        return Err(wrong("it does not begin with a number"));
    }
    if unit.is_empty() {
        return Err(wrong("the unit is missing"));
    }
    let (_, length) =
        UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(|| wrong("the unit is not known"))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || number.ends_with('.') || fraction.contains('.') {
        return Err(wrong("the number is malformed"));
    }
    let too_long = || wrong("it is too long");
    let whole: u64 = whole.parse().map_err(|_| too_long())?;
    let nanoseconds = whole.checked_mul(length).ok_or_else(too_long)?;
    let rest = fraction_of(fraction, length).ok_or_else(|| wrong("it is finer than a nanosecond"))?;
    Ok(Duration::from_nanos(nanoseconds.checked_add(rest).ok_or_else(too_long)?))
}

/// Writes `duration` in the largest unit that divides it, so that [`parse`] gives it back exactly.
pub fn format(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    for (name, length) in UNITS {
        if nanoseconds.is_multiple_of(u128::from(length)) {
            return format!("{}{name}", nanoseconds / u128::from(length));
        }
    }
    format!("{nanoseconds}ns")
}

/// `0.fraction` of `length` nanoseconds, if that is a whole number.
fn fraction_of(fraction: &str, length: u64) -> Option<u64> {
    let digits = fraction.trim_end_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // 18 digits of an hour still fit 128 bits; no unit has more than 15 places.
    let places = u32::try_from(digits.len()).ok().filter(|places| *places <= 18)?;
    let product = digits.parse::<u128>().ok()? * u128::from(length);
    let scale = 10_u128.pow(places);
    if product.is_multiple_of(scale) { u64::try_from(product / scale).ok() } else { None }
}

/// A `Duration` field as such a text: `#[serde(with = "duration::text")]`.
pub mod text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the text.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::format(*duration))
    }

    /// Reads the text.
    ///
    /// # Errors
    /// Anything that is not a duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        super::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A `Vec<Duration>` field as a list of such texts: `#[serde(with = "duration::texts")]`.
pub mod texts {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the texts.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(durations: &[Duration], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(durations.iter().map(|duration| super::format(*duration)))
    }

    /// Reads the texts.
    ///
    /// # Errors
    /// An entry that is not a duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| super::parse(text).map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{format, parse};

    #[test]
    fn texts_that_are_durations() {
        for (text, nanoseconds) in [
            ("0s", 0),
            ("250ms", 250_000_000),
            ("3s", 3_000_000_000),
            ("2m", 120_000_000_000),
            ("1h", 3_600_000_000_000),
            ("1.5s", 1_500_000_000),
            ("0.25ms", 250_000),
            ("1.50s", 1_500_000_000),
            ("1.000000001s", 1_000_000_001),
            ("0.5m", 30_000_000_000),
            ("0.125m", 7_500_000_000),
            (" 7us ", 7_000),
            ("7 ms", 7_000_000),
            ("9ns", 9),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn texts_that_are_none_name_the_value_and_the_reason() {
        for (text, problem) in [
            ("", "it does not begin with a number"),
            ("fast", "it does not begin with a number"),
            ("-1s", "it does not begin with a number"),
            ("5", "the unit is missing"),
            ("5 days", "the unit is not known"),
            ("5S", "the unit is not known"),
            ("1.2.3s", "the number is malformed"),
            ("1.s", "the number is malformed"),
            (".5s", "the number is malformed"),
            ("1.5ns", "it is finer than a nanosecond"),
            ("1.0000000001s", "it is finer than a nanosecond"),
            ("99999999999999999999h", "it is too long"),
            ("99999999999h", "it is too long"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.problem, problem, "{text}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn durations_are_written_in_their_largest_unit() {
        for (nanoseconds, text) in [
            (0, "0s"),
            (1_500_000_000, "1500ms"),
            (90_000_000_000, "90s"),
            (120_000_000_000, "2m"),
            (7_200_000_000_000, "2h"),
            (1_001, "1001ns"),
        ] {
            assert_eq!(format(Duration::from_nanos(nanoseconds)), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanoseconds in any::<u64>()) {
            let duration = Duration::from_nanos(nanoseconds);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }
    }
}
