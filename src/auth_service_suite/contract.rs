use crate::ciba::Level;

/// One sentence of what an OP may expect of an authentication service.
#[derive(Debug, Clone, Copy)]
pub struct Sentence {
    /// Stable id.
    pub id: &'static str,
    /// Where it belongs: the operation of `mock_auth_service/openapi.yaml`, or another specification.
    pub citation: &'static str,
    /// How strongly it is asked for.
    pub level: Level,
    /// The sentence, in this tool's own words.
    pub text: &'static str,
}

const VERIFY: &str = "Authentication service, verifyUser";
const START: &str = "Authentication service, startAuthentication";
const DECISION: &str = "Authentication service, decision";
const TOKEN: &str = "Authentication service, token";

const fn must(id: &'static str, citation: &'static str, text: &'static str) -> Sentence {
    Sentence { id, citation, level: Level::Must, text }
}

const fn should(id: &'static str, citation: &'static str, text: &'static str) -> Sentence {
    Sentence { id, citation, level: Level::Should, text }
}

/// Every sentence, in the order of a flow.
pub const SENTENCES: &[Sentence] = &[
    must("AS-VERIFY-01", VERIFY, "A user who can authenticate is answered 200 with `valid` true."),
    must("AS-VERIFY-02", VERIFY, "A user who cannot is answered 200 with `valid` false, or 404."),
    must("AS-VERIFY-03", VERIFY, "`valid` is a JSON boolean."),
    should("AS-VERIFY-04", VERIFY, "The answer is declared as `application/json`."),
    must("AS-VERIFY-05", VERIFY, "Members that the service does not know are ignored."),
    must(
        "AS-VERIFY-06",
        VERIFY,
        "`user_identifier` is any text, for a client may send any text as its hint.",
    ),
    should("AS-VERIFY-07", VERIFY, "A request that cannot be read is refused with a status from 400 to 499."),
    must("AS-VERIFY-08", VERIFY, "The answer comes at once, for the client's acknowledgement waits for it."),
    must(
        "AS-VERIFY-09",
        VERIFY,
        "Nobody is answered without the credentials that the OP was given (HTTP Basic).",
    ),
    must(
        "AS-BASIC-01",
        "RFC 9110, 11.6.1",
        "An answer 401 names an authentication scheme in `WWW-Authenticate`.",
    ),
    must("AS-START-01", START, "A start is acknowledged with a status from 200 to 299."),
    must("AS-START-02", START, "Members that the service does not know are ignored."),
    must(
        "AS-START-03",
        START,
        "`acr_values` may be null, and `binding_message` and `client_info` may be missing.",
    ),
    must("AS-START-04", START, "`binding_message` is any text."),
    should("AS-START-05", START, "A request that cannot be read is refused with a status from 400 to 499."),
    must("AS-START-06", START, "The acknowledgement comes at once; the user is asked meanwhile."),
    must(
        "AS-START-07",
        START,
        "The acknowledgement does not wait for the decision, nor for the OP's answer to it.",
    ),
    must(
        "AS-START-08",
        START,
        "A repeated start is acknowledged as the first one was: an OP repeats what it has no answer to.",
    ),
    must(
        "AS-START-09",
        START,
        "Nobody is asked for a caller without the credentials that the OP was given (HTTP Basic).",
    ),
    must("AS-DECISION-01", DECISION, "A decision names the login that was started."),
    must("AS-DECISION-02", DECISION, "A decision carries `login_state` as it came with the start."),
    must("AS-DECISION-03", DECISION, "`granted_scopes` of an acceptance holds `openid`."),
    must(
        "AS-DECISION-04",
        DECISION,
        "`granted_scopes` of an acceptance holds nothing that was not requested.",
    ),
    must("AS-DECISION-05", DECISION, "A login is decided once."),
    must("AS-DECISION-06", DECISION, "Nothing is decided after `expires_at`."),
    should("AS-DECISION-07", DECISION, "A decision is declared as `application/json`."),
    must(
        "AS-DECISION-08",
        DECISION,
        "A refusal is told by a rejection of the login that was started, and stands.",
    ),
    must(
        "AS-TOKEN-01",
        TOKEN,
        "A decision carries a token that the OP's system token endpoint issued by client credentials.",
    ),
    should("AS-TOKEN-02", TOKEN, "The token is asked for with the scope `manage_scope_grants`."),
    should(
        "AS-TOKEN-03",
        TOKEN,
        "A token is used until shortly before it expires, not fetched for each decision.",
    ),
    should("AS-TOKEN-04", TOKEN, "A decision that is answered 401 is sent again with a new token."),
];

/// The sentence of an id.
pub fn sentence(id: &str) -> Option<&'static Sentence> {
    SENTENCES.iter().find(|sentence| sentence.id == id)
}
