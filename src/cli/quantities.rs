//! Quantities as arguments.

use std::time::Duration;

use mock_auth_service::duration;

/// Highest rate, per second.
const RATE_MAX: f64 = 100_000.0;

/// A rate such as `100/s`, above 0.
pub fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).trim();
    let given = number.parse::<f64>().ok().filter(|rate| *rate > 0.0 && *rate <= RATE_MAX);
    given.ok_or_else(|| format!("expected a rate per second such as 100/s (above 0, up to {RATE_MAX})"))
}

/// A time such as `5s` within bounds.
pub fn time(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let given = duration::parse(text).ok().filter(|given| (least..=most).contains(given));
    given.ok_or_else(|| {
        let (least, most) = (duration::format(least), duration::format(most));
        format!("expected a time such as 500ms, 5s or 2m ({least} to {most})")
    })
}

/// A share in percent such as `5%`, or as a number from 0 to 1, within bounds that are given as numbers from 0 to 1.
pub fn share(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let given = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse(),
    };
    let given = given.ok().filter(|share| (least..=most).contains(share));
    given.ok_or_else(|| {
        format!(
            "expected a share such as {}% ({}% to {}%)",
            (least + most) * 50.0,
            least * 100.0,
            most * 100.0
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_times_and_shares() {
        for (text, expected) in
            [("100/s", Some(100.0)), ("0.5", Some(0.5)), ("0/s", None), ("100/m", None), ("-1/s", None)]
        {
            assert_eq!(rate(text).ok(), expected, "{text}");
        }
        let minute = Duration::from_secs(60);
        assert_eq!(time("30s", Duration::ZERO, minute), Ok(Duration::from_secs(30)));
        assert!(
            time("30", Duration::ZERO, minute).unwrap_err().contains("such as 500ms, 5s or 2m (0s to 1m)")
        );
        for (text, expected) in [("5%", Some(0.05)), ("0.25", Some(0.25)), ("60%", None), ("x%", None)] {
            assert_eq!(share(text, 0.01, 0.5).ok(), expected, "{text}");
        }
    }
}
