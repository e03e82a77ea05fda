use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Randomness of a `jti`, in bytes.
const RANDOM_BYTES: usize = 16;

/// A `jti` that nobody has used (RFC 7519, 4.1.7).
pub fn jwt_id() -> String {
    let mut bytes = [0; RANDOM_BYTES];
    // Fails only if the operating system has no randomness, and then TLS and signatures have none either.
    aws_lc_rs::rand::fill(&mut bytes).expect("the random generator is seeded");
    URL_SAFE_NO_PAD.encode(bytes)
}
