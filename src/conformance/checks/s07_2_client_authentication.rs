//! CIBA Core 1.0, 7.2 and 10.1, and RFC 6749, 2.3 and 5.2: how clients authenticate, at both endpoints.

use crate::ciba::Decision::Approve;
use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{
    Authenticate, AwaitPrompt, Decide, Expect, Given, Poll, PollUntilSettled, Wait,
};
use crate::conformance::claims::{ACKNOWLEDGED, CHALLENGED, NOBODY_ASKED, TOKENS};
use crate::conformance::{By, Check, Need, OWNER, Pause, Proof, Refusal, Request, Section, Softer, VALID};

/// The section.
pub const S07_2_CLIENT_AUTHENTICATION: Section = Section {
    name: "7.2 Client authentication",
    checks: &[
        CREDENTIALS_REQUIRED,
        WRONG_SECRET,
        WRONG_SECRET_SILENT,
        INVALID_CLIENT_401,
        NO_CLIENT,
        CHALLENGE,
        UNAUTHORIZED_CLIENT,
        TOKEN_CREDENTIALS_REQUIRED,
        TOKEN_WRONG_SECRET,
        ONE_AUTH_METHOD,
        CLIENT_ID_MISMATCH,
    ],
};

/// Which code it is matters less here than that nobody gets in; `ciba/13/invalid-client-401` is about the code. A request
/// without any client authentication is a bad request to some servers.
const NO_CREDENTIALS: &[Refusal] = &[
    Refusal(401, "invalid_client"),
    Refusal(400, "invalid_client"),
    Refusal(401, "unauthorized_client"),
    Refusal(400, "invalid_request"),
];

const BAD_CREDENTIALS: &[Refusal] =
    &[Refusal(401, "invalid_client"), Refusal(400, "invalid_client"), Refusal(401, "unauthorized_client")];

/// A `client_id` is no secret.
const CREDENTIALS_REQUIRED: Check = Check {
    id: "ciba/7.2/credentials-required",
    title: "An authentication request without client credentials is refused.",
    why: "Anybody who knows a client_id, which is public, could make the server ask its users for consent.",
    covers: &["CORE-7.2-01", "CORE-7.1-02"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.proving(Proof::IdOnly)),
        Expect(Refused(NO_CREDENTIALS)),
    ],
    fault: "backchannel-without-credentials",
};

/// The secret is compared, not only asked for.
const WRONG_SECRET: Check = Check {
    id: "ciba/7.2/wrong-secret",
    title: "An authentication request with a wrong client secret is refused.",
    why: "Anybody could make the server ask users for consent in the name of a client that they trust.",
    covers: &["CORE-7.2-01"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.proving(Proof::WrongSecret)),
        Expect(Refused(BAD_CREDENTIALS)),
    ],
    fault: "backchannel-wrong-secret",
};

/// The user of the valid request is asked, so that silence means something.
const WRONG_SECRET_SILENT: Check = Check {
    id: "ciba/7.2/wrong-secret-silent",
    title: "Nobody is asked on behalf of a client that fails to authenticate.",
    why: "Strangers could ring users' phones at will, until one of them agrees to make it stop.",
    covers: &["CORE-7.2-01"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        // What an earlier check's requests have come to has arrived by then.
        Wait(Pause::Seconds(1)),
        Authenticate(VALID.proving(Proof::WrongSecret)),
        Wait(Pause::Seconds(2)),
        Expect(NOBODY_ASKED),
    ],
    fault: "prompts-unauthenticated",
};

/// The status by which HTTP libraries notice.
const INVALID_CLIENT_401: Check = Check {
    id: "ciba/13/invalid-client-401",
    title: "Wrong credentials by HTTP Basic get 401 and invalid_client.",
    why: "Client libraries tell a rotated secret from a broken request by the status.",
    covers: &["CORE-13-13", "REF-6749-06"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.proving(Proof::WrongBasic)),
        Expect(Refused(&[Refusal(401, "invalid_client")])),
    ],
    fault: "invalid-client-400",
};

/// Missing credentials are failed authentication, too; `ciba/7.2/credentials-required` is about nobody getting in.
const NO_CLIENT: Check = Check {
    id: "ciba/13/no-client",
    title: "A request that says nothing about its client is refused by invalid_client.",
    why: "A client that lost its credentials, to a proxy for example, looks for the mistake in its parameters.",
    covers: &["CORE-13-13"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "such a request lacks a parameter, too, and servers in use call it an invalid_request",
    }),
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER.proving(Proof::Nothing)),
        Expect(Refused(&[Refusal(401, "invalid_client"), Refusal(400, "invalid_client")])),
        Authenticate(VALID.proving(Proof::Nothing)),
        Expect(Refused(&[Refusal(401, "invalid_client"), Refusal(400, "invalid_client")])),
    ],
    fault: "no-client-invalid-request",
};

/// A 401 without a challenge is no valid HTTP answer.
const CHALLENGE: Check = Check {
    id: "oauth/5.2/challenge",
    title: "A 401 to HTTP Basic says by WWW-Authenticate that HTTP Basic is the scheme.",
    why: "HTTP libraries that wait for a challenge neither send nor renew their credentials.",
    covers: &["REF-6749-06"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID.proving(Proof::WrongBasic)),
        Expect(CHALLENGED),
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER.proving(Proof::WrongBasic)),
        Expect(CHALLENGED),
    ],
    fault: "challenge-missing",
};

/// Known, authenticated, and still not allowed to. Servers name the refusal differently; the standard has a name for it.
const UNAUTHORIZED_CLIENT: Check = Check {
    id: "ciba/13/unauthorized-client",
    title: "A client that is not registered for CIBA is told so by unauthorized_client.",
    why: "A client that may do something else entirely could have users asked for consent.",
    covers: &["CORE-13-09", "CORE-4-08"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "servers in use refuse such a client by other names, and it is refused all the same",
    }),
    needs: &[Need::UnregisteredClient],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(Request::by(By::Unregistered)),
        Expect(Refused(&[
            Refusal(400, "unauthorized_client"),
            Refusal(401, "unauthorized_client"),
            Refusal(403, "unauthorized_client"),
        ])),
    ],
    fault: "unregistered-client-acknowledged",
};

/// An auth_req_id alone is not worth tokens.
const TOKEN_CREDENTIALS_REQUIRED: Check = Check {
    id: "ciba/10.1/credentials-required",
    title: "A token request without client credentials is refused.",
    why: "Whoever learns an auth_req_id, from a log for example, could collect the user's tokens.",
    covers: &["CORE-10.1-01"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER.proving(Proof::IdOnly)),
        Expect(Refused(NO_CREDENTIALS)),
    ],
    fault: "token-without-credentials",
};

/// Tried when there are tokens to be had, which the last steps show.
const TOKEN_WRONG_SECRET: Check = Check {
    id: "ciba/10.1/wrong-secret",
    title: "An approved request is not redeemed with a wrong client secret.",
    why: "Whoever learns an auth_req_id could collect the user's tokens.",
    covers: &["CORE-10.1-01"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        Poll(OWNER.proving(Proof::WrongSecret)),
        Expect(Refused(BAD_CREDENTIALS)),
        PollUntilSettled(OWNER),
        Given(TOKENS),
    ],
    fault: "token-wrong-secret",
};

/// Two answers to the question who is there.
const ONE_AUTH_METHOD: Check = Check {
    id: "oauth/5.2/one-auth-method",
    title: "A request that authenticates its client in two ways at once is refused.",
    why: "Where two parts of a system each look at another one of them, they take the request for two clients'.",
    covers: &["REF-6749-07"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "RFC 6749, 2.3 forbids it to clients; that servers refuse it follows from the list of errors alone",
    }),
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER.proving(Proof::BothMethods)),
        Expect(Refused(&[Refusal(400, "invalid_request"), Refusal(401, "invalid_client")])),
        Authenticate(VALID.proving(Proof::BothMethods)),
        Expect(Refused(&[Refusal(400, "invalid_request"), Refusal(401, "invalid_client")])),
    ],
    fault: "two-auth-methods-accepted",
};

/// The client that authenticates is the client that is meant, or nobody is.
const CLIENT_ID_MISMATCH: Check = Check {
    id: "fapi/6/client-id-mismatch",
    title: "A request whose client_id is not that of the authenticated client is refused.",
    why: "One client's consent could be collected under the name of another.",
    covers: &["FC-F1-05"],
    softer: None,
    needs: &[Need::FapiCiba, Need::SecondClient, Need::BasicClient],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.proving(Proof::OtherClientId)),
        Expect(Refused(NO_CREDENTIALS)),
    ],
    fault: "client-id-mismatch-accepted",
};
