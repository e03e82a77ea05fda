use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::hints::{DAVE, ISSUER, Signer, about, forged, hinted, id_token, unsigned};
use crate::world::*;

/// What hints come to: the user who is asked, or the refusal.
async fn look(faults: FaultSet) -> Value {
    let signer = Signer::new();
    let world = World::with(hinted(&signer), faults);
    let good = signer.sign(&about("john"));
    let mut foreign = about("john");
    foreign["iss"] = json!("https://other.example");
    let mut over = about("john");
    over["exp"] = json!(START_OF_TIME - 1);
    let own = id_token(&world, ALICE, "john").await;
    let others = id_token(&world, CAROL, "john").await;
    let mut seen = Map::new();
    for (name, hints) in [
        ("token", format!("&login_hint_token={good}")),
        ("changed token", format!("&login_hint_token={}", forged(&good, |c| c["sub"] = json!("jane")))),
        ("unsigned token", format!("&login_hint_token={}", unsigned(&good))),
        ("token of another issuer", format!("&login_hint_token={}", signer.sign(&foreign))),
        ("expired token", format!("&login_hint_token={}", signer.sign(&over))),
        ("malformed token", "&login_hint_token=a.b.c".to_owned()),
        ("ID token", format!("&id_token_hint={own}")),
        ("changed ID token", format!("&id_token_hint={}", forged(&own, |c| c["sub"] = json!("jane")))),
        ("unsigned ID token", format!("&id_token_hint={}", unsigned(&own))),
        (
            "ID token of another issuer",
            format!("&id_token_hint={}", forged(&own, |c| c["iss"] = json!(ISSUER))),
        ),
        ("ID token of another client", format!("&id_token_hint={others}")),
        ("agreeing hints", format!("&login_hint=john&id_token_hint={own}&login_hint_token={good}")),
        ("differing hints", format!("&login_hint=jane&id_token_hint={own}&login_hint_token={good}")),
    ] {
        let answer = world.authenticate(ALICE, &format!("scope=openid{hints}")).await;
        seen.insert(name.to_owned(), outcome(&world, &answer));
    }
    pass(400).await;
    let late = world.authenticate(ALICE, &format!("scope=openid&id_token_hint={own}")).await;
    seen.insert("expired ID token".to_owned(), outcome(&world, &late));
    Value::Object(seen)
}

fn outcome(world: &World, answer: &Answer) -> Value {
    match answer.status.as_u16() {
        200 => world.outside.calls("/user/verify").pop().unwrap().body["user_identifier"].clone(),
        _ => json!(answer.outcome()),
    }
}

#[tokio::test(start_paused = true)]
async fn faults_of_hints() {
    assert_changed(
        look,
        &[
            (Fault::MalformedHintToken500, json!({"malformed token": "500"})),
            (Fault::AgreeingHintsAccepted, json!({"agreeing hints": "john"})),
            (Fault::LoginHintTokenAboutNobody, json!({"token": "anonymous"})),
            (Fault::LoginHintTokenUnverified, json!({"changed token": "jane"})),
            (Fault::LoginHintTokenAlgNone, json!({"unsigned token": "john"})),
            (Fault::LoginHintTokenAnyIssuer, json!({"token of another issuer": "john"})),
            (Fault::ExpiredLoginHintTokenAccepted, json!({"expired token": "john"})),
            (Fault::ExpiredLoginHintTokenUnnamed, json!({"expired token": "400 invalid_request"})),
            (
                Fault::IdTokenHintAboutNobody,
                json!({"ID token": "anonymous", "expired ID token": "anonymous"}),
            ),
            (Fault::IdTokenHintUnverified, json!({"changed ID token": "jane"})),
            (Fault::IdTokenHintAlgNone, json!({"unsigned ID token": "john"})),
            (Fault::IdTokenHintAnyIssuer, json!({"ID token of another issuer": "john"})),
            (Fault::IdTokenHintAnyAudience, json!({"ID token of another client": "john"})),
            (Fault::ExpiredIdTokenHintRefused, json!({"expired ID token": "400 invalid_request"})),
        ],
    )
    .await;
}

async fn codes(faults: FaultSet) -> Value {
    let world = World::with(hinted(&Signer::new()), faults);
    let mut seen = Map::new();
    for (name, client, code) in [
        ("right", DAVE, "&user_code=1234"),
        ("missing", DAVE, ""),
        ("wrong", DAVE, "&user_code=0000"),
        ("another user's", DAVE, "&user_code=9876"),
        ("not asked for", ALICE, "&user_code=0000"),
    ] {
        let answer = world.authenticate(client, &format!("scope=openid&login_hint=john{code}")).await;
        settle().await;
        seen.insert(name.to_owned(), json!(answer.outcome()));
    }
    seen.insert("asked".to_owned(), json!(world.outside.calls("/authentication/start").len()));
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn faults_of_user_codes() {
    let (ok, invalid) = ("200", "400 invalid_user_code");
    assert_changed(
        codes,
        &[
            (Fault::UnregisteredUserCodeChecked, json!({"not asked for": invalid, "asked": 1})),
            (Fault::UserCodeUnchecked, json!({"missing": ok, "wrong": ok, "another user's": ok, "asked": 5})),
            (Fault::UserCodeMisread, json!({"right": invalid, "asked": 1})),
            (Fault::UserCodeOfAnybody, json!({"another user's": ok, "asked": 3})),
            (Fault::UserCodeCheckedAfterPrompt, json!({"asked": 5})),
            (Fault::MissingUserCodeUnnamed, json!({"missing": "400 invalid_request"})),
            (
                Fault::InvalidUserCodeUnnamed,
                json!({"wrong": "400 invalid_request", "another user's": "400 invalid_request"}),
            ),
        ],
    )
    .await;
}
