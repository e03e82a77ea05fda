use crate::ciba::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Randomness of one notification token, in bytes: 192 bits, more than the 160 that CIBA Core 1.0, 7.1 recommends.
pub const RANDOM_BYTES: usize = 24;
/// Length of the secret part, in characters of base64url.
pub(super) const SECRET_LENGTH: usize = RANDOM_BYTES / 3 * 4;
/// Digits that `u64::MAX` needs in base 36.
const FLOW_DIGITS_MAX: usize = 13;
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The secret part, as it goes over the wire.
pub(super) type SecretPart = [u8; SECRET_LENGTH];

/// A client notification token: `<flow number in base 36>.<192 random bits>`, in the alphabet of RFC 6750's b64token and
/// far below the 1024 characters of CIBA Core 1.0, 7.1.
///
/// The flow number is public: it finds the flow without a search, the rest proves the right to speak for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationToken {
    flow: u64,
    text: Secret<Box<str>>,
}

impl NotificationToken {
    /// The token of a flow. `randomness` comes from a cryptographic generator; each token needs its own.
    pub fn new(flow: u64, randomness: &[u8; RANDOM_BYTES]) -> Self {
        let mut text = String::with_capacity(FLOW_DIGITS_MAX + 1 + SECRET_LENGTH);
        write_base36(flow, &mut text);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(randomness, &mut text);
        NotificationToken { flow, text: Secret::new(text.into()) }
    }

    /// The flow's number.
    pub fn flow(&self) -> u64 {
        self.flow
    }

    /// The token itself, for the wire.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    pub(super) fn secret_part(&self) -> SecretPart {
        // The constructor is the only one: the text ends in exactly this many characters.
        parse(self.expose().as_bytes()).map_or([0; SECRET_LENGTH], |(_, secret)| *secret)
    }
}

/// Takes a presented token apart; `None` when no token of this tool looks so. Only the spelling that
/// [`NotificationToken::new`] writes is taken, else an altered token could pass.
pub(super) fn parse(presented: &[u8]) -> Option<(u64, &SecretPart)> {
    let (rest, secret) = presented.split_last_chunk::<SECRET_LENGTH>()?;
    let digits = rest.strip_suffix(b".")?;
    if digits.len() > FLOW_DIGITS_MAX || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    let flow = digits.iter().try_fold(0_u64, |flow, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            _ => return None,
        };
        flow.checked_mul(36)?.checked_add(u64::from(value))
    });
    if digits.is_empty() { None } else { Some((flow?, secret)) }
}

fn write_base36(mut number: u64, text: &mut String) {
    let mut reversed = [0; FLOW_DIGITS_MAX];
    let mut length = 0;
    loop {
        reversed[length] = DIGITS[(number % 36) as usize];
        length += 1;
        number /= 36;
        if number == 0 {
            break;
        }
    }
    text.extend(reversed[..length].iter().rev().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_flow_number_and_a_secret_in_the_b64token_alphabet() {
        for (flow, prefix) in
            [(0, "0."), (35, "z."), (36, "10."), (123_456, "2n9c."), (u64::MAX, "3w5e11264sgsf.")]
        {
            let token = NotificationToken::new(flow, &[0xfb; RANDOM_BYTES]);
            assert!(token.expose().starts_with(prefix), "{flow}: {}", token.expose());
            assert_eq!(token.expose().len(), prefix.len() + 32);
            assert!(
                token.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b)),
                "{}",
                token.expose()
            );
            assert_eq!(parse(token.expose().as_bytes()), Some((flow, &token.secret_part())));
        }
    }

    #[test]
    fn no_other_spelling_is_taken() {
        let secret = "A".repeat(SECRET_LENGTH);
        for flow in ["", "00", "0a", "A", "+5", "-5", " 5", "5.", "zzzzzzzzzzzzz", "11111111111111"] {
            assert_eq!(parse(format!("{flow}.{secret}").as_bytes()), None, "{flow:?}");
        }
        for text in ["", ".", "5", &secret, &format!("5{secret}")] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_the_flow_and_not_the_secret() {
        let shown = format!("{:?}", NotificationToken::new(7, b"canary-canary-canary-123"));
        assert_eq!(shown, "NotificationToken { flow: 7, text: [secret] }");
    }
}
