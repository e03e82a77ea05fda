/// Seconds since 1970 of a date and time with an offset (RFC 3339, 5.6), such as `2026-05-29T10:49:34Z`; fractions of a second
/// are dropped. `None` for anything else, and for dates before 1970.
pub(super) fn unix_seconds(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = numbers(date, '-')?;
    if date.len() != 10 || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let rest = rest.strip_prefix(['T', 't'])?;
    let (time, rest) = rest.split_at_checked(8)?;
    let (hour, minute, second) = numbers(time, ':')?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .split_at_checked(0)
            .filter(|_| fraction.starts_with(|c: char| c.is_ascii_digit()))
            .map(|(_, rest)| rest)?,
        None => rest,
    };
    let seconds = days_before(year, month, day)? * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    u64::try_from(seconds - offset(rest)?).ok()
}

/// Seconds that local time is ahead of UTC.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let seconds = i64::from(hours * 3_600 + minutes * 60);
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

/// Three numbers of fixed length: the first has four digits in a date and two in a time.
fn numbers(text: &str, separator: char) -> Option<(u32, u32, u32)> {
    let mut parts = text.split(separator);
    let first = parts.next()?;
    let numbers = (digits(first, text.len() - 6)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, counted in years that begin on 1 March, so that the leap day is last.
fn days_before(year: u32, month: u32, day: u32) -> Option<i64> {
    let year = i64::from(year) - i64::from(month <= 2);
    let march_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * march_month + 2) / 5 + i64::from(day) - 1;
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_nothing_else_is() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2000-03-01T00:00:00.123Z", 951_868_800),
            ("2026-05-29T10:49:34Z", 1_780_051_774),
            ("2026-05-29T12:49:34+02:00", 1_780_051_774),
            ("2026-05-29T05:19:34-05:30", 1_780_051_774),
            ("2100-03-01T00:00:00z", 4_107_542_400),
        ] {
            assert_eq!(unix_seconds(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "2026-05-29",
            "2026-05-29T10:49:34",
            "2026-05-29 10:49:34Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-00-10T00:00:00Z",
            "2026-05-29T24:00:00Z",
            "2026-05-29T10:49:34.Z",
            "2026-05-29T10:49:34+0200",
            "2026-05-29T10:49:34+24:00",
            "+026-05-29T10:49:34Z",
            "2026-05-29T10:49:34Z ",
            "2026-05-2\u{e9}T10:49:34Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
    }
}
