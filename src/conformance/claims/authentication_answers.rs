use crate::conformance::{Claim, Refusal, Scene, Unheld};
use http::header::WWW_AUTHENTICATE;
use std::time::Duration;

/// Longest time for an acknowledgement, or a refusal, that waits for nobody.
const AT_ONCE: Duration = Duration::from_secs(5);
/// The lifetime that the check of `requested_expiry` asks for, in seconds.
const ASKED_EXPIRY: u64 = 30;

/// No `auth_req_id` was given away, however the request was answered.
pub const NOT_ACKNOWLEDGED: Claim = Claim::Holds("no auth_req_id", |scene: &Scene| {
    let answer = scene.answer()?;
    match scene.flow()?.acknowledged {
        Some(_) => Err(format!("{} with an auth_req_id", answer.in_words()).into()),
        None if answer.turned_away() => Err(Unheld::Unclear(answer.in_words())),
        None => Ok(()),
    }
});

/// The answer came within seconds.
pub const ANSWERED_AT_ONCE: Claim = Claim::Holds("an answer within 5 s", |scene: &Scene| {
    let fastest = scene.answers().iter().map(|answer| answer.timeline.service()).min();
    match fastest {
        Some(took) if took > AT_ONCE => Err(format!("one after {:.1} s", took.as_secs_f64()).into()),
        Some(_) => Ok(()),
        None => Err(Unheld::Unclear("nothing was asked yet".to_owned())),
    }
});

/// Something is served there, and by POST.
pub const ENDPOINT_SERVED: Claim = Claim::Holds("an answer that is neither 404 nor 405", |scene: &Scene| {
    let answer = scene.answer()?;
    match answer.status() {
        Some(404 | 405) => Err(answer.in_words().into()),
        Some(_) | None => Ok(()),
    }
});

/// Whatever else the answer says, the client is who it says it is.
pub const CLIENT_AUTHENTICATED: Claim =
    Claim::Holds("an answer other than 401 and invalid_client", |scene: &Scene| {
        let answer = scene.answer()?;
        match (answer.status(), answer.error()) {
            (Some(401), _) | (_, Some("invalid_client")) => Err(answer.in_words().into()),
            (Some(200..300 | 400 | 403), _) => Ok(()),
            (Some(_) | None, _) => Err(Unheld::Unclear(answer.in_words())),
        }
    });

/// A refused HTTP Basic is told that HTTP Basic it is (RFC 6749, 5.2).
pub const CHALLENGED: Claim = Claim::Holds("WWW-Authenticate: Basic with a 401", |scene: &Scene| {
    let answer = scene.answer()?;
    match answer.status() {
        Some(401) => {}
        Some(400 | 403) => {
            return Err(Unheld::DoesNotApply(format!("wrong credentials get {}", answer.in_words())));
        }
        Some(_) | None => return Err(Unheld::Unclear(answer.in_words())),
    }
    let challenges = answer.result.iter().flat_map(|answer| answer.headers.get_all(WWW_AUTHENTICATE));
    let challenges: Vec<_> =
        challenges.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    if challenges.iter().any(|challenge| names_basic(challenge)) {
        return Ok(());
    }
    match challenges.is_empty() {
        true => Err("no WWW-Authenticate".into()),
        false => Err("a challenge of another scheme".into()),
    }
});

/// Whether one of the challenges, which commas separate as they do a challenge's parameters, is of HTTP Basic
/// (RFC 9110, 11.6.1).
fn names_basic(challenges: &str) -> bool {
    challenges
        .split(',')
        .filter_map(|part| part.split_whitespace().next())
        .any(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

/// `requested_expiry` is what the request lives.
pub const ASKED_EXPIRY_GRANTED: Claim =
    Claim::Holds("expires_in 30", |scene: &Scene| match scene.acknowledged()?.expires_in {
        Some(ASKED_EXPIRY) => Ok(()),
        Some(other) => Err(format!("expires_in {other}").into()),
        None => Err("no expires_in".into()),
    });

/// Odd input is either harmless or refused in the form of section 13.
pub const TAKEN_OR_REFUSED: Claim =
    Claim::Holds("an acknowledgement, or a 4xx with a JSON error", taken_or_refused);

/// As [`TAKEN_OR_REFUSED`]; a proxy in front of the server may refuse a long body before the server sees it.
pub const TAKEN_OR_TOO_LARGE: Claim =
    Claim::Holds("an acknowledgement, a 4xx with a JSON error, or a 413", |scene: &Scene| {
        match scene.answer()?.status() {
            Some(413) if !scene.surface.strict => Ok(()),
            Some(_) | None => taken_or_refused(scene),
        }
    });

/// Odd binding messages are taken, or refused as such.
pub const TAKEN_OR_INVALID_BINDING_MESSAGE: Claim =
    Claim::Holds("an acknowledgement, or 400 invalid_binding_message or invalid_request", |scene: &Scene| {
        match scene.flow()?.acknowledged {
            Some(_) => Ok(()),
            None => {
                scene.refused(&[Refusal(400, "invalid_binding_message"), Refusal(400, "invalid_request")])
            }
        }
    });

fn taken_or_refused(scene: &Scene) -> Result<(), Unheld> {
    let answer = scene.answer()?;
    match (answer.status(), answer.error()) {
        _ if scene.flow()?.acknowledged.is_some() => Ok(()),
        (Some(400..500), Some(_)) => Ok(()),
        (Some(_) | None, _) => Err(answer.in_words().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_may_be_one_challenge_of_several() {
        for yes in ["Basic", "basic realm=\"a\"", "Bearer, Basic realm=\"a\"", "Bearer realm=\"a\", BASIC"] {
            assert!(names_basic(yes), "{yes}");
        }
        for no in ["", "Bearer", "Bearer realm=\"Basic\"", "Digest realm=\"x\", qop=auth", "Basically"] {
            assert!(!names_basic(no), "{no}");
        }
    }
}
