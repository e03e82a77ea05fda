//! Errors of the token endpoint (CIBA Core 1.0, 11; RFC 6749, 5.2).

use super::authentication_errors::is_text_character;
use crate::conformance::{Claim, Seen, Unheld};
use std::time::Duration;

/// The request is known and undecided; whether it is throttled is for the checks of the polling interval.
pub const UNDECIDED: Claim = Claim::Holds("authorization_pending or slow_down", |scene| {
    let answer = scene.answer()?;
    if answer.unsettled() { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// The server understood a valid token request, whether or not the user has decided by now.
pub const UNDERSTOOD: Claim = Claim::Holds("an answer about the user's decision", |scene| {
    let answer = scene.answer()?;
    let decided = answer.status() == Some(200) || answer.error() == Some("access_denied");
    if decided || answer.unsettled() { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// The code of an undecided request, whatever its status.
pub const PENDING_BY_CODE: Claim = Claim::Holds("the error authorization_pending", |scene| {
    let answer = scene.answer()?;
    match answer.error() {
        Some("authorization_pending") => Ok(()),
        Some("slow_down") => Err(Unheld::Unclear("slow_down, which hides the state".to_owned())),
        Some(_) | None => Err(Unheld::No(answer.in_words())),
    }
});

/// The code of a refused request, whatever its status.
pub const DENIED_BY_CODE: Claim = Claim::Holds("the error access_denied", |scene| {
    let answer = scene.answer()?;
    if answer.error() == Some("access_denied") { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// A refused request stays refused; a server may have forgotten it meanwhile.
pub const DENIED_OR_FORGOTTEN: Claim =
    Claim::Holds("the error access_denied, or invalid_grant once it is forgotten", |scene| {
        let answer = scene.answer()?;
        match answer.error() {
            Some("access_denied" | "invalid_grant") => Ok(()),
            Some("slow_down") => Err(Unheld::Unclear("slow_down, which hides the state".to_owned())),
            Some(_) | None => Err(Unheld::No(answer.in_words())),
        }
    });

/// No tokens, whatever else.
pub const NO_TOKENS: Claim = Claim::Holds("an error (400 to 499), and no tokens", |scene| {
    let answer = scene.answer()?;
    match answer.status() {
        Some(200..300) => Err(Unheld::No(answer.in_words())),
        Some(400..500) => Ok(()),
        Some(_) | None => Err(Unheld::Unclear(answer.in_words())),
    }
});

/// The answer is an error of the client's, in whatever form.
pub const REFUSED: Claim = Claim::Holds("an error (400 to 499)", |scene| {
    let answer = scene.answer()?;
    let refused = answer.status().is_some_and(|status| (400..500).contains(&status));
    if refused { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// The status of an error.
pub const STATUS_400: Claim = Claim::Holds("status 400", |scene| {
    let answer = scene.answer()?;
    if answer.status() == Some(400) { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// The characters of an error.
pub const ERROR_CHARACTERS: Claim =
    Claim::Holds("error, error_description and error_uri within their characters", |scene| {
        let answer = scene.answer()?;
        let strange = MEMBERS.iter().find_map(|(name, allowed)| {
            let character = answer.text(name)?.chars().find(|character| !allowed(*character))?;
            Some(format!("{name} holds {:?}", character))
        });
        strange.map_or(Ok(()), |strange| Err(Unheld::No(strange)))
    });

/// A member, and whether it may hold a character.
type Member = (&'static str, fn(char) -> bool);

/// Members of an error, and what they may hold (RFC 6749, 5.2).
const MEMBERS: [Member; 3] = [
    ("error", is_text_character),
    ("error_description", is_text_character),
    ("error_uri", |character| is_text_character(character) && character != ' '),
];

/// A replay is refused; a server that checks the interval first may say so in either way that CIBA Core 1.0, 11 has for it.
pub const REPLAY_REFUSED: Claim = Claim::Holds("400 invalid_grant, slow_down or invalid_request", |scene| {
    let answer = scene.answer()?;
    match (answer.status(), answer.error()) {
        (Some(400), Some("invalid_grant" | "slow_down" | "invalid_request")) => Ok(()),
        _ if answer.turned_away() => Err(Unheld::Unclear(answer.in_words())),
        _ => Err(Unheld::No(answer.in_words())),
    }
});

/// Polls that overlap are each answered for what they are.
pub const OVERLAP_BORNE: Claim =
    Claim::Holds("each answer authorization_pending, slow_down, invalid_request, 429 or 503", |scene| {
        let answers = scene.answers();
        let borne = |answer: &Seen| {
            answer.turned_away()
                || matches!(answer.error(), Some("authorization_pending" | "slow_down" | "invalid_request"))
        };
        if !answers.is_empty() && answers.iter().all(borne) {
            return Ok(());
        }
        let words: Vec<String> = answers.iter().map(Seen::in_words).collect();
        Err(Unheld::No(words.join(", ")))
    });

/// Longest time that a poll should be held (CIBA Core 1.0, 10.1).
const HOLD_MAX: Duration = Duration::from_secs(30);
/// What a poll that was held for exactly as long may take beyond: the way there and back, and the server's own timer.
const HOLD_SLACK: Duration = Duration::from_secs(2);

/// The poll is not held for too long.
pub const ANSWERED_IN_TIME: Claim = Claim::Holds("an answer within 30 s", |scene| {
    let took = scene.answer()?.timeline.service();
    if took <= HOLD_MAX + HOLD_SLACK {
        Ok(())
    } else {
        Err(Unheld::No(format!("{:.1} s", took.as_secs_f64())))
    }
});
