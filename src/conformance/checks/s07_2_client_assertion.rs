//! RFC 7523, 3, OpenID Connect Core 1.0, 9, and CIBA Core 1.0, 7.1: clients that authenticate by a signed assertion.

use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, Expect, Given, Poll};
use crate::conformance::claims::{ACKNOWLEDGED, CLIENT_AUTHENTICATED};
use crate::conformance::{ASSERTING, Check, ClaimValue, Need, Proof, Refusal, Seal, Section, Softer};

/// The section.
pub const S07_2_CLIENT_ASSERTION: Section = Section {
    name: "7.2 Client assertions",
    checks: &[AUDIENCES, ISS, AUD, EXP, FORGED, TOKEN_FORGED, UNSIGNED, OTHER_ALGORITHM, REPLAYED],
};

/// Which code it is matters less here than that nobody gets in.
const BAD_ASSERTION: &[Refusal] = &[
    Refusal(401, "invalid_client"),
    Refusal(400, "invalid_client"),
    Refusal(400, "invalid_request"),
    Refusal(401, "unauthorized_client"),
];

/// Servers and clients have long disagreed about whom an assertion is addressed to.
const AUDIENCES: Check = Check {
    id: "ciba/7.1/assertion-audiences",
    title: "A client assertion may be addressed to the issuer, to the token endpoint, or to the endpoint that is called.",
    why: "Clients that follow one specification or the other cannot authenticate.",
    covers: &["CORE-7.1-04"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "the first errata of CIBA Core turn it around, and leave the issuer alone",
    }),
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(
            ASSERTING.proving(Proof::Assertion(Seal::Own, Some(("aud", ClaimValue::TokenEndpoint)))),
        ),
        Expect(CLIENT_AUTHENTICATED),
        Authenticate(
            ASSERTING.proving(Proof::Assertion(Seal::Own, Some(("aud", ClaimValue::BackchannelEndpoint)))),
        ),
        Expect(CLIENT_AUTHENTICATED),
    ],
    fault: "assertion-issuer-only",
};

/// The client says itself who it is.
const ISS: Check = Check {
    id: "oauth/7523/assertion-iss",
    title: "A client assertion whose iss is missing or another is refused.",
    why: "A token that somebody else issued about the client, for another purpose, would do as its credentials.",
    covers: &["REF-7523-01"],
    softer: None,
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(
            ASSERTING.proving(Proof::Assertion(Seal::Own, Some(("iss", ClaimValue::Text("somebody-else"))))),
        ),
        Expect(Refused(BAD_ASSERTION)),
        Authenticate(ASSERTING.proving(Proof::Assertion(Seal::Own, Some(("iss", ClaimValue::Absent))))),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "assertion-iss-unchecked",
};

/// An assertion for one server is no assertion for another.
const AUD: Check = Check {
    id: "oauth/7523/assertion-aud",
    title: "A client assertion whose aud is missing or another server is refused.",
    why: "Any server that the client authenticates at could use its assertions here.",
    covers: &["REF-7523-01"],
    softer: None,
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(ASSERTING.proving(Proof::Assertion(
            Seal::Own,
            Some(("aud", ClaimValue::Text("https://another-server.example"))),
        ))),
        Expect(Refused(BAD_ASSERTION)),
        Authenticate(ASSERTING.proving(Proof::Assertion(Seal::Own, Some(("aud", ClaimValue::Absent))))),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "assertion-aud-unchecked",
};

/// Credentials that are written down somewhere have to end some day.
const EXP: Check = Check {
    id: "oauth/7523/assertion-exp",
    title: "A client assertion that has expired, or never does, is refused.",
    why: "An assertion from an old log would still be worth tokens.",
    covers: &["REF-7523-01"],
    softer: None,
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(
            ASSERTING.proving(Proof::Assertion(Seal::Own, Some(("exp", ClaimValue::SecondsFromNow(-300))))),
        ),
        Expect(Refused(BAD_ASSERTION)),
        Authenticate(ASSERTING.proving(Proof::Assertion(Seal::Own, Some(("exp", ClaimValue::Absent))))),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "assertion-exp-unchecked",
};

/// By a key that nobody registered, and by a signature that was changed.
const FORGED: Check = Check {
    id: "oauth/7523/assertion-signature",
    title: "An authentication request with a forged client assertion is refused.",
    why: "Anybody could make the server ask users for consent in the name of a client that they trust.",
    covers: &["REF-7523-01"],
    softer: None,
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(ASSERTING.proving(Proof::Assertion(Seal::Stranger, None))),
        Expect(Refused(BAD_ASSERTION)),
        Authenticate(ASSERTING.proving(Proof::Assertion(Seal::Broken, None))),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "backchannel-assertion-forged",
};

/// The other endpoint has to verify as well.
const TOKEN_FORGED: Check = Check {
    id: "oauth/7523/token-assertion-signature",
    title: "A token request with a forged client assertion is refused.",
    why: "Whoever learns an auth_req_id could collect the user's tokens.",
    covers: &["REF-7523-01"],
    softer: None,
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Poll(ASSERTING.proving(Proof::Assertion(Seal::Stranger, None))),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "token-assertion-forged",
};

/// The oldest mistake with signed tokens.
const UNSIGNED: Check = Check {
    id: "oauth/7523/assertion-none",
    title: "A client assertion with the algorithm none is refused.",
    why: "Anybody who knows a client_id, which is public, could authenticate.",
    covers: &["REF-7523-01"],
    softer: None,
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(ASSERTING.proving(Proof::Assertion(Seal::Unsigned, None))),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "assertion-alg-none",
};

/// The client's own key, and the padding that the profile leaves behind.
const OTHER_ALGORITHM: Check = Check {
    id: "fapi/7.10/assertion-algorithm",
    title: "A client assertion by another algorithm than the registered one is refused.",
    why: "Whoever breaks a weak algorithm has every client whose key can be used with it.",
    covers: &["FC-AS-13"],
    softer: None,
    needs: &[Need::FapiCiba, Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(ASSERTING.proving(Proof::Assertion(Seal::OtherAlgorithm, None))),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "assertion-any-alg",
};

/// Once seen, twice used.
const REPLAYED: Check = Check {
    id: "oidc/9/assertion-once",
    title: "A client assertion is refused when it is used again.",
    why: "Whoever reads one request, in a log or on the way, is the client until the assertion expires.",
    covers: &["REF-OIDC-01"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "many servers do not remember assertions, and RFC 7523, 3 leaves it to them",
    }),
    needs: &[Need::AssertingClient],
    script: &[
        Authenticate(ASSERTING),
        Given(ACKNOWLEDGED),
        Authenticate(ASSERTING.proving(Proof::SameAssertion)),
        Expect(Refused(BAD_ASSERTION)),
    ],
    fault: "assertion-replayed",
};
