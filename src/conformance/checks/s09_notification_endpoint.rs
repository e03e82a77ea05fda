//! CIBA Core 1.0, 9 Client notification endpoint: whom the server talks to there.

use crate::ciba::Decision::Approve;
use crate::conformance::Step::{
    Authenticate, AwaitNoPing, AwaitPing, Decide, DecideLate, Expect, Given, ShowForeignCertificate,
    ShowOwnCertificate,
};
use crate::conformance::claims::{ACKNOWLEDGED, NOT_PINGED, PINGED};
use crate::conformance::{Check, Need, Section, VALID_PING};

/// The section.
pub const S09_NOTIFICATION_ENDPOINT: Section =
    Section { name: "9 Notification endpoint", checks: &[CERTIFICATE_VERIFIED] };

/// The first flow shows that pings arrive at all. Quiet, since one endpoint shows one certificate to everybody.
const CERTIFICATE_VERIFIED: Check = Check {
    id: "ciba/9/certificate-verified",
    title: "A ping is not sent where the notification endpoint shows a certificate of an unknown issuer.",
    why: "Whoever sits between server and client is handed notification tokens, and with push the tokens themselves.",
    covers: &["CORE-9-01", "REF-OIDC-14"],
    softer: None,
    needs: &[Need::Ping, Need::NotificationCertificate, Need::Decisions, Need::Quiet],
    script: &[
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        Decide(Approve),
        AwaitPing,
        Given(PINGED),
        ShowForeignCertificate,
        Authenticate(VALID_PING),
        Given(ACKNOWLEDGED),
        // A server may refuse the decision because nobody could be told.
        DecideLate(Approve),
        AwaitNoPing,
        Expect(NOT_PINGED),
        ShowOwnCertificate,
    ],
    fault: "notification-certificate-unverified",
};
