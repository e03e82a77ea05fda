use aws_lc_rs::digest;
use jsonwebtoken::Algorithm;

/// What the `alg` of a token or of a published key means to this tool.
pub(super) enum Named {
    /// A signature by a private key, verified here.
    Verifiable(Algorithm),
    /// `none`: not signed at all.
    Unsigned,
    /// Something else; it may be right, this tool cannot tell.
    Unsupported,
}

/// Reads an algorithm's name (RFC 7518, 3.1; `Ed25519` is RFC 9864's name for the only `EdDSA` curve supported here).
///
/// The names are case-sensitive, but `None` is no algorithm either: every spelling of it is an unsigned token.
pub(super) fn named(name: &str) -> Named {
    Named::Verifiable(match name {
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "EdDSA" | "Ed25519" => Algorithm::EdDSA,
        none if none.eq_ignore_ascii_case("none") => return Named::Unsigned,
        _ => return Named::Unsupported,
    })
}

/// Whether signatures by this algorithm can be verified here.
pub fn is_verifiable(name: &str) -> bool {
    matches!(named(name), Named::Verifiable(_))
}

/// The hash that `at_hash` and `rt_hash` use under a signature algorithm (OpenID Connect Core 1.0, 3.1.3.6): the one in
/// the algorithm's name, SHA-512 for Ed25519. An algorithm that names none leaves the hashes unjudged.
pub(super) fn hash_of(name: &str) -> Option<&'static digest::Algorithm> {
    match name {
        "EdDSA" | "Ed25519" => Some(&digest::SHA512),
        _ if name.ends_with("256") => Some(&digest::SHA256),
        _ if name.ends_with("384") => Some(&digest::SHA384),
        _ if name.ends_with("512") => Some(&digest::SHA512),
        _ => None,
    }
}
