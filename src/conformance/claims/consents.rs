use crate::conformance::{Claim, Scene, Unheld};
use crate::jose::signature_fault;

/// The bank has created a consent.
pub const CONSENT_CREATED: Claim = Claim::Holds("a consent", |scene: &Scene| match scene.current_consent() {
    Ok(_) => Ok(()),
    Err(_) => Err(Unheld::Unclear("there is none".to_owned())),
});

/// The consent that was read has been given.
pub const CONSENT_AUTHORISED: Claim =
    Claim::Holds("the consent's status says that it is authorised", |scene| {
        status(scene, |kind| kind.authorised)
    });

/// The consent that was read waits for its user.
pub const CONSENT_AWAITING: Claim =
    Claim::Holds("the consent's status says that it awaits its user", |scene| {
        status(scene, |kind| kind.awaiting)
    });

/// The answer of the consent API is a refusal.
pub const CONSENT_API_REFUSED: Claim = Claim::Holds("an error (400 to 499)", |scene: &Scene| {
    let answer = scene.answer()?;
    let refused = answer.status().is_some_and(|status| (400..500).contains(&status));
    if refused { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// The consent is gone, as far as its client was told.
pub const CONSENT_DELETED: Claim = Claim::Holds("the consent is deleted (200 to 204)", |scene: &Scene| {
    let answer = scene.answer()?;
    let deleted = answer.status().is_some_and(|status| (200..=204).contains(&status));
    if deleted { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
});

/// The authentication service learns which consent its user is asked for.
pub const START_NAMES_CONSENT: Claim =
    Claim::Holds("/authentication/start names the consent", |scene: &Scene| {
        let consent = scene.current_consent().map_err(|_| Unheld::Unclear("there is none".to_owned()))?;
        let Some(login) = &scene.flow()?.login else {
            return Err(Unheld::Unclear("nobody was asked".to_owned()));
        };
        match login.start.intent_id.as_deref() {
            Some(id) if id == consent.id => Ok(()),
            Some(_) => Err("it names another consent".into()),
            None => Err("it names none".into()),
        }
    });

/// What a bank says about a signed consent is signed, too.
pub const CONSENT_ANSWER_SIGNED: Claim =
    Claim::Holds("an answer that is signed by one of the issuer's keys", |scene: &Scene| {
        let answer = scene.answer()?;
        let body = answer.result.as_ref().map(|answer| answer.body.clone()).unwrap_or_default();
        match signature_fault(std::str::from_utf8(&body).unwrap_or_default().trim(), &scene.surface.keys) {
            None => Ok(()),
            Some(fault) => Err(Unheld::No(fault)),
        }
    });

fn status(
    scene: &Scene,
    expected: fn(&crate::open_banking::ConsentType) -> &'static str,
) -> Result<(), Unheld> {
    let answer = scene.answer()?;
    let consent = scene.current_consent().map_err(|_| Unheld::Unclear("there is none".to_owned()))?;
    let document = scene.consent_document().filter(|_| answer.status() == Some(200));
    let found = document.as_ref().and_then(|document| {
        ["/Data/Status", "/data/status", "/status"].iter().find_map(|place| document.pointer(place)?.as_str())
    });
    match found {
        Some(found) if found == expected(consent.kind) => Ok(()),
        Some(found) => Err(Unheld::No(format!("the status {:?}", crate::conformance::scene::cut(found)))),
        None => Err(Unheld::Unclear(format!("{}, and no status", answer.in_words()))),
    }
}
