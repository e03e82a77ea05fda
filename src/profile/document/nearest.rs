//! "Did you mean".

/// Similarity (Jaro-Winkler, 0 to 1) below which a word is not offered.
const SIMILAR_ENOUGH: f64 = 0.8;

/// The candidate that a mistyped word most probably meant, if any comes close.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    candidates
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate))
        .filter(|(similarity, candidate)| *similarity >= SIMILAR_ENOUGH && *candidate != word)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn offers_what_is_close_and_nothing_else() {
        let keys = ["first_poll", "poll_from", "poll_guard", "poll_timeout", "use_token"];
        let table = [
            ("frist_poll", Some("first_poll")),
            ("pollguard", Some("poll_guard")),
            ("poll_timout", Some("poll_timeout")),
            ("bananas", None),
            ("", None),
        ];
        for (word, expected) in table {
            assert_eq!(nearest(word, &keys), expected, "{word}");
        }
    }
}
