//! Fields of a document by their paths (RFC 6901).

use serde_json::{Map, Value};

use super::date::unix_seconds;
use super::refusal::Refusal;

/// Longest text of a field in bytes.
const MAX_TEXT: usize = 512;
/// Most entries of a list.
const MAX_ENTRIES: usize = 64;

/// A text that has to be there and to be accepted.
pub(super) fn text<'d>(
    document: &'d Value,
    path: &'static str,
    accept: impl Fn(&str) -> bool,
) -> Result<&'d str, Refusal> {
    let value = document.pointer(path).ok_or(Refusal::Missing(path))?;
    let text = value.as_str().filter(|text| (1..=MAX_TEXT).contains(&text.len()) && accept(text));
    text.ok_or(Refusal::Invalid(path))
}

/// The same where it may be absent.
pub(super) fn optional_text<'d>(
    document: &'d Value,
    path: &'static str,
    accept: impl Fn(&str) -> bool,
) -> Result<Option<&'d str>, Refusal> {
    match text(document, path, accept) {
        Ok(text) => Ok(Some(text)),
        Err(Refusal::Missing(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// An object that has to be there.
pub(super) fn object<'d>(document: &'d Value, path: &'static str) -> Result<&'d Map<String, Value>, Refusal> {
    document.pointer(path).ok_or(Refusal::Missing(path))?.as_object().ok_or(Refusal::Invalid(path))
}

/// A list of one text or more, each of them accepted.
pub(super) fn texts(
    document: &Value,
    path: &'static str,
    accept: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let list = document.pointer(path).ok_or(Refusal::Missing(path))?.as_array();
    let list = list.filter(|list| (1..=MAX_ENTRIES).contains(&list.len())).ok_or(Refusal::Invalid(path))?;
    let fits = list.iter().all(|entry| entry.as_str().is_some_and(&accept));
    fits.then_some(()).ok_or(Refusal::Invalid(path))
}

/// A date that may be absent but not past, in seconds since 1970, as is `now`.
pub(super) fn end(document: &Value, path: &'static str, now: u64) -> Result<Option<u64>, Refusal> {
    let Some(text) = optional_text(document, path, |text| unix_seconds(text).is_some())? else {
        return Ok(None);
    };
    let end = unix_seconds(text).filter(|end| *end > now).ok_or(Refusal::Invalid(path))?;
    Ok(Some(end))
}

/// The named members of an object, as far as it has them.
pub(super) fn members(object: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let known = object.iter().filter(|(name, _)| names.contains(&name.as_str()));
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Digits, and after a point between `fraction.0` and `fraction.1` more.
pub(super) fn is_amount(text: &str, fraction: (usize, usize)) -> bool {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let has_point = whole.len() < text.len();
    (1..=13).contains(&whole.len())
        && digits(whole)
        && digits(rest)
        && (fraction.0..=fraction.1).contains(&rest.len())
        && has_point != rest.is_empty()
}
