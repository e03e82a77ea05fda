//! `POST /authentication/start`.

use crate::auth_service_suite::claims::{
    ACKNOWLEDGED, IN_TIME_START, NO_DECISION, NOT_HELD, REFUSED_START, UNAUTHORIZED_START,
};
use crate::auth_service_suite::{Ask, Body, Check, Credentials, Decisions, Message, Section, Step};

/// Its checks.
pub const SECTION: Section = Section {
    name: "Start of an authentication",
    checks: &[
        IS_ACKNOWLEDGED,
        UNKNOWN_MEMBERS,
        BARE,
        ANY_MESSAGE,
        MALFORMED,
        IN_TIME,
        BEFORE_DECIDING,
        REPEATED,
        WRONG_PASSWORD,
        NO_CREDENTIALS,
    ],
};

const START: Step = Step::Ask(Ask::PLAIN);

const IS_ACKNOWLEDGED: Check = Check {
    id: "auth-service/start/acknowledged",
    title: "A start is acknowledged.",
    why: "Without an acknowledgement the OP starts the same login again and again.",
    covers: &["AS-START-01"],
    script: &[START, Step::Expect(ACKNOWLEDGED)],
    fault: "start-refused",
};

const UNKNOWN_MEMBERS: Check = Check {
    id: "auth-service/start/unknown-members",
    title: "Members that the service does not know change nothing.",
    why: "An OP may send more with its next release, and does so where consents are involved.",
    covers: &["AS-START-02"],
    script: &[Step::Ask(Ask { body: Body::UnknownMembers, ..Ask::PLAIN }), Step::Expect(ACKNOWLEDGED)],
    fault: "unknown-members-not-started",
};

const BARE: Check = Check {
    id: "auth-service/start/absent-members",
    title: "A start without a binding message and with `acr_values` null is acknowledged.",
    why: "Most clients send neither, and OPs are known to write null.",
    covers: &["AS-START-03"],
    script: &[Step::Ask(Ask { body: Body::Bare, ..Ask::PLAIN }), Step::Expect(ACKNOWLEDGED)],
    fault: "bare-start-refused",
};

const ANY_MESSAGE: Check = Check {
    id: "auth-service/start/any-message",
    title: "A binding message of any characters is acknowledged.",
    why: "Binding messages are written by people, in their own languages.",
    covers: &["AS-START-04"],
    script: &[
        Step::Ask(Ask {
            message: Message::Text("Überweisung: 5 € an <b>Žofie & Co.</b> 支払い 🙂"),
            ..Ask::PLAIN
        }),
        Step::Expect(ACKNOWLEDGED),
    ],
    fault: "odd-messages-break",
};

const MALFORMED: Check = Check {
    id: "auth-service/start/malformed",
    title: "A body that is no JSON is refused as the caller's mistake.",
    why: "A 5xx says that the service is ill, and an OP then tries again and raises an alarm.",
    covers: &["AS-START-05"],
    script: &[Step::Ask(Ask { body: Body::Malformed, ..Ask::PLAIN }), Step::Expect(REFUSED_START)],
    fault: "malformed-start-breaks",
};

const IN_TIME: Check = Check {
    id: "auth-service/start/in-time",
    title: "The acknowledgement comes within 5 s.",
    why: "An OP that gets none in time sends the start again, and people take longer than that to decide.",
    covers: &["AS-START-06"],
    script: &[START, Step::Expect(IN_TIME_START)],
    fault: "slow-start",
};

const BEFORE_DECIDING: Check = Check {
    id: "auth-service/start/before-deciding",
    title: "A start is acknowledged whether or not the decision has been answered.",
    why: "An OP that answers a decision only once its start is acknowledged would wait for ever, and so would the service.",
    covers: &["AS-START-07"],
    script: &[
        Step::Ask(Ask { decisions: Decisions::Held, ..Ask::PLAIN }),
        Step::Given(ACKNOWLEDGED),
        Step::Decision,
        Step::Expect(NOT_HELD),
    ],
    fault: "acknowledges-after-deciding",
};

const REPEATED: Check = Check {
    id: "auth-service/start/repeated",
    title: "A start that is repeated is acknowledged again.",
    why: "The first acknowledgement may have been lost; an OP repeats the start until it gets one.",
    covers: &["AS-START-08"],
    script: &[START, Step::Given(ACKNOWLEDGED), Step::Repeat, Step::Expect(ACKNOWLEDGED)],
    fault: "repeated-start-refused",
};

const WRONG_PASSWORD: Check = Check {
    id: "auth-service/start/wrong-password",
    title: "A caller with a wrong password makes nobody's phone ring.",
    why: "Whoever reaches the service could wear users out until they agree.",
    covers: &["AS-START-09"],
    script: &[
        Step::Ask(Ask { credentials: Credentials::WrongPassword, ..Ask::PLAIN }),
        Step::Expect(UNAUTHORIZED_START),
        Step::Silence,
        Step::Expect(NO_DECISION),
    ],
    fault: "any-password-starts",
};

const NO_CREDENTIALS: Check = Check {
    id: "auth-service/start/no-credentials",
    title: "A caller without credentials makes nobody's phone ring.",
    why: "Whoever reaches the service could wear users out until they agree.",
    covers: &["AS-START-09"],
    script: &[
        Step::Ask(Ask { credentials: Credentials::Missing, ..Ask::PLAIN }),
        Step::Expect(UNAUTHORIZED_START),
        Step::Silence,
        Step::Expect(NO_DECISION),
    ],
    fault: "anonymous-starts",
};
