//! CIBA Core 1.0, 10.1.1 Successful token response; RFC 6749, 5.1.

use crate::ciba::Decision::{Approve, Deny};
use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{
    ApproveOpenidOnly, Authenticate, Decide, Expect, Given, Poll, PollTogether, PollUntilSettled,
    UseAccessToken, Wait,
};
use crate::conformance::claims::{
    ACCESS_TOKEN_UNGUESSABLE, ACCESS_TOKEN_WORKS, ACKNOWLEDGED, GRANTED, NO_TOKENS, NOT_STORED,
    PRAGMA_NO_CACHE, REPLAY_REFUSED, SCOPE_NARROWED, TOKEN_TYPE_TEXT, TOKENS, TOKENS_COMPLETE,
    TOKENS_ISSUED_ONCE, UNDECIDED,
};
use crate::conformance::{Check, Need, OWNER, Pause, Refusal, Section, Softer, VALID};

/// The section.
pub const S10_1_1_TOKEN_RESPONSE: Section = Section {
    name: "10.1.1 Token response",
    checks: &[
        NO_TOKENS_BEFORE_DECISION,
        NO_TOKENS_AFTER_DENIAL,
        TOKEN_RESPONSE,
        TOKEN_TYPE,
        TOKENS_NOT_CACHED,
        PRAGMA,
        NARROWED_SCOPE,
        ACCESS_TOKEN_ENTROPY,
        SINGLE_USE,
        REPLAY_AT_ONCE,
        REDEMPTION_RACE,
        RACE_WINNER,
    ],
};

/// Silence is no consent.
const NO_TOKENS_BEFORE_DECISION: Check = Check {
    id: "ciba/10.1.1/no-tokens-before-decision",
    title: "No tokens are issued before the user has decided.",
    why: "Whoever knows a user's name can act for that user without being asked.",
    covers: &["CORE-10.1.1-04"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Expect(NO_TOKENS),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(NO_TOKENS),
    ],
    fault: "tokens-before-decision",
};

/// A user who refuses is not overruled.
const NO_TOKENS_AFTER_DENIAL: Check = Check {
    id: "ciba/10.1.1/no-tokens-after-denial",
    title: "No tokens are issued for a request that the user refused.",
    why: "A client that gets tokens although the user refused acts in that user's name against their will.",
    covers: &["CORE-10.1.1-04"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Given(UNDECIDED),
        Decide(Deny),
        PollUntilSettled(OWNER),
        Expect(NO_TOKENS),
    ],
    fault: "tokens-after-denial",
};

/// The user agreed; this is what it was for.
const TOKEN_RESPONSE: Check = Check {
    id: "ciba/10.1.1/token-response",
    title: "A token response has an access token, its type Bearer and an ID token.",
    why: "A client that needs to know who logged in has no ID token to learn it from.",
    covers: &["CORE-10.1.1-01", "REF-6749-03"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(GRANTED),
        Expect(TOKENS_COMPLETE),
    ],
    fault: "id-token-missing",
};

/// An access token without its type cannot be used.
const TOKEN_TYPE: Check = Check {
    id: "oauth/5.1/token-type",
    title: "A token response says what type its access token has.",
    why: "A client must not use a token whose type it does not know, and libraries refuse the whole answer.",
    covers: &["REF-6749-03"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(GRANTED),
        Expect(TOKEN_TYPE_TEXT),
    ],
    fault: "token-type-missing",
};

/// Tokens are for one reader.
const TOKENS_NOT_CACHED: Check = Check {
    id: "ciba/10.1.1/not-cached",
    title: "A token response is not to be cached.",
    why: "A cache on the way keeps tokens for others to find.",
    covers: &["REF-6749-01", "CORE-10.1.1-01"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Expect(NOT_STORED),
    ],
    fault: "tokens-cacheable",
};

/// For caches that only know HTTP/1.0.
const PRAGMA: Check = Check {
    id: "oauth/5.1/pragma",
    title: "A token response says Pragma: no-cache, too.",
    why: "A very old cache may keep tokens.",
    covers: &["REF-6749-02"],
    softer: Some(Softer {
        level: Level::May,
        reason: "OpenID Connect Core 1.0 dropped the header with its second errata, and caches that need it are gone.",
    }),
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Expect(PRAGMA_NO_CACHE),
    ],
    fault: "pragma-missing",
};

/// The user agreed to openid alone.
const NARROWED_SCOPE: Check = Check {
    id: "oauth/5.1/narrowed-scope",
    title: "A token response says when less was granted than was asked for.",
    why: "A client takes its token for one that opens what the user has kept closed, and fails later on.",
    covers: &["REF-6749-03"],
    softer: None,
    needs: &[Need::Decisions, Need::SecondScope],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        ApproveOpenidOnly,
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Expect(SCOPE_NARROWED),
    ],
    fault: "scope-member-missing",
};

/// By its length and characters, the most that it can hold.
const ACCESS_TOKEN_ENTROPY: Check = Check {
    id: "fapi/5.2.2/access-token-entropy",
    title: "An access token is long enough to be unguessable.",
    why: "Whoever guesses an access token is the user.",
    covers: &["FC-F1-04"],
    softer: None,
    needs: &[Need::Decisions, Need::FapiCiba],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Expect(ACCESS_TOKEN_UNGUESSABLE),
    ],
    fault: "access-token-short",
};

/// Once redeemed, an auth_req_id is dead; section 11 names the answer.
const SINGLE_USE: Check = Check {
    id: "ciba/10.1.1/single-use",
    title: "A redeemed auth_req_id cannot be redeemed again.",
    why: "Whoever learns an auth_req_id, from a log for example, could get tokens for as long as it lives.",
    covers: &["CORE-10.1.1-02", "CORE-11-06", "FC-F1-03"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Wait(Pause::Interval),
        Poll(OWNER),
        Expect(Refused(&[Refusal(400, "invalid_grant")])),
    ],
    fault: "auth-req-id-reusable",
};

/// The first moment counts as well.
const REPLAY_AT_ONCE: Check = Check {
    id: "ciba/10.1.1/replay-at-once",
    title: "A redeemed auth_req_id cannot be redeemed again right away.",
    why: "A server that takes a while to notice gives tokens twice to whoever repeats a request fast enough.",
    covers: &["CORE-10.1.1-02"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Poll(OWNER),
        Expect(REPLAY_REFUSED),
    ],
    fault: "replay-within-a-second",
};

/// Two nodes, or two threads, must not both find the request unredeemed.
const REDEMPTION_RACE: Check = Check {
    id: "ciba/10.1.1/redemption-race",
    title: "Of several token requests at once exactly one gets tokens.",
    why: "A server that reads before it writes issues the same grant twice under load.",
    covers: &["CORE-10.1.1-03"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        Wait(Pause::Interval),
        PollTogether(8, OWNER),
        Expect(TOKENS_ISSUED_ONCE),
    ],
    fault: "redemption-not-atomic",
};

/// The losers were refused; that should be all.
const RACE_WINNER: Check = Check {
    id: "ciba/10.1.1/race-winner",
    title: "The access token that won a race still works.",
    why: "A client whose request was repeated on the way holds tokens that are dead before their first use.",
    covers: &["CORE-10.1.1-03"],
    softer: Some(Softer {
        level: Level::May,
        reason: "No sentence forbids it, a client has to wait for an answer before it polls again, and RFC 6749, 4.1.2 asks servers to revoke what an authorization code gave when the code is used twice: some do so here.",
    }),
    needs: &[Need::Decisions, Need::TokenUse],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        Wait(Pause::Interval),
        PollTogether(8, OWNER),
        Given(TOKENS_ISSUED_ONCE),
        UseAccessToken,
        Expect(ACCESS_TOKEN_WORKS),
    ],
    fault: "race-losers-revoke",
};
