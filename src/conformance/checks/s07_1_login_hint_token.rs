//! CIBA Core 1.0, 7.1, 13 and 14: login hint tokens.

use crate::ciba::Decision::Approve;
use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, AwaitPrompt, Decide, Expect, Given, PollUntilSettled};
use crate::conformance::claims::{
    ACKNOWLEDGED, ID_TOKEN, NOT_ACKNOWLEDGED, SAME_SUBJECT, SAME_USER_ASKED, TOKENS,
};
use crate::conformance::{Check, Need, OWNER, Refusal, Request, Section, Softer, TokenForm, VALID, Value};

/// The section.
pub const S07_1_LOGIN_HINT_TOKEN: Section = Section {
    name: "7.1 Login hint token",
    checks: &[WORKS, SIGNATURE, UNSIGNED, ISSUER, EXPIRY, EXPIRY_CODE],
};

/// What a server says of a token that it does not believe.
const NOT_BELIEVED: &[Refusal] = &[Refusal(400, "invalid_request"), Refusal(400, "unknown_user_id")];

/// The standard leaves open what such a token looks like.
const FORM_IS_OPEN: Softer =
    Softer { level: Level::Should, reason: "the standard leaves open what a login_hint_token has to hold" };

const fn hinting(form: TokenForm) -> Request {
    VALID.without("login_hint").with("login_hint_token", Value::LoginHintToken(form))
}

/// The same user by name and by token.
const WORKS: Check = Check {
    id: "ciba/7.1/login-hint-token",
    title: "A login_hint_token leads to the user whom it is about.",
    why: "Somebody else is asked, or nobody; what they agree to is another user's business.",
    covers: &["CORE-7.2-06"],
    softer: None,
    needs: &[Need::LoginHintTokens, Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(ID_TOKEN),
        Authenticate(hinting(TokenForm::Sound)),
        Expect(ACKNOWLEDGED),
        AwaitPrompt,
        Expect(SAME_USER_ASKED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Expect(TOKENS),
        Expect(SAME_SUBJECT),
    ],
    fault: "login-hint-token-about-nobody",
};

/// Another user's name under the old signature.
const SIGNATURE: Check = Check {
    id: "ciba/14/login-hint-token-signature",
    title: "A login_hint_token that was changed after it was signed is refused.",
    why: "Whoever sees one token can have any user asked.",
    covers: &["CORE-14-01"],
    softer: None,
    needs: &[Need::LoginHintTokens, Need::TwoUsers],
    script: &[
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::Changed)),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "login-hint-token-unverified",
};

/// What libraries accept that are not told which algorithms to expect.
const UNSIGNED: Check = Check {
    id: "ciba/14/login-hint-token-unsigned",
    title: "A login_hint_token with the algorithm none is refused where signed ones are taken.",
    why: "Anybody can make such a token about any user.",
    covers: &["CORE-14-01"],
    softer: None,
    needs: &[Need::LoginHintTokens],
    script: &[
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::Unsigned)),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "login-hint-token-alg-none",
};

/// A key that is trusted, in the name of somebody who is not.
const ISSUER: Check = Check {
    id: "ciba/7.2/login-hint-token-issuer",
    title: "A login_hint_token that names an unknown issuer is refused.",
    why: "One issuer can speak for the users of another.",
    covers: &["CORE-7.2-06"],
    softer: Some(FORM_IS_OPEN),
    needs: &[Need::LoginHintTokens],
    script: &[
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::OfAnotherIssuer)),
        Expect(Refused(NOT_BELIEVED)),
    ],
    fault: "login-hint-token-any-issuer",
};

/// Whatever it is called.
const EXPIRY: Check = Check {
    id: "ciba/7.2/login-hint-token-expiry",
    title: "A login_hint_token that has expired leads to nobody.",
    why: "A token that leaked once can be used for ever to have its user asked.",
    covers: &["CORE-7.2-06", "CORE-7.2-08"],
    softer: None,
    needs: &[Need::LoginHintTokens],
    script: &[
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::Expired)),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "expired-login-hint-token-accepted",
};

/// The one error of a hint that a client can do something about: get another token.
const EXPIRY_CODE: Check = Check {
    id: "ciba/13/expired-login-hint-token",
    title: "A login_hint_token that has expired is refused by expired_login_hint_token.",
    why: "The client gives up, or asks its user, where a fresh token would do.",
    covers: &["CORE-13-07"],
    softer: None,
    needs: &[Need::LoginHintTokens],
    script: &[
        Authenticate(hinting(TokenForm::Sound)),
        Given(ACKNOWLEDGED),
        Authenticate(hinting(TokenForm::Expired)),
        Expect(Refused(&[Refusal(400, "expired_login_hint_token")])),
    ],
    fault: "expired-login-hint-token-unnamed",
};
