//! What goes over the wire between client and server, kept or changed on the way.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciba_bench::notification::{Notification, NotificationSink, Stranger};
use ciba_bench::transport::{Call, Exchanged, Transport};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jwt_simple::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// The parameters and members that are JWTs.
const JWTS: [&str; 5] = ["client_assertion", "request", "login_hint_token", "id_token_hint", "id_token"];

/// A transport that remembers every JWT, and every published key; or that changes the signature of one parameter.
pub struct Overheard {
    inner: Arc<dyn Transport>,
    tampers: Option<&'static str>,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    tokens: BTreeSet<(&'static str, String)>,
    published: Vec<Value>,
}

impl Overheard {
    pub fn listening(inner: Arc<dyn Transport>) -> Self {
        Overheard { inner, tampers: None, heard: Arc::default() }
    }

    pub fn tampering(inner: Arc<dyn Transport>, parameter: &'static str) -> Self {
        Overheard { tampers: Some(parameter), ..Self::listening(inner) }
    }

    /// What is pushed is remembered, too, and handed on.
    pub fn pushes(&self, inner: Arc<dyn NotificationSink>) -> Pushes {
        Pushes { inner, heard: Arc::clone(&self.heard) }
    }

    /// Verifies all JWTs, by the clients' keys, the keys that the server publishes, and the shared secret; those that strangers
    /// made are left out. Gives how many there were of each kind.
    pub fn verify_all(&self, public_keys: &[Value], secret: &str) -> BTreeMap<&'static str, u64> {
        let heard = self.heard.lock().unwrap();
        let keys: Vec<&Value> = public_keys.iter().chain(&heard.published).collect();
        let mut verified = BTreeMap::new();
        for (name, token) in &heard.tokens {
            let header: Value = serde_json::from_slice(&decoded(token.split('.').next().unwrap())).unwrap();
            let key = keys.iter().find(|key| key["kid"] == header["kid"]);
            if verified_by(token, header["alg"].as_str().unwrap(), key.copied(), secret) {
                *verified.entry(*name).or_default() += 1;
            }
        }
        verified
    }
}

/// A sink that remembers the ID token of every push.
pub struct Pushes {
    inner: Arc<dyn NotificationSink>,
    heard: Arc<Mutex<Heard>>,
}

impl NotificationSink for Pushes {
    fn notified(&self, notification: Notification) {
        let pushed = notification.push.as_ref().map(|push| serde_json::from_slice::<Value>(push.expose()));
        if let Some(token) = pushed.and_then(|body| body.unwrap()["id_token"].as_str().map(str::to_owned)) {
            self.heard.lock().unwrap().tokens.insert(("id_token", token));
        }
        self.inner.notified(notification);
    }

    fn stranger(&self, stranger: Stranger) {
        self.inner.stranger(stranger);
    }
}

fn verified_by(token: &str, alg: &str, key: Option<&Value>, secret: &str) -> bool {
    let member = |name: &str| key.map(|key| decoded(key[name].as_str().unwrap())).unwrap();
    let point = || [&[4][..], &member("x"), &member("y")].concat();
    let options = None;
    match (alg, key) {
        ("HS256", _) => HS256Key::from_bytes(secret.as_bytes()).verify_token::<Value>(token, options),
        (_, None) => return false,
        ("ES256", _) => ES256PublicKey::from_bytes(&point()).unwrap().verify_token(token, options),
        ("EdDSA", _) => Ed25519PublicKey::from_bytes(&member("x")).unwrap().verify_token(token, options),
        ("RS256", _) => {
            RS256PublicKey::from_components(&member("n"), &member("e")).unwrap().verify_token(token, options)
        }
        ("PS256", _) => {
            PS256PublicKey::from_components(&member("n"), &member("e")).unwrap().verify_token(token, options)
        }
        (other, _) => panic!("an algorithm that nobody uses here: {other}"),
    }
    .is_ok()
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The first character of the signature is another one.
fn tampered(token: &str) -> String {
    let at = token.rfind('.').unwrap() + 1;
    let other = if token[at..].starts_with('A') { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

impl Transport for Overheard {
    fn exchange(&self, mut call: Call) -> BoxFuture<'static, Exchanged> {
        let form: Vec<(String, String)> = form_urlencoded::parse(&call.body).into_owned().collect();
        let heard = Arc::clone(&self.heard);
        for (name, value) in &form {
            if let Some(name) = JWTS.iter().find(|jwt| *jwt == name) {
                heard.lock().unwrap().tokens.insert((name, value.clone()));
            }
        }
        if let Some(parameter) =
            self.tampers.filter(|parameter| form.iter().any(|(name, _)| name == parameter))
        {
            let changed = form.iter().map(|(name, value)| match name == parameter {
                true => (name, tampered(value)),
                false => (name, value.clone()),
            });
            call.body = form_urlencoded::Serializer::new(String::new()).extend_pairs(changed).finish().into();
        }
        let exchange = self.inner.exchange(call);
        async move {
            let exchanged = exchange.await;
            let Ok(answer) = &exchanged.result else { return exchanged };
            if let Ok(body) = serde_json::from_slice::<Value>(&answer.body) {
                let mut heard = heard.lock().unwrap();
                if let Some(token) = body["id_token"].as_str() {
                    heard.tokens.insert(("id_token", token.to_owned()));
                }
                heard.published.extend(body["keys"].as_array().into_iter().flatten().cloned());
            }
            exchanged
        }
        .boxed()
    }
}
