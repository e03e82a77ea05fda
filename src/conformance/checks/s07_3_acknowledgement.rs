//! CIBA Core 1.0, 7.3 Successful authentication request acknowledgement.

use crate::ciba::Level;
use crate::conformance::Step::{Authenticate, AuthenticateTimes, Expect, Given};
use crate::conformance::claims::{
    ACCEPTED, ACKNOWLEDGED, ACKNOWLEDGED_AS_JSON, AUTH_REQ_ID_ALPHABET, AUTH_REQ_ID_TEXT,
    AUTH_REQ_ID_UNGUESSABLE, AUTH_REQ_IDS_DIFFER, AUTH_REQ_IDS_WITHOUT_STRUCTURE, EXPIRES_IN_POSITIVE,
    INTERVAL_POSITIVE, NOT_STORED,
};
use crate::conformance::{Check, Request, Section, Softer, VALID};

/// The section.
pub const S07_3_ACKNOWLEDGEMENT: Section = Section {
    name: "7.3 Acknowledgement",
    checks: &[
        FORM,
        AUTH_REQ_ID,
        AUTH_REQ_ID_CHARSET,
        AUTH_REQ_ID_ENTROPY,
        AUTH_REQ_ID_UNIQUE,
        AUTH_REQ_ID_STRUCTURE,
        EXPIRES_IN,
        INTERVAL,
        ACK_NOT_CACHED,
    ],
};

/// Acknowledgements in a sample.
const SAMPLE: usize = 12;
/// The same request each time, its binding message included.
const ALIKE: Request = VALID.saying("binding_message", "W4SCT");

/// A client reads JSON and nothing else.
const FORM: Check = Check {
    id: "ciba/7.3/form",
    title: "An acknowledgement has status 200 and is JSON.",
    why: "A client that goes by status and content type, as most libraries do, takes the acknowledgement for a failure.",
    covers: &["CORE-7.3-01"],
    softer: None,
    needs: &[],
    script: &[Authenticate(VALID), Given(ACCEPTED), Expect(ACKNOWLEDGED_AS_JSON)],
    fault: "ack-201",
};

/// Without it there is nothing to ask for.
const AUTH_REQ_ID: Check = Check {
    id: "ciba/7.3/auth-req-id",
    title: "An acknowledgement names its request by a string.",
    why: "A client that keeps the identifier as the string it has to be cannot read it, and never gets its tokens.",
    covers: &["CORE-7.3-02"],
    softer: None,
    needs: &[],
    script: &[Authenticate(VALID), Given(ACCEPTED), Expect(AUTH_REQ_ID_TEXT)],
    fault: "ack-auth-req-id-number",
};

/// The characters that need no encoding anywhere.
const AUTH_REQ_ID_CHARSET: Check = Check {
    id: "ciba/7.3/auth-req-id-charset",
    title: "An auth_req_id holds only the characters that the standard allows.",
    why: "An identifier with other characters breaks in the forms, URLs and logs of clients that rely on it.",
    covers: &["CORE-7.3-04"],
    softer: None,
    needs: &[],
    script: &[AuthenticateTimes(SAMPLE, VALID), Expect(AUTH_REQ_ID_ALPHABET)],
    fault: "auth-req-id-base64",
};

/// What is the same in every identifier adds nothing to what must be guessed.
const AUTH_REQ_ID_ENTROPY: Check = Check {
    id: "ciba/7.3/auth-req-id-entropy",
    title: "An auth_req_id is long enough to be unguessable.",
    why: "Whoever guesses an auth_req_id can ask for the tokens of a user who is just about to agree.",
    covers: &["CORE-7.3-03"],
    softer: None,
    needs: &[],
    script: &[AuthenticateTimes(SAMPLE, VALID), Expect(AUTH_REQ_ID_UNGUESSABLE)],
    fault: "auth-req-id-short",
};

/// Requests that are alike in everything are still two requests.
const AUTH_REQ_ID_UNIQUE: Check = Check {
    id: "ciba/7.3/auth-req-id-unique",
    title: "No two requests have the same auth_req_id.",
    why: "Two requests with one identifier share their fate: a refusal of the one can end the other, or an approval pay for both.",
    covers: &["CORE-7.3-12"],
    softer: None,
    needs: &[],
    script: &[AuthenticateTimes(SAMPLE, ALIKE), Expect(AUTH_REQ_IDS_DIFFER)],
    fault: "auth-req-id-repeats",
};

/// Randomness has no order.
const AUTH_REQ_ID_STRUCTURE: Check = Check {
    id: "ciba/7.3/auth-req-id-structure",
    title: "Identifiers in a row show no structure.",
    why: "Identifiers that count up let one client's reveal the next one's, and how many requests a server gets.",
    covers: &["CORE-7.3-03"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "The standard asks for entropy, and a regular part beside enough of it is allowed; a dozen identifiers hint at more than they prove.",
    }),
    needs: &[],
    script: &[AuthenticateTimes(SAMPLE, VALID), Expect(AUTH_REQ_IDS_WITHOUT_STRUCTURE)],
    fault: "auth-req-id-counter",
};

/// The client plans by it.
const EXPIRES_IN: Check = Check {
    id: "ciba/7.3/expires-in",
    title: "An acknowledgement says by a positive whole number how long its request lives.",
    why: "A client cannot know when to give up, or gives up at once.",
    covers: &["CORE-7.3-06"],
    softer: None,
    needs: &[],
    script: &[Authenticate(VALID), Given(ACCEPTED), Expect(EXPIRES_IN_POSITIVE)],
    fault: "expires-in-text",
};

/// Zero is no interval; a server that asks for none leaves the member out, which means five seconds.
const INTERVAL: Check = Check {
    id: "ciba/7.3/interval",
    title: "The interval of an acknowledgement, if there is one, is a positive whole number.",
    why: "A client that takes 0 at its word polls in a tight loop.",
    covers: &["CORE-7.3-08"],
    softer: None,
    needs: &[],
    script: &[Authenticate(VALID), Given(ACCEPTED), Expect(INTERVAL_POSITIVE)],
    fault: "interval-zero",
};

/// An auth_req_id is worth tokens.
const ACK_NOT_CACHED: Check = Check {
    id: "ciba/7.3/not-cached",
    title: "An acknowledgement is not to be cached.",
    why: "A cache on the way keeps an auth_req_id for others to find.",
    covers: &["REF-6749-01"],
    softer: Some(Softer {
        level: Level::Should,
        reason: "The rule is made for tokens; an auth_req_id is only good together with the client's credentials.",
    }),
    needs: &[],
    script: &[Authenticate(VALID), Given(ACKNOWLEDGED), Expect(NOT_STORED)],
    fault: "ack-cacheable",
};
