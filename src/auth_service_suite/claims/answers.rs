use crate::auth_service_suite::{Claim, IN_TIME, ServiceCall, Unheld};
use crate::transport::{Answer, Failure};

/// The call was refused for want of credentials.
pub const UNAUTHORIZED_VERIFY: Claim = Claim("401 from /user/verify", |scene| unauthorized(scene.verify()?));
/// The same for a start.
pub const UNAUTHORIZED_START: Claim =
    Claim("401 from /authentication/start", |scene| unauthorized(scene.first_start()?));

/// The answer of a call. One by which a service turns this tool away, or by which a gateway stands in for it, says nothing
/// about it, nor does a lost connection.
pub fn answer(call: &ServiceCall) -> Result<&Answer, Unheld> {
    let unclear = |text: &str| Err(Unheld::Unclear(text.to_owned()));
    match &call.result {
        Err(failure @ (Failure::TimedOut(_) | Failure::TooLarge)) => Err(Unheld::No(failure.to_string())),
        Err(failure) => Err(Unheld::Unclear(failure.to_string())),
        Ok(answer) => match answer.status {
            429 | 503 => unclear("the service turned this tool away (429 or 503)"),
            502 | 504 => unclear("a gateway had no answer from the service (502 or 504)"),
            _ => Ok(answer),
        },
    }
}

/// A claim about the status alone.
pub fn status(call: &ServiceCall, is: impl Fn(u16) -> bool) -> Result<(), Unheld> {
    let answer = answer(call)?;
    if is(answer.status) { Ok(()) } else { Err(Unheld::No(answer.status.to_string())) }
}

/// A claim about how long the answer took.
pub fn in_time(call: &ServiceCall) -> Result<(), Unheld> {
    answer(call)?;
    let took = call.took;
    if took <= IN_TIME { Ok(()) } else { Err(Unheld::No(format!("it took {:.1} s", took.as_secs_f64()))) }
}

fn unauthorized(call: &ServiceCall) -> Result<(), Unheld> {
    status(call, |status| status == 401)
}

/// What a body says, for people.
pub fn quoted(answer: &Answer) -> String {
    const SHOWN_MAX: usize = 120;
    let text: String = String::from_utf8_lossy(&answer.body).chars().take(SHOWN_MAX).collect();
    if text.is_empty() {
        format!("{} without a body", answer.status)
    } else {
        format!("{} {text}", answer.status)
    }
}
