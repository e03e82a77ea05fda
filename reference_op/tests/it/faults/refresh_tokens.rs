use reference_op::{Fault, FaultSet};
use serde_json::{Map, Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

/// What a refresh token is good for, by who redeems it.
async fn redeemed(faults: FaultSet) -> Value {
    let world = World::with(settings(), faults);
    let body = "scope=openid+offline_access&login_hint=john";
    let id = world.authenticate(ALICE, body).await.ok().text("auth_req_id");
    settle().await;
    world.decide_newest_about("accept", &["openid", "offline_access"]).await.ok();
    let token = world.poll(ALICE, &id).await.ok().text("refresh_token");
    let mut seen = Map::new();
    for (who, client, token) in [
        ("owner", ALICE, token.as_str()),
        ("other client", BOB, &token),
        ("nobody's", ALICE, "no-such-token"),
        ("owner again", ALICE, &token),
    ] {
        let body = format!("grant_type=refresh_token&refresh_token={token}");
        let answer = world.form("/oauth2/token", Some(client), body).await;
        seen.insert(who.into(), json!(answer.outcome()));
        seen.insert(format!("{who}: scope"), answer.body["scope"].clone());
    }
    Value::Object(seen)
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_its_clients_own() {
    let sound = redeemed(FaultSet::NONE).await;
    let refused = "400 invalid_grant";
    assert_eq!(
        sound,
        json!({
            "owner": "200", "owner: scope": "openid offline_access", "other client": refused,
            "other client: scope": null, "nobody's": refused, "nobody's: scope": null, "owner again": "200",
            "owner again: scope": "openid offline_access",
        })
    );
    let anyones = json!({"other client": "200", "other client: scope": "openid offline_access"});
    assert_changed(redeemed, &[(Fault::RefreshTokenForAnyone, anyones)]).await;
}

#[tokio::test(start_paused = true)]
async fn without_offline_access_there_is_no_refresh_token() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.decide_newest("accept").await.ok();
    assert_eq!(world.poll(ALICE, &id).await.ok().body.get("refresh_token"), None);
}
