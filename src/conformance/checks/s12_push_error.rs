//! CIBA Core 1.0, 12: failures that are pushed.

use super::s10_3_push::PUSHED_AND_DECIDED;
use crate::ciba::Decision::Deny;
use crate::conformance::Step::{Authenticate, AwaitPush, Decide, Expect, Given, RefuseToAsk, Wait};
use crate::conformance::claims::{
    ACKNOWLEDGED, PING_BEARS_ITS_TOKEN, PUSH_ERROR_LISTED, PUSH_IS_JSON, PUSH_NAMES_ITS_REQUEST, PUSHED,
    PUSHED_DENIAL, PUSHED_DESCRIPTION, PUSHED_ERROR, PUSHED_EXPIRY, PUSHED_FAILURE,
};
use crate::conformance::{Check, Pause, Request, Section, Step, VALID_PUSH};

/// The section.
pub const S12_PUSH_ERROR: Section = Section {
    name: "12 Push error payload",
    checks: &[BEARER, JSON, NAMES_THE_REQUEST, CODE, EXPIRED, FAILED, DESCRIPTION],
};

/// It comes from the server as the tokens would have.
const BEARER: Check = Check {
    id: "ciba/12/bearer",
    title: "A pushed error bears the client_notification_token of its request.",
    why: "The client has to turn it away, and waits for a result until the request expires.",
    covers: &["CORE-12-01", "CORE-9-02"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_denial(Expect(PING_BEARS_ITS_TOKEN)),
    fault: "push-error-wrong-token",
};

/// The content type decides whether a web framework reads the body at all.
const JSON: Check = Check {
    id: "ciba/12/json",
    title: "A pushed error is declared as application/json.",
    why: "Clients whose framework reads JSON by its content type see an empty push.",
    covers: &["CORE-12-01"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_denial(Expect(PUSH_IS_JSON)),
    fault: "push-error-as-text",
};

/// A client has many requests under way.
const NAMES_THE_REQUEST: Check = Check {
    id: "ciba/12/names-the-request",
    title: "A pushed error names the auth_req_id of its request.",
    why: "The client cannot tell which of its requests failed.",
    covers: &["CORE-12-04"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_denial(Expect(PUSH_NAMES_ITS_REQUEST)),
    fault: "push-error-without-auth-req-id",
};

/// Clients tell a refusal from what may be tried again.
const CODE: Check = Check {
    id: "ciba/12/access-denied",
    title: "A refusal is pushed as access_denied.",
    why: "A client that does not know the code takes the refusal for a failure, and asks the user again.",
    covers: &["CORE-12-03"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Deny),
        AwaitPush,
        Given(PUSHED_ERROR),
        Expect(PUSH_ERROR_LISTED),
        Expect(PUSHED_DENIAL),
    ],
    fault: "push-error-unlisted-code",
};

/// A user who does nothing ends a request, too.
const EXPIRED: Check = Check {
    id: "ciba/12/expired-token",
    title: "That a request has expired is pushed as expired_token.",
    why: "The client can only guess that nothing will come any more.",
    covers: &["CORE-12-03"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        Authenticate(SHORT_LIVED),
        Given(ACKNOWLEDGED),
        Wait(Pause::AfterExpiry(0)),
        AwaitPush,
        Expect(PUSHED),
        Expect(PUSHED_EXPIRY),
    ],
    fault: "push-not-sent-on-expiry",
};

/// A request that does not keep the check waiting for long.
const SHORT_LIVED: Request = VALID_PUSH.saying("requested_expiry", "20");

/// The request was acknowledged, and then its user cannot be asked. A server that asks before it acknowledges says so at
/// once, and nothing needs to be pushed.
const FAILED: Check = Check {
    id: "ciba/12/transaction-failed",
    title: "That the user could not be asked is pushed as transaction_failed.",
    why: "The client waits for a user who does not even know of the request.",
    covers: &["CORE-12-06"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &[
        RefuseToAsk,
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        AwaitPush,
        Expect(PUSHED),
        Expect(PUSHED_FAILURE),
    ],
    fault: "push-failure-not-told",
};

/// Clients write it into their logs and onto their pages.
const DESCRIPTION: Check = Check {
    id: "ciba/12/error-description",
    title: "The error_description of a pushed error is printable ASCII without quotes and backslashes.",
    why: "Logs and pages that trust the standard can be broken out of.",
    covers: &["CORE-12-02"],
    softer: None,
    needs: PUSHED_AND_DECIDED,
    script: &of_a_denial(Expect(PUSHED_DESCRIPTION)),
    fault: "push-error-description-quotes",
};

/// A claim about what follows a refusal.
const fn of_a_denial(claim: Step) -> [Step; 6] {
    [Authenticate(VALID_PUSH), Given(ACKNOWLEDGED), Decide(Deny), AwaitPush, Given(PUSHED), claim]
}
