use crate::auth_service_suite::{Claim, Scene, SystemCall, SystemCallKind, THINKING, Unheld};
use serde_json::Value;

/// The decision is about a login that there is.
pub const LOGIN_NAMED: Claim = Claim("the login of the start in the path of the decision", |scene| {
    let call = scene.decision()?;
    match scene.logins().contains(&call.login) {
        true => Ok(()),
        false => Err(Unheld::No(format!("a decision about {:?}, which was not started", call.login))),
    }
});

/// The state came back.
pub const STATE_ECHOED: Claim = Claim("`login_state` as it came with the start", |scene| {
    let (sent, came) = (scene.first_start()?.sent("login_state"), scene.decision()?.member("login_state"));
    match came {
        came if came == sent => Ok(()),
        None => Err(Unheld::No("a decision without `login_state`".to_owned())),
        Some(_) => Err(Unheld::No("another `login_state`".to_owned())),
    }
});

/// The acceptance grants what makes it one of OpenID Connect.
pub const OPENID: Claim = Claim("`openid` among the granted scopes", |scene| {
    let granted = granted(scene)?;
    match granted.iter().any(|scope| scope == "openid") {
        true => Ok(()),
        false => Err(Unheld::No(format!("granted_scopes {granted:?}"))),
    }
});

/// Nobody gets more than was asked for.
pub const NOTHING_BEYOND: Claim = Claim("nothing granted that was not requested", |scene| {
    let requested = scopes(scene.first_start()?.sent("requested_scopes"));
    let granted = granted(scene)?;
    match granted.iter().find(|scope| !requested.contains(scope)) {
        None => Ok(()),
        Some(_) => Err(Unheld::No(format!("granted_scopes {granted:?}, of {requested:?}"))),
    }
});

/// The decision is declared as what it is.
pub const WITH_JSON: Claim = Claim("content-type application/json, and a JSON object", |scene| {
    let call = scene.decision()?;
    let declared = call.header("content-type");
    let kind = declared.split(';').next().unwrap_or_default().trim();
    let object = serde_json::from_slice::<Value>(&call.body).is_ok_and(|body| body.is_object());
    match (kind.eq_ignore_ascii_case("application/json"), object) {
        (true, true) => Ok(()),
        (true, false) => Err(Unheld::No("a body that is no JSON object".to_owned())),
        (false, _) => Err(Unheld::No(format!("content-type {declared:?}"))),
    }
});

/// After the OP took a decision there is no other one for the same login.
pub const DECIDED_ONCE: Claim = Claim("no other decision once one was taken", |scene| {
    let mut calls = scene.decisions();
    let taken = calls.find(|call| is_taken(call));
    let Some(taken) = taken else {
        let status = scene.decision()?.status.map_or_else(String::new, |status| format!(" ({status})"));
        return Err(Unheld::Unclear(format!("the OP did not take the decision{status}")));
    };
    match calls.filter(|call| call.login == taken.login).count() {
        0 => Ok(()),
        more => Err(Unheld::No(format!("{more} more for the same login"))),
    }
});

/// The user's no is told as a no.
pub const REJECTED: Claim = Claim("a rejection of the login of the start", |scene| {
    let call = scene.decision()?;
    match call.kind {
        SystemCallKind::Reject if scene.logins().contains(&call.login) => Ok(()),
        SystemCallKind::Reject => Err(Unheld::No("a rejection of another login".to_owned())),
        SystemCallKind::Accept | SystemCallKind::Details | SystemCallKind::Token => {
            Err(Unheld::No("an acceptance".to_owned()))
        }
    }
});

/// Nothing turns a no into a yes.
pub const NOT_ACCEPTED: Claim = Claim("no acceptance of the login that was rejected", |scene| {
    let login = &scene.decision()?.login;
    let is_acceptance = |call: &&SystemCall| call.kind == SystemCallKind::Accept && call.login == *login;
    match scene.decisions().filter(is_acceptance).count() {
        0 => Ok(()),
        n => Err(Unheld::No(format!("{n} for the same login"))),
    }
});

/// The user took their time.
pub const TOOK_TIME: Claim = Claim("a decision after 5 s at the earliest", |scene| {
    let took = scene.decision_took();
    match took >= THINKING {
        true => Ok(()),
        false => Err(Unheld::No(format!("one after {:.1} s", took.as_secs_f64()))),
    }
});

/// Nobody decided about the last login.
pub const NO_DECISION: Claim = Claim("no decision", |scene| match scene.new_decisions().count() {
    0 => Ok(()),
    n => Err(Unheld::No(format!("{n} for a login about which nothing is to be decided"))),
});

fn is_taken(call: &SystemCall) -> bool {
    call.status.is_some_and(|status| (200..300).contains(&status))
}

/// The scopes of an acceptance.
fn granted(scene: &Scene) -> Result<Vec<String>, Unheld> {
    let call = scene.decision()?;
    match call.kind {
        SystemCallKind::Accept => Ok(scopes(call.member("granted_scopes"))),
        SystemCallKind::Reject | SystemCallKind::Details | SystemCallKind::Token => {
            Err(Unheld::Unclear("the user refused; the check needs somebody who agrees".to_owned()))
        }
    }
}

fn scopes(list: Option<Value>) -> Vec<String> {
    let list = list.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
