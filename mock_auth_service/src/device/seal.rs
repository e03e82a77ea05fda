use std::{net::IpAddr, sync::LazyLock};

use aws_lc_rs::{hmac, rand, rand::SystemRandom};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header, uri::Authority};

/// The cookie that ties forms to one browser.
const COOKIE: &str = "ciba-bench-device";

/// Bytes of its value before it is encoded.
const SESSION_BYTES: usize = 24;

/// Each process has its own, so that forms of an earlier one are refused.
static KEY: LazyLock<hmac::Key> = LazyLock::new(|| {
    // Without randomness from the operating system there is no TLS either.
    hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).expect("the random generator is seeded")
});

/// One browser, known by its cookie. Its forms carry a seal that only this process can make. Nothing is kept.
pub(super) struct Session {
    id: String,
    is_new: bool,
}

impl Session {
    /// The browser's session, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self::known(headers).unwrap_or_else(|| {
            let mut bytes = [0; SESSION_BYTES];
            rand::fill(&mut bytes).expect("the random generator is seeded");
            Self { id: URL_SAFE_NO_PAD.encode(bytes), is_new: true }
        })
    }

    fn known(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.split_once('='));
        let (_, id) = pairs.find(|(name, _)| name.trim() == COOKIE)?;
        let is_ours = URL_SAFE_NO_PAD.decode(id.trim()).is_ok_and(|bytes| bytes.len() == SESSION_BYTES);
        is_ours.then(|| Self { id: id.trim().to_owned(), is_new: false })
    }

    /// What the session's forms carry.
    pub(super) fn seal(&self) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&KEY, self.id.as_bytes()))
    }

    /// The cookie that a new session needs.
    pub(super) fn cookie(&self, path: &str) -> Option<HeaderValue> {
        let cookie = format!("{COOKIE}={}; Path={path}; HttpOnly; SameSite=Strict", self.id);
        self.is_new.then_some(cookie).and_then(|cookie| HeaderValue::try_from(cookie).ok())
    }

    /// Whether a form comes from a page that this browser was given here.
    pub(super) fn made(&self, headers: &HeaderMap, seal: &str) -> bool {
        // Browsers name the origin with every POST; other programs need not.
        let own = host(headers).map(|host| format!("http://{host}"));
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let own_page =
            origins.all(|origin| own.as_ref().is_some_and(|own| origin.as_bytes() == own.as_bytes()));
        let seal = URL_SAFE_NO_PAD.decode(seal).unwrap_or_default();
        own_page && !self.is_new && hmac::verify(&KEY, self.id.as_bytes(), &seal).is_ok()
    }
}

/// Whether a browser was sent here by a name of this machine. A name of somebody else's that leads to loopback would make
/// their pages ours.
pub(super) fn is_addressed_to_loopback(headers: &HeaderMap) -> bool {
    host(headers).and_then(|host| host.parse::<Authority>().ok()).is_some_and(|authority| {
        let host = authority.host();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
    })
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header};

    use super::{COOKIE, Session, is_addressed_to_loopback};

    fn headers(host: Option<&str>, cookie: Option<&str>, origin: Option<&str>) -> HeaderMap {
        let fields = [(header::HOST, host), (header::COOKIE, cookie), (header::ORIGIN, origin)];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?.parse().unwrap()))).collect()
    }

    #[test]
    fn a_form_is_taken_from_the_page_and_the_browser_that_it_was_given_to() {
        let (session, other) = (Session::of(&HeaderMap::new()), Session::of(&HeaderMap::new()));
        let (cookie, others) = (format!("a=b; {COOKIE}={}", session.id), format!("{COOKIE}={}", other.id));
        let (seal, here, origin) = (session.seal(), Some("127.0.0.1:4011"), Some("http://127.0.0.1:4011"));
        for (host, cookie, origin, seal, taken) in [
            (here, Some(&cookie), origin, seal.as_str(), true),
            (here, Some(&cookie), None, &seal, true),
            (here, None, origin, &seal, false),
            (here, Some(&others), origin, &seal, false),
            (here, Some(&cookie), origin, "", false),
            (here, Some(&cookie), origin, &other.seal(), false),
            (here, Some(&cookie), Some("http://127.0.0.1:4010"), &seal, false),
            (here, Some(&cookie), Some("https://127.0.0.1:4011"), &seal, false),
            (here, Some(&cookie), Some("null"), &seal, false),
            (None, Some(&cookie), origin, &seal, false),
        ] {
            let headers = headers(host, cookie.map(String::as_str), origin);
            assert_eq!(Session::of(&headers).made(&headers, seal), taken, "{headers:?} {seal}");
        }
    }

    #[test]
    fn a_browser_keeps_its_session_and_gets_one_cookie() {
        let first = Session::of(&HeaderMap::new());
        let cookie = first.cookie("/device").unwrap();
        let (pair, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/device; HttpOnly; SameSite=Strict");
        let again = Session::of(&headers(None, Some(pair), None));
        assert_eq!(again.seal(), first.seal());
        assert!(again.cookie("/device").is_none());
        assert!(Session::of(&headers(None, Some(&pair[..pair.len() - 2]), None)).is_new);
    }

    #[test]
    fn only_names_of_this_machine_lead_here() {
        for (host, ours) in [
            (Some("127.0.0.1:4011"), true),
            (Some("127.7.7.7"), true),
            (Some("LocalHost:4011"), true),
            (Some("[::1]:4011"), true),
            (Some("localhost.attacker.test:4011"), false),
            (Some("127.0.0.1.attacker.test"), false),
            (Some("192.0.2.7:4011"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(is_addressed_to_loopback(&headers(host, None, None)), ours, "{host:?}");
        }
    }
}
