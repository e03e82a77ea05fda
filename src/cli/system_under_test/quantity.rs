/// Units of memory, with their bytes; those that end on another one come first.
const UNITS: [(&str, f64); 7] = [
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("B", 1.0),
];

/// Least number without a unit that is taken for bytes: `ps -o rss=` prints KiB, and no server is so small.
const BARE_MIN: f64 = 16.0 * 1_048_576.0;

/// Most memory that is believed, in bytes.
const BYTES_MAX: f64 = 1e15;

/// Longest part of what was printed that is repeated, in characters.
const SHOWN_MAX: usize = 60;

/// Reads an amount of memory, in bytes: a number above 0 and one of `B|kB|KiB|MB|MiB|GB|GiB`, or a number of bytes alone.
pub fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, Some(*bytes))))
        .unwrap_or((text, None));
    let number: Option<f64> = number.trim().parse().ok();
    let bytes = number.map_or(f64::NAN, |number| number * unit.unwrap_or(1.0));
    if !(1.0..=BYTES_MAX).contains(&bytes) {
        let shown: String = text.chars().take(SHOWN_MAX).collect();
        return Err(format!(
            "printed {shown:?}, expected the resident memory as one number above 0 with a unit of B, kB, KiB, MB, MiB, GB or GiB, \
             such as \"212 MiB\""
        ));
    }
    if unit.is_none() && bytes < BARE_MIN {
        return Err(format!(
            "printed {text:?} without a unit, which is little for bytes; expected a unit behind it: `ps -o rss=` prints KiB, as in \
             'echo $(ps -o rss= -p PID) KiB'"
        ));
    }
    Ok(bytes.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units_or_are_bytes() {
        for (text, expected) in [
            ("212345678\n", 212_345_678),
            ("212345 KiB\n", 212_345 * 1_024),
            (" 1.5GiB ", 1_610_612_736),
            ("300 MB", 300_000_000),
            ("300 MiB", 314_572_800),
            ("2 GB", 2_000_000_000),
            ("512 kB", 512_000),
            ("900 B", 900),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_named_with_what_is_expected() {
        for (text, part) in [
            ("", "printed \"\", expected the resident memory"),
            (" KiB", "expected the resident memory as one number above 0"),
            ("0 KiB", "above 0"),
            ("-3 MB", "above 0"),
            ("12 34 KiB", "as one number"),
            ("nan", "as one number"),
            ("inf GB", "as one number"),
            ("lots", "printed \"lots\""),
            ("12 mb", "a unit of B, kB, KiB"),
            ("212345", "`ps -o rss=` prints KiB"),
            ("1e30 GB", "as one number"),
        ] {
            let problem = bytes(text).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
        assert!(bytes(&"x".repeat(5_000)).unwrap_err().len() < 300);
    }
}
