//! The acknowledgement (CIBA Core 1.0, 7.3).

use super::guessing::{self, BITS_MIN};
use crate::ciba::{AuthReqId, AuthReqIdError};
use crate::conformance::scene::cut;
use crate::conformance::{Claim, Scene, Unheld};
use http::header::CACHE_CONTROL;
use serde_json::Value;

/// The server took the request, whatever the answer looks like.
pub const ACCEPTED: Claim = Claim::Holds("the request is accepted (2xx)", |scene| {
    let answer = scene.answer()?;
    let accepted = answer.status().is_some_and(|status| (200..300).contains(&status));
    if accepted { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// Status and content type are right.
pub const ACKNOWLEDGED_AS_JSON: Claim = Claim::Holds("200 with a JSON object as application/json", |scene| {
    let answer = scene.answer()?;
    let media = answer.media_type();
    let object = answer.json.as_ref().is_some_and(Value::is_object);
    if answer.status() == Some(200) && media.as_deref() == Some("application/json") && object {
        return Ok(());
    }
    let body = if object { "a JSON object" } else { "no JSON object" };
    let media = media.as_deref().map_or_else(|| "no content type".to_owned(), cut);
    Err(Unheld::No(format!("{}, {media}, {body}", answer.in_words())))
});

/// The identifier is there.
pub const AUTH_REQ_ID_TEXT: Claim = Claim::Holds("auth_req_id, a string that is not empty", |scene| {
    match scene.answer()?.member("auth_req_id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(()),
        other => Err(Unheld::No(format!("auth_req_id is {}", kind_of(other)))),
    }
});

/// The identifiers keep to their characters.
pub const AUTH_REQ_ID_ALPHABET: Claim =
    Claim::Holds("every auth_req_id holds only A-Z a-z 0-9 . - _", |scene| {
        match sample(scene)?.iter().find_map(|id| AuthReqId::check(id).err()) {
            Some(error @ AuthReqIdError::Character(_)) => Err(Unheld::No(format!("an auth_req_id {error}"))),
            // Its length is this tool's own limit.
            None | Some(AuthReqIdError::Empty | AuthReqIdError::TooLong(_)) => Ok(()),
        }
    });

/// The identifiers are long enough.
pub const AUTH_REQ_ID_UNGUESSABLE: Claim =
    Claim::Holds("an auth_req_id can hold at least 128 bits that differ from request to request", |scene| {
        let bits = guessing::bits_of_sample(&sample(scene)?);
        if bits >= BITS_MIN {
            return Ok(());
        }
        Err(Unheld::No(format!("at most {} bits differ", bits.floor())))
    });

/// The identifiers are all different.
pub const AUTH_REQ_IDS_DIFFER: Claim = Claim::Holds("no auth_req_id comes twice", |scene| {
    let sample = sample(scene)?;
    let mut different = sample.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() == sample.len() {
        return Ok(());
    }
    Err(Unheld::No(format!("{} requests have {} identifiers", sample.len(), different.len())))
});

/// The identifiers show no order.
pub const AUTH_REQ_IDS_WITHOUT_STRUCTURE: Claim = Claim::Holds(
    "the identifiers neither count up nor are mostly the same",
    |scene| match guessing::structure(&sample(scene)?) {
        None => Ok(()),
        Some(structure) => Err(Unheld::No(structure)),
    },
);

/// The lifetime is there.
pub const EXPIRES_IN_POSITIVE: Claim = Claim::Holds("expires_in, a positive whole number", |scene| {
    positive_integer("expires_in", scene.answer()?.member("expires_in"))
});

/// The interval, where it is there, is one.
pub const INTERVAL_POSITIVE: Claim = Claim::Holds("no interval, or a positive whole number", |scene| {
    match scene.answer()?.member("interval") {
        None => Ok(()),
        interval => positive_integer("interval", interval),
    }
});

/// What the last answer holds is not to be kept.
pub const NOT_STORED: Claim = Claim::Holds("Cache-Control: no-store", |scene| {
    let answer = scene.answer()?;
    if answer.directs(&CACHE_CONTROL, "no-store") {
        return Ok(());
    }
    let header = answer.header(&CACHE_CONTROL);
    Err(Unheld::No(
        header
            .map_or_else(|| "no Cache-Control".to_owned(), |value| format!("Cache-Control: {}", cut(value))),
    ))
});

/// Fewest acknowledgements that make a sample.
const SAMPLE_MIN: usize = 8;

/// The identifiers of all flows, in the order of their requests.
fn sample(scene: &Scene) -> Result<Vec<&str>, Unheld> {
    let ids: Vec<&str> = scene
        .flows
        .iter()
        .filter_map(|flow| Some(flow.acknowledged.as_ref()?.auth_req_id.as_str()))
        .collect();
    if ids.len() >= SAMPLE_MIN {
        return Ok(ids);
    }
    let requests = scene.flows.len();
    Err(Unheld::Unclear(format!("{} of {requests} requests were acknowledged", ids.len())))
}

fn positive_integer(name: &str, member: Option<&Value>) -> Result<(), Unheld> {
    match member {
        // A whole number may be written with a point (RFC 8259, 6).
        Some(Value::Number(number)) if number.as_f64().is_some_and(|n| n >= 1.0 && n.fract() == 0.0) => {
            Ok(())
        }
        Some(Value::Number(number)) => Err(Unheld::No(format!("{name} is {number}"))),
        other => Err(Unheld::No(format!("{name} is {}", kind_of(other)))),
    }
}

/// What a member is, without saying what it holds: it may be a secret.
fn kind_of(member: Option<&Value>) -> &'static str {
    match member {
        None => "missing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(text)) if text.is_empty() => "empty",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_positive_whole_numbers_are_seconds() {
        for good in [json!(1), json!(5), json!(120.0), json!(u64::MAX)] {
            assert_eq!(positive_integer("interval", Some(&good)), Ok(()), "{good}");
        }
        for (bad, said) in [
            (json!(0), "interval is 0"),
            (json!(-5), "interval is -5"),
            (json!(1.5), "interval is 1.5"),
            (json!(0.5), "interval is 0.5"),
            (json!("5"), "interval is a string"),
            (json!(""), "interval is empty"),
            (json!(null), "interval is null"),
            (json!([5]), "interval is an array"),
        ] {
            assert_eq!(positive_integer("interval", Some(&bad)), Err(said.into()), "{bad}");
        }
        assert_eq!(positive_integer("expires_in", None), Err("expires_in is missing".into()));
    }
}
