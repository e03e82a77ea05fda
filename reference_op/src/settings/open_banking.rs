//! What a workspace of a bank is told about consents.

use serde::Deserialize;

/// The consents of a workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBankingSettings {
    /// Whose APIs and words they have.
    pub profile: OpenBankingProfile,
    /// Status of the answer to a consent that was created: 201 by default, or 200.
    #[serde(default = "created_status")]
    pub created_status: u16,
    /// How long a consent is remembered, in seconds, unless it names an earlier end itself. With [`Self::max_consents`] it bounds
    /// how many can be created in a second, for long: 111 by default.
    #[serde(default = "consent_expires_in")]
    pub consent_expires_in: u64,
    /// Consents remembered at once; beyond it 503.
    #[serde(default = "max_consents")]
    pub max_consents: usize,
    /// Second part of the identifiers of consents in Brasil, `urn:<namespace>:<id>`; the tenant by default.
    #[serde(default)]
    pub consent_id_namespace: Option<String>,
}

/// Whose APIs and words consents have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum OpenBankingProfile {
    /// Open Banking UK 3.1.
    #[serde(rename = "openbanking_uk")]
    Uk,
    /// Open Banking Brasil.
    #[serde(rename = "openbanking_brasil")]
    Brasil,
}

impl OpenBankingSettings {
    /// A profile, and the defaults.
    pub fn new(profile: OpenBankingProfile) -> Self {
        Self {
            profile,
            created_status: created_status(),
            consent_expires_in: consent_expires_in(),
            max_consents: max_consents(),
            consent_id_namespace: None,
        }
    }
}

fn created_status() -> u16 {
    201
}

fn consent_expires_in() -> u64 {
    1_800
}

fn max_consents() -> usize {
    200_000
}
