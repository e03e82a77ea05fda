//! CIBA Core 1.0, 11 Token error response; RFC 6749, 5.2.

use crate::ciba::Decision::Deny;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, Decide, Expect, Given, Poll, PollUntilSettled, Wait};
use crate::conformance::claims::{
    ACKNOWLEDGED, DENIED_BY_CODE, DENIED_OR_FORGOTTEN, ERROR_CHARACTERS, ERROR_IN_JSON, PENDING_BY_CODE,
    REFUSED, STATUS_400, UNDECIDED, UNDERSTOOD,
};
use crate::conformance::{Check, Need, OWNER, Pause, Refusal, Section, VALID, Value};

/// The section.
pub const S11_TOKEN_ERROR: Section = Section {
    name: "11 Token error",
    checks: &[
        PENDING_WHILE_UNDECIDED,
        ERROR_STATUS,
        ERROR_JSON,
        ERROR_CHARSET,
        UNKNOWN_ID,
        TRUNCATED_ID,
        ACCESS_DENIED,
        DENIAL_STANDS,
    ],
};

/// An identifier of the right form that no server has ever issued.
const NOBODYS: &str = "no-request-has-this-identifier.0123456789abc";

/// The first thing that a client hears.
const PENDING_WHILE_UNDECIDED: Check = Check {
    id: "ciba/11/pending",
    title: "A poll before the decision is answered with authorization_pending.",
    why: "A client that is told anything else gives up while its user is still reading the prompt.",
    covers: &["CORE-11-02"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(PENDING_BY_CODE),
    ],
    fault: "pending-says-invalid-request",
};

/// A pending request and an unknown one.
const ERROR_STATUS: Check = Check {
    id: "ciba/11/error-status",
    title: "Errors of the token endpoint have status 400.",
    why: "A client that goes by the status takes a pending login for a failed one.",
    covers: &["CORE-11-01", "REF-6749-04"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Given(REFUSED),
        Expect(STATUS_400),
        Wait(Pause::Interval),
        Poll(OWNER.saying("auth_req_id", NOBODYS)),
        Given(REFUSED),
        Expect(STATUS_400),
    ],
    fault: "pending-403",
};

/// The code decides what a client does next.
const ERROR_JSON: Check = Check {
    id: "ciba/11/error-json",
    title: "Errors of the token endpoint are JSON with an error code.",
    why: "A client that cannot read the error cannot tell waiting from giving up.",
    covers: &["CORE-11-01", "REF-6749-04"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Given(REFUSED),
        Expect(ERROR_IN_JSON),
        Wait(Pause::Interval),
        Poll(OWNER.saying("auth_req_id", NOBODYS)),
        Given(REFUSED),
        Expect(ERROR_IN_JSON),
    ],
    fault: "token-error-as-text",
};

/// What is shown or logged must not break out of its quotes.
const ERROR_CHARSET: Check = Check {
    id: "ciba/11/error-charset",
    title: "Errors of the token endpoint keep to the characters that RFC 6749 allows.",
    why: "Texts with quotes or line ends break logs and headers that they are copied into.",
    covers: &["REF-6749-05"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Wait(Pause::Interval),
        Poll(OWNER),
        Given(REFUSED),
        Expect(ERROR_CHARACTERS),
        Wait(Pause::Interval),
        Poll(OWNER.saying("auth_req_id", NOBODYS)),
        Given(REFUSED),
        Expect(ERROR_CHARACTERS),
    ],
    fault: "token-error-description-quotes",
};

/// Nobody was ever given this identifier.
const UNKNOWN_ID: Check = Check {
    id: "ciba/11/unknown-id",
    title: "An unknown auth_req_id is an invalid_grant.",
    why: "A client whose identifier is lost polls for ever, or is told something that is not so.",
    covers: &["CORE-11-06"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDERSTOOD),
        Wait(Pause::Interval),
        Poll(OWNER.saying("auth_req_id", NOBODYS)),
        Expect(Refused(&[Refusal(400, "invalid_grant")])),
    ],
    fault: "unknown-id-pending",
};

/// Nearly right is wrong.
const TRUNCATED_ID: Check = Check {
    id: "ciba/11/truncated-id",
    title: "An auth_req_id without its last character is an invalid_grant.",
    why: "A server that compares only a part of the identifier leaves less to guess than it seems.",
    covers: &["CORE-11-06"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::Interval),
        Poll(OWNER.with("auth_req_id", Value::TruncatedAuthReqId)),
        Expect(Refused(&[Refusal(400, "invalid_grant")])),
    ],
    fault: "truncated-id-accepted",
};

/// The user said no, and the client is told.
const ACCESS_DENIED: Check = Check {
    id: "ciba/11/access-denied",
    title: "After the user has refused, a poll is answered with access_denied.",
    why: "A client that does not hear of the refusal keeps waiting, or asks the user again.",
    covers: &["CORE-11-05"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Decide(Deny),
        PollUntilSettled(OWNER),
        Expect(Refused(&[Refusal(400, "access_denied")])),
    ],
    fault: "access-denied-403",
};

/// No stays no, however often it is asked for.
const DENIAL_STANDS: Check = Check {
    id: "ciba/11/denial-stands",
    title: "A request that was refused stays refused.",
    why: "A client that asks twice is told to wait for a user who has answered, or even gets its tokens.",
    covers: &["CORE-11-12"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Deny),
        PollUntilSettled(OWNER),
        Given(DENIED_BY_CODE),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(DENIED_OR_FORGOTTEN),
    ],
    fault: "denial-forgotten",
};
