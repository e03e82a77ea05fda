//! CIBA Core 1.0, 10.3 and 11: tokens that are pushed, and what a push client gets nowhere else.

use crate::ciba::Decision::{Approve, Deny};
use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{
    AnswerPingsWith, Authenticate, AwaitNoPing, AwaitPush, Decide, DecideLate, Expect, FetchKeys, Given,
    Poll, Wait,
};
use crate::conformance::claims::{
    ACKNOWLEDGED, NO_PUSHED_TOKENS, NO_REDIRECT_FOLLOWED, NO_TOKENS, NOT_PUSHED_AGAIN, PING_BEARS_ITS_TOKEN,
    PUSH_IS_JSON, PUSH_NAMES_ITS_REQUEST, PUSHED, PUSHED_ACCESS_TOKEN_HASHED, PUSHED_ERROR,
    PUSHED_REFRESH_TOKEN_HASHED, PUSHED_REQUEST_NAMED, PUSHED_TOKENS, PUSHED_TOKENS_COMPLETE, PUSHED_TWICE,
};
use crate::conformance::{Check, Need, Pause, PingAnswer, Refusal, Section, Softer, Step, VALID_PUSH};

/// The section.
pub const S10_3_PUSH: Section = Section {
    name: "10.3 Push",
    checks: &[
        ON_APPROVAL,
        NO_PUSH_BEFORE_DECISION,
        ON_DENIAL,
        BEARER,
        NAMES_THE_REQUEST,
        MEMBERS,
        JSON,
        AT_HASH,
        RT_HASH,
        AUTH_REQ_ID_CLAIM,
        STATUS_200,
        NO_REDIRECTS,
        ONE_PUSH,
        FAILED_PUSH,
        NO_POLLING,
        ONE_WAY,
    ],
};

/// What a check of pushes needs.
pub(super) const PUSHED_AND_DECIDED: &[Need] = &[Need::Push, Need::Decisions];

/// A push is all that a push client ever gets.
const ON_APPROVAL: Check = Check {
    id: "ciba/10.3.1/push-on-approval",
    title: "The tokens are pushed once the user has agreed.",
    why: "A push client has no other way to its tokens: the user agreed, and nothing happens.",
    covers: &["CORE-10.3.1-01"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPush,
        Expect(PUSHED),
        Expect(PUSHED_TOKENS),
    ],
    fault: "push-not-sent",
};

/// The push after the decision shows that one before it would have arrived.
const NO_PUSH_BEFORE_DECISION: Check = Check {
    id: "ciba/10.3.1/no-push-before-decision",
    title: "No tokens are pushed before the user has decided.",
    why: "Whoever knows a user's name gets that user's tokens.",
    covers: &["CORE-10.3.1-01"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        AwaitNoPing,
        Expect(NO_PUSHED_TOKENS),
        Decide(Approve),
        AwaitPush,
        Given(PUSHED),
    ],
    fault: "push-before-decision",
};

/// Failure is a result, too.
const ON_DENIAL: Check = Check {
    id: "ciba/10.3.1/push-on-denial",
    title: "An error is pushed once the user has refused.",
    why: "A user who refused looks at a client that goes on waiting until the request expires.",
    covers: &["CORE-10.3.1-16"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Deny),
        AwaitPush,
        Expect(PUSHED),
        Expect(PUSHED_ERROR),
    ],
    fault: "push-not-sent-on-denial",
};

/// By this token the client knows that it is the server who calls.
const BEARER: Check = Check {
    id: "ciba/10.3.1/bearer",
    title: "A push of tokens bears the client_notification_token of its request.",
    why: "The client has to turn such a push away, and never gets its tokens.",
    covers: &["CORE-10.3.1-01", "CORE-9-02"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_push(Expect(PING_BEARS_ITS_TOKEN)),
    fault: "push-wrong-token",
};

/// A client has many requests under way.
const NAMES_THE_REQUEST: Check = Check {
    id: "ciba/10.3.1/names-the-request",
    title: "The auth_req_id of a push of tokens is that of the request that was decided.",
    why: "The client has to refuse tokens of a request that it cannot tell, or gives them to the wrong user.",
    covers: &["CORE-10.3.1-02"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_push(Expect(PUSH_NAMES_ITS_REQUEST)),
    fault: "push-wrong-auth-req-id",
};

/// The same members as from the token endpoint, in the same place.
const MEMBERS: Check = Check {
    id: "ciba/10.3.1/members",
    title: "A push of tokens has the members of a token response and the auth_req_id.",
    why: "Clients read pushes with what reads their token responses, and find nothing.",
    covers: &["CORE-10.3.1-02"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_push(Expect(PUSHED_TOKENS_COMPLETE)),
    fault: "push-members-nested",
};

/// The content type decides whether a web framework reads the body at all.
const JSON: Check = Check {
    id: "ciba/10.3.1/json",
    title: "A push of tokens is declared as application/json.",
    why: "Clients whose framework reads JSON by its content type see an empty push.",
    covers: &["CORE-10.3.1-03"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_push(Expect(PUSH_IS_JSON)),
    fault: "push-as-text",
};

/// The tokens come to the client instead of being fetched by it, so they have to vouch for each other.
const AT_HASH: Check = Check {
    id: "ciba/10.3.1/at-hash",
    title: "A pushed ID token holds the hash of its access token.",
    why: "Nothing shows that the access token is the one that the issuer gave this client.",
    covers: &["CORE-10.3.1-04"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_pushed_tokens(Expect(PUSHED_ACCESS_TOKEN_HASHED)),
    fault: "push-at-hash-missing",
};

/// The same for the token that lives longest.
const RT_HASH: Check = Check {
    id: "ciba/10.3.1/rt-hash",
    title: "A pushed ID token holds the hash of the refresh token that is pushed with it.",
    why: "Nothing shows that the refresh token is the one that the issuer gave this client.",
    covers: &["CORE-10.3.1-05"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_pushed_tokens(Expect(PUSHED_REFRESH_TOKEN_HASHED)),
    fault: "push-rt-hash-missing",
};

/// Tokens of one request are no tokens of another.
const AUTH_REQ_ID_CLAIM: Check = Check {
    id: "ciba/10.3.1/auth-req-id-claim-pushed",
    title: "A pushed ID token names the request by its auth_req_id claim.",
    why: "Whoever has one user's tokens can push them as the answer to another's request.",
    covers: &["CORE-10.3.1-04"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_pushed_tokens(Expect(PUSHED_REQUEST_NAMED)),
    fault: "push-auth-req-id-claim-missing",
};

/// 204 is recommended, 200 is to be taken as well.
const STATUS_200: Check = Check {
    id: "ciba/10.3.1/status-200",
    title: "An answer of 200 with a body is taken for a delivered push.",
    why: "Many web frameworks answer 200 with a page; the client would get its tokens again and again.",
    covers: &["CORE-10.3.1-13"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        AnswerPingsWith(PingAnswer::Status(204)),
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPush,
        Given(PUSHED),
        AwaitNoPing,
        Given(NOT_PUSHED_AGAIN),
        AnswerPingsWith(PingAnswer::Body("<html>thank you</html>")),
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPush,
        Given(PUSHED),
        AwaitNoPing,
        Expect(NOT_PUSHED_AGAIN),
    ],
    fault: "push-needs-204",
};

/// The tokens are for the registered endpoint alone.
const NO_REDIRECTS: Check = Check {
    id: "ciba/10.3.1/no-redirects",
    title: "A push that is answered with 301, 302, 303, 307 or 308 does not go where the answer points.",
    why: "Whoever can make the notification endpoint redirect gets the user's tokens.",
    covers: &["CORE-10.3.1-14"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &NO_REDIRECTS_SCRIPT,
    fault: "push-follows-redirects",
};

const NO_REDIRECTS_SCRIPT: [Step; 32] = {
    let statuses = [301, 302, 303, 307, 308];
    let mut script = [AwaitNoPing; 32];
    let mut at = 0;
    while at < statuses.len() {
        let pushed = answered(PingAnswer::Redirect(statuses[at]));
        let mut step = 0;
        while step < pushed.len() {
            script[at * pushed.len() + step] = pushed[step];
            step += 1;
        }
        at += 1;
    }
    script[31] = Expect(NO_REDIRECT_FOLLOWED);
    script
};

/// Tokens that were taken need not be sent again.
const ONE_PUSH: Check = Check {
    id: "ciba/10.3.1/one-push",
    title: "A decision is told by one push.",
    why: "Each copy of the tokens that travels is one that can be caught, and a client may log its user in twice.",
    covers: &["CORE-10.3.1-01"],
    softer: Some(Softer {
        level: Level::May,
        reason: "the standard speaks of one call, but does not forbid to repeat it",
    }),
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPush,
        Given(PUSHED),
        AwaitNoPing,
        Expect(NOT_PUSHED_AGAIN),
    ],
    fault: "push-sent-twice",
};

/// The client is down for a moment. Whether a server writes it down where its owner looks, nobody sees from outside.
const FAILED_PUSH: Check = Check {
    id: "ciba/10.3.1/failed-push",
    title: "A push that was answered with 503 is sent again.",
    why: "A client that restarts at the wrong moment loses every authentication that is decided meanwhile.",
    covers: &["CORE-10.3.1-17"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &{
        let [answer, authenticate, acknowledged, decide, push, pushed] = answered(PingAnswer::Status(503));
        [answer, authenticate, acknowledged, decide, push, pushed, AwaitPush, Expect(PUSHED_TWICE)]
    },
    fault: "push-not-retried",
};

/// Asked before the user has decided, and afterwards.
const NO_POLLING: Check = Check {
    id: "ciba/11/push-client-polls",
    title: "A push client that polls is told unauthorized_client.",
    why: "A client that was configured for another mode than the server's waits for what never comes, and nobody says so.",
    covers: &["CORE-11-09"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(VALID_PUSH),
        Expect(Refused(UNAUTHORIZED)),
        Decide(Approve),
        AwaitPush,
        Given(PUSHED),
        Wait(Pause::Interval),
        Poll(VALID_PUSH),
        Expect(Refused(UNAUTHORIZED)),
    ],
    fault: "push-client-polls",
};

const UNAUTHORIZED: &[Refusal] = &[Refusal(400, "unauthorized_client")];

/// What was delivered is delivered.
const ONE_WAY: Check = Check {
    id: "ciba/10/push-client-redeems",
    title: "Tokens that were pushed cannot be had at the token endpoint as well.",
    why: "Whoever sees an auth_req_id has a second way to the tokens, which the client did not choose.",
    covers: &["CORE-10-01"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPush,
        Given(PUSHED),
        Wait(Pause::Interval),
        Poll(VALID_PUSH),
        Expect(NO_TOKENS),
    ],
    fault: "push-client-redeems",
};

/// A claim about the push that follows an approval.
const fn of_a_push(claim: Step) -> [Step; 6] {
    [Authenticate(VALID_PUSH), Given(ACKNOWLEDGED), Decide(Approve), AwaitPush, Given(PUSHED), claim]
}

/// A claim about the tokens in it.
const fn of_pushed_tokens(claim: Step) -> [Step; 7] {
    [
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPush,
        Given(PUSHED_TOKENS),
        FetchKeys,
        claim,
    ]
}

/// An approved request whose push was answered like this. A server that pushes while it is told of the decision may report
/// the failure there.
const fn answered(answer: PingAnswer) -> [Step; 6] {
    [
        AnswerPingsWith(answer),
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        DecideLate(Approve),
        AwaitPush,
        Given(PUSHED),
    ]
}
