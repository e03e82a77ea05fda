//! What a workspace is told about clients that register themselves.

use serde::Deserialize;

use crate::secret::Secret;

/// How clients register themselves (RFC 7591).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationSettings {
    /// What a registration has to show; none where anybody may register.
    #[serde(default)]
    pub initial_access_token: Option<Secret>,
}
