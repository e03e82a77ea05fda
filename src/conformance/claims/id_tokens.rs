//! The ID token of a successful token response (OpenID Connect Core 1.0, 2, 3.1.3.6, 3.1.3.7 and 10.1).

use crate::ciba::Rule;
use crate::conformance::scene::cut;
use crate::conformance::{Claim, FlowSeen, Scene, Unheld};
use crate::jose::{self, CLOCK_SKEW, Expected, IdToken, Judged, KeySet, SubjectLedger, SubjectRule};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// There is one to judge.
pub const ID_TOKEN: Claim = Claim::Holds("200 with an ID token", |scene| {
    scene.tokens()?.id_token.as_ref().map(|_| ()).ok_or_else(|| Unheld::No("no id_token".to_owned()))
});

/// It comes from this issuer.
pub const ISSUER_RIGHT: Claim =
    Claim::Holds("iss is the issuer", |scene| claims_keep(scene, Rule::IdTokenIssuer));

/// It is for this client.
pub const AUDIENCE_RIGHT: Claim =
    Claim::Holds("aud is the client", |scene| claims_keep(scene, Rule::IdTokenAudience));

/// It is not another client's.
pub const AUTHORIZED_PARTY_RIGHT: Claim = Claim::Holds("no azp, or the client as azp", |scene| {
    let flow = scene.flow()?;
    let client = client_id(scene, flow)?;
    match claims(id_token(flow)?)?.get("azp") {
        None => Ok(()),
        Some(Value::String(azp)) if *azp == client => Ok(()),
        Some(other) => Err(Unheld::No(format!("azp is {}", cut(&other.to_string())))),
    }
});

/// The issuer signed it.
pub const SIGNATURE_RIGHT: Claim = Claim::Holds("a signature by a key that the issuer publishes", |scene| {
    let flow = scene.flow()?;
    let (judged, breach) = judge(scene, flow, Rule::IdTokenSignature)?;
    match (judged.unsupported, breach) {
        (Some(what), _) => {
            Err(Unheld::DoesNotApply(format!("this tool cannot verify the signature: {what}")))
        }
        // The keys were fetched after the token was issued; but for that they might have been rotated.
        (None, Some(detail)) if judged.key_unknown && scene.keys.is_none() => Err(Unheld::Unclear(detail)),
        (None, Some(detail)) => Err(Unheld::No(detail)),
        (None, None) => Ok(()),
    }
});

/// It says which key signed it.
pub const KEY_NAMED: Claim = Claim::Holds("a kid in the header, as there are several keys", |scene| {
    if keys(scene).published() < 2 {
        return Err(Unheld::DoesNotApply("the issuer publishes a single key".to_owned()));
    }
    let (judged, breach) = judge(scene, scene.flow()?, Rule::IdTokenKeyId)?;
    unread(&judged)?;
    // A signature that nobody can verify leaves open whose it is, which is what a kid is for.
    let unnamed = judged.claims.is_some_and(|claims| claims.key_id.is_none());
    match breach {
        Some(detail) => Err(Unheld::No(detail)),
        None if unnamed => Err("no kid".into()),
        None => Ok(()),
    }
});

/// It is signed as the metadata say.
pub const ALGORITHM_LISTED: Claim =
    Claim::Holds("alg is one of id_token_signing_alg_values_supported", |scene| {
        let listed = scene.surface.facts.metadata.get("id_token_signing_alg_values_supported");
        let Some(listed) = listed.and_then(Value::as_array) else {
            return Err(Unheld::DoesNotApply("the metadata list no ID token algorithms".to_owned()));
        };
        let alg = read(scene, scene.flow()?)?.algorithm;
        // RFC 9864 gave the one curve of EdDSA that is in use here a name of its own.
        let names = |name: &str| name == alg || [name, &*alg].iter().all(|name| EDWARDS.contains(name));
        if listed.iter().filter_map(Value::as_str).any(names) {
            return Ok(());
        }
        Err(Unheld::No(format!("alg is {}", cut(&alg))))
    });

const EDWARDS: [&str; 2] = ["EdDSA", "Ed25519"];

/// It has not expired on arrival.
pub const NOT_OVER: Claim = Claim::Holds("exp lies ahead", |scene| claims_keep(scene, Rule::IdTokenExpiry));

/// It was issued recently.
pub const ISSUED_RECENTLY: Claim =
    Claim::Holds("iat is not implausibly far from now", |scene| claims_keep(scene, Rule::IdTokenIssuedAt));

/// It says when the user was there, which is not when the tokens were fetched.
pub const AUTHENTICATED_AT_DECISION: Claim =
    Claim::Holds("auth_time is not after the user's decision", |scene| {
        let flow = scene.flow()?;
        let Some((_, confirmed)) = flow.decided else {
            return Err(Unheld::Unclear("nobody decided".to_owned()));
        };
        let token = read(scene, flow)?;
        let Some(auth_time) = token.auth_time else {
            return Err(Unheld::DoesNotApply("the ID token has no auth_time".to_owned()));
        };
        let wall = |at| i64::try_from(scene.surface.clock.wall(at).as_secs()).unwrap_or(i64::MAX);
        // How far the server's clock is ahead of ours, by when it says that it issued the token.
        let issued = flow.tokens.as_ref().map(|tokens| wall(tokens.at));
        let ahead =
            token.issued_at.zip(issued).map_or(0, |(theirs, ours)| theirs.saturating_sub(ours).max(0));
        let skew = i64::try_from(CLOCK_SKEW.as_secs()).unwrap_or(i64::MAX);
        let late = auth_time.saturating_sub(wall(confirmed)).saturating_sub(ahead);
        if late <= skew { Ok(()) } else { Err(Unheld::No(format!("{late} s after the decision"))) }
    });

/// It belongs to its access token.
pub const ACCESS_TOKEN_HASHED: Claim = Claim::Holds("at_hash is the hash of the access token", |scene| {
    if claims(id_token(scene.flow()?)?)?.contains_key("at_hash") {
        return claims_keep(scene, Rule::IdTokenAccessTokenHash);
    }
    Err(Unheld::DoesNotApply("the ID token has no at_hash".to_owned()))
});

/// The ID token of a push ties itself to its access token (CIBA Core 1.0, 10.3.1).
pub const PUSHED_ACCESS_TOKEN_HASHED: Claim =
    Claim::Holds("at_hash, and the hash of the access token", |scene| {
        claims_keep(scene, Rule::IdTokenAccessTokenHash)
    });

/// The same for the refresh token, if one is pushed.
pub const PUSHED_REFRESH_TOKEN_HASHED: Claim =
    Claim::Holds("rt_hash, and the hash of the refresh token", |scene| match scene.tokens()?.refresh_token {
        Some(_) => claims_keep(scene, Rule::IdTokenRefreshTokenHash),
        None => Err(Unheld::DoesNotApply("no refresh token is pushed".to_owned())),
    });

/// The ID token of a push names the request.
pub const PUSHED_REQUEST_NAMED: Claim = Claim::Holds("the auth_req_id claim, and this request's", |scene| {
    claims_keep(scene, Rule::IdTokenAuthReqId)
});

/// Where it names a request, it is this one.
pub const REQUEST_RIGHT: Claim = Claim::Holds("no auth_req_id claim, or this request's", |scene| {
    claims_keep(scene, Rule::IdTokenAuthReqId)
});

/// It is about somebody whom a client can keep apart from others.
pub const SUBJECT_FORM: Claim = Claim::Holds("sub, a string of 1 to 255 ASCII characters", |scene| {
    claims_keep(scene, Rule::IdTokenSubject)
});

/// It is about the user who was asked for, every time.
pub const SUBJECT_RIGHT: Claim = Claim::Holds("sub is the user who was asked for", |scene| {
    let rule = scene.surface.subject;
    if rule == SubjectRule::Unchecked {
        return Err(Unheld::DoesNotApply("the target file leaves sub unchecked (subject)".to_owned()));
    }
    let mut ledger = SubjectLedger::new(rule);
    for flow in &scene.flows {
        if let Some(breach) = ledger.judge(&flow.user, &subject(scene, flow)?) {
            return Err(Unheld::No(breach.detail));
        }
    }
    Ok(())
});

/// The current flow's user is the first flow's.
pub const SAME_SUBJECT: Claim = Claim::Holds("the sub of the first flow", |scene| {
    let first = scene.flows.first().ok_or_else(|| Unheld::Unclear("no flow was begun".to_owned()))?;
    let (first, now) = (subject(scene, first)?, subject(scene, scene.flow()?)?);
    if first == now { Ok(()) } else { Err(Unheld::No(format!("sub is {}", cut(&now)))) }
});

/// The current flow's user is known by another name than the first flow's.
pub const OTHER_SUBJECT: Claim = Claim::Holds("another sub than that of the first flow", |scene| {
    let first = scene.flows.first().ok_or_else(|| Unheld::Unclear("no flow was begun".to_owned()))?;
    match subject(scene, first)? == subject(scene, scene.flow()?)? {
        true => Err("the same".into()),
        false => Ok(()),
    }
});

/// Two users are two subjects.
pub const SUBJECTS_DIFFER: Claim = Claim::Holds("two users have different subs", |scene| {
    let [first, second] = scene.flows.as_slice() else {
        return Err(Unheld::Unclear("there are not two flows".to_owned()));
    };
    if subject(scene, first)? == subject(scene, second)? {
        return Err("both have the same".into());
    }
    Ok(())
});

/// Whether the current flow's ID token keeps one rule; whether it keeps others is for other checks.
fn claims_keep(scene: &Scene, rule: Rule) -> Result<(), Unheld> {
    let flow = scene.flow()?;
    let (judged, breach) = judge(scene, flow, rule)?;
    unread(&judged)?;
    breach.map_or(Ok(()), |detail| Err(Unheld::No(detail)))
}

/// The current flow's ID token, judged, and how it breaks the rule.
fn judge(scene: &Scene, flow: &FlowSeen, rule: Rule) -> Result<(Judged, Option<String>), Unheld> {
    let tokens = flow.tokens.as_ref().ok_or_else(|| Unheld::Unclear("there are no tokens".to_owned()))?;
    let auth_req_id = flow.acknowledged.as_ref().map(|acknowledged| acknowledged.auth_req_id.as_str());
    let client_id = client_id(scene, flow)?;
    let expected = Expected {
        issuer: &scene.surface.facts.issuer,
        client_id: &client_id,
        access_token: tokens.access_token.as_deref(),
        refresh_token: tokens.refresh_token.as_deref(),
        auth_req_id: auth_req_id.unwrap_or_default(),
        hashes_required: flow.push.is_some(),
    };
    let now = scene.surface.clock.wall(tokens.at);
    let mut breaches = Vec::new();
    let judged = jose::judge(id_token(flow)?, keys(scene), &expected, now, &mut breaches);
    let breach = breaches.into_iter().find(|breach| breach.rule == rule).map(|breach| breach.detail);
    Ok((judged, breach))
}

/// What an ID token says.
fn read(scene: &Scene, flow: &FlowSeen) -> Result<IdToken, Unheld> {
    let (judged, _) = judge(scene, flow, Rule::IdTokenSignature)?;
    unread(&judged)?;
    judged.claims.ok_or_else(|| Unheld::Unclear("the ID token cannot be read".to_owned()))
}

/// An ID token that cannot be read at all says nothing about its claims.
fn unread(judged: &Judged) -> Result<(), Unheld> {
    match (&judged.claims, &judged.unsupported) {
        (Some(_), _) => Ok(()),
        (None, Some(what)) => Err(Unheld::DoesNotApply(format!("this tool cannot read {what}"))),
        (None, None) => Err(Unheld::Unclear("the ID token is not a JWT with claims".to_owned())),
    }
}

fn subject(scene: &Scene, flow: &FlowSeen) -> Result<String, Unheld> {
    let subject = read(scene, flow)?.subject;
    subject.ok_or_else(|| Unheld::Unclear("sub is not a string".to_owned()))
}

/// The claims as they stand in the token, the ones that nothing is demanded of included.
fn claims(id_token: &str) -> Result<Map<String, Value>, Unheld> {
    let payload = id_token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    payload
        .and_then(|payload| serde_json::from_slice(&payload).ok())
        .ok_or_else(|| Unheld::Unclear("the ID token is not a JWT with claims".to_owned()))
}

fn id_token(flow: &FlowSeen) -> Result<&str, Unheld> {
    let id_token = flow.tokens.as_ref().and_then(|tokens| tokens.id_token.as_deref());
    id_token.ok_or_else(|| Unheld::Unclear("there is no ID token".to_owned()))
}

fn client_id(scene: &Scene, flow: &FlowSeen) -> Result<String, Unheld> {
    let client = scene.client(flow.by).map_err(|_| Unheld::Unclear("the client is not known".to_owned()))?;
    Ok(client.registered.id().to_owned())
}

/// The keys as this check fetched them, else as they were when the run began.
fn keys(scene: &Scene) -> &KeySet {
    scene.keys.as_ref().unwrap_or(&scene.surface.keys)
}
