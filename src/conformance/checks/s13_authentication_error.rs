//! CIBA Core 1.0, 13 Authentication error response: which error, and in what form.

use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, Expect, Given};
use crate::conformance::claims::{
    ACKNOWLEDGED, DESCRIPTION_IN_ITS_CHARACTERS, ERROR_IN_JSON, ERROR_LISTED, ERROR_URI_IS_URI,
    TAKEN_OR_INVALID_BINDING_MESSAGE,
};
use crate::conformance::{Check, Proof, Refusal, Request, Section, Softer, VALID, Value};

/// The section.
pub const S13_AUTHENTICATION_ERROR: Section = Section {
    name: "13 Authentication error",
    checks: &[
        PARAMETER_ONCE,
        BINDING_MESSAGE_LIMIT,
        UNKNOWN_SCOPE,
        MALFORMED_SCOPE,
        ERROR_JSON,
        ERROR_CODE,
        ERROR_DESCRIPTION,
        ERROR_URI,
    ],
};

/// Requests that every server refuses, each at another place.
const NO_HINT: Request = VALID.without("login_hint");
const NO_CLIENT: Request = VALID.proving(Proof::WrongSecret);

/// A parameter that is no hint, required or not.
const PARAMETER_ONCE: Check = Check {
    id: "ciba/13/parameter-once",
    title: "An authentication request that gives a parameter twice is refused.",
    why: "A gateway that checks the first value, before a server that goes by the last, lets anything pass.",
    covers: &["CORE-13-05", "CORE-7.2-09"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.again("scope", Value::Same)),
        Expect(Refused(&[Refusal(400, "invalid_request")])),
        Authenticate(VALID.again("binding_message", Value::Same)),
        Expect(Refused(&[Refusal(400, "invalid_request")])),
    ],
    fault: "duplicate-parameter-accepted",
};

/// Whatever a server's limit is, what lies beyond it has an error of its own.
const BINDING_MESSAGE_LIMIT: Check = Check {
    id: "ciba/13/binding-message-limit",
    title: "A binding message that the server does not take is refused by invalid_binding_message.",
    why: "A client that is told something else cannot know that a shorter message would do.",
    covers: &["CORE-13-12"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.with("binding_message", Value::Repeat('m', 10_000))),
        Expect(TAKEN_OR_INVALID_BINDING_MESSAGE),
        Authenticate(VALID.with("binding_message", Value::FollowedBy("\u{7}\r\n\u{1b}[1m"))),
        Expect(TAKEN_OR_INVALID_BINDING_MESSAGE),
    ],
    fault: "binding-message-limit-500",
};

/// Refused, so that a client notices what it will not get. A server that ignores the scope does what OpenID Connect asks of
/// it elsewhere.
const UNKNOWN_SCOPE: Check = Check {
    id: "ciba/13/unknown-scope",
    title: "A scope that the server does not know is refused by invalid_scope.",
    why: "A client that misspells a scope learns only from its users that it was never granted.",
    covers: &["CORE-13-06"],
    softer: Some(Softer {
        level: Level::May,
        reason: "OpenID Connect Core 1.0, 3.1.2.1 asks servers to ignore scopes that they do not understand, and RFC 6749, 3.3 lets them, as long as they say what was granted",
    }),
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.with("scope", Value::ScopesAndUnknown)),
        Expect(Refused(&[Refusal(400, "invalid_scope")])),
    ],
    fault: "unknown-scope-ignored",
};

/// A quote is in no scope (RFC 6749, 3.3).
const MALFORMED_SCOPE: Check = Check {
    id: "ciba/13/malformed-scope",
    title: "A scope with characters that no scope has is refused.",
    why: "Scopes are put into tokens, headers and consent pages, where a quote ends what it stands in.",
    covers: &["CORE-13-06", "CORE-7.2-04"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "RFC 6749, 3.3 lets a server ignore scopes, and one that none can have is ignored like one that nobody has",
    }),
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.with("scope", Value::FollowedBy(" \"quoted"))),
        Expect(Refused(&[Refusal(400, "invalid_scope"), Refusal(400, "invalid_request")])),
    ],
    fault: "malformed-scope-accepted",
};

/// Clients parse errors, too.
const ERROR_JSON: Check = Check {
    id: "ciba/13/error-json",
    title: "An authentication error is JSON and says which error it is.",
    why: "A client that cannot read the error cannot tell its user, or its operator, what to do.",
    covers: &["CORE-13-01", "CORE-7.2-11"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(NO_HINT),
        Expect(ERROR_IN_JSON),
        Authenticate(NO_CLIENT),
        Expect(ERROR_IN_JSON),
    ],
    fault: "backchannel-error-html",
};

/// Clients act on codes that they know.
const ERROR_CODE: Check = Check {
    id: "ciba/13/error-code",
    title: "An authentication error has one of the codes that the standard lists.",
    why: "A client that does not know the code cannot tell a mistake of its own from a user whom nobody knows.",
    covers: &["CORE-13-02"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(NO_HINT),
        Expect(ERROR_LISTED),
        Authenticate(NO_CLIENT),
        Expect(ERROR_LISTED),
    ],
    fault: "backchannel-error-unlisted-code",
};

/// Descriptions are put into logs and headers as they are.
const ERROR_DESCRIPTION: Check = Check {
    id: "ciba/13/error-description",
    title: "The description of an authentication error keeps to its characters.",
    why: "Quotes and control characters break the logs and headers that descriptions are copied into.",
    covers: &["CORE-13-03"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(NO_HINT),
        Expect(DESCRIPTION_IN_ITS_CHARACTERS),
        Authenticate(NO_CLIENT),
        Expect(DESCRIPTION_IN_ITS_CHARACTERS),
    ],
    fault: "backchannel-error-description-quotes",
};

/// Somebody may follow it.
const ERROR_URI: Check = Check {
    id: "ciba/13/error-uri",
    title: "The error_uri of an authentication error is a URI reference.",
    why: "A page that shows it as a link shows a broken one, or worse.",
    covers: &["CORE-13-04"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(NO_HINT),
        Expect(ERROR_URI_IS_URI),
        Authenticate(NO_CLIENT),
        Expect(ERROR_URI_IS_URI),
    ],
    fault: "backchannel-error-uri-malformed",
};
