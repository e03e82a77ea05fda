//! FAPI-CIBA, 5.2.2 Authorization server.

use crate::ciba::Level;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, Expect, FetchKeys, FetchMetadata, Given};
use crate::conformance::claims::{ACKNOWLEDGED, KEYS_STRONG, POLL_LISTED, PUSH_NOT_LISTED};
use crate::conformance::{Check, ClaimValue, Need, Refusal, SIGNING, Seal, Section, Softer};

/// The section.
pub const FAPI_CIBA: Section =
    Section { name: "FAPI-CIBA", checks: &[NO_PUSH, POLL, CONTEXT, SIGNED, LIFETIME, KEY_LENGTHS] };

const BAD_REQUEST: &[Refusal] = &[Refusal(400, "invalid_request"), Refusal(400, "invalid_request_object")];

/// Tokens that are pushed cannot be bound to the client that receives them.
const NO_PUSH: Check = Check {
    id: "fapi/5.2.2/no-push",
    title: "The server does not offer push.",
    why: "Pushed tokens go to whoever answers at the client's address, without the client's credentials.",
    covers: &["FC-AS-03"],
    softer: None,
    needs: &[Need::FapiCiba],
    script: &[FetchMetadata, Expect(PUSH_NOT_LISTED)],
    fault: "metadata-lists-push",
};

/// The mode that every client can use.
const POLL: Check = Check {
    id: "fapi/5.2.2/poll",
    title: "The server offers poll.",
    why: "A client that cannot be called from outside has no other mode under this profile.",
    covers: &["FC-AS-04"],
    softer: None,
    needs: &[Need::FapiCiba],
    script: &[FetchMetadata, Expect(POLL_LISTED)],
    fault: "metadata-without-poll",
};

/// The user has to be able to tell this request from another.
const CONTEXT: Check = Check {
    id: "fapi/5.2.2/context",
    title: "A signed authentication request without a binding message is refused.",
    why: "Users approve a stranger's request that comes at the same time as their own.",
    covers: &["FC-AS-02"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "a unique authorization context serves as well, and is agreed on beyond what this tool can see",
    }),
    needs: &[Need::FapiCiba, Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.without("binding_message")),
        Expect(Refused(&[Refusal(400, "invalid_request"), Refusal(400, "invalid_binding_message")])),
    ],
    fault: "unbound-request-accepted",
};

/// A lock that may be left open locks nothing.
const SIGNED: Check = Check {
    id: "fapi/5.2.2/signed",
    title: "An authentication request that is not signed is refused.",
    why: "Whoever stands between client and server leaves the signature out, and changes the rest.",
    covers: &["FC-AS-06"],
    softer: None,
    needs: &[Need::FapiCiba, Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.sealed(Seal::NotSigned)),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "unsigned-request-accepted",
};

/// Seventy minutes ahead, and seventy minutes back.
const LIFETIME: Check = Check {
    id: "fapi/5.2.2/lifetime",
    title: "A signed authentication request that lives longer than 60 minutes is refused.",
    why: "A request that leaks can be used for as long as it lives.",
    covers: &["FC-AS-09", "FC-F1-09"],
    softer: None,
    needs: &[Need::FapiCiba, Need::SigningClient],
    script: &[
        Authenticate(SIGNING),
        Given(ACKNOWLEDGED),
        Authenticate(SIGNING.claiming("exp", ClaimValue::SecondsFromNow(4_200))),
        Expect(Refused(BAD_REQUEST)),
        Authenticate(SIGNING.claiming("nbf", ClaimValue::SecondsFromNow(-4_200))),
        Expect(Refused(BAD_REQUEST)),
    ],
    fault: "request-long-lived",
};

/// A key that can be computed is everybody's.
const KEY_LENGTHS: Check = Check {
    id: "fapi/5.2.2/key-lengths",
    title: "The server's RSA keys have at least 2048 bits.",
    why: "Whoever computes the private key issues ID tokens in the server's name.",
    covers: &["FC-F1-02"],
    softer: None,
    needs: &[Need::FapiCiba],
    script: &[FetchKeys, Expect(KEYS_STRONG)],
    fault: "weak-key-published",
};
