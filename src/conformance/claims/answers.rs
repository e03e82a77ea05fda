use crate::conformance::{Claim, Scene, Unheld};

/// The request was acknowledged, in whatever form: what is wrong with it is for the checks of section 7.3.
pub const ACKNOWLEDGED: Claim = Claim::Holds("an acknowledgement", |scene| scene.acknowledged().map(|_| ()));

/// Tokens were issued.
pub const TOKENS: Claim = Claim::Holds("200 with tokens", |scene| scene.tokens().map(|_| ()));

/// One of several answers has tokens, the others are refusals of a redeemed or throttled request. What was turned away says
/// nothing.
pub const TOKENS_ISSUED_ONCE: Claim = Claim::Holds(
    "one 200 with tokens, every other answer invalid_grant, slow_down or invalid_request",
    issued_once,
);

fn issued_once(scene: &Scene) -> Result<(), Unheld> {
    let answers = scene.answers();
    let winners = answers.iter().filter(|answer| answer.status() == Some(200)).count();
    let losers = answers
        .iter()
        .filter(|answer| answer.status() == Some(400))
        // A client that polls too fast may hear invalid_request (CIBA Core 1.0, 11).
        .filter(|answer| matches!(answer.error(), Some("invalid_grant" | "slow_down" | "invalid_request")))
        .count();
    if winners == 1 && winners + losers == answers.len() {
        return Ok(());
    }
    if winners == 0 && answers.iter().any(|answer| answer.error() == Some("slow_down")) {
        // The tokens may still be there.
        return Err(Unheld::Unclear("no tokens, but slow_down, which hides the state".to_owned()));
    }
    let turned_away = answers.iter().filter(|answer| answer.turned_away()).count();
    let words: Vec<String> = answers.iter().map(|answer| answer.in_words()).collect();
    match winners <= 1 && turned_away > 0 && winners + losers + turned_away == answers.len() {
        true => Err(Unheld::Unclear(words.join(", "))),
        false => Err(Unheld::No(words.join(", "))),
    }
}
