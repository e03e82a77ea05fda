use crate::ciba::named;

named! {
    /// How this tool signs (RFC 7518, 3.1): what clients of the FAPI and of Open Banking register.
    pub enum SigningAlgorithm {
        /// ECDSA on P-256 with SHA-256.
        Es256 => "ES256",
        /// RSASSA-PSS with SHA-256.
        Ps256 => "PS256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 => "RS256",
        /// Ed25519.
        EdDsa => "EdDSA",
        /// HMAC with SHA-256: by a secret that both sides know.
        Hs256 => "HS256",
    }
}

impl SigningAlgorithm {
    /// The words in files, of the algorithms that need a private key.
    pub const WORDS: [(&'static str, Self); 4] =
        [("ES256", Self::Es256), ("PS256", Self::Ps256), ("RS256", Self::Rs256), ("EdDSA", Self::EdDsa)];

    /// Whether a signature costs about a millisecond, as RSA's do, and not a few hundredths of one.
    pub fn is_rsa(self) -> bool {
        match self {
            SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => true,
            SigningAlgorithm::Es256 | SigningAlgorithm::EdDsa | SigningAlgorithm::Hs256 => false,
        }
    }
}
