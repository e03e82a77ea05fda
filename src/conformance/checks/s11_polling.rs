//! CIBA Core 1.0, 7.3, 10.1 and 11: the polling interval and slow_down.

use crate::ciba::Decision::{Approve, Deny};
use crate::ciba::Level;
use crate::conformance::Step::{Authenticate, Decide, Expect, Given, Poll, PollTogether, Take, Wait};
use crate::conformance::claims::{
    ACKNOWLEDGED, DENIAL_IN_SPITE_OF_THROTTLE, EARLY_ANSWER, ENFORCED_AS_ANNOUNCED, PENDING_NOT_SLOW_DOWN,
    SLOW_DOWN_FORM, SLOWED_DOWN, STILL_ALIVE, SURVIVED, THROTTLED, TOKENS_IN_SPITE_OF_THROTTLE, UNDECIDED,
};
use crate::conformance::{Check, Need, OWNER, Pause, SECOND, Section, Softer, VALID, Value};
use crate::record::POLLING_SECTION;

/// The section.
pub const S11_POLLING: Section = Section {
    name: POLLING_SECTION,
    checks: &[
        CONFORMANT_POLLER,
        FIRST_POLL,
        CONVERGES,
        EARLY_ANSWERED,
        SLOW_DOWN_FORMED,
        ENFORCEMENT,
        THROTTLE_PER_FLOW,
        THROTTLE_PER_CLIENT,
        APPROVAL_VISIBLE,
        DENIAL_VISIBLE,
        INVALID_REQUEST_FOR_POLLING,
    ],
};

/// The first poll waits an interval, too: whether it has to is for [`FIRST_POLL`].
const CONFORMANT_POLLER: Check = Check {
    id: "ciba/11/conformant-poller",
    title: "A client that waits the interval after each answer is never told to slow down.",
    why: "Every well-behaved client is slowed down by 5 seconds a time, and its users wait for nothing.",
    covers: &["CORE-11-13"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(PENDING_NOT_SLOW_DOWN),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(PENDING_NOT_SLOW_DOWN),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(PENDING_NOT_SLOW_DOWN),
    ],
    fault: "slow-down-to-conformant-poller",
};

/// The interval lies between two polls, and there was none yet.
const FIRST_POLL: Check = Check {
    id: "ciba/11/first-poll",
    title: "A first poll is not told to slow down, however soon it comes.",
    why: "The interval lies between polls; a client that asks once at the beginning pays for it with 5 seconds.",
    covers: &["CORE-11-13"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "the standard can be read so that the interval runs from the acknowledgement",
    }),
    needs: &[],
    script: &[Authenticate(VALID), Given(ACKNOWLEDGED), Poll(OWNER), Expect(PENDING_NOT_SLOW_DOWN)],
    fault: "first-poll-throttled",
};

/// One slow_down costs 5 seconds and no more.
const CONVERGES: Check = Check {
    id: "ciba/11/converges",
    title: "After slow_down, a client that adds 5 seconds to the interval is not told to slow down again.",
    why: "Clients that obey are slowed down further and further, until the request has expired.",
    covers: &["CORE-11-11"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Poll(OWNER),
        Given(SLOWED_DOWN),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(PENDING_NOT_SLOW_DOWN),
    ],
    fault: "slow-down-doubles",
};

/// Section 11 names what a client that polls too fast may hear, and section 10.1 what an overloaded server says.
const EARLY_ANSWERED: Check = Check {
    id: "ciba/11/early-answer",
    title: "A poll that comes too early is answered with one of the errors that the standard names for it.",
    why: "A client cannot tell what it is to do: wait, give up, or begin anew.",
    covers: &["CORE-11-01", "CORE-11-07", "CORE-10.1-09"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        PollTogether(3, OWNER),
        Expect(EARLY_ANSWER),
    ],
    fault: "early-poll-429-bare",
};

/// Its status is that of every other error of the token endpoint.
const SLOW_DOWN_FORMED: Check = Check {
    id: "ciba/11/slow-down-form",
    title: "A slow_down comes with status 400, in JSON.",
    why: "Clients and their libraries treat another status as a failure of the server, and do not read the error.",
    covers: &["CORE-11-01"],
    softer: None,
    needs: &[],
    script: &[Authenticate(VALID), Given(ACKNOWLEDGED), Poll(OWNER), Poll(OWNER), Expect(SLOW_DOWN_FORM)],
    fault: "slow-down-429-json",
};

/// The standard lets a server choose; the target file says what it chose.
const ENFORCEMENT: Check = Check {
    id: "ciba/11/enforcement",
    title: "Polls that come too early are throttled, or not, as the target file announces.",
    why: "Capacity is planned with the throttle in mind; a change of it is to be noticed before the load is.",
    covers: &["CORE-11-03"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Poll(OWNER),
        Expect(ENFORCED_AS_ANNOUNCED),
        // One that gives up after a first slow_down enforces nothing.
        Poll(OWNER),
        Expect(ENFORCED_AS_ANNOUNCED),
    ],
    fault: "never-throttles",
};

/// The interval is between polls of one request.
const THROTTLE_PER_FLOW: Check = Check {
    id: "ciba/11/throttle-per-flow",
    title: "That one request is polled too fast does not slow another one of the same client down.",
    why: "A client with many users at once is throttled although it keeps the interval for each of them.",
    covers: &["CORE-11-13"],
    softer: None,
    needs: &[Need::TwoUsers],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.with("login_hint", Value::OtherUser)),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Take(0),
        Poll(OWNER),
        Poll(OWNER),
        Given(THROTTLED),
        Take(1),
        Poll(OWNER),
        Expect(PENDING_NOT_SLOW_DOWN),
    ],
    fault: "throttle-per-client",
};

/// No client can slow another one down.
const THROTTLE_PER_CLIENT: Check = Check {
    id: "ciba/11/throttle-per-client",
    title: "That one client polls too fast does not slow another client down.",
    why: "A single client that misbehaves keeps the users of all others waiting.",
    covers: &["CORE-11-13"],
    softer: None,
    needs: &[Need::SecondClient, Need::TwoUsers],
    script: &[
        Authenticate(SECOND.with("login_hint", Value::OtherUser)),
        Given(ACKNOWLEDGED),
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Poll(OWNER),
        Given(THROTTLED),
        Take(0),
        Poll(SECOND),
        Expect(PENDING_NOT_SLOW_DOWN),
    ],
    fault: "throttle-global",
};

/// Whoever polls late enough once has the result; what an early poll hears is left to the server.
const APPROVAL_VISIBLE: Check = Check {
    id: "ciba/11/approval-visible",
    title: "A poll that comes too early gets the tokens if the user has agreed meanwhile.",
    why: "The user has agreed, and waits for another interval, or longer, for a result that is there.",
    covers: &["CORE-11-13"],
    softer: Some(Softer {
        level: Level::May,
        reason: "the standard does not say which is looked at first, the interval or the decision",
    }),
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Decide(Approve),
        Poll(OWNER),
        Expect(TOKENS_IN_SPITE_OF_THROTTLE),
    ],
    fault: "throttle-hides-tokens",
};

/// The same for a refusal.
const DENIAL_VISIBLE: Check = Check {
    id: "ciba/11/denial-visible",
    title: "A poll that comes too early gets access_denied if the user has refused meanwhile.",
    why: "The user has refused, and looks at a client that goes on waiting.",
    covers: &["CORE-11-05"],
    softer: Some(Softer {
        level: Level::May,
        reason: "the standard does not say which is looked at first, the interval or the decision",
    }),
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Decide(Deny),
        Poll(OWNER),
        Expect(DENIAL_IN_SPITE_OF_THROTTLE),
    ],
    fault: "throttle-hides-denial",
};

/// `invalid_request` is the last word against a client that does not listen, not against one that does.
const INVALID_REQUEST_FOR_POLLING: Check = Check {
    id: "ciba/11/invalid-request-for-polling",
    title: "A client that keeps the interval, also after one slow_down, does not lose its request.",
    why: "A single early poll, or none at all, costs the user the whole authentication.",
    covers: &["CORE-11-13", "CORE-11-07"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(STILL_ALIVE),
        Poll(OWNER),
        Given(SURVIVED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(STILL_ALIVE),
    ],
    fault: "slow-down-kills",
};
