//! CIBA Core 1.0, 7.3 and 11: how long a request lives, and what comes after.

use crate::ciba::Decision::Approve;
use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, Decide, DecideLate, Expect, Given, Poll, Wait};
use crate::conformance::claims::{ACKNOWLEDGED, EXPIRED, NOT_EXPIRED_YET, UNDECIDED};
use crate::conformance::{Check, Need, OWNER, Pause, Refusal, Request, Section, Softer, VALID};

/// The section.
pub const S07_3_EXPIRY: Section = Section {
    name: "7.3 Expiry",
    checks: &[LIVES_UNTIL_EXPIRY, EXPIRES, EXPIRED_TOKEN, APPROVAL_AFTER_EXPIRY, APPROVAL_EXPIRES],
};

/// A request that asks for a short life; what is waited for is what the server grants.
const SHORT_LIVED: Request = VALID.saying("requested_expiry", "20");

/// Asked two seconds before the end; a server that counts in whole seconds may be one off.
const LIVES_UNTIL_EXPIRY: Check = Check {
    id: "ciba/7.3/lives-until-expiry",
    title: "A request lives as long as its acknowledgement says.",
    why: "Users who take their time are turned down although the client was told that they still had some.",
    covers: &["CORE-7.3-07"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(SHORT_LIVED),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::BeforeExpiry(2)),
        Poll(OWNER),
        Expect(NOT_EXPIRED_YET),
    ],
    fault: "expires-early",
};

/// Nobody decided, and the time is up.
const EXPIRES: Check = Check {
    id: "ciba/11/expires",
    title: "A request that nobody decided ends when its acknowledgement said it would.",
    why: "A prompt that outlives its request can be approved when neither the user nor the client knows what it was for.",
    covers: &["CORE-11-04", "CORE-7.3-07"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(SHORT_LIVED),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::AfterExpiry(1)),
        Poll(OWNER),
        Expect(EXPIRED),
    ],
    fault: "never-expires",
};

/// A moment later a server still knows what it forgets afterwards.
const EXPIRED_TOKEN: Check = Check {
    id: "ciba/11/expired-token",
    title: "Right after the expiry the error is expired_token.",
    why: "A client that is told invalid_grant cannot tell a user who was too slow from an error of its own.",
    covers: &["CORE-11-04"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "The standard does not say how long an expired request is remembered, and invalid_grant is right for one that is forgotten.",
    }),
    needs: &[Need::Decisions],
    script: &[
        Authenticate(SHORT_LIVED),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::AfterExpiry(1)),
        Poll(OWNER),
        Given(EXPIRED),
        Expect(Refused(&[Refusal(400, "expired_token")])),
    ],
    fault: "expired-says-invalid-grant",
};

/// The prompt is still on the device, the request is not.
const APPROVAL_AFTER_EXPIRY: Check = Check {
    id: "ciba/11/approval-after-expiry",
    title: "An approval that comes after the expiry changes nothing.",
    why: "A user's late tap gives tokens for a transaction that everybody else has given up.",
    covers: &["CORE-11-12", "CORE-10.1.1-04"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(SHORT_LIVED),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Wait(Pause::AfterExpiry(1)),
        DecideLate(Approve),
        Poll(OWNER),
        Expect(EXPIRED),
    ],
    fault: "approved-after-expiry",
};

/// An approval is part of its request.
const APPROVAL_EXPIRES: Check = Check {
    id: "ciba/11/approval-expires",
    title: "An approval that was not redeemed in time expires with its request.",
    why: "Approvals that nobody fetched pile up, each of them good for tokens long after the user has forgotten it.",
    covers: &["CORE-7.3-07"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(SHORT_LIVED),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        Wait(Pause::AfterExpiry(1)),
        Poll(OWNER),
        Expect(EXPIRED),
    ],
    fault: "approval-outlives-expiry",
};
