//! Identifiers and tokens that nobody can guess.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 192 bits as 32 characters of `A-Za-z0-9-_`: above the 160 bits that CIBA Core 1.0, 7.3 recommends, inside its alphabet.
pub(crate) fn unguessable() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<24>())
}

/// 128 bits as 32 lower-case hexadecimal characters.
pub(crate) fn hexadecimal() -> String {
    format!("{:032x}", u128::from_ne_bytes(bytes::<16>()))
}

/// A whole number that a JSON number holds exactly.
pub(crate) fn number() -> u32 {
    u32::from_ne_bytes(bytes::<4>())
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    // The generator is seeded from the operating system at start; it cannot run dry afterwards.
    aws_lc_rs::rand::fill(&mut buffer).expect("the random generator is seeded");
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_their_length_and_alphabet() {
        let id = unguessable();
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(hexadecimal().len(), 32);
        assert_ne!(unguessable(), unguessable());
    }
}
