use crate::ciba::{AuthReqId, Breach, Rule};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The acknowledgement of an authentication request (CIBA Core 1.0, 7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The request's identifier.
    pub auth_req_id: AuthReqId,
    /// Its lifetime in seconds. A server that names none, or nonsense, is followed for two minutes.
    pub expires_in: u64,
    /// The polling interval in seconds, where the server names one.
    pub interval: Option<u64>,
}

/// Lifetime of a request whose acknowledgement names none, in seconds.
const EXPIRES_IN_FALLBACK: u64 = 120;

/// Members are taken raw, so that a wrong type of one does not hide the others. Unknown members are ignored (7.3).
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    auth_req_id: Option<&'a RawValue>,
    #[serde(borrow)]
    expires_in: Option<&'a RawValue>,
    #[serde(borrow)]
    interval: Option<&'a RawValue>,
}

impl Acknowledgement {
    /// Reads the body of a 200. `None` when it names no request; what breaks section 7.3 is added to `breaches`.
    pub fn read(body: &[u8], breaches: &mut Vec<Breach>) -> Option<Self> {
        let mut breach = |rule, detail: String| breaches.push(Breach { rule, detail });
        let Ok(members) = serde_json::from_slice::<Members<'_>>(body) else {
            breach(Rule::AcknowledgementForm, "status 200 and a body that is not a JSON object".to_owned());
            return None;
        };
        let id = members.auth_req_id.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            breach(
                Rule::AcknowledgementForm,
                format!("auth_req_id is {}, expected a non-empty string", shown(members.auth_req_id)),
            );
            return None;
        };
        if let Err(error) = AuthReqId::check(&id) {
            breach(Rule::AuthReqIdAlphabet, format!("auth_req_id {error}"));
        }
        let expires_in = positive_integer(members.expires_in);
        if expires_in.is_none() {
            breach(
                Rule::ExpiresInForm,
                format!("expires_in is {}, expected a positive integer", shown(members.expires_in)),
            );
        }
        let interval = positive_integer(members.interval);
        if interval.is_none() && members.interval.is_some() {
            breach(
                Rule::IntervalForm,
                format!("interval is {}, expected a positive integer or nothing", shown(members.interval)),
            );
        }
        Some(Acknowledgement {
            auth_req_id: AuthReqId::opaque(&id),
            expires_in: expires_in.unwrap_or(EXPIRES_IN_FALLBACK),
            interval,
        })
    }
}

fn positive_integer(raw: Option<&RawValue>) -> Option<u64> {
    raw?.get().parse::<u64>().ok().filter(|value| *value > 0)
}

fn shown(raw: Option<&RawValue>) -> String {
    raw.map_or("missing".to_owned(), |raw| raw.get().chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(id: &str, expires_in: u64, interval: Option<u64>) -> Option<Acknowledgement> {
        Some(Acknowledgement { auth_req_id: AuthReqId::opaque(id), expires_in, interval })
    }

    fn read(body: &str) -> (Option<Acknowledgement>, Vec<Rule>) {
        let mut breaches = Vec::new();
        let read = Acknowledgement::read(body.as_bytes(), &mut breaches);
        (read, breaches.into_iter().map(|breach| breach.rule).collect())
    }

    #[test]
    fn members_are_judged_one_by_one() {
        for (body, expected, rules) in [
            (r#"{"auth_req_id":"a","expires_in":60,"interval":5}"#, ack("a", 60, Some(5)), &[][..]),
            (r#"{"auth_req_id":"a","expires_in":60,"new":{"x":[1]}}"#, ack("a", 60, None), &[]),
            (
                r#"{"auth_req_id":"a","expires_in":60,"interval":0}"#,
                ack("a", 60, None),
                &[Rule::IntervalForm],
            ),
            (
                r#"{"auth_req_id":"a","expires_in":60,"interval":"5"}"#,
                ack("a", 60, None),
                &[Rule::IntervalForm],
            ),
            (
                r#"{"auth_req_id":"a","expires_in":60,"interval":-5}"#,
                ack("a", 60, None),
                &[Rule::IntervalForm],
            ),
            (r#"{"auth_req_id":"a","expires_in":1.5}"#, ack("a", 120, None), &[Rule::ExpiresInForm]),
            (r#"{"auth_req_id":"a"}"#, ack("a", 120, None), &[Rule::ExpiresInForm]),
            (r#"{"auth_req_id":"a+b","expires_in":60}"#, ack("a+b", 60, None), &[Rule::AuthReqIdAlphabet]),
            (r#"{"auth_req_id":"","expires_in":60}"#, None, &[Rule::AcknowledgementForm]),
            (r#"{"auth_req_id":7,"expires_in":60}"#, None, &[Rule::AcknowledgementForm]),
            (r#"{"expires_in":60}"#, None, &[Rule::AcknowledgementForm]),
            ("<html>", None, &[Rule::AcknowledgementForm]),
            ("", None, &[Rule::AcknowledgementForm]),
        ] {
            assert_eq!(read(body), (expected, rules.to_vec()), "{body}");
        }
    }
}
