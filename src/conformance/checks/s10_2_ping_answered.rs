//! CIBA Core 1.0, 9 and 10.2: how a server takes the answer to its ping, and what may be had afterwards.

use super::s10_2_ping::PINGED_AND_DECIDED;
use crate::ciba::Decision::Approve;
use crate::conformance::Step::{
    AnswerPingsWith, Authenticate, AwaitNoPing, AwaitPing, AwaitPrompt, Custom, Decide, DecideLate, Expect,
    Given, Poll, PollUntilSettled, Wait,
};
use crate::conformance::claims::{
    ACKNOWLEDGED, NO_REDIRECT_FOLLOWED, NOT_PINGED, PENDING_OR_SLOW_DOWN, PINGED, READY, TOKENS,
};
use crate::conformance::{Check, PING_OWNER, Pause, PingAnswer, Scene, Step, Stop, VALID_PING};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// How long a ping that hangs is not answered, in seconds: longer than servers usually wait.
const HANG_S: u64 = 20;

/// 204 is recommended, 200 is to be taken as well. What a server does after any ping, it does after one that was answered
/// with 204, too, and is not held against the body.
pub(super) const BODY_TOLERATED: Check = Check {
    id: "ciba/10.2/body-tolerated",
    title: "An answer of 200 with a body is taken for a delivered ping.",
    why: "Many web frameworks answer 200 with a page; the client would lose its result, or be pinged again and again.",
    covers: &["CORE-10.2-09"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &[
        AnswerPingsWith(PingAnswer::Status(204)),
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Given(PINGED),
        AwaitNoPing,
        Given(NOT_PINGED),
        PollUntilSettled(PING_OWNER),
        Given(TOKENS),
        AnswerPingsWith(PingAnswer::Body("<html>thank you</html>")),
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Given(PINGED),
        AwaitNoPing,
        Expect(NOT_PINGED),
        PollUntilSettled(PING_OWNER),
        Expect(TOKENS),
    ],
    fault: "ping-needs-204",
};

/// The bearer token is for the registered endpoint alone.
pub(super) const NO_REDIRECTS: Check = Check {
    id: "ciba/10.2/no-redirects",
    title: "A ping that is answered with 301, 302, 303, 307 or 308 does not go where the answer points.",
    why: "Whoever can make the notification endpoint redirect makes the server send bearer tokens wherever they like.",
    covers: &["CORE-10.2-11"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &NO_REDIRECTS_SCRIPT,
    fault: "ping-follows-redirects",
};

const NO_REDIRECTS_SCRIPT: [Step; 32] = {
    let statuses = [301, 302, 303, 307, 308];
    let mut script = [AwaitNoPing; 32];
    let mut at = 0;
    while at < statuses.len() {
        let pinged = pinged(PingAnswer::Redirect(statuses[at]));
        let mut step = 0;
        while step < pinged.len() {
            script[at * pinged.len() + step] = pinged[step];
            step += 1;
        }
        at += 1;
    }
    script[31] = Expect(NO_REDIRECT_FOLLOWED);
    script
};

/// The client does not know this token, says the endpoint; its owner polls nevertheless.
pub(super) const REFUSED_PING: Check = Check {
    id: "ciba/10.2/refused-ping",
    title: "A request whose ping was answered with 401 or 403 can still be redeemed by polling.",
    why: "One client node that does not know a token yet would cost the user the whole authentication.",
    covers: &["CORE-10.1-12", "CORE-10.2-12"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &redeemed_after(PingAnswer::Status(401), PingAnswer::Status(403)),
    fault: "ping-refused-kills",
};

/// The client is down for a moment.
pub(super) const FAILED_PING: Check = Check {
    id: "ciba/10.2/failed-ping",
    title: "A request whose ping was answered with 500, or lost with its connection, can still be redeemed by polling.",
    why: "A client that restarts at the wrong moment would lose every authentication that is decided meanwhile.",
    covers: &["CORE-10.1-12", "CORE-10.2-12"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &redeemed_after(PingAnswer::Status(500), PingAnswer::Reset),
    fault: "ping-failed-kills",
};

/// The client takes the ping and says nothing.
pub(super) const HANGING_PING: Check = Check {
    id: "ciba/10.2/hanging-ping",
    title: "A request whose ping is not answered can still be redeemed by polling.",
    why: "A slow notification endpoint would cost the user the whole authentication.",
    covers: &["CORE-10.1-12", "CORE-10.2-12"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &{
        let [answer, authenticate, acknowledged, decide, ping, pinged] = pinged(PingAnswer::Hang(HANG_S));
        let redeem = PollUntilSettled(PING_OWNER);
        [answer, authenticate, acknowledged, decide, ping, pinged, redeem, Expect(TOKENS)]
    },
    fault: "ping-hanging-holds",
};

/// The client asks from within its notification endpoint: nothing lies between the ping and the poll. The silence before
/// makes sure that the ping is that of the decision.
pub(super) const READY_AFTER_PING: Check = Check {
    id: "ciba/9/ready-after-ping",
    title: "Once the ping is there, so is the result.",
    why: "A client that asks at once, as it should, gets authorization_pending, and is not pinged a second time.",
    covers: &["CORE-9-03"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        AwaitNoPing,
        Given(NOT_PINGED),
        Wait(Pause::Interval),
        AwaitPrompt,
        Custom("the user agrees; a token request as soon as the ping is there", poll_on_ping),
        Given(PINGED),
        Expect(READY),
    ],
    fault: "ping-before-visible",
};

/// Pings get lost, so every ping client has to be able to poll.
pub(super) const PING_CLIENT_MAY_POLL: Check = Check {
    id: "ciba/10.1/ping-client-may-poll",
    title: "A ping client that polls is treated like a poll client.",
    why: "A client whose ping was lost has no other way to its result.",
    covers: &["CORE-10.1-12"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(PING_OWNER),
        Expect(PENDING_OR_SLOW_DOWN),
        Decide(Approve),
        PollUntilSettled(PING_OWNER),
        Expect(TOKENS),
    ],
    fault: "ping-client-refused",
};

/// An approved request whose ping was answered like this. A server that pings while it is told of the decision may report
/// the ping's failure there, and have taken the decision nevertheless.
const fn pinged(answer: PingAnswer) -> [Step; 6] {
    [
        AnswerPingsWith(answer),
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        DecideLate(Approve),
        AwaitPing,
        Given(PINGED),
    ]
}

/// Two requests, one after the other, are redeemed although their pings were answered like this.
const fn redeemed_after(first: PingAnswer, second: PingAnswer) -> [Step; 16] {
    let [a, b, c, d, e, f] = pinged(first);
    let [g, h, i, j, k, l] = pinged(second);
    let (redeem, tokens) = (PollUntilSettled(PING_OWNER), Expect(TOKENS));
    [a, b, c, d, e, f, redeem, tokens, g, h, i, j, k, l, redeem, tokens]
}

/// The poll does not wait for the server's answer to the decision: a server may send its ping before that.
fn poll_on_ping(scene: &mut Scene) -> BoxFuture<'_, Result<(), Stop>> {
    async move {
        let surface = scene.surface.clone();
        let login = scene.flow().ok().and_then(|flow| flow.login.clone());
        let (Some(decisions), Some(login)) = (&surface.decisions, login) else {
            return Err(Stop::Broken("nobody can decide although the user was asked".to_owned()));
        };
        let polled = async {
            scene.perform(&AwaitPing).await?;
            scene.perform(&Poll(PING_OWNER)).await
        };
        // Whether the server took the decision shows in the poll.
        let (_, polled) = tokio::join!(decisions.decide(&login, Approve), polled);
        polled
    }
    .boxed()
}
