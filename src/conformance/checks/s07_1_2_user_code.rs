//! CIBA Core 1.0, 4, 7.1.2 and 13: user codes.

use crate::ciba::Decision::Approve;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, AwaitPrompt, Decide, Expect, Given, PollUntilSettled, Wait};
use crate::conformance::claims::{ACKNOWLEDGED, NOBODY_ASKED, NOT_ACKNOWLEDGED, TOKENS};
use crate::conformance::{Check, Need, Pause, Refusal, Request, Section, VALID, Value, WITH_USER_CODE};

/// The section.
pub const S07_1_2_USER_CODE: Section = Section {
    name: "7.1.2 User code",
    checks: &[REGISTERED, WORKS, ENFORCED, OF_THE_USER, SILENT, MISSING, INVALID],
};

const WRONG_CODE: &str = "nobody-has-this-code";

const WITHOUT_CODE: Request = WITH_USER_CODE.without("user_code");
const WITH_WRONG_CODE: Request = WITH_USER_CODE.saying("user_code", WRONG_CODE);

/// A parameter that means nothing for this client.
const REGISTERED: Check = Check {
    id: "ciba/4/user-code-registered",
    title: "A client that is not registered for user codes needs none, and one that it sends all the same changes nothing.",
    why: "Clients that never heard of user codes cannot use the server, or fail once one parameter too many is sent.",
    covers: &["CORE-4-12"],
    softer: None,
    needs: &[Need::ClientWithoutUserCode],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.saying("user_code", WRONG_CODE)),
        Expect(ACKNOWLEDGED),
    ],
    fault: "unregistered-user-code-checked",
};

/// The right code opens the way.
const WORKS: Check = Check {
    id: "ciba/7.1.2/user-code-works",
    title: "A request with the user's code is acknowledged and ends in tokens.",
    why: "No user of such a client can log in.",
    covers: &["CORE-7.1.2-05"],
    softer: None,
    needs: &[Need::UserCodes, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(WITH_USER_CODE),
        Expect(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(WITH_USER_CODE),
        Expect(TOKENS),
    ],
    fault: "user-code-misread",
};

/// Whatever the refusal is called.
const ENFORCED: Check = Check {
    id: "ciba/7.1.2/user-code-enforced",
    title: "A request with a wrong user code, or with none, is not acknowledged.",
    why: "The code protects nobody: strangers have users asked at will, until one of them agrees to make it stop.",
    covers: &["CORE-7.1.2-05"],
    softer: None,
    needs: &[Need::UserCodes],
    script: &[
        Authenticate(WITH_USER_CODE),
        Given(ACKNOWLEDGED),
        Authenticate(WITHOUT_CODE),
        Expect(NOT_ACKNOWLEDGED),
        Authenticate(WITH_WRONG_CODE),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "user-code-unchecked",
};

/// A code is a secret of one user.
const OF_THE_USER: Check = Check {
    id: "ciba/7.1.2/user-code-of-the-user",
    title: "A request with another user's code is not acknowledged.",
    why: "Whoever has a code of their own can have everybody asked.",
    covers: &["CORE-7.1.2-05"],
    softer: None,
    needs: &[Need::UserCodes, Need::DifferentUserCodes, Need::TwoUsers],
    script: &[
        Authenticate(WITH_USER_CODE),
        Given(ACKNOWLEDGED),
        Authenticate(WITH_USER_CODE.with("user_code", Value::OtherUserCode)),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "user-code-of-anybody",
};

/// The code is there so that nobody's phone rings without it.
const SILENT: Check = Check {
    id: "ciba/7.1.2/user-code-silent",
    title: "Nobody is asked because of a request with a wrong user code, or with none.",
    why: "Users are asked by strangers all the same, and their consent means nothing.",
    covers: &["CORE-7.1.2-05"],
    softer: None,
    needs: &[Need::UserCodes, Need::Decisions],
    script: &[
        Authenticate(WITH_USER_CODE),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        // What an earlier check's requests have come to has arrived by then.
        Wait(Pause::Seconds(1)),
        Authenticate(WITHOUT_CODE),
        Wait(Pause::Seconds(2)),
        Expect(NOBODY_ASKED),
        Authenticate(WITH_WRONG_CODE),
        Wait(Pause::Seconds(2)),
        Expect(NOBODY_ASKED),
    ],
    fault: "user-code-checked-after-prompt",
};

/// The client has to learn that it should ask its user.
const MISSING: Check = Check {
    id: "ciba/13/missing-user-code",
    title: "A request without a needed user code is refused by missing_user_code.",
    why: "The client does not learn that it has to ask its user for a code, and gives up.",
    covers: &["CORE-13-10"],
    softer: None,
    needs: &[Need::UserCodes],
    script: &[
        Authenticate(WITH_USER_CODE),
        Given(ACKNOWLEDGED),
        Authenticate(WITHOUT_CODE),
        Expect(Refused(&[Refusal(400, "missing_user_code")])),
    ],
    fault: "missing-user-code-unnamed",
};

/// The client has to learn that its user mistyped.
const INVALID: Check = Check {
    id: "ciba/13/invalid-user-code",
    title: "A wrong user code is refused by invalid_user_code.",
    why: "The client does not learn that its user mistyped, and cannot let them try again.",
    covers: &["CORE-13-11"],
    softer: None,
    needs: &[Need::UserCodes],
    script: &[
        Authenticate(WITH_USER_CODE),
        Given(ACKNOWLEDGED),
        Authenticate(WITH_WRONG_CODE),
        Expect(Refused(&[Refusal(400, "invalid_user_code")])),
    ],
    fault: "invalid-user-code-unnamed",
};
