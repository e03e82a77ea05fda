use super::TOKENS;
use crate::conformance::{Claim, Refusal, Scene, Seen, Unheld};
use crate::target::file::PollingEnforcement;
use http::header::RETRY_AFTER;

/// A poll that kept the interval.
pub const PENDING_NOT_SLOW_DOWN: Claim = Claim::Holds("authorization_pending, not slow_down", |scene| {
    undecided(scene)?;
    match scene.answer()?.error() {
        Some("authorization_pending") => Ok(()),
        Some("slow_down") => Err(Unheld::No(scene.answer()?.in_words())),
        // Other answers are for other checks.
        _ => Err(Unheld::Unclear(scene.answer()?.in_words())),
    }
});

/// The request is undecided and alive; a run that is strict wants to hear that and nothing of throttling. Where this is no
/// more than a precondition, it is [`UNDECIDED`](super::UNDECIDED).
pub const PENDING_OR_SLOW_DOWN: Claim =
    Claim::Refused(&[Refusal(400, "authorization_pending"), Refusal(400, "slow_down")]);

/// An early poll was answered `slow_down`; a server that does not do that is not what the check is about.
pub const SLOWED_DOWN: Claim = Claim::Holds("slow_down", |scene| {
    let answer = scene.answer()?;
    match answer.error() {
        Some("slow_down") => Ok(()),
        _ => Err(Unheld::DoesNotApply(format!(
            "the server answers an early poll with {} instead of slow_down",
            answer.in_words()
        ))),
    }
});

/// An early poll was throttled, in whatever words; a server that answers it is not what the check is about.
pub const THROTTLED: Claim = Claim::Holds("slow_down, invalid_request, 429 or 503", |scene| {
    let answer = scene.answer()?;
    if throttled(answer) {
        return Ok(());
    }
    Err(Unheld::DoesNotApply(format!("the server answers an early poll with {}", answer.in_words())))
});

/// What a server may say to polls that come too early. One that turns only some of them away is busy: that is no answer.
pub const EARLY_ANSWER: Claim = Claim::Holds(
    "400 authorization_pending, slow_down or invalid_request; or 429 or 503 with Retry-After",
    |scene| {
        undecided(scene)?;
        let mut bare = Vec::new();
        // A server may end the request by invalid_request, and the polls beside that one find it gone.
        let ended = scene.answers().iter().any(|answer| answer.error() == Some("invalid_request"));
        for answer in scene.answers() {
            match (answer.status(), answer.error()) {
                (Some(400), Some("authorization_pending" | "slow_down" | "invalid_request")) => {}
                (Some(400), Some("invalid_grant")) if ended => {}
                (Some(429 | 503), _) if answer.header(&RETRY_AFTER).is_some() => {}
                (Some(429 | 503), _) => bare.push(format!("{} without Retry-After", answer.in_words())),
                _ => return Err(Unheld::No(answer.in_words())),
            }
        }
        match bare.first() {
            None => Ok(()),
            Some(words) if bare.len() == scene.answers().len() => Err(Unheld::No(words.clone())),
            Some(words) => Err(Unheld::Unclear(format!("{words}, but not to every early poll"))),
        }
    },
);

/// `slow_down` has the form of every error of the token endpoint.
pub const SLOW_DOWN_FORM: Claim = Claim::Holds("400 with slow_down in JSON", |scene| {
    SLOWED_DOWN.holds(scene)?;
    let answer = scene.answer()?;
    let media = answer.media_type().unwrap_or_else(|| "no content type".to_owned());
    if answer.status() == Some(400) && media == "application/json" {
        return Ok(());
    }
    Err(Unheld::No(format!("{} ({media})", answer.in_words())))
});

/// Early polls meet what the target file announces.
pub const ENFORCED_AS_ANNOUNCED: Claim =
    Claim::Holds("early polls are throttled, or not, as the target file says", |scene| {
        let answer = scene.answer()?;
        undecided(scene)?;
        match (scene.surface.enforcement, throttled(answer)) {
            (PollingEnforcement::Allowed, _) => Err(Unheld::DoesNotApply(
                "the target file leaves it open (polling.enforcement = \"allowed\")".to_owned(),
            )),
            // The answer to the first poll took as long as the interval.
            (PollingEnforcement::Required, false) if !answer.early => {
                Err(Unheld::Unclear(format!("{}, but that poll was not early", answer.in_words())))
            }
            (PollingEnforcement::Required, true) | (PollingEnforcement::Forbidden, false) => Ok(()),
            (PollingEnforcement::Required, false) | (PollingEnforcement::Forbidden, true) => {
                Err(Unheld::No(answer.in_words()))
            }
        }
    });

/// The request lives: the poll was not answered as if it were no more.
pub const STILL_ALIVE: Claim = Claim::Holds("authorization_pending or slow_down", |scene| {
    let answer = scene.answer()?;
    undecided(scene)?;
    match answer.error() {
        Some("authorization_pending" | "slow_down") => Ok(()),
        Some("invalid_request" | "expired_token" | "invalid_grant") => Err(Unheld::No(answer.in_words())),
        _ => Err(Unheld::Unclear(answer.in_words())),
    }
});

/// The request survived an early poll; a server may end it there (CIBA Core 1.0, 11).
pub const SURVIVED: Claim = Claim::Holds("the request survives an early poll", |scene| {
    STILL_ALIVE.holds(scene).map_err(|unheld| match unheld {
        Unheld::No(answer) => Unheld::DoesNotApply(format!("an early poll ends the request here: {answer}")),
        Unheld::Unclear(_) | Unheld::DoesNotApply(_) => unheld,
    })
});

/// An early poll of an approved request.
pub const TOKENS_IN_SPITE_OF_THROTTLE: Claim =
    Claim::Holds("200 with tokens", |scene| settled(scene, || TOKENS.holds(scene)));

/// An early poll of a denied request.
pub const DENIAL_IN_SPITE_OF_THROTTLE: Claim = Claim::Holds("access_denied", |scene| {
    settled(scene, || match scene.answer()?.error() {
        Some("access_denied") => Ok(()),
        _ => Err(Unheld::Unclear(scene.answer()?.in_words())),
    })
});

fn settled(scene: &Scene, otherwise: impl FnOnce() -> Result<(), Unheld>) -> Result<(), Unheld> {
    let answer = scene.answer()?;
    // 429 and 503 are said to anybody by a server that is busy.
    if throttled(answer) && !answer.turned_away() {
        return Err(Unheld::No(answer.in_words()));
    }
    otherwise().map_err(|_| Unheld::Unclear(answer.in_words()))
}

/// Whether the answer asks for patience instead of saying how the request stands.
fn throttled(answer: &Seen) -> bool {
    matches!(answer.error(), Some("slow_down" | "invalid_request")) || answer.turned_away()
}

/// Where users decide by themselves they may have done so meanwhile: polls have another answer then, and what is claimed
/// about those of an undecided request says nothing.
fn undecided(scene: &Scene) -> Result<(), Unheld> {
    let flow = scene.flow()?;
    let decided = |answer: &Seen| answer.status() == Some(200) || answer.error() == Some("access_denied");
    if scene.surface.decisions.is_none() && (flow.tokens.is_some() || scene.answers().iter().any(decided)) {
        return Err(Unheld::DoesNotApply("the user decided by themselves meanwhile".to_owned()));
    }
    Ok(())
}
