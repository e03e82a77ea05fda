//! CIBA Core 1.0, 7.1: the client_notification_token.

use crate::ciba::Decision::Approve;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, AwaitPing, Decide, Expect, Given};
use crate::conformance::claims::{ACKNOWLEDGED, PING_BEARS_ITS_TOKEN, PINGED};
use crate::conformance::{Check, Need, Refusal, Request, Section, VALID_PING, Value};

/// The section.
pub const S07_1_NOTIFICATION_TOKEN: Section =
    Section { name: "7.1 Notification token", checks: &[REQUIRED, LONGEST, TOO_LONG, ALPHABET, ROUND_TRIP] };

const PARAMETER: &str = "client_notification_token";

const INVALID_REQUEST: &[Refusal] = &[Refusal(400, "invalid_request")];

const fn with_token(value: Value) -> Request {
    VALID_PING.with(PARAMETER, value)
}

/// Without it the client cannot tell a ping from a prank.
const REQUIRED: Check = Check {
    id: "ciba/7.1/notification-token-required",
    title: "A ping client's request without client_notification_token is refused.",
    why: "The client waits for a ping that is never sent, or gets one that it cannot trust.",
    covers: &["CORE-7.1-09"],
    softer: None,
    needs: &[Need::Ping],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Authenticate(VALID_PING.without(PARAMETER)),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "notification-token-optional",
};

/// The longest token that a client may use.
const LONGEST: Check = Check {
    id: "ciba/7.1/notification-token-1024",
    title: "A notification token of 1024 characters is taken, and comes back whole.",
    why: "Clients whose tokens are signed statements cannot use the server, or get pings that they refuse.",
    covers: &["CORE-7.1-10"],
    softer: None,
    needs: &[Need::Ping, Need::Decisions],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Given(PING_BEARS_ITS_TOKEN),
        Authenticate(with_token(Value::LengthenedTo(1024))),
        Expect(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Expect(PINGED),
        Expect(PING_BEARS_ITS_TOKEN),
    ],
    fault: "notification-token-capped",
};

/// One more.
const TOO_LONG: Check = Check {
    id: "ciba/7.1/notification-token-1025",
    title: "A notification token of 1025 characters is refused.",
    why: "What is stored without a bound, and sent in a header, breaks the ping or fills the store.",
    covers: &["CORE-7.1-10"],
    softer: None,
    needs: &[Need::Ping],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Authenticate(with_token(Value::LengthenedTo(1025))),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "notification-token-unbounded",
};

/// The token becomes part of a header.
const ALPHABET: Check = Check {
    id: "ciba/7.1/notification-token-alphabet",
    title: "A notification token with characters that no bearer token has is refused.",
    why: "The token is put into a header: what ends it, or adds another one, is the client's to say then.",
    covers: &["CORE-7.1-11"],
    softer: None,
    needs: &[Need::Ping],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Authenticate(with_token(Value::FollowedBy(" x"))),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(with_token(Value::FollowedBy(";x"))),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(with_token(Value::FollowedBy("\"x"))),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(with_token(Value::FollowedBy("\r\nx: y"))),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "notification-token-unchecked",
};

/// Those characters of a bearer token that decoders like to touch.
const ROUND_TRIP: Check = Check {
    id: "ciba/7.1/notification-token-round-trip",
    title: "A notification token with every character that it may have comes back unchanged.",
    why: "A client refuses a ping whose token was decoded once too often, and never learns that its user agreed.",
    covers: &["CORE-7.1-11", "REF-6750-01"],
    softer: None,
    needs: &[Need::Ping, Need::Decisions],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Given(PING_BEARS_ITS_TOKEN),
        Authenticate(with_token(Value::FollowedBy("-._~+/Az09=="))),
        Expect(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Expect(PINGED),
        Expect(PING_BEARS_ITS_TOKEN),
    ],
    fault: "notification-token-plus-lost",
};
