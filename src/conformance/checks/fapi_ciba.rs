//! FAPI-CIBA, 5.2.2 Authorization server.

use crate::conformance::Step::{Expect, FetchMetadata};
use crate::conformance::claims::{POLL_LISTED, PUSH_NOT_LISTED};
use crate::conformance::{Check, Need, Section};

/// The section.
pub const FAPI_CIBA: Section = Section { name: "FAPI-CIBA", checks: &[NO_PUSH, POLL] };

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
