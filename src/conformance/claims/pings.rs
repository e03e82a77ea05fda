use super::TOKENS;
use crate::ciba::Rule;
use crate::conformance::{Claim, PING_PATIENCE, PING_SILENCE, PingSeen, Scene, Unheld};
use crate::notification::{Cause, Notification};

/// The awaited ping came, in whatever shape.
pub const PINGED: Claim = Claim::Holds("a ping", |scene| match scene.flow()?.ping {
    Some(_) => Ok(()),
    None => Err(Unheld::No(format!("none within {} s", PING_PATIENCE.as_secs()))),
});

/// None came while one was listened for.
pub const NOT_PINGED: Claim = Claim::Holds("no ping meanwhile", |scene| match scene.flow()?.ping {
    Some(_) => Err(Unheld::No(format!("one within {} s", PING_SILENCE.as_secs()))),
    None => Ok(()),
});

/// The ping bears the token that the client sent with the request.
pub const PING_BEARS_ITS_TOKEN: Claim =
    Claim::Holds("the bearer token is this request's client_notification_token", |scene| {
        let number = scene.flow()?.number;
        let (whose, cause) = match ping(scene)? {
            PingSeen::Accepted(ping) => (Some(ping.flow), Cause::UnknownToken),
            PingSeen::Strange(ping) => (ping.flow, ping.cause),
        };
        match whose {
            Some(whose) if whose == number => Ok(()),
            Some(_) => Err("the client_notification_token of another request".into()),
            None => Err(cause.about().into()),
        }
    });

/// The ping says once who it comes from.
pub const PING_BEARS_ONE_TOKEN: Claim =
    Claim::Holds("one Authorization header, and no token in the query", |scene| match ping(scene)? {
        PingSeen::Accepted(_) => Ok(()),
        PingSeen::Strange(ping) if ping.cause == Cause::TwoBearers || ping.presented.headers > 1 => {
            Err("two Authorization headers".into())
        }
        PingSeen::Strange(ping) if ping.presented.query => Err("a token in the query".into()),
        PingSeen::Strange(_) => Ok(()),
    });

/// The body is an object of one member.
pub const PING_BODY_IS_AUTH_REQ_ID: Claim =
    Claim::Holds("a JSON object with auth_req_id and nothing else", |scene| {
        let ping = accepted(scene)?;
        keeps(ping, Rule::PingExtraMembers)?;
        keeps(ping, Rule::PingAuthReqId)?;
        read(ping)
    });

/// The ping names the request that was decided.
pub const PING_NAMES_ITS_REQUEST: Claim = Claim::Holds("this request's auth_req_id", |scene| {
    let ping = accepted(scene)?;
    read(ping)?;
    if ping.auth_req_id.as_ref() == Some(&scene.acknowledged()?.auth_req_id) {
        return Ok(());
    }
    match ping.auth_req_id {
        Some(_) => Err("another auth_req_id".into()),
        None => Err("no auth_req_id that could be read as JSON".into()),
    }
});

/// The ping does not name another request. What names none is for another check.
pub const PING_NAMES_NO_OTHER: Claim = Claim::Holds("no other request's auth_req_id", |scene: &Scene| {
    PING_NAMES_ITS_REQUEST.holds(scene).map_err(|unheld| match accepted(scene) {
        Ok(ping) if ping.auth_req_id.is_none() => Unheld::Unclear("no auth_req_id could be read".to_owned()),
        Ok(_) | Err(_) => unheld,
    })
});

/// The ping is declared as JSON.
pub const PING_IS_JSON: Claim = Claim::Holds("content type application/json", |scene| {
    let ping = accepted(scene)?;
    read(ping)?;
    keeps(ping, Rule::PingContentType)
});

/// The ping is a POST.
pub const PING_IS_POST: Claim = Claim::Holds("POST", |scene| match ping(scene)? {
    PingSeen::Strange(ping) if ping.cause == Cause::WrongMethod => Err(Unheld::No(ping.method.to_string())),
    PingSeen::Accepted(_) | PingSeen::Strange(_) => Ok(()),
});

/// Nobody went where our redirects point.
pub const NO_REDIRECT_FOLLOWED: Claim =
    Claim::Holds("no call where the redirects lead to", |scene| match scene.redirected.as_slice() {
        [] => Ok(()),
        [first, ..] => {
            Err(Unheld::No(format!("{} calls, the first by {}", scene.redirected.len(), first.method)))
        }
    });

/// What a ping promises is there.
pub const READY: Claim =
    Claim::Holds("tokens, not authorization_pending", |scene| match scene.answer()?.error() {
        Some("authorization_pending") => Err(Unheld::No(scene.answer()?.in_words())),
        // Whether the client was too fast is for the checks of the interval.
        Some("slow_down") => Err(Unheld::Unclear(scene.answer()?.in_words())),
        _ => TOKENS.holds(scene),
    });

fn ping(scene: &Scene) -> Result<&PingSeen, Unheld> {
    scene.flow()?.ping.as_ref().ok_or_else(|| Unheld::Unclear("no ping came".to_owned()))
}

/// A ping whose body is looked at: one that came as a POST with one token that is some request's.
fn accepted(scene: &Scene) -> Result<&Notification, Unheld> {
    match ping(scene)? {
        PingSeen::Accepted(ping) => Ok(ping),
        PingSeen::Strange(ping) => Err(Unheld::Unclear(format!("the ping has {}", ping.cause.about()))),
    }
}

fn keeps(ping: &Notification, rule: Rule) -> Result<(), Unheld> {
    match ping.breaches.iter().find(|(broken, _)| *broken == rule) {
        Some((_, detail)) => Err(Unheld::No(detail.clone())),
        None => Ok(()),
    }
}

/// A body that broke off says nothing.
fn read(ping: &Notification) -> Result<(), Unheld> {
    if ping.auth_req_id.is_none() && ping.breaches.is_empty() {
        return Err(Unheld::Unclear("the ping's body broke off".to_owned()));
    }
    Ok(())
}
