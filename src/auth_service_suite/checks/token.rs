//! The token with which a service decides.

use crate::auth_service_suite::claims::{ASKED_WITH_SCOPE, FETCHED_ONCE, ISSUED_HERE, RENEWED};
use crate::auth_service_suite::{Ask, Check, Decisions, Section, Step};

/// Its checks.
pub const SECTION: Section =
    Section { name: "Token for decisions", checks: &[ISSUED, SCOPE, REUSED, AFTER_401] };

const START: Step = Step::Ask(Ask::PLAIN);

const ISSUED: Check = Check {
    id: "auth-service/token/issued",
    title: "A decision carries a token of the system token endpoint.",
    why: "The OP takes decisions from nobody else.",
    covers: &["AS-TOKEN-01"],
    script: &[START, Step::Decision, Step::Expect(ISSUED_HERE)],
    fault: "bearer-made-up",
};

const SCOPE: Check = Check {
    id: "auth-service/token/scope",
    title: "The token is asked for with the scope that decisions need.",
    why: "What a client gets that names no scope is for the server to choose, and may change.",
    covers: &["AS-TOKEN-02"],
    script: &[START, Step::Decision, Step::Expect(ASKED_WITH_SCOPE)],
    fault: "token-without-scope",
};

const REUSED: Check = Check {
    id: "auth-service/token/reused",
    title: "A token serves for more than one decision.",
    why: "A token for each decision doubles the calls, and token endpoints limit how many they answer.",
    covers: &["AS-TOKEN-03"],
    script: &[START, Step::Decision, START, Step::Decision, Step::Expect(FETCHED_ONCE)],
    fault: "token-per-decision",
};

const AFTER_401: Check = Check {
    id: "auth-service/token/after-401",
    title: "A decision that is answered 401 comes again with a new token.",
    why: "Tokens end early when keys change or clients are reset; the user has agreed and would wait in vain.",
    covers: &["AS-TOKEN-04"],
    script: &[
        Step::Ask(Ask { decisions: Decisions::RefusedOnce, ..Ask::PLAIN }),
        Step::Decision,
        Step::Silence,
        Step::Expect(RENEWED),
    ],
    fault: "gives-up-after-401",
};
