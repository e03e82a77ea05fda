//! CIBA Core 1.0, 7.2 Authentication request validation: hints, parameters and malformed input.

use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, Expect, Given};
use crate::conformance::claims::{ACKNOWLEDGED, TAKEN_OR_REFUSED, TAKEN_OR_TOO_LARGE};
use crate::conformance::{Check, Manner, Need, Refusal, Request, Section, Softer, VALID, Value};

/// The section.
pub const S07_2_VALIDATION: Section = Section {
    name: "7.2 Validation",
    checks: &[
        HINT_REQUIRED,
        HINT_NOT_EMPTY,
        ONE_HINT_OF_TWO,
        ONE_HINT_OF_THREE,
        HINT_ONCE,
        UNKNOWN_PARAMETER,
        UNKNOWN_USER,
        REQUESTED_EXPIRY_VALID,
        MALFORMED_INPUT,
    ],
};

const INVALID_REQUEST: &[Refusal] = &[Refusal(400, "invalid_request")];

/// A token as a hint; which one does not matter where there is one hint too many.
const HINT_TOKEN: &str = "a-token-as-a-hint";

const fn asking_for(expiry: &'static str) -> Request {
    VALID.saying("requested_expiry", expiry)
}

/// Somebody has to be asked.
const HINT_REQUIRED: Check = Check {
    id: "ciba/7.1/hint-required",
    title: "An authentication request without any hint is refused.",
    why: "A server that takes it asks nobody, or somebody whom the client did not mean.",
    covers: &["CORE-7.1-20"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.without("login_hint")),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "hint-optional",
};

/// A parameter without a value is none (RFC 6749, 3.1).
const HINT_NOT_EMPTY: Check = Check {
    id: "ciba/7.1/hint-not-empty",
    title: "An authentication request whose only hint is empty is refused.",
    why: "A look-up by an empty name finds nobody, or the first user of all.",
    covers: &["CORE-7.2-09"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.saying("login_hint", "")),
        Expect(Refused(&[Refusal(400, "invalid_request"), Refusal(400, "unknown_user_id")])),
    ],
    fault: "empty-hint-accepted",
};

/// Each pair of hints.
const ONE_HINT_OF_TWO: Check = Check {
    id: "ciba/7.2/one-hint-of-two",
    title: "An authentication request with two hints is refused.",
    why: "Two hints may name two users, and the one who is asked need not be the one who is checked.",
    covers: &["CORE-7.2-05"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.saying("id_token_hint", HINT_TOKEN)),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(VALID.saying("login_hint_token", HINT_TOKEN)),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(
            VALID
                .without("login_hint")
                .saying("id_token_hint", HINT_TOKEN)
                .saying("login_hint_token", HINT_TOKEN),
        ),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "two-hints-accepted",
};

/// A server that tells two apart may not count to three.
const ONE_HINT_OF_THREE: Check = Check {
    id: "ciba/7.2/one-hint-of-three",
    title: "An authentication request with all three hints is refused.",
    why: "Three hints may name three users, and the one who is asked need not be the one who is checked.",
    covers: &["CORE-7.2-05"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.saying("id_token_hint", HINT_TOKEN).saying("login_hint_token", HINT_TOKEN)),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "three-hints-accepted",
};

/// The same hint twice is one hint too many, whether or not both say the same.
const HINT_ONCE: Check = Check {
    id: "ciba/7.2/hint-once",
    title: "An authentication request that gives its hint twice is refused.",
    why: "A gateway that checks the first hint, before a server that goes by the last, lets strangers be asked.",
    covers: &["CORE-13-05"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.again("login_hint", Value::Same)),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(VALID.again("login_hint", Value::UnknownUser)),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "duplicate-hint-accepted",
};

/// Extensions add parameters, and clients send them to every server.
const UNKNOWN_PARAMETER: Check = Check {
    id: "ciba/7.2/unknown-parameter",
    title: "A parameter that the server does not know is ignored.",
    why: "A client that uses an extension, or a later version, cannot use the server at all.",
    covers: &["CORE-7.2-10", "CORE-7.1-05"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.saying("foo", "bar")),
        Expect(ACKNOWLEDGED),
    ],
    fault: "unknown-parameter-refused",
};

/// Nobody can be asked. A server without users of its own may take every hint for a user's, so somebody has to say that this
/// one is unknown: our authentication service, or the target file.
const UNKNOWN_USER: Check = Check {
    id: "ciba/7.2/unknown-user",
    title: "A hint that leads to no user is refused by unknown_user_id.",
    why: "The client polls, and its user waits, until the request expires.",
    covers: &["CORE-13-08", "CORE-7.2-06", "CORE-7.2-08"],
    softer: None,
    needs: &[Need::UnknownUser],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.with("login_hint", Value::UnknownUser)),
        Expect(Refused(&[Refusal(400, "unknown_user_id"), Refusal(400, "invalid_request")])),
    ],
    fault: "unknown-user-acknowledged",
};

/// Nothing, less than nothing, no number, no integer.
const REQUESTED_EXPIRY_VALID: Check = Check {
    id: "ciba/7.2/requested-expiry-valid",
    title: "A requested_expiry that is no positive integer is refused.",
    why: "The client believes in a lifetime that the server never set.",
    covers: &["CORE-7.2-04"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "a server that does not go by requested_expiry may ignore it, whatever it says",
    }),
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(asking_for("0")),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(asking_for("-1")),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(asking_for("abc")),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(asking_for("1.5")),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "requested-expiry-unchecked",
};

/// What a decoder, a database or a parser stumbles over, where it is looked at and where it is not.
const MALFORMED_INPUT: Check = Check {
    id: "ciba/7.2/malformed-input",
    title: "Malformed input is harmless, or refused by an error answer.",
    why: "Input that makes a server stumble is a way to bring it down, or to learn how it is made.",
    covers: &["CORE-7.2-11"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.sent(Manner::FormThen(b"&foo=%zz%"))),
        Expect(TAKEN_OR_REFUSED),
        Authenticate(VALID.without("login_hint").sent(Manner::FormThen(b"&login_hint=%zz%"))),
        Expect(TAKEN_OR_REFUSED),
        Authenticate(VALID.sent(Manner::FormThen(b"&foo=\xff%fe"))),
        Expect(TAKEN_OR_REFUSED),
        Authenticate(VALID.without("login_hint").sent(Manner::FormThen(b"&login_hint=\xc3%28"))),
        Expect(TAKEN_OR_REFUSED),
        Authenticate(VALID.with("login_hint", Value::FollowedBy("\0"))),
        Expect(TAKEN_OR_REFUSED),
        Authenticate(VALID.with("binding_message", Value::FollowedBy("\0"))),
        Expect(TAKEN_OR_REFUSED),
        Authenticate(VALID.sent(Manner::Padded(100_000))),
        Expect(TAKEN_OR_TOO_LARGE),
    ],
    fault: "malformed-input-500",
};
