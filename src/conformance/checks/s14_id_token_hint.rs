//! CIBA Core 1.0, 7.1, 7.2 and 14: ID tokens as hints, and several valid hints at once.

use crate::ciba::Decision::Approve;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{
    Authenticate, AwaitPrompt, Decide, Expect, Given, PollUntilSettled, Take, Wait,
};
use crate::conformance::claims::{
    ACKNOWLEDGED, AUDIENCE_RIGHT, ID_TOKEN, ISSUER_RIGHT, SAME_SUBJECT, SAME_USER_ASKED, TOKENS,
};
use crate::conformance::{
    Check, Need, OWNER, Pause, Refusal, Request, SECOND, Section, TokenForm, VALID, Value,
};

/// The section.
pub const S14_ID_TOKEN_HINT: Section = Section {
    name: "14 ID token hint",
    checks: &[WORKS, EXPIRED, ISSUER, AUDIENCE, SIGNATURE, UNSIGNED, AGREEING, MALFORMED],
};

const INVALID_REQUEST: &[Refusal] = &[Refusal(400, "invalid_request")];
/// What a server says of a token that it does not believe.
const NOT_BELIEVED: &[Refusal] = &[Refusal(400, "invalid_request"), Refusal(400, "unknown_user_id")];

const fn hinting(form: TokenForm) -> Request {
    of(VALID, form)
}

const fn of(client: Request, form: TokenForm) -> Request {
    client.without("login_hint").with("id_token_hint", Value::IdToken(form))
}

/// The same user by name, and by what came of that.
const WORKS: Check = Check {
    id: "ciba/7.1/id-token-hint",
    title: "An id_token_hint leads to the user whom it is about.",
    why: "Somebody else is asked, or nobody; what they agree to is another user's business.",
    covers: &["CORE-7.2-06"],
    softer: None,
    needs: &[Need::IdTokenHints, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Given(ISSUER_RIGHT),
        Given(AUDIENCE_RIGHT),
        Authenticate(hinting(TokenForm::Sound)),
        Expect(ACKNOWLEDGED),
        AwaitPrompt,
        Expect(SAME_USER_ASKED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Expect(TOKENS),
        Expect(SAME_SUBJECT),
    ],
    fault: "id-token-hint-about-nobody",
};

/// A few seconds after its end; how much later is the server's to choose.
const EXPIRED: Check = Check {
    id: "ciba/14/id-token-hint-expired",
    title: "An ID token is still taken as a hint shortly after it has expired.",
    why: "ID tokens live for minutes: clients could hardly ever use one to name a user who is back.",
    covers: &["CORE-14-03"],
    softer: None,
    needs: &[Need::IdTokenHints, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Take(0),
        Wait(Pause::AfterIdTokenExpiry(2)),
        Authenticate(hinting(TokenForm::Sound)),
        Expect(ACKNOWLEDGED),
    ],
    fault: "expired-id-token-hint-refused",
};

/// Its signature cannot be right either; a server may look up the keys of whom it names, or not look at all.
const ISSUER: Check = Check {
    id: "ciba/14/id-token-hint-issuer",
    title: "An ID token that names another issuer is refused as a hint.",
    why: "Whoever runs a server of their own can have any user asked.",
    covers: &["CORE-14-04"],
    softer: None,
    needs: &[Need::IdTokenHints, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::OfAnotherIssuer)),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "id-token-hint-any-issuer",
};

/// Its owner may use it, the other client may not.
const AUDIENCE: Check = Check {
    id: "ciba/14/id-token-hint-audience",
    title: "An ID token that was issued to another client is refused as a hint.",
    why: "A client that gets hold of another's tokens can have users asked whom it does not know.",
    covers: &["CORE-14-04"],
    softer: None,
    needs: &[Need::IdTokenHints, Need::SecondClient, Need::Decisions],
    script: &[
        Authenticate(SECOND),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(SECOND),
        Given(ID_TOKEN),
        Authenticate(of(SECOND, TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::Sound)),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "id-token-hint-any-audience",
};

/// A claim more than was signed.
const SIGNATURE: Check = Check {
    id: "ciba/14/id-token-hint-signature",
    title: "An ID token that was changed after it was signed is refused as a hint.",
    why: "Whoever has one ID token can have any user asked.",
    covers: &["CORE-14-05"],
    softer: None,
    needs: &[Need::IdTokenHints, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::Changed)),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "id-token-hint-unverified",
};

/// What libraries accept that are not told which algorithms to expect.
const UNSIGNED: Check = Check {
    id: "ciba/14/id-token-hint-unsigned",
    title: "An ID token with the algorithm none is refused as a hint.",
    why: "Anybody can make such a token about any user.",
    covers: &["CORE-14-05"],
    softer: None,
    needs: &[Need::IdTokenHints, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::Unsigned)),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "id-token-hint-alg-none",
};

/// Each hint is valid, and all mean the same user: it is the number that is wrong.
const AGREEING: Check = Check {
    id: "ciba/7.2/agreeing-hints",
    title: "An authentication request with several hints is refused although each is valid and all mean one user.",
    why: "A server that compares hints instead of counting them is one mistake away from taking two users for one.",
    covers: &["CORE-7.2-05"],
    softer: None,
    needs: &[Need::LoginHintTokens, Need::IdTokenHints, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(VALID.with("id_token_hint", Value::IdToken(TokenForm::Sound))),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(VALID.with("login_hint_token", Value::LoginHintToken(TokenForm::Sound))),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(
            hinting(TokenForm::Sound).with("login_hint_token", Value::LoginHintToken(TokenForm::Sound)),
        ),
        Expect(Refused(INVALID_REQUEST)),
        Authenticate(
            VALID
                .with("id_token_hint", Value::IdToken(TokenForm::Sound))
                .with("login_hint_token", Value::LoginHintToken(TokenForm::Sound)),
        ),
        Expect(Refused(INVALID_REQUEST)),
    ],
    fault: "agreeing-hints-accepted",
};

/// Whether or not the server knows the kind of hint.
const MALFORMED: Check = Check {
    id: "ciba/7.2/hint-token-malformed",
    title: "A login_hint_token or id_token_hint that is no token is refused by an error answer.",
    why: "Input that makes a server stumble is a way to bring it down, or to learn how it is made.",
    covers: &["CORE-7.2-08"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.without("login_hint").saying("login_hint_token", "a.b.c")),
        Expect(Refused(NOT_BELIEVED)),
        Authenticate(VALID.without("login_hint").saying("id_token_hint", "a.b.c")),
        Expect(Refused(NOT_BELIEVED)),
        Authenticate(VALID.without("login_hint").saying("id_token_hint", "no token at all")),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "malformed-hint-token-500",
};
