//! Refresh tokens (RFC 6749, 6; OpenID Connect Core 1.0, 11).

use crate::ciba::Decision::Approve;
use crate::conformance::Step::{Authenticate, Decide, Expect, Given, PollUntilSettled, Refresh};
use crate::conformance::claims::{GRANTED, NO_TOKENS, OFFLINE_ACCESS_ALLOWED, TOKENS};
use crate::conformance::{By, Check, Need, Request, Section, VALID};

/// The section.
pub const REFRESH_TOKENS: Section = Section { name: "Refresh tokens", checks: &[BOUND_TO_CLIENT] };

/// The client's own use comes first: it shows that the token is good.
const BOUND_TO_CLIENT: Check = Check {
    id: "oauth/6/refresh-token-bound",
    title: "A refresh token is refused from another client than the one that it was issued to.",
    why: "A refresh token that leaks is good for months, in the hands of any client of the server.",
    covers: &["REF-6749-08"],
    softer: None,
    needs: &[Need::SecondClient, Need::Decisions],
    script: &[
        Authenticate(VALID.saying("scope", "openid offline_access")),
        Given(OFFLINE_ACCESS_ALLOWED),
        Decide(Approve),
        PollUntilSettled(VALID),
        Given(TOKENS),
        Refresh(VALID),
        Given(GRANTED),
        Refresh(Request::by(By::Second)),
        Expect(NO_TOKENS),
    ],
    fault: "refresh-token-for-anyone",
};
