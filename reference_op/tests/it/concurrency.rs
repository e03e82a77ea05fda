//! Simultaneous requests on several threads.

use std::collections::HashSet;

use crate::world::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_redemptions_yield_exactly_one_token_response() {
    let world = std::sync::Arc::new(World::new());
    for _ in 0..20 {
        let id =
            world.authenticate(ALICE, "scope=openid+profile&login_hint=john").await.ok().text("auth_req_id");
        let started = world.outside.calls("/user/verify").len();
        while world.outside.calls("/authentication/start").len() < started {
            tokio::task::yield_now().await;
        }
        world.decide_newest("accept").await.ok();
        let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(64));
        let redemptions: Vec<_> = (0..64)
            .map(|_| {
                let (world, id, barrier) = (world.clone(), id.clone(), barrier.clone());
                tokio::spawn(async move {
                    barrier.wait().await;
                    world.poll(ALICE, &id).await
                })
            })
            .collect();
        let mut issued = 0;
        for redemption in redemptions {
            let answer = redemption.await.unwrap();
            if answer.status == 200 {
                issued += 1;
            } else {
                answer.expect(400, "invalid_grant");
            }
        }
        assert_eq!(issued, 1);
    }
    assert_eq!((world.count("token", "tokens"), world.count("token", "invalid_grant")), (20, 20 * 63));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn identifiers_never_repeat() {
    let world = std::sync::Arc::new(World::new());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for _ in 0..250 {
                    let answer = world.authenticate(ALICE, "scope=openid&login_hint=john").await.ok();
                    ids.push(answer.text("auth_req_id"));
                }
                ids
            })
        })
        .collect();
    let mut seen = HashSet::new();
    for task in tasks {
        seen.extend(task.await.unwrap());
    }
    assert_eq!(seen.len(), 2_000);
    assert_eq!(world.op.pending_count(), 2_000);
}
