//! Open Banking UK and Brasil: consents, and authentication requests that name them.

use crate::ciba::Decision;
use crate::conformance::Claim::Refused;
use crate::conformance::Step::{Authenticate, AwaitPrompt, Consent, Decide, Expect, Given, PollUntilSettled};
use crate::conformance::claims::{
    ACKNOWLEDGED, CONSENT_ANSWER_SIGNED, CONSENT_API_REFUSED, CONSENT_AUTHORISED, CONSENT_AWAITING,
    CONSENT_CREATED, CONSENT_DELETED, DENIED_BY_CODE, NO_TOKENS, START_NAMES_CONSENT, TOKENS,
};
use crate::conformance::{
    By, Check, ConsentName, ConsentStep, ConsentToken, Need, Refusal, Request, Section,
};

/// The section.
pub const OPEN_BANKING: Section = Section {
    name: "Open Banking",
    checks: &[
        UNKNOWN_INTENT,
        FOREIGN_INTENT,
        INTENT_NEEDED,
        START_NAMES,
        AUTHORISED,
        NO_TOKENS_AFTER_REJECTION,
        REJECTED_INTENT,
        USED_INTENT,
        DELETED_INTENT,
        FOREIGN_READ,
        TOKEN_NEEDED,
        SCOPE_NEEDED,
        ANSWER_SIGNED,
        SIGNATURE_VERIFIED,
    ],
};

/// A valid request of a third party, or a poll of it.
const OWNER: Request = Request::by(By::ThirdParty);
/// A request that names the current consent.
const NAMING: Request = OWNER.naming(ConsentName::Current);
/// The client creates a consent.
const CREATE: ConsentStep = ConsentStep::Create(By::ThirdParty);
/// The client reads its consent.
const READ: ConsentStep = ConsentStep::Read(By::ThirdParty, ConsentToken::Own);

/// What is wrong is the parameter, or in Brasil the scope.
const BAD_INTENT: &[Refusal] = &[
    Refusal(400, "invalid_request"),
    Refusal(400, "invalid_scope"),
    Refusal(400, "access_denied"),
    Refusal(403, "access_denied"),
    Refusal(400, "invalid_openbanking_intent_id"),
];

/// A consent is an agreement about something.
const UNKNOWN_INTENT: Check = Check {
    id: "open-banking/consent/unknown-intent",
    title: "An authentication request that names a consent which does not exist is refused.",
    why: "Users would be asked for something that nobody described.",
    covers: &["OB-CIBA-01"],
    softer: None,
    needs: &[Need::Consents],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Authenticate(NAMING),
        Given(ACKNOWLEDGED),
        Authenticate(OWNER.naming(ConsentName::Invented)),
        Expect(Refused(BAD_INTENT)),
    ],
    fault: "unknown-intent-accepted",
};

/// Consents belong to whoever created them.
const FOREIGN_INTENT: Check = Check {
    id: "open-banking/consent/foreign-intent",
    title: "An authentication request that names the consent of another client is refused.",
    why: "One third party would get at what a user agreed to for another.",
    covers: &["OB-CIBA-02"],
    softer: None,
    needs: &[Need::Consents, Need::SecondThirdParty],
    script: &[
        Consent(ConsentStep::Create(By::OtherThirdParty)),
        Given(CONSENT_CREATED),
        Authenticate(NAMING),
        Expect(Refused(BAD_INTENT)),
    ],
    fault: "foreign-intent-accepted",
};

/// The scope alone says neither which accounts nor for how long.
const INTENT_NEEDED: Check = Check {
    id: "open-banking/consent/intent-needed",
    title: "An authentication request with the scope of a consent that names none is refused.",
    why: "Tokens for accounts or payments would be issued without a consent that bounds them.",
    covers: &["OB-CIBA-03"],
    softer: None,
    needs: &[Need::Consents],
    script: &[Authenticate(OWNER.naming(ConsentName::Missing)), Expect(Refused(BAD_INTENT))],
    fault: "intent-optional",
};

/// Whoever asks has to know for what.
const START_NAMES: Check = Check {
    id: "open-banking/consent/start-names-it",
    title: "The authentication service is told which consent its user is asked for.",
    why: "It could neither show the user what they agree to nor report the decision.",
    covers: &["OB-CIBA-04"],
    softer: None,
    needs: &[Need::Consents, Need::Decisions],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Authenticate(NAMING),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Expect(START_NAMES_CONSENT),
    ],
    fault: "start-without-intent",
};

/// The status is what third parties and banks go by.
const AUTHORISED: Check = Check {
    id: "open-banking/consent/authorised",
    title: "A consent that its user accepts is authorised, and not before.",
    why: "Third parties that look at the status would use what nobody agreed to, or never use what was agreed to.",
    covers: &["OB-API-01"],
    softer: None,
    needs: &[Need::Consents, Need::Decisions],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Consent(READ),
        Expect(CONSENT_AWAITING),
        Authenticate(NAMING),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Consent(READ),
        Expect(CONSENT_AUTHORISED),
    ],
    fault: "consent-stays-awaiting",
};

/// A user's no is a no.
const NO_TOKENS_AFTER_REJECTION: Check = Check {
    id: "open-banking/consent/no-tokens-after-rejection",
    title: "A rejected consent leads to no tokens.",
    why: "A third party would get at accounts although their owner said no.",
    covers: &["OB-CIBA-05"],
    softer: None,
    needs: &[Need::Consents, Need::Decisions],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Authenticate(NAMING),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Decide(Decision::Deny),
        PollUntilSettled(OWNER),
        Expect(NO_TOKENS),
    ],
    fault: "rejected-consent-redeemed",
};

/// A rejected consent is over.
const REJECTED_INTENT: Check = Check {
    id: "open-banking/consent/rejected-intent",
    title: "An authentication request that names a rejected consent is refused.",
    why: "A third party could ask again and again for what its user has rejected.",
    covers: &["OB-API-02"],
    softer: None,
    needs: &[Need::Consents, Need::Decisions],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Authenticate(NAMING),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Decide(Decision::Deny),
        PollUntilSettled(OWNER),
        Given(DENIED_BY_CODE),
        Authenticate(NAMING),
        Expect(Refused(BAD_INTENT)),
    ],
    fault: "rejected-consent-usable",
};

/// A consent is given once.
const USED_INTENT: Check = Check {
    id: "open-banking/consent/used-intent",
    title: "An authentication request that names an authorised consent is refused.",
    why: "One consent would be agreed to twice, perhaps by two users.",
    covers: &["OB-API-03"],
    softer: None,
    needs: &[Need::Consents, Need::Decisions],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Authenticate(NAMING),
        Given(ACKNOWLEDGED),
        AwaitPrompt,
        Decide(Decision::Approve),
        PollUntilSettled(OWNER),
        Given(TOKENS),
        Authenticate(NAMING),
        Expect(Refused(BAD_INTENT)),
    ],
    fault: "consent-usable-twice",
};

/// Taken back is taken back.
const DELETED_INTENT: Check = Check {
    id: "open-banking/consent/deleted-intent",
    title: "An authentication request that names a deleted consent is refused.",
    why: "What a third party has taken back for its user would come into force again.",
    covers: &["OB-API-04"],
    softer: None,
    needs: &[Need::Consents],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Consent(ConsentStep::Delete(By::ThirdParty)),
        Given(CONSENT_DELETED),
        Authenticate(NAMING),
        Expect(Refused(BAD_INTENT)),
    ],
    fault: "deleted-consent-usable",
};

/// Consents are nobody else's business.
const FOREIGN_READ: Check = Check {
    id: "open-banking/consent/foreign-read",
    title: "A client cannot read the consents of other clients.",
    why: "One third party would learn what users do with another.",
    covers: &["OB-API-05"],
    softer: None,
    needs: &[Need::Consents, Need::SecondThirdParty],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Consent(READ),
        Given(CONSENT_AWAITING),
        Consent(ConsentStep::Read(By::OtherThirdParty, ConsentToken::Own)),
        Expect(CONSENT_API_REFUSED),
    ],
    fault: "foreign-consent-readable",
};

/// Nobody in particular is not allowed.
const TOKEN_NEEDED: Check = Check {
    id: "open-banking/consent/token-needed",
    title: "The consent API wants an access token.",
    why: "Anybody could read what users and third parties agree on.",
    covers: &["OB-API-06"],
    softer: None,
    needs: &[Need::Consents],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Consent(ConsentStep::Read(By::ThirdParty, ConsentToken::Missing)),
        Expect(CONSENT_API_REFUSED),
    ],
    fault: "consent-without-token",
};

/// A token for payments is none for accounts.
const SCOPE_NEEDED: Check = Check {
    id: "open-banking/consent/scope-needed",
    title: "The consent API wants an access token with the scope of its consents.",
    why: "A client that may start payments could look at accounts, and the other way round.",
    covers: &["OB-API-07"],
    softer: None,
    needs: &[Need::Consents],
    script: &[
        Consent(CREATE),
        Given(CONSENT_CREATED),
        Consent(READ),
        Given(CONSENT_AWAITING),
        Consent(ConsentStep::Read(By::ThirdParty, ConsentToken::OtherScope)),
        Expect(CONSENT_API_REFUSED),
    ],
    fault: "consent-scope-unchecked",
};

/// Both sides sign.
const ANSWER_SIGNED: Check = Check {
    id: "open-banking/payment/answer-signed",
    title: "The answer about a signed payment consent is signed by the server.",
    why: "A third party could not prove to anybody what the bank has confirmed.",
    covers: &["OB-API-08"],
    softer: None,
    needs: &[Need::SignedConsents],
    script: &[
        Consent(ConsentStep::Create(By::SigningThirdParty)),
        Given(CONSENT_CREATED),
        Expect(CONSENT_ANSWER_SIGNED),
    ],
    fault: "payment-consent-unsigned",
};

/// A signature that nobody looks at is none.
const SIGNATURE_VERIFIED: Check = Check {
    id: "open-banking/payment/signature-verified",
    title: "A payment consent that is signed by another key than the client's is refused.",
    why: "Anybody who holds a token could have payments made in the client's name.",
    covers: &["OB-API-09"],
    softer: None,
    needs: &[Need::SignedConsents],
    script: &[
        Consent(ConsentStep::Create(By::SigningThirdParty)),
        Given(CONSENT_CREATED),
        Consent(ConsentStep::CreateForged(By::SigningThirdParty)),
        Expect(CONSENT_API_REFUSED),
    ],
    fault: "payment-consent-unverified",
};
