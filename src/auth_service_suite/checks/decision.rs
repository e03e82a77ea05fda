//! Decisions at the OP's system API.

use crate::auth_service_suite::claims::{
    ACKNOWLEDGED, DECIDED_ONCE, LOGIN_NAMED, NO_DECISION, NOT_ACCEPTED, NOTHING_BEYOND, OPENID, REJECTED,
    STATE_ECHOED, TOOK_TIME, WITH_JSON,
};
use crate::auth_service_suite::{Ask, Body, Check, Section, Step, User};

/// Its checks.
pub const SECTION: Section = Section {
    name: "Decision",
    checks: &[
        NAMES_LOGIN,
        ECHOES_STATE,
        GRANTS_OPENID,
        GRANTS_NOTHING_BEYOND,
        IS_JSON,
        ONCE,
        REPEATED,
        EXPIRED,
        EXPIRED_MEANWHILE,
        DENIAL,
        DENIAL_STATE,
        DENIAL_STANDS,
    ],
};

const START: Step = Step::Ask(Ask::PLAIN);
const START_TO_REFUSE: Step = Step::Ask(Ask { user: User::Refusing, ..Ask::PLAIN });

const NAMES_LOGIN: Check = Check {
    id: "auth-service/decision/login",
    title: "A decision names the login that was started.",
    why: "A decision about another login is lost, or decides what nobody was asked.",
    covers: &["AS-DECISION-01"],
    script: &[START, Step::Decision, Step::Expect(LOGIN_NAMED)],
    fault: "decides-another-login",
};

const ECHOES_STATE: Check = Check {
    id: "auth-service/decision/login-state",
    title: "A decision carries `login_state` as it came.",
    why: "The OP takes it as the proof that the decision belongs to this login.",
    covers: &["AS-DECISION-02"],
    script: &[START, Step::Decision, Step::Expect(STATE_ECHOED)],
    fault: "login-state-missing",
};

const GRANTS_OPENID: Check = Check {
    id: "auth-service/decision/openid",
    title: "An acceptance grants `openid`.",
    why: "Without it there is no ID token, and the OP refuses the acceptance: the user agreed in vain.",
    covers: &["AS-DECISION-03"],
    script: &[START, Step::Decision, Step::Expect(OPENID)],
    fault: "openid-not-granted",
};

const GRANTS_NOTHING_BEYOND: Check = Check {
    id: "auth-service/decision/requested-scopes",
    title: "An acceptance grants nothing that was not requested.",
    why: "The user agreed to what was shown, and to nothing else.",
    covers: &["AS-DECISION-04"],
    script: &[START, Step::Decision, Step::Expect(NOTHING_BEYOND)],
    fault: "scopes-beyond-request",
};

const IS_JSON: Check = Check {
    id: "auth-service/decision/content-type",
    title: "A decision is declared as JSON.",
    why: "Servers may refuse a body that is declared as something else (415).",
    covers: &["AS-DECISION-07"],
    script: &[START, Step::Decision, Step::Expect(WITH_JSON)],
    fault: "decision-as-text",
};

const ONCE: Check = Check {
    id: "auth-service/decision/once",
    title: "A login is decided once.",
    why: "A second decision can only be a mistake, and one that says something else a dangerous one.",
    covers: &["AS-DECISION-05"],
    script: &[START, Step::Decision, Step::Silence, Step::Expect(DECIDED_ONCE)],
    fault: "decides-twice",
};

const REPEATED: Check = Check {
    id: "auth-service/decision/repeated-start",
    title: "A start that is repeated leads to no second decision.",
    why: "The user would be asked twice about the same thing, and could answer in two ways.",
    covers: &["AS-DECISION-05", "AS-START-08"],
    script: &[
        START,
        Step::Given(ACKNOWLEDGED),
        Step::Decision,
        Step::Repeat,
        Step::Silence,
        Step::Expect(DECIDED_ONCE),
    ],
    fault: "repeated-start-decides-again",
};

const EXPIRED: Check = Check {
    id: "auth-service/decision/expired",
    title: "Nothing is decided about a request that has expired.",
    why: "The client has given up; what the user agrees to then happens to nobody, or to somebody else's surprise.",
    covers: &["AS-DECISION-06"],
    script: &[
        START,
        Step::Decision,
        Step::Ask(Ask { body: Body::Expired, ..Ask::PLAIN }),
        Step::Silence,
        Step::Expect(NO_DECISION),
    ],
    fault: "decides-after-expiry",
};

const EXPIRED_MEANWHILE: Check = Check {
    id: "auth-service/decision/expired-meanwhile",
    title: "Nothing is decided about a request that expires while the user thinks.",
    why: "A prompt stays on the device for as long as nobody takes it away, and a late yes is a yes to nobody.",
    covers: &["AS-DECISION-06"],
    script: &[
        Step::Ask(Ask { user: User::Thinking, ..Ask::PLAIN }),
        Step::Decision,
        Step::Given(TOOK_TIME),
        Step::Ask(Ask { user: User::Thinking, body: Body::ShortLived, ..Ask::PLAIN }),
        Step::Given(ACKNOWLEDGED),
        Step::Silence,
        Step::Expect(NO_DECISION),
    ],
    fault: "decides-after-thinking",
};

const DENIAL: Check = Check {
    id: "auth-service/decision/denial",
    title: "A user who refuses is told of as one who refused.",
    why: "Whatever else is done with a no, a client gets tokens that the user did not want it to have.",
    covers: &["AS-DECISION-08", "AS-DECISION-01"],
    script: &[START_TO_REFUSE, Step::Decision, Step::Expect(REJECTED)],
    fault: "denial-as-approval",
};

const DENIAL_STATE: Check = Check {
    id: "auth-service/decision/denial-state",
    title: "A rejection carries `login_state` as it came, too.",
    why: "The OP refuses a rejection without it, and the client waits until its request expires.",
    covers: &["AS-DECISION-02"],
    script: &[START_TO_REFUSE, Step::Decision, Step::Given(REJECTED), Step::Expect(STATE_ECHOED)],
    fault: "denial-without-state",
};

const DENIAL_STANDS: Check = Check {
    id: "auth-service/decision/denial-stands",
    title: "No acceptance follows a rejection.",
    why: "An OP that takes the last word would issue tokens against the user's will.",
    covers: &["AS-DECISION-08", "AS-DECISION-05"],
    script: &[
        START_TO_REFUSE,
        Step::Decision,
        Step::Given(REJECTED),
        Step::Silence,
        Step::Expect(NOT_ACCEPTED),
    ],
    fault: "approval-after-denial",
};
