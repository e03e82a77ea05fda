//! `POST /user/verify`.

use crate::auth_service_suite::claims::{
    BOOLEAN, CHALLENGE, IN_TIME_VERIFY, INVALID, JSON, READ, REFUSED_VERIFY, UNAUTHORIZED_VERIFY, VALID,
};
use crate::auth_service_suite::{Ask, Body, Check, Credentials, Section, Step, User};

/// Its checks.
pub const SECTION: Section = Section {
    name: "User verification",
    checks: &[
        KNOWN,
        UNKNOWN,
        IS_BOOLEAN,
        IS_JSON,
        UNKNOWN_MEMBERS,
        ANY_TEXT,
        MALFORMED,
        IN_TIME,
        WRONG_PASSWORD,
        NO_CREDENTIALS,
        CHALLENGED,
    ],
};

const VERIFY: Step = Step::Ask(Ask::VERIFY);
const VERIFY_UNKNOWN: Step = Step::Ask(Ask { user: User::Unknown, ..Ask::VERIFY });

const fn named(name: &'static str) -> Step {
    Step::Ask(Ask { user: User::Named(name), ..Ask::VERIFY })
}

const KNOWN: Check = Check {
    id: "auth-service/verify/known-user",
    title: "A user who can authenticate is said to be valid.",
    why: "A service that knows nobody keeps every user out.",
    covers: &["AS-VERIFY-01"],
    script: &[VERIFY, Step::Expect(VALID)],
    fault: "known-user-invalid",
};

const UNKNOWN: Check = Check {
    id: "auth-service/verify/unknown-user",
    title: "A user who is not known is said to be invalid.",
    why: "The client would wait for somebody who does not exist, and an attacker could start requests for made-up names.",
    covers: &["AS-VERIFY-02"],
    script: &[VERIFY_UNKNOWN, Step::Expect(INVALID)],
    fault: "everybody-valid",
};

const IS_BOOLEAN: Check = Check {
    id: "auth-service/verify/valid-is-boolean",
    title: "`valid` is a JSON boolean, whatever it says.",
    why: "An OP that takes any text for true would let everybody in; one that does not lets nobody in.",
    covers: &["AS-VERIFY-03"],
    script: &[VERIFY, Step::Expect(BOOLEAN), VERIFY_UNKNOWN, Step::Expect(BOOLEAN)],
    fault: "valid-as-text",
};

const IS_JSON: Check = Check {
    id: "auth-service/verify/content-type",
    title: "The answer is declared as JSON.",
    why: "Some clients and gateways read JSON only where it is declared.",
    covers: &["AS-VERIFY-04"],
    script: &[VERIFY, Step::Expect(JSON)],
    fault: "verify-as-text",
};

const UNKNOWN_MEMBERS: Check = Check {
    id: "auth-service/verify/unknown-members",
    title: "Members that the service does not know change nothing.",
    why: "An OP may send more with its next release; a service that refuses it locks everybody out on that day.",
    covers: &["AS-VERIFY-05"],
    script: &[Step::Ask(Ask { body: Body::UnknownMembers, ..Ask::VERIFY }), Step::Expect(VALID)],
    fault: "unknown-members-unverified",
};

const ANY_TEXT: Check = Check {
    id: "auth-service/verify/any-identifier",
    title: "A user identifier of any characters is answered.",
    why: "A client may send any text as its hint. Where spaces, quotes or markup break the service, they may do worse.",
    covers: &["AS-VERIFY-06"],
    script: &[
        named("anna o'neill+ciba@example.com"),
        Step::Expect(READ),
        named("Ünïcødé 用户 🙂"),
        Step::Expect(READ),
        named("<b onclick=\"x\">&amp;</b>'; --"),
        Step::Expect(READ),
        named("../../%2e%2e/{user}?a=b#c"),
        Step::Expect(READ),
    ],
    fault: "odd-users-break",
};

const MALFORMED: Check = Check {
    id: "auth-service/verify/malformed",
    title: "A body that is no JSON is refused as the caller's mistake.",
    why: "A 5xx says that the service is ill, and an OP then tries again and raises an alarm.",
    covers: &["AS-VERIFY-07"],
    script: &[Step::Ask(Ask { body: Body::Malformed, ..Ask::VERIFY }), Step::Expect(REFUSED_VERIFY)],
    fault: "malformed-verify-breaks",
};

const IN_TIME: Check = Check {
    id: "auth-service/verify/in-time",
    title: "The answer comes within 5 s.",
    why: "The client's acknowledgement waits for it.",
    covers: &["AS-VERIFY-08"],
    script: &[VERIFY, Step::Expect(IN_TIME_VERIFY)],
    fault: "slow-verify",
};

const WRONG_PASSWORD: Check = Check {
    id: "auth-service/verify/wrong-password",
    title: "A caller with a wrong password learns nothing of users.",
    why: "Whoever reaches the service could find out who has an account.",
    covers: &["AS-VERIFY-09"],
    script: &[
        Step::Ask(Ask { credentials: Credentials::WrongPassword, ..Ask::VERIFY }),
        Step::Expect(UNAUTHORIZED_VERIFY),
    ],
    fault: "any-password-verifies",
};

const NO_CREDENTIALS: Check = Check {
    id: "auth-service/verify/no-credentials",
    title: "A caller without credentials learns nothing of users.",
    why: "Whoever reaches the service could find out who has an account.",
    covers: &["AS-VERIFY-09"],
    script: &[
        Step::Ask(Ask { credentials: Credentials::Missing, ..Ask::VERIFY }),
        Step::Expect(UNAUTHORIZED_VERIFY),
    ],
    fault: "anonymous-verifies",
};

const CHALLENGED: Check = Check {
    id: "auth-service/verify/challenge",
    title: "An answer 401 says that HTTP Basic is wanted.",
    why: "A client that waits to be asked for its credentials would never send them.",
    covers: &["AS-BASIC-01"],
    script: &[
        Step::Ask(Ask { credentials: Credentials::Missing, ..Ask::VERIFY }),
        Step::Given(UNAUTHORIZED_VERIFY),
        Step::Expect(CHALLENGE),
    ],
    fault: "no-challenge",
};
