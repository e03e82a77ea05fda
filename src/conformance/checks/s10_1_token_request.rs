//! CIBA Core 1.0, 10.1 Token request: its parameters, and whose it is.

use crate::ciba::Decision::Approve;
use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{
    Authenticate, Decide, Expect, Given, Poll, PollTogether, PollUntilSettled, Wait,
};
use crate::conformance::claims::{
    ACKNOWLEDGED, ANSWERED_IN_TIME, NO_TOKENS, OVERLAP_BORNE, PENDING_NOT_SLOW_DOWN, TOKENS, UNDECIDED,
    UNDERSTOOD,
};
use crate::conformance::{Check, Manner, Need, OWNER, Pause, Refusal, SECOND, Section, Softer, VALID, Value};

/// The section.
pub const S10_1_TOKEN_REQUEST: Section = Section {
    name: "10.1 Token request",
    checks: &[
        GRANT_TYPE,
        GRANT_TYPE_REQUIRED,
        AUTH_REQ_ID_REQUIRED,
        AUTH_REQ_ID_ONCE,
        TOKEN_POST_ONLY,
        FOREIGN_ID_PENDING,
        FOREIGN_ID_APPROVED,
        FOREIGN_POLL_HARMLESS,
        STRANGER_DOES_NOT_THROTTLE,
        OVERLAPPING_POLLS,
        HELD_POLL,
    ],
};

/// What an unknown grant type may get: a server may find the request malformed, or the client not registered for it.
const UNSUPPORTED: &[Refusal] = &[
    Refusal(400, "unsupported_grant_type"),
    Refusal(400, "invalid_request"),
    Refusal(400, "unauthorized_client"),
];

/// Neither another URN nor half of the right one is the CIBA grant.
const GRANT_TYPE: Check = Check {
    id: "ciba/10.1/grant-type",
    title: "An unknown grant_type is refused as such.",
    why: "A server that does not look at the grant type takes requests of other grants, with other rules, for CIBA's.",
    covers: &["CORE-10.1-13"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDERSTOOD),
        Wait(Pause::Interval),
        Poll(OWNER.saying("grant_type", "urn:openid:params:grant-type:cib")),
        Expect(Refused(UNSUPPORTED)),
        Wait(Pause::Interval),
        Poll(OWNER.saying("grant_type", "urn:example:params:grant-type:ciba")),
        Expect(Refused(UNSUPPORTED)),
    ],
    fault: "grant-type-unchecked",
};

/// What is not said is not guessed.
const GRANT_TYPE_REQUIRED: Check = Check {
    id: "ciba/10.1/grant-type-required",
    title: "A token request without grant_type is refused.",
    why: "A server that guesses the grant can be made to run another one than the client meant.",
    covers: &["CORE-10.1-13"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDERSTOOD),
        Wait(Pause::Interval),
        Poll(OWNER.without("grant_type")),
        Expect(Refused(&[Refusal(400, "invalid_request"), Refusal(400, "unsupported_grant_type")])),
    ],
    fault: "grant-type-optional",
};

/// The request lacks a parameter; no grant is wrong.
const AUTH_REQ_ID_REQUIRED: Check = Check {
    id: "ciba/10.1/auth-req-id-required",
    title: "A token request without auth_req_id is an invalid_request.",
    why: "A client with an error of its own is told that its user's grant is void, and asks the user again.",
    covers: &["CORE-10.1-14"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDERSTOOD),
        Wait(Pause::Interval),
        Poll(OWNER.without("auth_req_id")),
        Expect(Refused(&[Refusal(400, "invalid_request")])),
    ],
    fault: "auth-req-id-missing-invalid-grant",
};

/// Two values leave it to each part of a server which of them it means.
const AUTH_REQ_ID_ONCE: Check = Check {
    id: "ciba/10.1/auth-req-id-once",
    title: "A token request with two auth_req_id is refused.",
    why: "A gateway that checks the one and a server that redeems the other can be played off against each other.",
    covers: &["REF-6749-07"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::Interval),
        Poll(OWNER.again("auth_req_id", Value::Same)),
        Expect(Refused(&[Refusal(400, "invalid_request")])),
    ],
    fault: "auth-req-id-twice-accepted",
};

/// A query ends up in logs and histories.
const TOKEN_POST_ONLY: Check = Check {
    id: "ciba/10.1/post-only",
    title: "The token endpoint gives no tokens to a GET.",
    why: "Credentials and auth_req_id in a URL are kept by every proxy and log on the way.",
    covers: &["CORE-10.1-16"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        Wait(Pause::Interval),
        Poll(OWNER.sent(Manner::Query)),
        Expect(NO_TOKENS),
        PollUntilSettled(OWNER),
        Given(TOKENS),
    ],
    fault: "token-get-accepted",
};

/// An identifier is good for the client that it was issued to.
const FOREIGN_ID_PENDING: Check = Check {
    id: "ciba/10.1/foreign-id-pending",
    title: "Another client's undecided auth_req_id is an invalid_grant.",
    why: "A client that learns another one's identifier can watch what that client's users do.",
    covers: &["CORE-10.1-15", "CORE-11-06"],
    softer: None,
    needs: &[Need::SecondClient, Need::Decisions],
    script: &[
        Authenticate(SECOND),
        Given(ACKNOWLEDGED),
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::Interval),
        Poll(SECOND),
        Expect(Refused(&[Refusal(400, "invalid_grant")])),
    ],
    fault: "foreign-id-pending",
};

/// The same once there is something to get.
const FOREIGN_ID_APPROVED: Check = Check {
    id: "ciba/10.1/foreign-id-approved",
    title: "Another client's approved auth_req_id gives no tokens.",
    why: "Any client of the server can take over logins whose identifiers it learns.",
    covers: &["CORE-10.1-15"],
    softer: None,
    needs: &[Need::SecondClient, Need::Decisions],
    script: &[
        Authenticate(SECOND),
        Given(ACKNOWLEDGED),
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        Wait(Pause::Interval),
        Poll(SECOND),
        Expect(Refused(&[Refusal(400, "invalid_grant")])),
        PollUntilSettled(OWNER),
        Given(TOKENS),
    ],
    fault: "foreign-id-redeemed",
};

/// A wrong attempt is refused, not punished at the owner's cost.
const FOREIGN_POLL_HARMLESS: Check = Check {
    id: "ciba/10.1/foreign-poll-harmless",
    title: "After another client's polls the owner still gets its tokens.",
    why: "A client that knows an identifier can end another client's login.",
    covers: &["CORE-10.1-15"],
    softer: None,
    needs: &[Need::SecondClient, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::Interval),
        Poll(SECOND),
        Given(NO_TOKENS),
        Poll(OWNER),
        Expect(UNDECIDED),
        Decide(Approve),
        Poll(SECOND),
        Given(NO_TOKENS),
        PollUntilSettled(OWNER),
        Expect(TOKENS),
    ],
    fault: "foreign-poll-kills",
};

/// Whose poll it was is known before the interval is looked at.
const STRANGER_DOES_NOT_THROTTLE: Check = Check {
    id: "ciba/10.1/stranger-does-not-throttle",
    title: "Another client's poll does not count for the owner's interval.",
    why: "A client that knows an identifier can keep its owner from ever being answered.",
    covers: &["CORE-10.1-15", "CORE-10.1-01"],
    softer: None,
    needs: &[Need::SecondClient, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Given(PENDING_NOT_SLOW_DOWN),
        Wait(Pause::Interval),
        Poll(SECOND),
        Given(NO_TOKENS),
        Poll(OWNER),
        Expect(PENDING_NOT_SLOW_DOWN),
    ],
    fault: "foreign-poll-throttles",
};

/// A client must not do this; one whose request was repeated on the way does.
const OVERLAPPING_POLLS: Check = Check {
    id: "ciba/10.1/overlapping-polls",
    title: "Polls that overlap are each answered for what they are.",
    why: "A request that a proxy repeats, or a client with two threads, makes the server fail, and the login with it.",
    covers: &["CORE-11-01", "CORE-10.1.1-04"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "A client must wait for the answer to its poll, so that what overlapping ones get is not said outright.",
    }),
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::Interval),
        PollTogether(4, OWNER),
        Expect(OVERLAP_BORNE),
    ],
    fault: "overlapping-polls-500",
};

/// Long polling has an end.
const HELD_POLL: Check = Check {
    id: "ciba/10.1/held-poll",
    title: "A poll is answered within 30 seconds.",
    why: "Clients and proxies give a poll up before its answer comes, and never learn what it was.",
    covers: &["CORE-10.1-05"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Expect(ANSWERED_IN_TIME),
    ],
    fault: "poll-held",
};
