//! CIBA Core 1.0, 3 and 7.1 Authentication request.

use crate::ciba::Decision::Approve;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{
    Authenticate, AuthenticateTimes, AwaitPing, AwaitPrompt, Decide, Expect, Given, PollUntilSettled,
};
use crate::conformance::claims::{
    ACKNOWLEDGED, ACR_NAMED, ANSWERED_AT_ONCE, ASKED_EXPIRY_GRANTED, BINDING_MESSAGE_SHOWN,
    BINDING_MESSAGE_SHOWN_OR_REFUSED, NOT_ACKNOWLEDGED, PINGED, TOKENS,
};
use crate::conformance::{Check, Manner, Need, OWNER, Refusal, Section, VALID, VALID_PING, Value};

/// The section.
pub const S07_1_AUTHENTICATION_REQUEST: Section = Section {
    name: "7.1 Authentication request",
    checks: &[
        MODE_IS_REGISTERED,
        ACKNOWLEDGED_AT_ONCE,
        POST_ONLY,
        FORM_ENCODED,
        SCOPE_REQUIRED,
        SCOPE_ORDER,
        OPENID_ALONE,
        REQUESTED_EXPIRY_STEERS,
        BINDING_MESSAGE_REACHES_THE_DEVICE,
        BINDING_MESSAGE_UTF8,
        ACR,
    ],
};

/// Pings come without the parameter, so that one that stays away with it means something.
const MODE_IS_REGISTERED: Check = Check {
    id: "ciba/3/mode-is-registered",
    title: "A parameter of a single request does not change the delivery mode.",
    why: "Whoever can add a parameter to a request could silence its ping, and the client would wait for nothing.",
    covers: &["CORE-3-01"],
    softer: None,
    needs: &[Need::Ping, Need::Decisions],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Given(PINGED),
        Authenticate(VALID_PING.saying("backchannel_token_delivery_mode", "poll")),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Expect(PINGED),
    ],
    fault: "delivery-mode-parameter-honoured",
};

/// A refusal waits for nobody, so that it shows how long the way and the server take.
const ACKNOWLEDGED_AT_ONCE: Check = Check {
    id: "ciba/3/acknowledged-at-once",
    title: "The acknowledgement does not wait for the user.",
    why: "A client that has to wait cannot tell its user what to do, and holds a connection for minutes.",
    covers: &["CORE-3-02"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID.without("login_hint")),
        Given(ANSWERED_AT_ONCE),
        AuthenticateTimes(3, VALID),
        Given(ACKNOWLEDGED),
        Expect(ANSWERED_AT_ONCE),
    ],
    fault: "ack-waits-for-decision",
};

/// What is in a URL is in every log on the way.
const POST_ONLY: Check = Check {
    id: "ciba/7.1/post-only",
    title: "An authentication request by GET is not acknowledged.",
    why: "Hints about users, and client secrets, end up in the logs of every proxy.",
    covers: &["CORE-7.1-01"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.sent(Manner::Query)),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "get-accepted",
};

/// One encoding, so that everybody on the way reads the same.
const FORM_ENCODED: Check = Check {
    id: "ciba/7.1/form-encoded",
    title: "An authentication request with a JSON body is not acknowledged.",
    why: "Filters that look at forms do not see what the server acts on, and duplicates cannot be told.",
    covers: &["CORE-7.1-21"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.sent(Manner::Json)),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "json-body-accepted",
};

/// What is asked for has to be said.
const SCOPE_REQUIRED: Check = Check {
    id: "ciba/7.1/scope-required",
    title: "An authentication request without scope is refused.",
    why: "The user would be asked to agree to something that the client never named.",
    covers: &["CORE-7.1-07"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.without("scope")),
        Expect(Refused(&[Refusal(400, "invalid_request"), Refusal(400, "invalid_scope")])),
    ],
    fault: "scope-optional",
};

/// Scopes are a set. A server that refuses an order says invalid_scope of scopes that are known and allowed.
const SCOPE_ORDER: Check = Check {
    id: "ciba/7.1/scope-order",
    title: "The order of the scopes does not matter.",
    why: "Client libraries sort scopes as they like, and some of them could not use the server.",
    covers: &["CORE-13-06", "CORE-7.1-08"],
    softer: None,
    needs: &[Need::SecondScope],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.with("scope", Value::ReversedScopes)),
        Expect(ACKNOWLEDGED),
    ],
    fault: "scope-order-fixed",
};

/// Further scopes may be asked for and need not be. Where a client asks for nothing else anyway, every check asks for this.
const OPENID_ALONE: Check = Check {
    id: "ciba/7.1/openid-alone",
    title: "A scope of openid alone is enough.",
    why: "A client that only wants to know who the user is would have to ask for more than it needs, or go without.",
    covers: &["CORE-13-06", "CORE-7.1-08"],
    softer: None,
    needs: &[Need::SecondScope],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.saying("scope", "openid")),
        Expect(ACKNOWLEDGED),
    ],
    fault: "openid-alone-refused",
};

/// A server is free to go by it or not.
const REQUESTED_EXPIRY_STEERS: Check = Check {
    id: "ciba/7.1/requested-expiry-steers",
    title: "The request lives as long as requested_expiry asks.",
    why: "A client whose user stands at a counter cannot shorten how long a forgotten request stays open.",
    covers: &["CORE-7.1-19"],
    softer: None,
    needs: &[],
    script: &[
        Authenticate(VALID.saying("requested_expiry", "30")),
        Given(ACKNOWLEDGED),
        Expect(ASKED_EXPIRY_GRANTED),
    ],
    fault: "requested-expiry-ignored",
};

/// Users compare two displays, character by character.
const BINDING_MESSAGE_REACHES_THE_DEVICE: Check = Check {
    id: "ciba/7.1/binding-message-shown",
    title: "The binding message reaches the user's device unchanged.",
    why: "Users who compare both displays refuse what is right, or learn not to compare.",
    covers: &["CORE-7.1-16"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID.saying("binding_message", "w4SCT-7q")),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Expect(BINDING_MESSAGE_SHOWN),
    ],
    fault: "binding-message-altered",
};

/// Not every server has to take such a message; but none may garble it.
const BINDING_MESSAGE_UTF8: Check = Check {
    id: "ciba/7.1/binding-message-utf8",
    title: "A binding message beyond ASCII is refused, or reaches the user's device unchanged.",
    why: "Users who read other characters than their client shows cannot compare, or learn not to.",
    covers: &["CORE-7.1-21"],
    softer: None,
    needs: &[Need::Decisions],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.saying("binding_message", "Gr\u{fc}\u{df}e-\u{20ac}7")),
        AwaitPrompt,
        Expect(BINDING_MESSAGE_SHOWN_OR_REFUSED),
    ],
    fault: "binding-message-mangled",
};

/// Who asks how the user was authenticated wants to be told.
const ACR: Check = Check {
    id: "ciba/7.1/acr",
    title: "An ID token says which of the requested authentication contexts was met.",
    why: "A client that asked for a strong authentication cannot tell whether it got one.",
    covers: &["CORE-7.1-13", "REF-OIDC-09", "FC-AS-08"],
    softer: None,
    needs: &[Need::AcrValues, Need::Decisions],
    script: &[
        Authenticate(VALID.with("acr_values", Value::SupportedAcr)),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Expect(ACR_NAMED),
    ],
    fault: "acr-missing",
};
