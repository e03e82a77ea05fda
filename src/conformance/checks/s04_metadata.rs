//! CIBA Core 1.0, 4 Registration and discovery metadata; 7 TLS.

use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, Expect, FetchMetadata, Given, Poll};
use crate::conformance::claims::{
    ACKNOWLEDGED, AUTH_METHODS_LISTED, CIBA_GRANT_LISTED, CLIENT_AUTHENTICATED, DELIVERY_MODES_KNOWN,
    ENDPOINT_LISTED, ENDPOINT_SERVED, ENDPOINTS_OVER_TLS, SIGNING_ALGS_ASYMMETRIC, USER_CODE_FLAG_BOOLEAN,
};
use crate::conformance::{By, Check, Need, OWNER, Proof, Refusal, Request, Section, Softer, VALID};

/// The section.
pub const S04_METADATA: Section = Section {
    name: "4 Metadata",
    checks: &[
        DELIVERY_MODES,
        ENDPOINT_ANSWERS,
        SIGNING_ALGS,
        USER_CODE_FLAG,
        GRANT_TYPE,
        AUTH_METHODS,
        GRANT_REGISTERED,
        AUTH_METHOD_GOVERNS,
        TLS,
    ],
};

/// Clients choose among what is listed.
const DELIVERY_MODES: Check = Check {
    id: "ciba/4/delivery-modes",
    title: "The metadata list delivery modes that clients can know.",
    why: "A client that reads no mode it knows, or none at all, takes the server for one without CIBA.",
    covers: &["CORE-4-01"],
    softer: None,
    needs: &[],
    script: &[FetchMetadata, Expect(DELIVERY_MODES_KNOWN)],
    fault: "metadata-unknown-delivery-mode",
};

/// A client goes where the metadata send it.
const ENDPOINT_ANSWERS: Check = Check {
    id: "ciba/4/endpoint-answers",
    title: "The backchannel authentication endpoint is served where the metadata say.",
    why: "A client that configures itself from the metadata cannot begin a single flow.",
    covers: &["CORE-4-02"],
    softer: None,
    needs: &[],
    script: &[FetchMetadata, Expect(ENDPOINT_LISTED), Authenticate(VALID), Expect(ENDPOINT_SERVED)],
    fault: "metadata-dead-endpoint",
};

/// A symmetric or missing signature proves nothing about who made the request.
const SIGNING_ALGS: Check = Check {
    id: "ciba/4/signing-algs",
    title: "The listed algorithms of signed requests are asymmetric.",
    why: "With \"none\" or an HMAC, requests that nobody vouches for pass as signed ones.",
    covers: &["CORE-4-03"],
    softer: None,
    needs: &[],
    script: &[FetchMetadata, Expect(SIGNING_ALGS_ASYMMETRIC)],
    fault: "metadata-signing-alg-none",
};

/// Many languages take the text "false" for true.
const USER_CODE_FLAG: Check = Check {
    id: "ciba/4/user-code-flag",
    title: "The metadata say by a boolean whether user codes are supported.",
    why: "A client that reads a text asks its users for a code that nobody gave them, or fails to parse.",
    covers: &["CORE-4-04"],
    softer: None,
    needs: &[],
    script: &[FetchMetadata, Expect(USER_CODE_FLAG_BOOLEAN)],
    fault: "metadata-user-code-flag-text",
};

/// Client libraries look here before they offer CIBA.
const GRANT_TYPE: Check = Check {
    id: "ciba/4/grant-type",
    title: "The metadata list the CIBA grant type.",
    why: "Client libraries that look at grant_types_supported refuse to use CIBA with the server.",
    covers: &["CORE-4-05"],
    softer: None,
    needs: &[],
    script: &[FetchMetadata, Expect(CIBA_GRANT_LISTED)],
    fault: "metadata-without-ciba-grant",
};

/// One method for both endpoints, and no secret one.
const AUTH_METHODS: Check = Check {
    id: "ciba/4/auth-methods",
    title: "Clients authenticate at both endpoints by a method that the metadata list.",
    why: "A client that configures itself from the metadata picks a method by which it is turned away.",
    covers: &["CORE-4-06"],
    softer: None,
    needs: &[],
    script: &[
        FetchMetadata,
        Expect(AUTH_METHODS_LISTED),
        Authenticate(VALID),
        Expect(CLIENT_AUTHENTICATED),
        Given(ACKNOWLEDGED),
        Poll(OWNER),
        Expect(CLIENT_AUTHENTICATED),
    ],
    fault: "metadata-without-auth-methods",
};

/// What a client may do is settled when it registers. Servers name the refusal differently; none may give tokens.
const GRANT_REGISTERED: Check = Check {
    id: "ciba/4/grant-registered",
    title: "The token endpoint refuses the CIBA grant to a client that is not registered for it.",
    why: "A client that was never trusted with CIBA could act in the name of users that it does not see.",
    covers: &["CORE-4-08"],
    softer: None,
    needs: &[Need::UnregisteredClient],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Poll(Request::by(By::Unregistered)),
        Expect(Refused(&[
            Refusal(400, "unauthorized_client"),
            Refusal(400, "invalid_grant"),
            Refusal(400, "invalid_request"),
        ])),
    ],
    fault: "unregistered-grant-redeems",
};

/// A client that registered one method did not agree to be impersonated by another.
const AUTH_METHOD_GOVERNS: Check = Check {
    id: "ciba/4/auth-method-governs",
    title: "A client cannot authenticate by a method that it is not registered for.",
    why: "A method that a client never meant to use is a way in that nobody watches.",
    covers: &["CORE-4-13"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "many servers take HTTP Basic and the form for one method, and the same secret is proven by both",
    }),
    needs: &[],
    script: &[
        Authenticate(VALID),
        Given(ACKNOWLEDGED),
        Authenticate(VALID.proving(Proof::OtherMethod)),
        Expect(Refused(&[
            Refusal(401, "invalid_client"),
            Refusal(400, "invalid_client"),
            Refusal(400, "unauthorized_client"),
            Refusal(400, "invalid_request"),
        ])),
    ],
    fault: "any-auth-method-accepted",
};

/// Secrets and tokens go to these addresses.
const TLS: Check = Check {
    id: "ciba/7/tls",
    title: "Every endpoint that the metadata list is reached over TLS.",
    why: "Whoever listens on the way reads client secrets, auth_req_ids and tokens.",
    covers: &["CORE-7-01", "REF-8705-03"],
    softer: None,
    needs: &[],
    script: &[FetchMetadata, Expect(ENDPOINTS_OVER_TLS)],
    fault: "metadata-plain-http-alias",
};
