//! What a value has to be.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use mock_auth_service::duration;
use toml::de::DeValue;

use super::nearest;

/// How to read one value, and what to say when it is something else.
pub struct Reader<'r, T> {
    expected: String,
    hidden: bool,
    read: Box<Read<'r, T>>,
}

type Read<'r, T> = dyn Fn(&DeValue<'_>) -> Result<T, Mismatch> + 'r;

/// Stands for a value that must not be repeated.
const HIDDEN: &str = "(not shown)";

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is not what was expected; the reader says what that is.
    Unexpected,
    /// It is not what was expected, and this was probably meant.
    DidYouMean(String),
    /// It is wrong for this reason.
    Because(String),
    /// It is wrong for this reason, and must not be repeated.
    BecauseHidden(String),
}

impl<'r, T: 'r> Reader<'r, T> {
    /// A reader of anything. `expected` completes "value X, expected ..".
    pub fn new(expected: impl Into<String>, read: impl Fn(&DeValue<'_>) -> Result<T, Mismatch> + 'r) -> Self {
        Self { expected: expected.into(), hidden: false, read: Box::new(read) }
    }

    /// The same reader for values that must not be repeated in a message.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// The same reader with its value turned into something else, or refused.
    #[must_use]
    pub fn and_then<U: 'r>(self, next: impl Fn(T) -> Result<U, Mismatch> + 'r) -> Reader<'r, U> {
        let Self { expected, hidden, read } = self;
        Reader { expected, hidden, read: Box::new(move |value| next(read(value)?)) }
    }

    /// Completes "expected ..".
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Reads the value, or says what is wrong with it. `shown` is the value as it stands in the file.
    ///
    /// # Errors
    ///
    /// The message: value, expectation, suggestion.
    pub fn read(&self, value: &DeValue<'_>, shown: &str) -> Result<T, String> {
        let shown = if self.hidden { HIDDEN } else { shown };
        (self.read)(value).map_err(|mismatch| match mismatch {
            Mismatch::Unexpected => format!("value {shown}, expected {}", self.expected),
            Mismatch::DidYouMean(meant) => {
                format!("value {shown}, expected {}; did you mean {meant}", self.expected)
            }
            Mismatch::BecauseHidden(reason) => format!("value {HIDDEN}, {reason}"),
            Mismatch::Because(reason) => format!("value {shown}, {reason}"),
        })
    }
}

impl<'r> Reader<'r, bool> {
    /// `true` or `false`.
    #[must_use]
    pub fn boolean() -> Self {
        Self::new("true or false", |value| match value.as_str() {
            Some(text @ ("true" | "false")) => Err(Mismatch::DidYouMean(format!("{text} without quotes"))),
            Some(_) | None => value.as_bool().ok_or(Mismatch::Unexpected),
        })
    }
}

impl<'r> Reader<'r, String> {
    /// A text whose length in characters is in the range; no control characters, since these texts end up in HTTP
    /// messages and in reports.
    #[must_use]
    pub fn text(length: RangeInclusive<usize>) -> Self {
        let expected =
            format!("a text of {} to {} characters without control characters", length.start(), length.end());
        Self::new(expected, move |value| {
            value
                .as_str()
                .filter(|text| length.contains(&text.chars().count()) && !text.chars().any(char::is_control))
                .map(str::to_owned)
                .ok_or(Mismatch::Unexpected)
        })
    }
}

impl<'r> Reader<'r, u64> {
    /// A whole number in the range. `what` completes "expected a whole number .."; it may be empty.
    #[must_use]
    pub fn whole(range: RangeInclusive<u64>, what: &str) -> Self {
        Self::new(format!("a whole number{what} ({})", bounds(&range)), move |value| {
            whole(value)
                .and_then(|number| u64::try_from(number).ok())
                .filter(|number| range.contains(number))
                .ok_or(Mismatch::Unexpected)
        })
    }
}

impl<'r> Reader<'r, u32> {
    /// As [`Reader::whole`], for smaller numbers.
    #[must_use]
    pub fn whole_small(range: RangeInclusive<u32>, what: &str) -> Self {
        Self::new(format!("a whole number{what} ({})", bounds(&range)), move |value| {
            whole(value)
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| range.contains(number))
                .ok_or(Mismatch::Unexpected)
        })
    }
}

impl<'r> Reader<'r, f64> {
    /// A number, whole or not, in the range. `what` as for [`Reader::whole`].
    #[must_use]
    pub fn number(range: RangeInclusive<f64>, what: &str) -> Self {
        Self::new(format!("a number{what} ({})", bounds(&range)), move |value| {
            number(value).filter(|number| range.contains(number)).ok_or(Mismatch::Unexpected)
        })
    }

    /// A rate per second in the range: `50`, `0.5` or `"50/s"`.
    #[must_use]
    pub fn rate(range: RangeInclusive<f64>) -> Self {
        let expected = format!("a rate per second such as 50 or \"50/s\" ({})", bounds(&range));
        Self::new(expected, move |value| {
            let given = match value.as_str() {
                Some(text) => text.strip_suffix("/s").and_then(|text| text.trim().parse().ok()),
                None => number(value),
            };
            given.filter(|rate| range.contains(rate)).ok_or(Mismatch::Unexpected)
        })
    }
}

impl<'r> Reader<'r, Duration> {
    /// A duration in the range, as text with its unit.
    #[must_use]
    pub fn duration(range: RangeInclusive<Duration>) -> Self {
        let bounds = format!("{} to {}", duration::format(*range.start()), duration::format(*range.end()));
        let expected = format!("a duration such as \"250ms\", \"3s\" or \"2m\" ({bounds})");
        Self::new(expected, move |value| match whole(value) {
            Some(number) => Err(Mismatch::DidYouMean(format!("\"{number}s\""))),
            None => value
                .as_str()
                .and_then(|text| duration::parse(text).ok())
                .filter(|duration| range.contains(duration))
                .ok_or(Mismatch::Unexpected),
        })
    }
}

impl<'r, T: Copy + 'r> Reader<'r, T> {
    /// One of some words.
    #[must_use]
    pub fn choice(options: &'r [(&'static str, T)]) -> Self {
        let words: Vec<&'static str> = options.iter().map(|(word, _)| *word).collect();
        let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        Self::new(quoted.join(" or "), move |value| {
            let given = value.as_str().ok_or(Mismatch::Unexpected)?;
            match options.iter().find(|(word, _)| *word == given) {
                Some((_, meaning)) => Ok(*meaning),
                None => Err(nearest(given, &words)
                    .map_or(Mismatch::Unexpected, |word| Mismatch::DidYouMean(format!("{word:?}")))),
            }
        })
    }
}

fn bounds<N: Display>(range: &RangeInclusive<N>) -> String {
    format!("{} to {}", range.start(), range.end())
}

fn whole(value: &DeValue<'_>) -> Option<i128> {
    value.as_integer().and_then(|integer| i128::from_str_radix(integer.as_str(), integer.radix()).ok())
}

#[expect(clippy::cast_precision_loss, reason = "ranges lie far below 2^53, and what is beyond is refused")]
fn number(value: &DeValue<'_>) -> Option<f64> {
    let number = match value.as_float() {
        Some(float) => float.as_str().parse().ok(),
        None => whole(value).map(|number| number as f64),
    };
    number.filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(reader: &Reader<'_, T>, text: &str) -> Result<T, String> {
        reader.read(DeValue::parse(text).unwrap().get_ref(), text)
    }

    #[test]
    fn numbers() {
        let small = Reader::whole(1..=20, " of things");
        assert_eq!(read(&small, "7"), Ok(7));
        assert_eq!(read(&small, "0x0A"), Ok(10));
        assert_eq!(read(&small, "1_0"), Ok(10));
        for text in
            ["0", "21", "-1", "7.0", "\"7\"", "99999999999999999999999999999999999999999999", "[]", "true"]
        {
            let expected = format!("value {text}, expected a whole number of things (1 to 20)");
            assert_eq!(read(&small, text), Err(expected));
        }
        let ratio = Reader::number(0.0..=1.0, "");
        assert_eq!(read(&ratio, "1"), Ok(1.0));
        assert_eq!(read(&ratio, "0.25"), Ok(0.25));
        for text in ["nan", "inf", "-inf", "1.5", "1e400", "\"1\""] {
            assert_eq!(read(&ratio, text), Err(format!("value {text}, expected a number (0 to 1)")));
        }
        let rate = Reader::rate(0.0..=100.0);
        for (text, expected) in [("50", 50.0), ("0.5", 0.5), ("\"50/s\"", 50.0), ("\"1.5 /s\"", 1.5)] {
            assert_eq!(read(&rate, text), Ok(expected));
        }
        for text in ["101", "\"50\"", "\"nan/s\"", "\"50/m\""] {
            assert!(read(&rate, text).unwrap_err().contains("\"50/s\" (0 to 100)"), "{text}");
        }
    }

    #[test]
    fn durations() {
        let reader = Reader::duration(Duration::from_millis(1)..=Duration::from_secs(90));
        assert_eq!(read(&reader, "\"250ms\""), Ok(Duration::from_millis(250)));
        assert!(read(&reader, "\"2m\"").unwrap_err().ends_with("(1ms to 90s)"));
        assert!(read(&reader, "10").unwrap_err().ends_with("did you mean \"10s\""));
    }

    #[test]
    fn words() {
        let reader = Reader::choice(&[("open", 1), ("closed", 2)]);
        assert_eq!(read(&reader, "\"closed\""), Ok(2));
        assert_eq!(
            read(&reader, "\"close\""),
            Err("value \"close\", expected \"open\" or \"closed\"; did you mean \"closed\"".to_owned())
        );
        assert_eq!(read(&reader, "3"), Err("value 3, expected \"open\" or \"closed\"".to_owned()));
        assert_eq!(read(&Reader::boolean(), "true"), Ok(true));
        assert!(read(&Reader::boolean(), "\"true\"").unwrap_err().contains("without quotes"));
    }

    #[test]
    fn texts_and_what_must_not_be_shown() {
        assert_eq!(read(&Reader::text(1..=5), "\"user-\""), Ok("user-".to_owned()));
        for text in ["\"\"", "\"abcdef\"", "\"a\\nb\"", "5"] {
            assert!(read(&Reader::text(1..=5), text).unwrap_err().contains("1 to 5 characters"), "{text}");
        }
        let error = read(&Reader::text(1..=5).hidden(), "\"s3cr3t-s3cr3t\"").unwrap_err();
        assert!(error.starts_with("value (not shown), expected a text"), "{error}");
    }
}
