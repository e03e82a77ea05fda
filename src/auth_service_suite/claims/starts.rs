use super::answers::{answer, in_time, quoted, status};
use crate::auth_service_suite::{Claim, Unheld};

/// The last start was acknowledged.
pub const ACKNOWLEDGED: Claim = Claim("a status from 200 to 299", |scene| {
    let answer = answer(scene.start()?)?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(Unheld::No(quoted(answer))) }
});

/// A start that cannot be read was refused.
pub const REFUSED_START: Claim = Claim("a status from 400 to 499", |scene| {
    status(scene.first_start()?, |status| (400..500).contains(&status))
});

/// The acknowledgement came at once.
pub const IN_TIME_START: Claim =
    Claim("an acknowledgement within 5 s", |scene| in_time(scene.first_start()?));

/// No decision had to be answered for the start to be acknowledged.
pub const NOT_HELD: Claim = Claim("an acknowledgement while the decision waits for its answer", |scene| {
    match scene.decision()?.held_in_vain {
        false => Ok(()),
        true => Err(Unheld::No("none came in 3 s; it waits for the decision to be answered".to_owned())),
    }
});
