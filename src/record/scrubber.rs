use super::exchange::SECRET_MEMBERS;
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

    /// Learns the values of those parameters whose names are secrets'.
    pub fn learn_parameters<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        parameters: impl IntoIterator<Item = (N, V)>,
    ) {
        for (name, value) in parameters {
            if SECRET_MEMBERS.contains(&name.as_ref()) {
                self.learn(value.as_ref());
            }
        }
    }

    /// Learns what a form says under names that are secrets'.
    pub fn learn_form(&mut self, form: &[u8]) {
        self.learn_parameters(form_urlencoded::parse(form));
    }

    /// Learns what a JSON object says under names that are secrets'.
    pub fn learn_json(&mut self, body: &[u8]) {
        if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(body) {
            let texts = members.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
            self.learn_parameters(texts);
        }
    }

    /// Learns the credentials of an `authorization` header, and the secret of HTTP Basic, which they hold encoded twice
    /// (RFC 6749, 2.3.1).
    pub fn learn_authorization(&mut self, header: &str) {
        let Some((_, credentials)) = header.split_once(' ') else { return };
        self.learn(credentials);
        let Ok(pair) = STANDARD.decode(credentials) else { return };
        let pair = String::from_utf8_lossy(&pair);
        self.learn(&pair);
        if let Some((_, secret)) = pair.split_once(':') {
            let decoded = form_urlencoded::parse(secret.as_bytes()).next();
            self.learn(decoded.as_ref().map_or(secret, |(secret, _)| secret));
        }
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

    #[test]
    fn what_goes_over_the_wire_is_learnt_by_its_name() {
        let mut scrubber = Scrubber::default();
        scrubber.learn_form(b"login_hint=nobody+secret&request=eyJ.canary.1&client_secret=p%2Fq%2Bcanary");
        scrubber.learn_json(br#"{"access_token":"canary-access","token_type":"Bearer...","expires_in":1}"#);
        scrubber.learn_authorization(&format!("Basic {}", STANDARD.encode("client:with%2Fcanary%2B")));
        scrubber.learn_authorization("Bearer canary-bearer");
        let mut text = "nobody secret, eyJ.canary.1, p/q+canary, p%2Fq%2Bcanary, canary-access, Bearer..., with/canary+, \
                        client:with%2Fcanary%2B, canary-bearer"
            .to_owned();
        scrubber.scrub(&mut text);
        let left =
            "nobody secret, [secret], [secret], [secret], [secret], Bearer..., [secret], [secret], [secret]";
        assert_eq!(text, left);
    }
}
