//! Pace, ownership and single use at the token endpoint.

use crate::world::*;

#[tokio::test(start_paused = true)]
async fn early_polls_slow_down_and_a_client_that_obeys_recovers() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    pass(5).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    pass(4).await;
    world.poll(ALICE, &id).await.expect(400, "slow_down");
    pass(10).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    pass(9).await;
    world.poll(ALICE, &id).await.expect(400, "slow_down");
    pass(5).await;
    world.poll(ALICE, &id).await.expect(400, "slow_down");
    pass(20).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
}

#[tokio::test(start_paused = true)]
async fn an_early_poll_after_the_approval_gets_the_tokens() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    world.decide_newest("accept").await.ok();
    world.poll(ALICE, &id).await.ok();
}

#[tokio::test(start_paused = true)]
async fn identifiers_of_others_are_invalid_and_stay_undisturbed() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    for _ in 0..3 {
        world.poll(CAROL, &id).await.expect(400, "invalid_grant");
    }
    world.poll(ALICE, &id[1..]).await.expect(400, "invalid_grant");
    world.poll(ALICE, "unheard-of").await.expect(400, "invalid_grant");
    pass(5).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    world.decide_newest("accept").await.ok();
    world.poll(CAROL, &id).await.expect(400, "invalid_grant");
    world.poll(ALICE, &id).await.ok();
    for seconds in [0, 5, 200] {
        pass(seconds).await;
        world.poll(ALICE, &id).await.expect(400, "invalid_grant");
    }
}

#[tokio::test(start_paused = true)]
async fn the_configured_interval_counts() {
    let mut settings = settings();
    settings.workspaces[0].interval = 2;
    let world = World::with(settings, reference_op::FaultSet::NONE);
    let answer = world.authenticate(ALICE, "scope=openid&login_hint=john").await.ok();
    assert_eq!(answer.body["interval"], 2);
    let id = answer.text("auth_req_id");
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    pass(2).await;
    world.poll(ALICE, &id).await.expect(400, "authorization_pending");
    pass(1).await;
    world.poll(ALICE, &id).await.expect(400, "slow_down");
}
