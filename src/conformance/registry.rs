use super::{Check, Section, checks};

/// Every check, by section. A new file of checks is one row here.
pub const SECTIONS: &[Section] = &[
    checks::S04_METADATA,
    checks::S04_REGISTRATION,
    checks::S04_PAIRWISE,
    checks::S07_1_AUTHENTICATION_REQUEST,
    checks::S07_1_NOTIFICATION_TOKEN,
    checks::S07_1_1_SIGNED_REQUEST,
    checks::S07_1_LOGIN_HINT_TOKEN,
    checks::S07_1_2_USER_CODE,
    checks::S07_2_VALIDATION,
    checks::S07_2_CLIENT_AUTHENTICATION,
    checks::S07_2_CLIENT_ASSERTION,
    checks::S07_3_ACKNOWLEDGEMENT,
    checks::S07_3_EXPIRY,
    checks::S10_1_TOKEN_REQUEST,
    checks::S10_1_1_TOKEN_RESPONSE,
    checks::S10_1_1_ID_TOKEN,
    checks::S09_NOTIFICATION_ENDPOINT,
    checks::S10_2_PING,
    checks::S10_3_PUSH,
    checks::S11_TOKEN_ERROR,
    checks::S11_POLLING,
    checks::S12_PUSH_ERROR,
    checks::S13_AUTHENTICATION_ERROR,
    checks::S14_ID_TOKEN_HINT,
    checks::REFRESH_TOKENS,
    checks::MUTUAL_TLS,
    checks::FAPI_CIBA,
    checks::OPEN_BANKING,
];

/// Every check with its section, in the order of the registry.
pub fn every_check() -> impl Iterator<Item = (&'static Section, &'static Check)> {
    SECTIONS.iter().flat_map(|section| section.checks.iter().map(move |check| (section, check)))
}
