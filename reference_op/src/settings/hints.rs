//! What workspaces know of those who sign hints, and of the codes of their users.

use serde::Deserialize;
use serde_json::Value;

/// Somebody whose login hint tokens a workspace trusts (CIBA Core 1.0, 7.1).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HintIssuerSettings {
    /// The `iss` of their tokens.
    pub issuer: String,
    /// Their public key as a JWK: EC on P-256, Ed25519, or RSA with `alg` RS256 or PS256.
    pub jwk: Value,
}
