use crate::auth_service_suite::{Claim, SystemCallKind, Unheld};

/// The decision carries a token of the system token endpoint.
pub const ISSUED_HERE: Claim = Claim("a bearer token that the system token endpoint issued", |scene| {
    let call = scene.decision()?;
    match (&call.bearer, call.bearer_known) {
        (_, true) => Ok(()),
        (Some(_), false) => Err(Unheld::No("a token that was not issued".to_owned())),
        (None, false) => Err(Unheld::No("no bearer token".to_owned())),
    }
});

/// The token was asked for with its scope.
pub const ASKED_WITH_SCOPE: Claim = Claim("scope=manage_scope_grants in the token request", |scene| {
    let Some(request) = scene.token_requests().iter().rev().find(|request| request.status != Some(401))
    else {
        return Err(Unheld::Unclear("no token was asked for".to_owned()));
    };
    let scope = form_urlencoded::parse(&request.body).find(|(name, _)| name == "scope");
    let Some((_, scope)) = scope else {
        return Err(Unheld::No("a token request without `scope`".to_owned()));
    };
    match scope.split(' ').any(|scope| scope == "manage_scope_grants") {
        true => Ok(()),
        false => Err(Unheld::No(format!("scope={scope}"))),
    }
});

/// Between the decisions of this check no token was fetched.
pub const FETCHED_ONCE: Claim = Claim("no token request for the second decision", |scene| {
    let mut logins = scene.logins().iter();
    let (Some(first), Some(second)) = (logins.next(), logins.next()) else {
        return Err(Unheld::Unclear("there were no two logins".to_owned()));
    };
    let at = |login: &str| scene.system().iter().position(|call| call.decides() && call.login == login);
    let (Some(from), Some(to)) = (at(first), at(second)) else {
        return Err(Unheld::Unclear("there were no two decisions".to_owned()));
    };
    let between = scene.system().get(from..to).unwrap_or_default();
    match between.iter().filter(|call| call.kind == SystemCallKind::Token).count() {
        0 => Ok(()),
        n => Err(Unheld::No(format!("{n} between the two decisions"))),
    }
});

/// After 401 the decision came again, with a new token.
pub const RENEWED: Claim = Claim("the decision once more, with another token", |scene| {
    let refused = scene.decision()?;
    let mut later = scene.decisions().skip(1).filter(|call| call.login == refused.login).peekable();
    if later.peek().is_none() {
        return Err(Unheld::No("it did not come again".to_owned()));
    }
    match later.any(|call| call.bearer.is_some() && call.bearer != refused.bearer) {
        true => Ok(()),
        false => Err(Unheld::No("it came again with the same token".to_owned())),
    }
});
