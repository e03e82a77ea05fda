//! CIBA Core 1.0, 9 Client notification endpoint, and 10.2 Ping callback: when a ping comes, and what it looks like.

use super::s10_2_ping_answered::{
    BODY_TOLERATED, FAILED_PING, HANGING_PING, NO_REDIRECTS, PING_CLIENT_MAY_POLL, READY_AFTER_PING,
    REFUSED_PING,
};
use crate::ciba::Decision::{Approve, Deny};
use crate::ciba::Level;
use crate::conformance::Step::{Authenticate, AwaitNoPing, AwaitPing, Decide, Expect, Given, Take};
use crate::conformance::claims::{
    ACKNOWLEDGED, NOT_PINGED, PING_BEARS_ITS_TOKEN, PING_BEARS_ONE_TOKEN, PING_BODY_IS_AUTH_REQ_ID,
    PING_IS_JSON, PING_IS_POST, PING_NAMES_ITS_REQUEST, PING_NAMES_NO_OTHER, PINGED,
};
use crate::conformance::{Check, Need, Section, Softer, Step, VALID_PING, Value};

/// The section.
pub const S10_2_PING: Section = Section {
    name: "10.2 Ping",
    checks: &[
        PING_ON_APPROVAL,
        PING_ON_DENIAL,
        NO_PING_BEFORE_DECISION,
        BEARER,
        ONE_AUTHORIZATION,
        BODY_ONLY_AUTH_REQ_ID,
        NAMES_THE_REQUEST,
        JSON,
        POST,
        BODY_TOLERATED,
        NO_REDIRECTS,
        REFUSED_PING,
        FAILED_PING,
        HANGING_PING,
        READY_AFTER_PING,
        PING_CLIENT_MAY_POLL,
        ONE_PING,
        NO_CROSS_TALK,
    ],
};

/// What a check of pings needs.
pub(super) const PINGED_AND_DECIDED: &[Need] = &[Need::Ping, Need::Decisions];

/// A ping is what a ping client waits for.
const PING_ON_APPROVAL: Check = Check {
    id: "ciba/10.2/ping-on-approval",
    title: "The client is pinged once the user has agreed.",
    why: "A ping client that relies on its ping never learns that the user agreed.",
    covers: &["CORE-10.2-01"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &[Authenticate(VALID_PING), Given(ACKNOWLEDGED), Decide(Approve), AwaitPing, Expect(PINGED)],
    fault: "ping-not-sent",
};

/// Failure is a result, too.
const PING_ON_DENIAL: Check = Check {
    id: "ciba/10.2/ping-on-denial",
    title: "The client is pinged once the user has refused.",
    why: "A user who refused looks at a client that goes on waiting until the request expires.",
    covers: &["CORE-10.2-01"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &[Authenticate(VALID_PING), Given(ACKNOWLEDGED), Decide(Deny), AwaitPing, Expect(PINGED)],
    fault: "ping-not-sent-on-denial",
};

/// The ping after the decision shows that one before it would have arrived.
const NO_PING_BEFORE_DECISION: Check = Check {
    id: "ciba/10.2/no-ping-before-decision",
    title: "The client is not pinged before the user has decided.",
    why: "A client that is pinged too early asks for a result that is not there, and may not be told again.",
    covers: &["CORE-10.2-01"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        AwaitNoPing,
        Expect(NOT_PINGED),
        Decide(Approve),
        AwaitPing,
        Given(PINGED),
    ],
    fault: "ping-before-decision",
};

/// By this token the client knows that it is the server who calls.
const BEARER: Check = Check {
    id: "ciba/10.2/bearer",
    title: "A ping bears the client_notification_token of its request.",
    why: "The client has to turn such a ping away, and never learns of the result.",
    covers: &["CORE-10.2-03", "CORE-9-02"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &of_a_ping(Expect(PING_BEARS_ITS_TOKEN)),
    fault: "ping-wrong-token",
};

/// Some HTTP clients add the header once more where it was set already.
const ONE_AUTHORIZATION: Check = Check {
    id: "ciba/10.2/one-authorization",
    title: "A ping has one Authorization header.",
    why: "Web servers refuse or join repeated Authorization headers, so the ping is lost.",
    covers: &["CORE-10.2-03"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &of_a_ping(Expect(PING_BEARS_ONE_TOKEN)),
    fault: "ping-two-authorizations",
};

/// What else the body says would be delivered outside the token response.
const BODY_ONLY_AUTH_REQ_ID: Check = Check {
    id: "ciba/10.2/body-only-auth-req-id",
    title: "The body of a ping holds auth_req_id and nothing else.",
    why: "A ping that tells more delivers results on a path that the client did not register, and did not secure for it.",
    covers: &["CORE-10.2-04", "CORE-10-01"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &of_a_ping(Expect(PING_BODY_IS_AUTH_REQ_ID)),
    fault: "ping-extra-members",
};

/// A client has many requests under way.
const NAMES_THE_REQUEST: Check = Check {
    id: "ciba/10.2/names-the-request",
    title: "The auth_req_id of a ping is that of the request that was decided.",
    why: "The client cannot tell which of its requests is ready, or asks for the wrong one.",
    covers: &["CORE-10.2-04"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &of_a_ping(Expect(PING_NAMES_ITS_REQUEST)),
    fault: "ping-wrong-auth-req-id",
};

/// The content type decides whether a web framework reads the body at all.
const JSON: Check = Check {
    id: "ciba/10.2/json",
    title: "A ping is declared as application/json.",
    why: "Clients whose framework reads JSON by its content type see an empty ping.",
    covers: &["CORE-10.2-05"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &of_a_ping(Expect(PING_IS_JSON)),
    fault: "ping-as-text",
};

/// Clients route by method.
const POST: Check = Check {
    id: "ciba/10.2/post",
    title: "A ping is an HTTP POST.",
    why: "A client that serves POST, as the standard says, answers 405 and never learns of the result.",
    covers: &["CORE-10.2-01"],
    softer: None,
    needs: PINGED_AND_DECIDED,
    script: &of_a_ping(Expect(PING_IS_POST)),
    fault: "ping-by-put",
};

/// A ping that was taken need not be repeated.
const ONE_PING: Check = Check {
    id: "ciba/10.2/one-ping",
    title: "A decision is told by one ping.",
    why: "Repeated pings cost the client a token request each, unless it remembers all that it has redeemed.",
    covers: &["CORE-10.2-01"],
    softer: Some(Softer {
        level: Level::May,
        reason: "the standard speaks of one call, but does not forbid to repeat it",
    }),
    needs: PINGED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Given(PINGED),
        AwaitNoPing,
        Expect(NOT_PINGED),
    ],
    fault: "ping-sent-twice",
};

/// Two flows of one client are decided together, so that their pings are on their way together.
const NO_CROSS_TALK: Check = Check {
    id: "ciba/10.2/no-cross-talk",
    title: "Of two requests at once, each is pinged with its own token and its own auth_req_id.",
    why: "A client that compares both, as it must, turns both pings away; one that does not mixes two users up.",
    covers: &["CORE-9-02"],
    softer: None,
    needs: &[Need::Ping, Need::Decisions, Need::TwoUsers],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Authenticate(VALID_PING.with("login_hint", Value::OtherUser)),
        Given(ACKNOWLEDGED),
        Take(0),
        Decide(Approve),
        Take(1),
        Decide(Approve),
        Take(0),
        AwaitPing,
        Expect(PING_BEARS_ITS_TOKEN),
        Expect(PING_NAMES_NO_OTHER),
        Take(1),
        AwaitPing,
        Expect(PING_BEARS_ITS_TOKEN),
        Expect(PING_NAMES_NO_OTHER),
    ],
    fault: "ping-tokens-swapped",
};

/// A claim about the shape of the ping that follows an approval.
const fn of_a_ping(claim: Step) -> [Step; 6] {
    [Authenticate(VALID_PING), Given(ACKNOWLEDGED), Decide(Approve), AwaitPing, Given(PINGED), claim]
}
