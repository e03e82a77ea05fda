use http::header;
use reference_op::{Fault, FaultSet};
use serde_json::{Value, json};

use crate::tokens::{at_hash, verified_claims};
use crate::world::*;

/// What a client sees of three flows: approved by poll, approved by ping, denied.
#[derive(Debug, PartialEq)]
struct Seen {
    signature_holds: bool,
    sub: Value,
    aud: Value,
    at_hash_holds: bool,
    ping_token_holds: bool,
    ping_members: usize,
    conformant_poll: String,
    denied_poll: String,
}

const CONFORMANT: fn() -> Seen = || Seen {
    signature_holds: true,
    sub: json!("john"),
    aud: json!("alice-app"),
    at_hash_holds: true,
    ping_token_holds: true,
    ping_members: 1,
    conformant_poll: "authorization_pending".into(),
    denied_poll: "access_denied".into(),
};

/// What a fault does to the symptoms.
type Change = fn(&mut Seen);

/// The faults that whole flows show, each with what becomes of a conformant provider's symptoms.
const SHOWN: [(Fault, Change); 8] = [
    (Fault::WrongSub, |seen| seen.sub = json!("somebody-else-than-john")),
    (Fault::WrongAud, |seen| seen.aud = json!("another-client")),
    (Fault::BadSignature, |seen| seen.signature_holds = false),
    (Fault::BadAtHash, |seen| seen.at_hash_holds = false),
    (Fault::PingWrongToken, |seen| seen.ping_token_holds = false),
    (Fault::PingExtraMembers, |seen| seen.ping_members = 2),
    (Fault::SlowDownToConformantPoller, |seen| seen.conformant_poll = "slow_down".into()),
    (Fault::TokensAfterDenial, |seen| seen.denied_poll = "tokens".into()),
];

async fn look(faults: FaultSet) -> Seen {
    let world = World::with(settings(), faults);
    let id = world.acknowledged(ALICE).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    pass(5).await;
    let conformant_poll = world.poll(ALICE, &id).await.expect_error();
    world.decide_newest("accept").await.ok();
    let tokens = world.poll(ALICE, &id).await.ok();
    let id_token = tokens.text("id_token");
    let verified = verified_claims(&world, &id_token).await;
    let claims = claims(&id_token);

    world.acknowledged(BOB).await;
    world.decide_newest("accept").await.ok();
    settle().await;
    let ping = world.outside.calls("/notify-callback").remove(0);

    let denied = world.acknowledged(CAROL).await;
    world.decide_newest("reject").await.ok();
    let answer = world.poll(CAROL, &denied).await;
    Seen {
        signature_holds: verified.is_some(),
        sub: claims["sub"].clone(),
        aud: claims["aud"].clone(),
        at_hash_holds: claims["at_hash"] == at_hash(&tokens.text("access_token")),
        ping_token_holds: ping.headers[header::AUTHORIZATION] == format!("Bearer {TOKEN}"),
        ping_members: ping.body.as_object().unwrap().len(),
        conformant_poll,
        denied_poll: if answer.status == 200 { "tokens".into() } else { answer.expect_error() },
    }
}

impl Answer {
    fn expect_error(&self) -> String {
        self.text("error")
    }
}

pub fn claims(id_token: &str) -> Value {
    use base64::Engine;
    let payload = id_token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test(start_paused = true)]
async fn faults_change_exactly_their_own_symptom() {
    assert_eq!(look(FaultSet::NONE).await, CONFORMANT());
    for (fault, change) in SHOWN {
        let mut expected = CONFORMANT();
        change(&mut expected);
        assert_eq!(look(fault.into()).await, expected, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_slow_down_fault_lets_the_flow_end() {
    let world = World::with(settings(), Fault::SlowDownToConformantPoller.into());
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    pass(5).await;
    world.poll(ALICE, &id).await.expect(400, "slow_down");
    pass(10).await;
    world.poll(ALICE, &id).await.ok();
}
