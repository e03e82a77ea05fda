//! What is read out of answers, leniently.

use super::{Acknowledged, Seen, Tokens};
use serde_json::Value;

/// Most seconds that are believed of an acknowledgement: about thirty years. Moments beyond cannot be reckoned with.
const SECONDS_MAX: u64 = 1_000_000_000;

/// The acknowledgement in an answer, if there is one in it.
pub(super) fn acknowledgement(seen: &Seen) -> Option<Acknowledged> {
    if !seen.status().is_some_and(|status| (200..300).contains(&status)) {
        return None;
    }
    let auth_req_id = match seen.member("auth_req_id")? {
        Value::String(id) if !id.is_empty() => id.clone(),
        Value::Number(id) => id.to_string(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let expires_in = seen.member("expires_in").and_then(seconds);
    let interval = seen.member("interval").and_then(seconds).filter(|interval| *interval > 0);
    Some(Acknowledged { auth_req_id, expires_in, interval, at: seen.timeline.ended })
}

/// A number of seconds, rounded up: a client that waits too long does no harm.
fn seconds(value: &Value) -> Option<u64> {
    let positive = |seconds: f64| (seconds >= 0.0).then(|| seconds.ceil() as u64);
    let number = || value.as_u64().or_else(|| value.as_f64().and_then(positive));
    let seconds = number().or_else(|| value.as_str()?.parse().ok())?;
    Some(seconds.min(SECONDS_MAX))
}

/// The tokens in an answer, if there are any in it.
pub(super) fn tokens(seen: &Seen) -> Option<Tokens> {
    let text = |name| seen.text(name).map(str::to_owned);
    let found = seen.status() == Some(200) && seen.member("access_token").is_some();
    found.then(|| Tokens {
        access_token: text("access_token"),
        refresh_token: text("refresh_token"),
        id_token: text("id_token"),
        expires_in: seen.member("expires_in").and_then(Value::as_u64),
        at: seen.timeline.ended,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn any_number_of_seconds_can_be_reckoned_with() {
        for (value, expected) in [
            (json!(5), Some(5)),
            (json!(0), Some(0)),
            (json!(10.0), Some(10)),
            (json!(7.2), Some(8)),
            (json!("30"), Some(30)),
            (json!(86_400), Some(86_400)),
            (json!(u64::MAX), Some(SECONDS_MAX)),
            (json!(1e18), Some(SECONDS_MAX)),
            (json!(1e300), Some(SECONDS_MAX)),
            (json!("18446744073709551615"), Some(SECONDS_MAX)),
            (json!(-5), None),
            (json!(-0.5), None),
            (json!("soon"), None),
            (json!(null), None),
            (json!([5]), None),
        ] {
            assert_eq!(seconds(&value), expected, "{value}");
        }
    }
}
