use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Shortest secret that is struck out: what is shorter would strike out words that are none.
const SECRET_MIN: usize = 8;
/// What stands in its place.
const STRUCK_OUT: &str = "[secret]";

/// Strikes secrets out of what is shown, wherever a server may have put them, for example into an error description.
/// Plain, form-encoded or in base64.
#[derive(Default)]
pub struct Scrubber {
    forms: Vec<String>,
}

impl Scrubber {
    /// Learns a secret.
    pub fn learn(&mut self, secret: &str) {
        if secret.len() < SECRET_MIN {
            return;
        }
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [secret.to_owned(), encoded, STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)] {
            if !self.forms.contains(&form) {
                self.forms.push(form);
            }
        }
        // The longest first, so that a token that contains another one is struck out whole.
        self.forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// Strikes out of a text.
    pub fn scrub(&self, text: &mut String) {
        for form in &self.forms {
            if text.contains(form.as_str()) {
                *text = text.replace(form.as_str(), STRUCK_OUT);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_struck_out_in_every_coat() {
        let mut scrubber = Scrubber::default();
        scrubber.learn("canary/secret+1");
        scrubber.learn("short");
        let mut text = format!(
            "canary/secret+1 canary%2Fsecret%2B1 {} {} short",
            STANDARD.encode("canary/secret+1"),
            URL_SAFE_NO_PAD.encode("canary/secret+1")
        );
        scrubber.scrub(&mut text);
        assert_eq!(text, "[secret] [secret] [secret] [secret] short");
    }
}
