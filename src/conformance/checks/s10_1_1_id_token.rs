//! OpenID Connect Core 1.0, 2 and 3.1.3.7: the ID token of a successful token response.

use crate::ciba::Decision::Approve;
use crate::conformance::Step::{Authenticate, Decide, Expect, FetchKeys, Given, PollUntilSettled, Wait};
use crate::conformance::claims::{
    ACCESS_TOKEN_HASHED, ACKNOWLEDGED, ALGORITHM_LISTED, AUDIENCE_RIGHT, AUTHENTICATED_AT_DECISION,
    AUTHORIZED_PARTY_RIGHT, ID_TOKEN, ISSUED_RECENTLY, ISSUER_RIGHT, KEY_NAMED, NOT_OVER, REQUEST_RIGHT,
    SIGNATURE_RIGHT, SUBJECT_FORM, SUBJECT_RIGHT, SUBJECTS_DIFFER,
};
use crate::conformance::{Check, Need, OWNER, Pause, Section, VALID, Value};

/// The section.
pub const S10_1_1_ID_TOKEN: Section = Section {
    name: "10.1.1 ID token",
    checks: &[
        ISS,
        AUD,
        AZP,
        SIGNATURE,
        ALG,
        EXP,
        IAT,
        AUTH_TIME,
        AT_HASH,
        SUB,
        SUB_NOT_SHARED,
        SUB_FORM,
        KID,
        AUTH_REQ_ID_CLAIM,
    ],
};

/// The issuer is a string that is compared, not a URL that is understood.
const ISS: Check = Check {
    id: "oidc/3.1.3.7/iss",
    title: "The iss of an ID token is exactly the issuer.",
    why: "Clients of several issuers refuse the token, or take one issuer's user for another's.",
    covers: &["REF-OIDC-02"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(ISSUER_RIGHT),
    ],
    fault: "wrong-iss",
};

/// A token for somebody else is nobody's proof.
const AUD: Check = Check {
    id: "oidc/3.1.3.7/aud",
    title: "The aud of an ID token is the client and nobody it does not trust.",
    why: "A client that does not look takes a token that another client was given, and with it that client's user.",
    covers: &["REF-OIDC-03"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(AUDIENCE_RIGHT),
    ],
    fault: "wrong-aud",
};

/// Where a token names the party that it was issued to, that is the client.
const AZP: Check = Check {
    id: "oidc/3.1.3.7/azp",
    title: "The azp of an ID token, if there is one, is the client.",
    why: "Clients that verify azp refuse every login.",
    covers: &["REF-OIDC-04"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(AUTHORIZED_PARTY_RIGHT),
    ],
    fault: "wrong-azp",
};

/// Judged by the keys as they are published after the token was issued.
const SIGNATURE: Check = Check {
    id: "oidc/3.1.3.7/signature",
    title: "An ID token is signed by a key that the issuer publishes.",
    why: "Clients cannot tell the token from a forgery.",
    covers: &["REF-OIDC-05"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        FetchKeys,
        Expect(SIGNATURE_RIGHT),
    ],
    fault: "bad-signature",
};

/// What a client prepares for is what the metadata say.
const ALG: Check = Check {
    id: "oidc/3.1.3.7/alg",
    title: "An ID token is signed by an algorithm that the metadata list.",
    why: "Clients that pin the listed algorithms, as they are told to, refuse every login.",
    covers: &["REF-OIDC-06"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(ALGORITHM_LISTED),
    ],
    fault: "metadata-other-id-token-alg",
};

/// A token that is over is not to be believed.
const EXP: Check = Check {
    id: "oidc/3.1.3.7/exp",
    title: "The exp of an ID token lies ahead.",
    why: "Every client refuses the login.",
    covers: &["REF-OIDC-07"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(NOT_OVER),
    ],
    fault: "id-token-expired",
};

/// A few seconds of clock and a request's life are allowed for.
const IAT: Check = Check {
    id: "oidc/3.1.3.7/iat",
    title: "The iat of an ID token is close to now.",
    why: "Clients that limit how old a token may be refuse it, or keep it for a replay.",
    covers: &["REF-OIDC-08"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(ISSUED_RECENTLY),
    ],
    fault: "id-token-iat-old",
};

/// Redeemed seven seconds after the decision, so that the two can be told apart.
const AUTH_TIME: Check = Check {
    id: "oidc/3.1.3.7/auth-time",
    title: "The auth_time of an ID token is when the user was there, not when the tokens were fetched.",
    why: "A client that asks for a recent login believes in one that is as old as the request may live.",
    covers: &["REF-OIDC-10"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        Wait(Pause::Seconds(7)),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(AUTHENTICATED_AT_DECISION),
    ],
    fault: "auth-time-at-redemption",
};

/// It ties the two tokens together.
const AT_HASH: Check = Check {
    id: "oidc/3.1.3.6/at-hash",
    title: "The at_hash of an ID token is the hash of its access token.",
    why: "Clients that verify it refuse the login; others cannot notice that an access token was swapped.",
    covers: &["REF-OIDC-11"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(ACCESS_TOKEN_HASHED),
    ],
    fault: "bad-at-hash",
};

/// Two logins of one user, so that a server whose subjects are its own can be held to them.
const SUB: Check = Check {
    id: "oidc/2/sub",
    title: "The sub of an ID token is the user who was asked for.",
    why: "One user is logged in as another.",
    covers: &["REF-OIDC-12"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(SUBJECT_RIGHT),
    ],
    fault: "wrong-sub",
};

/// Two users, one after the other.
const SUB_NOT_SHARED: Check = Check {
    id: "oidc/2/sub-not-shared",
    title: "Two users have different subs.",
    why: "Users who share a subject share an account.",
    covers: &["REF-OIDC-12"],
    softer: None,
    needs: &[Need::Decisions, Need::TwoUsers],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(VALID.with("login_hint", Value::OtherUser)),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(SUBJECTS_DIFFER),
    ],
    fault: "sub-shared",
};

/// Clients keep it in a column of this width.
const SUB_FORM: Check = Check {
    id: "oidc/2/sub-form",
    title: "The sub of an ID token is a string of at most 255 ASCII characters.",
    why: "Databases of clients cut the subject off, or refuse it.",
    covers: &["REF-OIDC-12"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(SUBJECT_FORM),
    ],
    fault: "sub-too-long",
};

/// One of several keys has to be named.
const KID: Check = Check {
    id: "oidc/10.1/kid",
    title: "The header of an ID token names its key where the issuer publishes several.",
    why: "Clients must try every key, or refuse the token, which shows when the keys are next rotated.",
    covers: &["REF-OIDC-13"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        FetchKeys,
        Expect(KEY_NAMED),
    ],
    fault: "kid-missing",
};

/// Only pushed tokens need it; where it is there, it has to be right.
const AUTH_REQ_ID_CLAIM: Check = Check {
    id: "ciba/10.3.1/auth-req-id-claim",
    title: "The auth_req_id claim of an ID token, if there is one, is this request's.",
    why: "A client that goes by it takes the token for another request's, and refuses it.",
    covers: &["CORE-10.3.1-04"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Expect(REQUEST_RIGHT),
    ],
    fault: "wrong-auth-req-id-claim",
};
