use std::sync::LazyLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};

use super::address::Address;
use crate::random;

/// The cookie that ties forms to one browser.
const COOKIE: &str = "cibasimulator";
/// Length of its value in characters.
const SESSION_LENGTH: usize = 32;

/// Each process has its own, so that forms of an earlier one are refused.
static KEY: LazyLock<hmac::Key> = LazyLock::new(|| {
    // The generator is seeded from the operating system at start; it cannot run dry afterwards.
    hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).expect("the random generator is seeded")
});

/// One browser, known by its cookie. Its forms carry a seal that only this process can make, so that a form which another
/// site submits, or another browser was given, decides nothing. Nothing is kept.
pub(super) struct Session {
    id: String,
    is_new: bool,
}

impl Session {
    /// The browser's session, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self::known(headers).unwrap_or_else(|| Self { id: random::unguessable(), is_new: true })
    }

    fn known(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.split_once('='));
        let (_, id) = pairs.find(|(name, _)| name.trim() == COOKIE)?;
        let id = id.trim();
        let is_ours = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (id.len() == SESSION_LENGTH && id.bytes().all(is_ours))
            .then(|| Self { id: id.to_owned(), is_new: false })
    }

    /// What the session's forms carry.
    pub(super) fn seal(&self) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&KEY, self.id.as_bytes()))
    }

    /// The cookie that a new session needs.
    pub(super) fn cookie(&self, address: &Address) -> Option<HeaderValue> {
        let secure = if address.secure { "; Secure" } else { "" };
        let cookie =
            format!("{COOKIE}={}; Path={}; HttpOnly; SameSite=Strict{secure}", self.id, address.path);
        // The session and a path of this server have no character that a header could not carry.
        self.is_new.then_some(cookie).and_then(|cookie| HeaderValue::try_from(cookie).ok())
    }

    /// The session from whose page a form comes, if one does: same site, same browser, same process.
    pub(super) fn of_form(headers: &HeaderMap, seal: &str, address: &Address) -> Option<Self> {
        // Browsers name the origin with every POST; other programs need not.
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let own_page = origins.all(|origin| origin.as_bytes() == address.origin.as_bytes());
        let session = Self::known(headers)?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        (own_page && hmac::verify(&KEY, session.id.as_bytes(), &seal).is_ok()).then_some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: Option<&str>, origin: Option<&str>) -> HeaderMap {
        let fields = [(header::COOKIE, cookie), (header::ORIGIN, origin)];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?.parse().unwrap()))).collect()
    }

    #[test]
    fn a_form_is_taken_from_the_page_and_the_browser_that_it_was_given_to() {
        let address = Address::of("http://op.test/t/w");
        let (session, other) = (Session::of(&HeaderMap::new()), Session::of(&HeaderMap::new()));
        let seal = session.seal();
        let cookie = format!("{COOKIE}={}", session.id);
        let beside = format!("a=b; {cookie}; c=d");
        let others = format!("{COOKIE}={}", other.id);
        let short = format!("{COOKIE}={}", &session.id[1..]);
        for (cookie, origin, seal, taken) in [
            (Some(&cookie), Some("http://op.test"), seal.as_str(), true),
            (Some(&beside), None, &seal, true),
            (None, Some("http://op.test"), &seal, false),
            (Some(&others), Some("http://op.test"), &seal, false),
            (Some(&short), Some("http://op.test"), &seal, false),
            (Some(&cookie), Some("http://op.test"), "", false),
            (Some(&cookie), Some("http://op.test"), &other.seal(), false),
            (Some(&cookie), Some("http://op.test"), &seal[1..], false),
            (Some(&cookie), Some("http://op.test"), "%%%", false),
            (Some(&cookie), Some("https://op.test"), &seal, false),
            (Some(&cookie), Some("http://op.test:8080"), &seal, false),
            (Some(&cookie), Some("http://op.test.attacker.test"), &seal, false),
            (Some(&cookie), Some("null"), &seal, false),
        ] {
            let headers = headers(cookie.map(String::as_str), origin);
            assert_eq!(Session::of_form(&headers, seal, &address).is_some(), taken, "{headers:?} {seal}");
        }
    }

    #[test]
    fn a_browser_keeps_its_session_and_gets_one_cookie() {
        let first = Session::of(&HeaderMap::new());
        let cookie = first.cookie(&Address::of("https://op.test/t/w")).unwrap();
        let cookie = cookie.to_str().unwrap();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/t/w/cibasimulator; HttpOnly; SameSite=Strict; Secure");
        let again = Session::of(&headers(Some(pair), None));
        assert_eq!(again.seal(), first.seal());
        assert!(again.cookie(&Address::of("https://op.test/t/w")).is_none());
        let plain = first.cookie(&Address::of("http://op.test/t/w")).unwrap();
        assert!(plain.to_str().unwrap().ends_with("; SameSite=Strict"));
    }
}
