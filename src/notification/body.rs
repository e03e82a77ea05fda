use crate::ciba::{Rule, Secret};
use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// Longest notification body that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a caller may take over its body.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How many extra members a detail names.
const EXTRA_SHOWN: usize = 8;
/// How much of an extra member's name, or of a content type, a detail shows, in characters.
const NAME_SHOWN: usize = 40;

/// What a notification's body says, and what its form breaks.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Contents {
    pub(super) auth_req_id: Option<String>,
    pub(super) breaches: Vec<(Rule, String)>,
    pub(super) push: Option<Secret<Bytes>>,
}

/// Reads a push within the bounds of every body; of one that is longer, its beginning. Its form is for others to judge,
/// but for the content type.
pub(super) async fn read_push(headers: &HeaderMap, body: Body) -> Contents {
    let mut collected = Vec::new();
    match tokio::time::timeout(BODY_TIMEOUT, collect(body, &mut collected)).await {
        Ok(Ok(()) | Err(Unread::TooLong)) => {
            let breaches = wrong_content_type(headers).map(|detail| (Rule::PingContentType, detail));
            let auth_req_id = serde_json::from_slice::<Members>(&collected)
                .ok()
                .and_then(|members| members.auth_req_id(&mut Vec::new()));
            let push = Some(Secret::new(collected.into()));
            Contents { auth_req_id, breaches: breaches.into_iter().collect(), push }
        }
        Ok(Err(Unread::Broken)) | Err(_) => Contents::default(),
    }
}

/// Reads a body within its bounds and judges its form.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Contents {
    let mut collected = Vec::new();
    match tokio::time::timeout(BODY_TIMEOUT, collect(body, &mut collected)).await {
        Ok(Ok(())) => judge(headers, &collected),
        Ok(Err(Unread::TooLong)) => Contents {
            auth_req_id: None,
            breaches: vec![(
                Rule::PingAuthReqId,
                format!(
                    "expected an object with auth_req_id, got more than the {BODY_BYTES_MAX} bytes that are read"
                ),
            )],
            push: None,
        },
        // The connection's failure is not held against what the server wrote.
        Ok(Err(Unread::Broken)) | Err(_) => Contents::default(),
    }
}

enum Unread {
    TooLong,
    Broken,
}

/// Collects a body. Its end is where its announced length says: hyper does not report the end of a body whose request
/// was answered first.
async fn collect(mut body: Body, collected: &mut Vec<u8>) -> Result<(), Unread> {
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        if collected.len() + data.len() > BODY_BYTES_MAX {
            collected.extend_from_slice(&data[..BODY_BYTES_MAX - collected.len()]);
            return Err(Unread::TooLong);
        }
        collected.extend_from_slice(&data);
    }
    Ok(())
}

fn judge(headers: &HeaderMap, body: &[u8]) -> Contents {
    let mut breaches = Vec::new();
    if let Some(detail) = wrong_content_type(headers) {
        breaches.push((Rule::PingContentType, detail));
    }
    let auth_req_id = match serde_json::from_slice::<Members>(body) {
        Err(_) => {
            let detail = format!(
                "expected a JSON object with auth_req_id, got {} bytes of something else",
                body.len()
            );
            breaches.push((Rule::PingAuthReqId, detail));
            None
        }
        Ok(members) => {
            if !members.extra.is_empty() {
                breaches.push((Rule::PingExtraMembers, members.describe_extra()));
            }
            members.auth_req_id(&mut breaches)
        }
    };
    Contents { auth_req_id, breaches, push: None }
}

fn wrong_content_type(headers: &HeaderMap) -> Option<String> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Some("expected application/json, got no content type".to_owned());
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return None;
    }
    Some(format!("expected application/json, got {}", shown(essence)))
}

/// The members of a notification.
#[derive(Default)]
struct Members {
    auth_req_id: Option<Value>,
    extra: Vec<String>,
    extra_count: usize,
}

impl Members {
    fn auth_req_id(self, breaches: &mut Vec<(Rule, String)>) -> Option<String> {
        let got = match self.auth_req_id {
            Some(Value::String(auth_req_id)) => return Some(auth_req_id),
            Some(_) => "another type",
            None => "none",
        };
        breaches.push((Rule::PingAuthReqId, format!("expected auth_req_id as a string, got {got}")));
        None
    }

    fn describe_extra(&self) -> String {
        let mut names = self.extra.join(", ");
        if self.extra_count > self.extra.len() {
            names.push_str(&format!(" and {} more", self.extra_count - self.extra.len()));
        }
        format!("expected auth_req_id and nothing else, got also {names}")
    }

    fn note_extra(&mut self, name: &str) {
        self.extra_count += 1;
        if self.extra.len() < EXTRA_SHOWN {
            self.extra.push(shown(name));
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            // A second auth_req_id is one member too many.
            if name == "auth_req_id" && members.auth_req_id.is_none() {
                members.auth_req_id = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
                members.note_extra(&name);
            }
        }
        Ok(members)
    }
}

/// A name as a detail shows it: quoted and cut.
fn shown(name: &str) -> String {
    format!("{:?}", name.chars().take(NAME_SHOWN).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn judged(content_type: Option<&str>, body: &str) -> Contents {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        }
        judge(&headers, body.as_bytes())
    }

    #[test]
    fn each_defect_of_a_body_is_one_breach() {
        const JSON: Option<&str> = Some("application/json");
        let good = r#"{"auth_req_id":"a1"}"#;
        // Content type, body, auth_req_id, broken rules.
        type Case<'a> = (Option<&'a str>, &'a str, Option<&'a str>, &'a [Rule]);
        let cases: &[Case<'_>] = &[
            (JSON, good, Some("a1"), &[]),
            (Some("Application/JSON; charset=UTF-8"), good, Some("a1"), &[]),
            (None, good, Some("a1"), &[Rule::PingContentType]),
            (Some("text/plain"), good, Some("a1"), &[Rule::PingContentType]),
            (Some("application/json2"), good, Some("a1"), &[Rule::PingContentType]),
            (JSON, r#"{"auth_req_id":"a1","status":"ok"}"#, Some("a1"), &[Rule::PingExtraMembers]),
            (JSON, r#"{"auth_req_id":"a1","auth_req_id":"a2"}"#, Some("a1"), &[Rule::PingExtraMembers]),
            (JSON, r#"{"x":{"auth_req_id":"a1"}}"#, None, &[Rule::PingExtraMembers, Rule::PingAuthReqId]),
            (JSON, "{}", None, &[Rule::PingAuthReqId]),
            (JSON, r#"{"auth_req_id":7}"#, None, &[Rule::PingAuthReqId]),
            (JSON, r#"["auth_req_id"]"#, None, &[Rule::PingAuthReqId]),
            (JSON, r#"{"auth_req_id":"a1""#, None, &[Rule::PingAuthReqId]),
            (JSON, "", None, &[Rule::PingAuthReqId]),
            (
                Some("application/x-www-form-urlencoded"),
                "auth_req_id=a1",
                None,
                &[Rule::PingContentType, Rule::PingAuthReqId],
            ),
        ];
        for (content_type, body, auth_req_id, rules) in cases {
            let contents = judged(*content_type, body);
            assert_eq!(contents.auth_req_id.as_deref(), *auth_req_id, "{content_type:?} {body}");
            let broken: Vec<Rule> = contents.breaches.iter().map(|(rule, _)| *rule).collect();
            assert_eq!(broken, *rules, "{content_type:?} {body}");
        }
    }

    #[test]
    fn extra_members_are_named_without_their_values() {
        let body = r#"{"access_token":"canary","auth_req_id":"canary","id_token":"canary"}"#;
        let (_, detail) = &judged(Some("application/json"), body).breaches[0];
        assert!(detail.contains(r#""access_token", "id_token""#), "{detail}");
        assert!(!detail.contains("canary"), "{detail}");
    }

    #[test]
    fn a_detail_stays_short_whatever_comes() {
        let members: Vec<String> = (0..500).map(|n| format!(r#""{}{n}":0"#, "x".repeat(90))).collect();
        let body = format!("{{{}}}", members.join(","));
        for (_, detail) in judged(Some(&"y".repeat(5000)), &body).breaches {
            assert!(detail.len() < 500, "{detail}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in ".{0,200}") {
            judged(Some("application/json"), &body);
        }
    }
}
