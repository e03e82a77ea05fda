//! Figures with their units, as people read them. What is no number is written as `-`.

/// How a figure that does not exist is written.
pub const NONE: &str = "-";

/// A time given in µs: `850 µs`, `1.23 ms`, `23.4 ms`, `238 ms`, `4.21 s`.
pub fn time_us(us: f64) -> String {
    if !us.is_finite() {
        return NONE.to_owned();
    }
    // The bounds lie where rounding would otherwise write 1000 of the smaller unit.
    match us.abs() {
        small if small < 999.5 => format!("{us:.0} µs"),
        middle if middle < 999_500.0 => format!("{} ms", three_digits(us / 1e3)),
        _ => seconds(us / 1e6),
    }
}

/// A time given in seconds: `0.25 s`, `12.3 s`, `1,200 s`.
pub fn seconds(seconds: f64) -> String {
    if seconds.is_finite() { format!("{} s", three_digits(seconds)) } else { NONE.to_owned() }
}

/// A rate, or another plain figure: `0.25`, `12.3`, `1,200`; its unit stands elsewhere.
pub fn figure(figure: f64) -> String {
    if figure.is_finite() { three_digits(figure) } else { NONE.to_owned() }
}

/// Memory given in bytes, in millions of them: `0.25 MB`, `12.3 MB`, `1,200 MB`.
pub fn megabytes(bytes: f64) -> String {
    if bytes.is_finite() { format!("{} MB", three_digits(bytes / 1e6)) } else { NONE.to_owned() }
}

/// Memory of 1,000 things in MB, of bytes for each of them; its unit stands elsewhere.
pub fn megabytes_per_thousand(bytes: f64) -> String {
    figure(bytes / 1e3)
}

/// A ratio in percent. Only what is everything is `100 %`, and only what is nothing is `0 %`.
pub fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    match percent {
        none if !none.is_finite() => NONE.to_owned(),
        0.0 => "0 %".to_owned(),
        tiny if tiny.abs() < 0.01 => "< 0.01 %".to_owned(),
        100.0 => "100 %".to_owned(),
        near if near > 99.99 && near < 100.0 => "> 99.99 %".to_owned(),
        near if near > 99.0 && near < 100.0 => format!("{near:.2} %"),
        _ => format!("{} %", if percent < 10.0 { format!("{percent:.2}") } else { format!("{percent:.1}") }),
    }
}

/// A number of things, with thousands set apart: `12,345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A part of a whole; `None` where there is no whole.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn three_digits(figure: f64) -> String {
    match figure.abs() {
        0.0 => "0".to_owned(),
        small if small < 9.995 => format!("{figure:.2}"),
        middle if middle < 99.95 => format!("{figure:.1}"),
        large if large < 1e15 => {
            let sign = if figure < 0.0 { "-" } else { "" };
            format!("{sign}{}", count(large.round() as u64))
        }
        _ => format!("{figure:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_three_digits_and_the_unit_that_people_read() {
        for (us, text) in [
            (0.0, "0 µs"),
            (999.4, "999 µs"),
            (999.6, "1.00 ms"),
            (1_234.0, "1.23 ms"),
            (23_449.0, "23.4 ms"),
            (238_000.0, "238 ms"),
            (999_600.0, "1.00 s"),
            (5_060_000.0, "5.06 s"),
            (3_600_000_000.0, "3,600 s"),
            (f64::NAN, "-"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(time_us(us), text, "{us}");
        }
    }

    #[test]
    fn shares_do_not_round_to_everything_or_nothing() {
        for (ratio, text) in [
            (0.0, "0 %"),
            (0.000_001, "< 0.01 %"),
            (0.0123, "1.23 %"),
            (0.5, "50.0 %"),
            (0.9997, "99.97 %"),
            (0.999_999, "> 99.99 %"),
            (1.0, "100 %"),
            (1.25, "125.0 %"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(percent(ratio), text, "{ratio}");
        }
    }

    #[test]
    fn memory_is_told_in_millions_of_bytes() {
        for (bytes, text) in [(250_000.0, "0.25 MB"), (212_340_000.0, "212 MB"), (f64::NAN, "-")] {
            assert_eq!(megabytes(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn numbers_are_readable() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(count(n), text);
        }
        for (f, text) in [(0.254, "0.25"), (12.34, "12.3"), (1_999.6, "2,000"), (1e300, "1.00e300")] {
            assert_eq!(figure(f), text);
        }
    }
}
