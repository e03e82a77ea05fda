//! CIBA Core 1.0, 7.1.1 Signed authentication request, and 7.2 with what it says about their signatures.

use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, AwaitPrompt, Expect, Given};
use crate::conformance::claims::{ACKNOWLEDGED, BINDING_MESSAGE_SHOWN, OUTSIDE_IGNORED};
use crate::conformance::{Check, ClaimValue, Need, Refusal, SIGNING, Seal, Section, Softer, Value};

/// The section.
pub const S07_1_1_SIGNED_REQUEST: Section = Section {
    name: "7.1.1 Signed authentication request",
    checks: &[
        PARAMETERS,
        EXPIRY,
        ALG_NONE,
        SYMMETRIC,
        OTHER_ALGORITHM,
        SIGNATURE,
        AUD,
        AUD_LIST,
        ISS,
        EXP,
        IAT,
        NBF,
        JTI,
        OUTSIDE_IGNORED_CHECK,
        OUTSIDE_MISSING,
        ENCRYPTED,
    ],
};

/// CIBA Core has one code for all of these; servers that share code with the authorization endpoint have another
/// (RFC 9101, 7).
const BAD_REQUEST: &[Refusal] = &[
    Refusal(400, "invalid_request"),
    Refusal(400, "invalid_request_object"),
    Refusal(401, "invalid_client"),
    Refusal(400, "invalid_client"),
];

/// What is inside the object is what is asked for.
const PARAMETERS: Check = Check {
    id: "ciba/7.1.1/parameters",
    title: "The parameters of a signed authentication request are its claims.",
    why: "A client that signs what it asks for gets something else.",
    covers: &["CORE-7.1.1-01"],
    softer: None,
    needs: &[Need::Decisions, Need::SigningClient],
    script: &[Authenticate(SIGNING), Expect(ACKNOWLEDGED), AwaitPrompt, Expect(BINDING_MESSAGE_SHOWN)],
    fault: "signed-message-altered",
};

/// JSON has numbers, and forms have none.
const EXPIRY: Check = Check {
    id: "ciba/7.1.1/requested-expiry",
    title: "The requested_expiry of a signed authentication request may be a text or a number.",
    why: "Client libraries write it in either way, and half of them fail.",
    covers: &["CORE-7.1.1-02"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.saying("requested_expiry", "60")),
        Expect(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("requested_expiry", ClaimValue::Number(60))),
        Expect(ACKNOWLEDGED),
    ],
    fault: "signed-expiry-number-refused",
};

/// The oldest mistake with signed tokens.
const ALG_NONE: Check = Check {
    id: "ciba/7.1.1/alg-none",
    title: "A signed authentication request with the algorithm none is refused.",
    why: "A client that is sure that nobody can change its requests is mistaken.",
    covers: &["CORE-7.1.1-04"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.sealed(Seal::Unsigned)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-alg-none",
};

/// A secret that both sides know proves nothing about either.
const SYMMETRIC: Check = Check {
    id: "ciba/7.1.1/symmetric",
    title: "A signed authentication request by HS256 is refused.",
    why: "What the server could have signed itself is no evidence of what the client asked for.",
    covers: &["CORE-7.1.1-04"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.sealed(Seal::Shared)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-hmac",
};

/// The client's own key, by an algorithm that it never chose.
const OTHER_ALGORITHM: Check = Check {
    id: "ciba/4/request-algorithm",
    title: "A signed authentication request by another algorithm than the registered one is refused.",
    why: "Whoever breaks a weak algorithm has every client whose key can be used with it.",
    covers: &["CORE-4-11", "FC-AS-13"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.sealed(Seal::OtherAlgorithm)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-any-alg",
};

/// By a key that nobody registered, and by a signature that was changed.
const SIGNATURE: Check = Check {
    id: "ciba/7.2/request-signature",
    title: "A forged authentication request is refused.",
    why: "Whoever stands between client and server decides what the user is asked.",
    covers: &["CORE-7.2-03"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.sealed(Seal::Stranger)),
        Expect(Refused(BAD_REQUEST)),
        Authenticate(SIGNING.sealed(Seal::Broken)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-forged",
};

/// A request for one server is no request for another.
const AUD: Check = Check {
    id: "ciba/7.1.1/aud",
    title: "A signed authentication request whose aud is missing or another server is refused.",
    why: "A request that the client sent to another server could be sent here.",
    covers: &["CORE-7.1.1-05", "FC-F1-10"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("aud", ClaimValue::Absent)),
        Expect(Refused(BAD_REQUEST)),
        Authenticate(SIGNING.claiming("aud", ClaimValue::Text("https://another-server.example"))),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-aud-unchecked",
};

/// Among others, it is still addressed to this server.
const AUD_LIST: Check = Check {
    id: "ciba/7.1.1/aud-list",
    title: "The aud of a signed authentication request may be a list that contains the issuer.",
    why: "Client libraries write audiences as a list, and their requests fail.",
    covers: &["CORE-7.1.1-05", "FC-F1-10"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("aud", ClaimValue::IssuerAmongOthers)),
        Expect(ACKNOWLEDGED),
    ],
    fault: "request-aud-list-refused",
};

/// The client that authenticates is the client that asks.
const ISS: Check = Check {
    id: "ciba/7.1.1/iss",
    title: "A signed authentication request whose iss is missing or another is refused.",
    why: "A request that another client signed could be sent in this one's name.",
    covers: &["CORE-7.1.1-06"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("iss", ClaimValue::Absent)),
        Expect(Refused(BAD_REQUEST)),
        Authenticate(SIGNING.claiming("iss", ClaimValue::Text("somebody-else"))),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-iss-unchecked",
};

/// What was asked yesterday is not asked today.
const EXP: Check = Check {
    id: "ciba/7.1.1/exp",
    title: "A signed authentication request that has expired, or never does, is refused.",
    why: "A request from an old log would still ring the user's phone.",
    covers: &["CORE-7.1.1-07"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("exp", ClaimValue::Absent)),
        Expect(Refused(BAD_REQUEST)),
        Authenticate(SIGNING.claiming("exp", ClaimValue::SecondsFromNow(-300))),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-exp-unchecked",
};

/// When it was made belongs to what was made.
const IAT: Check = Check {
    id: "ciba/7.1.1/iat",
    title: "A signed authentication request without iat is refused.",
    why: "A request that does not say when it was made cannot be told from an old one.",
    covers: &["CORE-7.1.1-08"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "servers in use go by exp and nbf, which bound a request's life without iat",
    }),
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("iat", ClaimValue::Absent)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-iat-optional",
};

/// A request that is meant for later is not for now.
const NBF: Check = Check {
    id: "ciba/7.1.1/nbf",
    title: "A signed authentication request without nbf, or before it, is refused.",
    why: "Requests that are made in advance could be used before anybody wants them to.",
    covers: &["CORE-7.1.1-09"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("nbf", ClaimValue::Absent)),
        Expect(Refused(BAD_REQUEST)),
        Authenticate(SIGNING.claiming("nbf", ClaimValue::SecondsFromNow(600))),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-nbf-unchecked",
};

/// One request, one name.
const JTI: Check = Check {
    id: "ciba/7.1.1/jti",
    title: "A signed authentication request without jti is refused.",
    why: "A request without a name of its own cannot be told from a copy of itself.",
    covers: &["CORE-7.1.1-10"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "servers in use do not remember requests, and do without their names",
    }),
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("jti", ClaimValue::Absent)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-jti-optional",
};

/// Inside it says one thing, and outside another.
const OUTSIDE_IGNORED_CHECK: Check = Check {
    id: "ciba/7.1.1/outside-ignored",
    title: "A parameter beside a signed authentication request does not replace the one inside.",
    why: "Whoever stands between client and server changes what was signed, without touching the signature.",
    covers: &["CORE-7.1.1-11", "FC-F1-08"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.saying("requested_expiry", "60").beside("requested_expiry", Value::Text("77"))),
        Expect(OUTSIDE_IGNORED),
    ],
    fault: "outside-parameters-win",
};

/// What is needed has to be signed, too.
const OUTSIDE_MISSING: Check = Check {
    id: "ciba/7.1.1/outside-missing",
    title: "A hint beside a signed authentication request does not make up for a missing one inside.",
    why: "Whoever stands between client and server chooses whom the server asks.",
    covers: &["CORE-7.1.1-11", "FC-F1-08"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.without("login_hint").beside("login_hint", Value::OtherUser)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "outside-parameters-fill",
};

/// Nobody agreed on a key for it.
const ENCRYPTED: Check = Check {
    id: "ciba/7.1.1/encrypted",
    title: "An encrypted authentication request is refused by an error answer.",
    why: "Input that makes a server stumble is a way to bring it down, or to learn how it is made.",
    covers: &["CORE-7.1.1-13"],
    softer: None,
    needs: &[Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.sealed(Seal::Encrypted)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "encrypted-request-500",
};
