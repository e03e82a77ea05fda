//! Mutual TLS: clients that prove themselves by a certificate, and tokens that are bound to it (RFC 8705; FAPI 1.0).

use crate::ciba::{Decision, Level};
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{
    Authenticate, AwaitPrompt, AwaitPush, CallApi, Decide, Expect, Given, PollUntilSettled, UseAccessToken,
};
use crate::conformance::claims::{
    ACKNOWLEDGED, API_ANSWERED, API_REFUSED, BINDING_ANNOUNCED, CERTIFICATE_CONFIRMED, DATE_SENT,
    INTERACTION_ECHOED, SHORT_UNLESS_BOUND, TOKEN_BOUND, TOKENS,
};
use crate::conformance::{CERTIFIED, Check, Need, Proof, Refusal, Section, Shown, Softer, VALID_PUSH};

/// The section.
pub const MUTUAL_TLS: Section = Section {
    name: "Mutual TLS",
    checks: &[
        OTHER_CERTIFICATE,
        NO_CERTIFICATE,
        BOUND_TOKEN_OTHER_CERTIFICATE,
        BOUND_TOKEN_NO_CERTIFICATE,
        CONFIRMATION,
        PUSHED_BOUND,
        BOUND,
        SHORT,
        DATE_AND_INTERACTION,
    ],
};

const INVALID_CLIENT: &[Refusal] = &[Refusal(401, "invalid_client"), Refusal(400, "invalid_client")];

/// A certificate that anybody can make.
const OTHER_CERTIFICATE: Check = Check {
    id: "oauth/8705/client-other-certificate",
    title: "A client that authenticates by its certificate is refused with another.",
    why: "Anybody can make a certificate: one that is not looked at proves nothing.",
    covers: &["FC-F1-01"],
    softer: None,
    needs: &[Need::CertifiedClient],
    script: &[
        Authenticate(CERTIFIED),
        Given(ACKNOWLEDGED),
        Authenticate(CERTIFIED.proving(Proof::WrongSecret)),
        Expect(Refused(INVALID_CLIENT)),
    ],
    fault: "client-certificate-unchecked",
};

/// A name is no proof.
const NO_CERTIFICATE: Check = Check {
    id: "oauth/8705/client-no-certificate",
    title: "A client that authenticates by its certificate is refused without one.",
    why: "The client_id is public: whoever knows it could have users asked in the client's name.",
    covers: &["FC-F1-01"],
    softer: None,
    needs: &[Need::CertifiedClient],
    script: &[
        Authenticate(CERTIFIED),
        Given(ACKNOWLEDGED),
        Authenticate(CERTIFIED.proving(Proof::IdOnly)),
        Expect(Refused(INVALID_CLIENT)),
    ],
    fault: "client-certificate-optional",
};

/// A token that was stolen together with a connection of one's own.
const BOUND_TOKEN_OTHER_CERTIFICATE: Check = Check {
    id: "oauth/8705/token-other-certificate",
    title: "An access token that is bound to a certificate is refused on a connection with another.",
    why: "A token that leaks can be used by whoever finds it.",
    covers: &["REF-8705-01"],
    softer: None,
    needs: &[Need::CertifiedClient, Need::Decisions],
    script: &[
        Given(BINDING_ANNOUNCED),
        Authenticate(CERTIFIED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(CERTIFIED),
        Given(TOKENS),
        CallApi(Shown::Own),
        Given(API_ANSWERED),
        CallApi(Shown::Stranger),
        Expect(API_REFUSED),
    ],
    fault: "bound-token-any-certificate",
};

/// A token that was stolen.
const BOUND_TOKEN_NO_CERTIFICATE: Check = Check {
    id: "oauth/8705/token-no-certificate",
    title: "An access token that is bound to a certificate is refused on a connection without one.",
    why: "A token that leaks can be used by whoever finds it.",
    covers: &["REF-8705-01"],
    softer: None,
    needs: &[Need::CertifiedClient, Need::Decisions],
    script: &[
        Given(BINDING_ANNOUNCED),
        Authenticate(CERTIFIED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(CERTIFIED),
        Given(TOKENS),
        CallApi(Shown::Own),
        Given(API_ANSWERED),
        CallApi(Shown::Nothing),
        Expect(API_REFUSED),
    ],
    fault: "bound-token-without-certificate",
};

/// What other protected APIs compare with.
const CONFIRMATION: Check = Check {
    id: "oauth/8705/confirmation",
    title: "Introspection of a bound access token shows the hash of the client's certificate.",
    why: "Protected APIs that compare with it refuse the token's own client.",
    covers: &["REF-8705-02"],
    softer: None,
    needs: &[Need::CertifiedClient, Need::Decisions, Need::TokenUse],
    script: &[
        Authenticate(CERTIFIED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(CERTIFIED),
        Given(TOKENS),
        UseAccessToken,
        Expect(CERTIFICATE_CONFIRMED),
    ],
    fault: "cnf-reversed",
};

/// No token is good for everybody.
const BOUND: Check = Check {
    id: "fapi/5.2.2/bound-tokens",
    title: "The access token of a client with a certificate is bound to it.",
    why: "A token that leaks can be used by whoever finds it.",
    covers: &["FC-F1-07"],
    softer: None,
    needs: &[Need::FapiCiba, Need::CertifiedClient, Need::Decisions, Need::TokenUse],
    script: &[
        Authenticate(CERTIFIED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(CERTIFIED),
        Given(TOKENS),
        UseAccessToken,
        Expect(TOKEN_BOUND),
    ],
    fault: "short-tokens-not-bound",
};

/// Tokens that are pushed come over a connection that shows no key of the client's.
const PUSHED_BOUND: Check = Check {
    id: "ciba/5/pushed-token-bound",
    title: "A pushed access token is bound to the certificate that the client showed when it asked.",
    why: "A token that leaks on its way to the client, or from it, can be used by whoever finds it.",
    covers: &["CORE-5-01"],
    softer: None,
    needs: &[Need::Push, Need::CertifiedPushClient, Need::Decisions, Need::TokenUse],
    script: &[
        Given(BINDING_ANNOUNCED),
        Authenticate(VALID_PUSH),
        Given(ACKNOWLEDGED),
        Decide(Decision::Approve),
        AwaitPush,
        Given(TOKENS),
        UseAccessToken,
        Expect(TOKEN_BOUND),
    ],
    fault: "pushed-tokens-not-bound",
};

/// What is good for everybody is not good for long.
const SHORT: Check = Check {
    id: "fapi/5.2.2/short-tokens",
    title: "An access token that is not bound to its client lives less than 10 minutes.",
    why: "A token that leaks can be used by whoever finds it, for as long as it lives.",
    covers: &["FC-F1-06"],
    softer: None,
    needs: &[Need::FapiCiba, Need::CertifiedClient, Need::Decisions, Need::TokenUse],
    script: &[
        Authenticate(CERTIFIED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(CERTIFIED),
        Given(TOKENS),
        UseAccessToken,
        Expect(SHORT_UNLESS_BOUND),
    ],
    fault: "tokens-not-bound",
};

/// By what a bank and a third party find the same call in two logs.
const DATE_AND_INTERACTION: Check = Check {
    id: "fapi/6.2.1/interaction-id",
    title: "The userinfo endpoint sends a Date header and the caller's x-fapi-interaction-id.",
    why: "A call that went wrong cannot be found again in the server's logs.",
    covers: &["FC-F1-12"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "the userinfo endpoint stands for the protected API, which may be another",
    }),
    needs: &[Need::FapiCiba, Need::CertifiedClient, Need::Decisions],
    script: &[
        Authenticate(CERTIFIED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(CERTIFIED),
        Given(TOKENS),
        CallApi(Shown::Own),
        Given(API_ANSWERED),
        Expect(DATE_SENT),
        Expect(INTERACTION_ECHOED),
    ],
    fault: "interaction-id-replaced",
};
