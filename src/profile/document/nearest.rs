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

/// The candidates that a mistyped word or pattern may have meant, the most similar first, at most so many. What holds the
/// word comes before what only looks like it; `*` in the word stands for any text.
#[must_use]
pub fn nearest_few<'c>(word: &str, candidates: &[&'c str], most: usize) -> Vec<&'c str> {
    let plain: String = word.chars().filter(|letter| *letter != '*').collect();
    let score = |candidate: &str| {
        let holds = !plain.is_empty() && candidate.to_lowercase().contains(&plain.to_lowercase());
        // A part after the last slash is what people remember of a path.
        let last = candidate.rsplit('/').next().unwrap_or(candidate);
        let alike = strsim::jaro_winkler(&plain, candidate).max(strsim::jaro_winkler(&plain, last));
        if holds { 1.0 + alike } else { alike }
    };
    let mut found: Vec<(f64, &str)> =
        candidates.iter().map(|candidate| (score(candidate), *candidate)).collect();
    found.retain(|(score, _)| *score >= SIMILAR_ENOUGH);
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    found.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::{nearest, nearest_few};

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

    #[test]
    fn offers_few_that_hold_the_word_or_look_like_it() {
        let ids = ["ciba/7.3/interval", "ciba/10.1.1/single-use", "ciba/10.1.1/redemption-race"];
        for (word, expected) in [
            ("single-use", vec!["ciba/10.1.1/single-use"]),
            ("*signle-use", vec!["ciba/10.1.1/single-use"]),
            ("interval*", vec!["ciba/7.3/interval"]),
            ("ciba/10.1.1/redemption-rase", vec!["ciba/10.1.1/redemption-race", "ciba/10.1.1/single-use"]),
            ("bananas", vec![]),
            ("*", vec![]),
        ] {
            assert_eq!(nearest_few(word, &ids, 2), expected, "{word}");
        }
    }
}
