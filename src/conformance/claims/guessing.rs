//! How hard secrets are to guess, judged by a few of them. What is computed here is the most that there can be, so that
//! what is found too little is too little for certain.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// What an `auth_req_id` needs at least (CIBA Core 1.0, 7.3), and so does an access token (FAPI 1.0, Part 1, 5.2.2).
pub const BITS_MIN: f64 = 128.0;
/// From how many characters on a common beginning or end is worth a word.
const COMMON_MIN: usize = 8;

/// Characters that belong together: whoever uses some of them may use them all.
const CLASSES: [fn(&char) -> bool; 3] =
    [|c| c.is_ascii_digit(), |c| c.is_ascii_lowercase(), |c| c.is_ascii_uppercase()];

/// The most bits that a single text can hold, by its length and its characters.
pub fn bits_of(text: &str) -> f64 {
    bits(text.chars().count(), text.chars())
}

/// The most bits in which texts of one making differ: a place at which all are the same holds none.
pub fn bits_of_sample(texts: &[&str]) -> f64 {
    let texts: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
    let longest = texts.iter().map(Vec::len).max().unwrap_or_default();
    let varies = |at: &usize| texts.iter().any(|text| text.get(*at) != texts[0].get(*at));
    let varying: Vec<usize> = (0..longest).filter(varies).collect();
    let characters = texts.iter().flat_map(|text| varying.iter().filter_map(|at| text.get(*at)));
    bits(varying.len(), characters.copied())
}

/// What is regular about texts in the order of their making, in words; `None` where nothing is. A token of JOSE may begin
/// as it likes: its header is no secret.
pub fn structure(texts: &[&str]) -> Option<String> {
    let counts_up = texts.len() > 2 && texts.is_sorted() && texts.first() != texts.last();
    if counts_up {
        return Some("each identifier sorts after the one before it".to_owned());
    }
    if texts.iter().all(|text| has_jose_header(text)) {
        return None;
    }
    let texts: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
    let (beginning, end) =
        (common(&texts, |text, at| text.get(at)), common(&texts, |text, at| text.iter().rev().nth(at)));
    let longest = texts.iter().map(Vec::len).max().unwrap_or_default();
    let own: Vec<String> =
        texts.iter().map(|text| text.iter().skip(beginning).take(longest - beginning).collect()).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let weak = bits_of_sample(&own) < BITS_MIN;
    (weak && beginning.max(end) >= COMMON_MIN).then(|| {
        format!("all begin with the same {beginning} and end with the same {end} of {longest} characters")
    })
}

fn bits(length: usize, characters: impl Iterator<Item = char>) -> f64 {
    let mut seen: Vec<char> = characters.collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.is_empty() {
        return 0.0;
    }
    let hexadecimal = ["0123456789abcdef", "0123456789ABCDEF"]
        .iter()
        .any(|digits| seen.iter().all(|character| digits.contains(*character)));
    let alphabet = if hexadecimal && !seen.iter().all(char::is_ascii_digit) { 16 } else { alphabet(&seen) };
    length as f64 * f64::from(alphabet).log2()
}

/// The size of the alphabet that these characters may be drawn from: their classes in full, and every other sign once.
fn alphabet(seen: &[char]) -> u32 {
    let sizes = [10, 26, 26];
    let classes: u32 =
        CLASSES.iter().zip(sizes).filter(|(class, _)| seen.iter().any(class)).map(|(_, size)| size).sum();
    let others = seen.iter().filter(|character| !character.is_ascii_alphanumeric()).count();
    classes + u32::try_from(others).unwrap_or(u32::MAX)
}

/// How many characters all texts have in common, counted as `at` reads them.
fn common<'a>(texts: &'a [Vec<char>], at: impl Fn(&'a Vec<char>, usize) -> Option<&'a char>) -> usize {
    let Some(first) = texts.first() else { return 0 };
    (0..first.len())
        .take_while(|place| texts.iter().all(|text| at(text, *place) == at(first, *place)))
        .count()
}

fn has_jose_header(text: &str) -> bool {
    let Some((header, _)) = text.split_once('.') else { return false };
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    serde_json::from_slice::<Map<String, Value>>(&header).is_ok_and(|members| members.contains_key("alg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dozen texts that a generator makes of numbers nobody would guess.
    fn dozen(make: impl Fn(u128) -> String) -> Vec<String> {
        let spread = |n: u128| n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).rotate_left(61);
        (1..=12).map(|n| make(spread(n).wrapping_mul(spread(n + 99) | 1))).collect()
    }

    fn refs(texts: &[String]) -> Vec<&str> {
        texts.iter().map(String::as_str).collect()
    }

    fn uuid(n: u128) -> String {
        let hex = format!("{n:032x}");
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    fn base64(n: u128) -> String {
        URL_SAFE_NO_PAD.encode(n.to_be_bytes())
    }

    #[test]
    fn what_can_hold_128_bits_passes_and_what_cannot_fails() {
        type Case = (&'static str, fn(u128) -> String, bool);
        let cases: [Case; 9] = [
            ("hexadecimal", |n| format!("{n:032x}"), true),
            ("upper-case hexadecimal", |n| format!("{n:032X}"), true),
            ("base64", base64, true),
            ("39 digits", |n| format!("{n:039}"), true),
            ("a constant beginning", |n| format!("authentication.request-{n:032x}"), true),
            // 122 bits, and everybody knows the rest.
            ("a version 4 UUID", uuid, false),
            ("12 characters", |n| base64(n)[..12].to_owned(), false),
            ("20 digits", |n| format!("{:020}", n as u64), false),
            ("a long name and a few digits", |n| format!("{}{:08}", "x".repeat(60), n % 100_000_000), false),
        ];
        for (what, make, enough) in cases {
            let texts = dozen(make);
            let bits = bits_of_sample(&refs(&texts));
            assert_eq!(bits >= BITS_MIN, enough, "{what}: {bits} bits, {texts:?}");
        }
        assert!(bits_of_sample(&["same", "same"]) < 1.0);
    }

    #[test]
    fn a_single_text_is_judged_by_its_length() {
        for (text, enough) in [
            ("578BH3a5GqPv5cAm2wUW_1z170lvIfq4dp2wyG6CjXK", true),
            ("0123456789abcdef0123456789abcdef", true),
            ("k3J9dLq0Zx", false),
            ("", false),
        ] {
            assert_eq!(bits_of(text) >= BITS_MIN, enough, "{text}");
        }
    }

    #[test]
    fn counters_and_constants_are_structure_and_randomness_is_none() {
        let counter: Vec<String> = (7..19).map(|n| format!("request-{n:08}")).collect();
        assert!(structure(&refs(&counter)).unwrap().contains("sorts after"));
        let weak = dozen(|n| format!("authentication-request-{:08}", n % 100_000_000));
        assert_eq!(
            structure(&refs(&weak)).unwrap(),
            "all begin with the same 23 and end with the same 0 of 31 characters"
        );
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A128CBC-HS256"}"#);
        for sound in [
            dozen(base64),
            dozen(uuid),
            dozen(|n| format!("authentication-request-{n:032x}")),
            dozen(|n| format!("{header}..{}.{}", base64(n), &base64(n)[..4])),
        ] {
            assert_eq!(structure(&refs(&sound)), None, "{sound:?}");
        }
    }
}
