use crate::ciba::{Breach, Rule};
use serde_json::Value;

/// Longest value of a token that a detail quotes, in characters.
const SHOWN_MAX: usize = 80;

/// A breach with its detail: what was expected and what came; quotes single claims, cut, and never a token.
pub(super) fn breach(rule: Rule, detail: impl Into<String>) -> Breach {
    Breach { rule, detail: detail.into() }
}

/// A claim as a detail shows it: its JSON, cut.
pub(super) fn shown(claim: Option<&Value>) -> String {
    claim.map_or_else(|| "nothing".to_owned(), |value| cut(value.to_string()))
}

/// A text as a detail shows it: quoted and cut.
pub(super) fn quoted(text: &str) -> String {
    cut(format!("{text:?}"))
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}
