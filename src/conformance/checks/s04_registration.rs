//! CIBA Core 1.0, 4: what clients register (RFC 7591, RFC 7592); 14: whose endpoints these are.

use crate::ciba::{DeliveryMode, Level};
use crate::conformance::RegistrationStep::{Register, Update};
use crate::conformance::Step::{Authenticate, DoneIf, Expect, Given, Registration};
use crate::conformance::claims::{
    ACKNOWLEDGED, ENCRYPTION_REFUSED, ENDPOINT_ELSEWHERE, ENDPOINT_NAMED, ENDPOINT_OVER_TLS, MODE_NAMED,
    NOT_ACKNOWLEDGED, PUBLIC_CLIENT_REFUSED, REGISTERED_AS_ASKED, REGISTRATION_REFUSED,
};
use crate::conformance::{
    Check, Member, Need, PING_CLIENT, POLL_CLIENT, Proof, REGISTERED, REGISTERED_SECOND, Seal, Section,
    Softer,
};

/// The section.
pub const S04_REGISTRATION: Section = Section {
    name: "4 Registration",
    checks: &[
        MODE,
        ENDPOINT,
        PLAIN_HTTP,
        PLAIN_HTTP_BY_UPDATE,
        UNREGISTERED_SIGNATURE,
        INTERNAL_ENDPOINT,
        PUBLIC_CLIENT_REGISTERED,
        PUBLIC_CLIENT,
        RSA1_5,
    ],
};

const FOR_PING: Need = Need::RegistrationFor(DeliveryMode::Ping);
/// The member that names the notification endpoint.
const NOTIFICATION_ENDPOINT: &str = "backchannel_client_notification_endpoint";
/// The member by which a client says how it authenticates.
const AUTHENTICATION: &str = "token_endpoint_auth_method";

/// How a client gets its results is nobody's guess.
const MODE: Check = Check {
    id: "ciba/4/registered-mode",
    title: "A client is not registered for CIBA without a delivery mode.",
    why: "Client and server may take it for different ones, and the client waits for what never comes.",
    covers: &["CORE-4-07"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "a server may fill in what a registration leaves out (RFC 7591, 3.2.1)",
    }),
    needs: &[Need::Registration],
    script: &[
        Registration(Register(POLL_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(POLL_CLIENT.without("backchannel_token_delivery_mode"))),
        DoneIf(MODE_NAMED),
        Authenticate(REGISTERED_SECOND),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "registration-mode-optional",
};

/// A ping needs somewhere to go.
const ENDPOINT: Check = Check {
    id: "ciba/4/registered-endpoint",
    title: "A client is not registered for ping without a notification endpoint.",
    why: "It is never pinged, and learns so when its users complain.",
    covers: &["CORE-4-09"],
    softer: None,
    needs: &[FOR_PING],
    script: &[
        Registration(Register(PING_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(PING_CLIENT.without(NOTIFICATION_ENDPOINT))),
        Expect(ENDPOINT_NAMED),
    ],
    fault: "registration-endpoint-optional",
};

/// What is sent there is worth reading on the way.
const PLAIN_HTTP: Check = Check {
    id: "ciba/4/endpoint-plain-http",
    title: "A notification endpoint with plain http is not registered.",
    why: "Whoever is on the way reads notification tokens, and with push the access tokens themselves.",
    covers: &["CORE-4-10"],
    softer: None,
    needs: &[FOR_PING],
    script: &[
        Registration(Register(PING_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(PING_CLIENT.with(NOTIFICATION_ENDPOINT, Member::PlainEndpoint))),
        Expect(ENDPOINT_OVER_TLS),
    ],
    fault: "registration-plain-http",
};

/// What is looked at once and then never again.
const PLAIN_HTTP_BY_UPDATE: Check = Check {
    id: "ciba/4/endpoint-changed-to-http",
    title: "A notification endpoint is not changed to one with plain http.",
    why: "What was refused at the registration comes in by the back door.",
    covers: &["CORE-4-10"],
    softer: None,
    needs: &[FOR_PING],
    script: &[
        Registration(Register(PING_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Update(PING_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Update(PING_CLIENT.with(NOTIFICATION_ENDPOINT, Member::PlainEndpoint))),
        Expect(ENDPOINT_OVER_TLS),
    ],
    fault: "update-plain-http",
};

/// A key for one purpose, used for another.
const UNREGISTERED_SIGNATURE: Check = Check {
    id: "ciba/4/request-signed-unregistered",
    title: "A client that registered no algorithm for signed authentication requests sends none.",
    why: "By which algorithm such a request may be signed is then its sender's choice, whoever that is.",
    covers: &["CORE-4-11"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "the standard asks it of the client; that a server refuses it follows from that",
    }),
    needs: &[Need::Registration],
    script: &[
        Registration(Register(
            POLL_CLIENT.signing().without("backchannel_authentication_request_signing_alg"),
        )),
        DoneIf(REGISTRATION_REFUSED),
        Given(REGISTERED_AS_ASKED),
        Authenticate(REGISTERED.sealed(Seal::NotSigned)),
        Given(ACKNOWLEDGED),
        Authenticate(REGISTERED),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "unregistered-request-signature",
};

/// What the server can reach and its clients cannot.
const INTERNAL_ENDPOINT: Check = Check {
    id: "ciba/14/endpoint-internal",
    title: "A notification endpoint in the server's own network is not registered.",
    why: "Whoever registers a client has the server call what no one outside may call: its cloud's metadata service.",
    covers: &["CORE-14-02"],
    softer: None,
    needs: &[FOR_PING],
    script: &[
        Registration(Register(PING_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(
            PING_CLIENT
                .with(NOTIFICATION_ENDPOINT, Member::Text("https://169.254.169.254/ciba-bench/notify")),
        )),
        Expect(ENDPOINT_ELSEWHERE),
    ],
    fault: "registration-internal-endpoint",
};

/// A client that anybody can be.
const PUBLIC_CLIENT_REGISTERED: Check = Check {
    id: "fapi/5.2.2/authentication-none",
    title: "A client that need not authenticate is not registered.",
    why: "Whoever knows its name has the bank's users asked.",
    covers: &["FC-F1-11"],
    softer: None,
    needs: &[Need::FapiCiba, Need::Registration],
    script: &[
        Registration(Register(POLL_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(POLL_CLIENT.with(AUTHENTICATION, Member::Text("none")))),
        Expect(PUBLIC_CLIENT_REFUSED),
    ],
    fault: "public-client-registered",
};

/// The same, at the endpoint that counts.
const PUBLIC_CLIENT: Check = Check {
    id: "fapi/5.2.2/public-client",
    title: "A client that need not authenticate gets no auth_req_id.",
    why: "Whoever knows its name has the bank's users asked.",
    covers: &["FC-AS-01"],
    softer: None,
    needs: &[Need::FapiCiba, Need::Registration],
    script: &[
        Registration(Register(POLL_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(POLL_CLIENT.with(AUTHENTICATION, Member::Text("none")))),
        DoneIf(REGISTRATION_REFUSED),
        Authenticate(REGISTERED_SECOND.proving(Proof::IdOnly)),
        Expect(NOT_ACKNOWLEDGED),
    ],
    fault: "public-client-acknowledged",
};

/// An encryption that has been broken for decades.
const RSA1_5: Check = Check {
    id: "fapi/7.10.1/rsa1-5",
    title: "A client is not registered for ID tokens that are encrypted by RSA1_5.",
    why: "Who sees which tokens are refused can decrypt them.",
    covers: &["FC-AS-14"],
    softer: None,
    needs: &[Need::FapiCiba, Need::Registration],
    script: &[
        Registration(Register(POLL_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(POLL_CLIENT.with("id_token_encrypted_response_alg", Member::Text("RSA1_5")))),
        Expect(ENCRYPTION_REFUSED),
    ],
    fault: "rsa1-5-registered",
};
