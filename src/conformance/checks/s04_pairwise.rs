//! CIBA Core 1.0, 4: pairwise subjects of clients that register (OpenID Connect Core 1.0, 8.1).

use crate::ciba::{Decision, DeliveryMode, Level};
use crate::conformance::RegistrationStep::Register;
use crate::conformance::Step::{
    Authenticate, AwaitPrompt, Decide, DoneIf, Expect, Given, PollUntilSettled, Registration,
};
use crate::conformance::claims::{
    ID_TOKEN, NO_TOKENS, NOT_ACKNOWLEDGED, OTHER_SUBJECT, PAIRWISE_REFUSED, REGISTERED_AS_ASKED,
    REGISTRATION_REFUSED, SAME_SUBJECT,
};
use crate::conformance::{
    Check, ClientRecipe, Listed, Member, Need, PAIRWISE_CLIENT, POLL_CLIENT, PUSH_CLIENT, REGISTERED,
    REGISTERED_SECOND, Section, Softer,
};

/// The section.
pub const S04_PAIRWISE: Section = Section {
    name: "4 Pairwise subjects",
    checks: &[
        WITHOUT_SECTOR,
        KEYS_UNREAD,
        SECTOR_WITHOUT_KEYS,
        SECTOR_WITHOUT_ENDPOINT,
        UNPROVEN,
        SAME_SECTOR,
        NOT_PUBLIC,
    ],
};

const PAIRWISE: Member = Member::Text("pairwise");
const SECTOR: &str = "sector_identifier_uri";
/// A client for push needs no `jwks_uri`.
const PAIRWISE_PUSH_CLIENT: ClientRecipe = PUSH_CLIENT.with("subject_type", PAIRWISE);

/// Subjects for nobody in particular.
const WITHOUT_SECTOR: Check = Check {
    id: "ciba/4/pairwise-without-sector",
    title: "A client that polls gets no pairwise subjects without a sector_identifier_uri or a jwks_uri.",
    why: "Nothing says for whom the subjects are made, so they may be anybody's, or change.",
    covers: &["CORE-4-14"],
    softer: None,
    needs: &[Need::PairwiseRegistration],
    script: &[
        Registration(Register(PAIRWISE_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(
            POLL_CLIENT
                .with("subject_type", PAIRWISE)
                .with("token_endpoint_auth_method", Member::Text("private_key_jwt")),
        )),
        Expect(PAIRWISE_REFUSED),
    ],
    fault: "pairwise-without-sector",
};

/// A key set that nobody ever looked for.
const KEYS_UNREAD: Check = Check {
    id: "ciba/4/pairwise-jwks-uri",
    title: "A client that polls gets no pairwise subjects with a jwks_uri at which there are no keys.",
    why: "Whoever names another's address gets the subjects of that other's clients.",
    covers: &["CORE-4-15"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "the standard asks for a valid jwks_uri, and a server may look at it when it needs a key",
    }),
    needs: &[Need::PairwiseRegistration],
    script: &[
        Registration(Register(PAIRWISE_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(PAIRWISE_CLIENT.with("jwks_uri", Member::Nothing))),
        Expect(PAIRWISE_REFUSED),
    ],
    fault: "pairwise-keys-unread",
};

/// A sector that the client is not in.
const SECTOR_WITHOUT_KEYS: Check = Check {
    id: "ciba/4/sector-jwks-uri",
    title: "A sector identifier document that does not list the client's jwks_uri is refused.",
    why: "Any client may join any sector, and tell its users apart by the names that they have there.",
    covers: &["CORE-4-16"],
    softer: None,
    needs: &[Need::PairwiseRegistration],
    script: &[
        Registration(Register(PAIRWISE_CLIENT.with(SECTOR, Member::Sector(Listed::Keys)))),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(PAIRWISE_CLIENT.with(SECTOR, Member::Sector(Listed::Others)))),
        Expect(PAIRWISE_REFUSED),
    ],
    fault: "sector-without-keys",
};

/// The same for push.
const SECTOR_WITHOUT_ENDPOINT: Check = Check {
    id: "ciba/4/sector-endpoint",
    title: "A sector identifier document that does not list the notification endpoint of a client for push is refused.",
    why: "Any client may join any sector, and tell its users apart by the names that they have there.",
    covers: &["CORE-4-18"],
    softer: None,
    needs: &[Need::PairwiseRegistration, Need::RegistrationFor(DeliveryMode::Push)],
    script: &[
        Registration(Register(PAIRWISE_PUSH_CLIENT.with(SECTOR, Member::Sector(Listed::Endpoint)))),
        Given(REGISTERED_AS_ASKED),
        Registration(Register(PAIRWISE_PUSH_CLIENT.with(SECTOR, Member::Sector(Listed::Others)))),
        Expect(PAIRWISE_REFUSED),
    ],
    fault: "sector-without-endpoint",
};

/// To name an address is not to own it.
const UNPROVEN: Check = Check {
    id: "ciba/4/pairwise-unproven",
    title: "A client that never uses a key of its jwks_uri does not get the pairwise subjects of that address.",
    why: "Whoever names another's jwks_uri learns by which names that other knows the users.",
    covers: &["CORE-4-17"],
    softer: None,
    needs: &[Need::PairwiseRegistration, Need::Decisions],
    script: &[
        Registration(Register(PAIRWISE_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Authenticate(REGISTERED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(REGISTERED),
        Given(ID_TOKEN),
        Registration(Register(
            PAIRWISE_CLIENT
                .with("token_endpoint_auth_method", Member::Text("client_secret_basic"))
                .without("backchannel_authentication_request_signing_alg"),
        )),
        DoneIf(REGISTRATION_REFUSED),
        Authenticate(REGISTERED_SECOND),
        DoneIf(NOT_ACKNOWLEDGED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(REGISTERED_SECOND),
        DoneIf(NO_TOKENS),
        Given(ID_TOKEN),
        Expect(OTHER_SUBJECT),
    ],
    fault: "pairwise-unproven",
};

/// What a sector is for.
const SAME_SECTOR: Check = Check {
    id: "ciba/4/pairwise-same-sector",
    title: "Clients that poll and have their keys on one host know a user by one pairwise subject.",
    why: "An organisation with two clients takes one user for two.",
    covers: &["CORE-4-19"],
    softer: None,
    needs: &[Need::PairwiseRegistration, Need::Decisions],
    script: &[
        Registration(Register(PAIRWISE_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Authenticate(REGISTERED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(REGISTERED),
        Given(ID_TOKEN),
        Registration(Register(PAIRWISE_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Authenticate(REGISTERED_SECOND),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(REGISTERED_SECOND),
        Given(ID_TOKEN),
        Expect(SAME_SUBJECT),
    ],
    fault: "pairwise-per-client",
};

/// What they are asked for.
const NOT_PUBLIC: Check = Check {
    id: "ciba/4/pairwise-not-public",
    title: "A client with pairwise subjects knows a user by another subject than one with public subjects.",
    why: "Clients of different organisations can put together what they know of a user.",
    covers: &["CORE-4-19"],
    softer: None,
    needs: &[Need::PairwiseRegistration, Need::Decisions],
    script: &[
        Registration(Register(PAIRWISE_CLIENT)),
        Given(REGISTERED_AS_ASKED),
        Authenticate(REGISTERED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(REGISTERED),
        Given(ID_TOKEN),
        Registration(Register(POLL_CLIENT.with("subject_type", Member::Text("public")))),
        Given(REGISTERED_AS_ASKED),
        Authenticate(REGISTERED_SECOND),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(REGISTERED_SECOND),
        Given(ID_TOKEN),
        Expect(OTHER_SUBJECT),
    ],
    fault: "pairwise-ignored",
};
