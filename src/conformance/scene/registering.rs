//! Clients that a check registers, changes, and deletes again (RFC 7591, RFC 7592).

use super::requesting::ANSWER_TIMEOUT;
use super::{Scene, Seen};
use crate::ciba::{CIBA_GRANT_TYPE, DeliveryMode, Named as _, Secret};
use crate::conformance::claims::is_loopback;
use crate::conformance::registered_key::registered_key;
use crate::conformance::{ClientRecipe, Listed, Member, Outstanding, RegistrationStep, Stop, SurfaceClient};
use crate::jose::{GeneratedKey, SigningAlgorithm};
use crate::notification::Receiver;
use crate::target::{Client, ClientAuthentication, Credentials};
use crate::transport::{Call, Exchanged};
use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};
use url::Url;

/// Where nobody is notified: the name is reserved (RFC 2606, 3).
const NEVER_CALLED: &str = "client.example/ciba-bench/notify";
/// What a sector identifier document lists that forgets its client.
const ANOTHER_ADDRESS: &str = "https://another-client.example/jwks.json";
/// The member that names the notification endpoint (CIBA Core 1.0, 4).
const ENDPOINT: &str = "backchannel_client_notification_endpoint";
/// Algorithms by which registered clients sign, the one that is taken first before the others.
const ALGORITHMS: [SigningAlgorithm; 4] =
    [SigningAlgorithm::Es256, SigningAlgorithm::Ps256, SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa];

/// A client that this check has registered.
#[derive(Debug, Clone)]
pub struct RegisteredSeen {
    /// The client, as requests need it.
    pub client: SurfaceClient,
    /// Where its registration is changed, and the token for that (RFC 7592, 3).
    pub configuration: Option<(Url, Secret<String>)>,
}

/// Documents that a check publishes.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// What tells them from other checks'.
    number: Option<u64>,
    suffixes: Vec<String>,
}

impl Scene {
    pub(super) async fn registration(&mut self, step: RegistrationStep) -> Result<(), Stop> {
        self.answers.clear();
        match step {
            RegistrationStep::Register(recipe) => {
                let members = self.members(&recipe)?;
                let (url, token) = self.registration_endpoint()?;
                let seen = self.call_registration(Method::POST, url, token, &members).await?;
                self.note_registered(&recipe, &members, &seen);
                self.answers.push(seen);
            }
            RegistrationStep::Update(recipe) => {
                let mut members = self.members(&recipe)?;
                let registered = self.registered.last().cloned();
                let registered =
                    registered.ok_or_else(|| Stop::Broken("the script registered no client".to_owned()))?;
                let reason = "the server names no registration_client_uri: registrations cannot be changed";
                let (url, token) =
                    registered.configuration.ok_or_else(|| Stop::NotApplicable(reason.to_owned()))?;
                members.insert("client_id".to_owned(), json!(registered.client.registered.id()));
                if let Some(secret) = &registered.client.secret {
                    members.insert("client_secret".to_owned(), json!(secret.expose()));
                }
                let seen = self.call_registration(Method::PUT, url, Some(token), &members).await?;
                self.note_changed(&seen);
                self.answers.push(seen);
            }
        }
        Ok(())
    }

    /// A client that the check has registered, counted from 0.
    pub(super) fn registered_client(&self, number: usize) -> Result<&SurfaceClient, Stop> {
        let registered = self.registered.get(number).map(|seen| &seen.client);
        registered.ok_or_else(|| Stop::Inconclusive {
            expected: format!("registered client {}", number + 1),
            actual: "there is none".to_owned(),
        })
    }

    /// Deletes what the check has registered, and notes what could not be deleted.
    pub async fn delete_registered(&mut self) {
        let Some(registration) = self.surface.registration.clone() else { return };
        let ids: Vec<_> =
            self.registered.drain(..).map(|seen| seen.client.registered.id().to_owned()).collect();
        if ids.is_empty() {
            return;
        }
        self.notes.extend(registration.delete(self.surface.transport.as_ref(), &ids).await);
    }

    /// Publishes the check's documents no longer.
    pub(super) fn withdraw_documents(&mut self) {
        let suffixes = std::mem::take(&mut self.published.suffixes);
        if let Some(notifications) = &self.surface.notifications {
            suffixes.iter().for_each(|suffix| notifications.receiver.withdraw(suffix));
        }
    }

    fn registration_endpoint(&self) -> Result<(Url, Option<Secret<String>>), Stop> {
        let registration = self.surface.registration.as_ref();
        let endpoint = self.surface.registration_endpoint();
        let reason = "clients cannot be registered ([registration] in the target file)";
        match (registration, endpoint) {
            (Some(registration), Some(endpoint)) => Ok((endpoint, registration.initial_access_token.clone())),
            (None, _) | (_, None) => Err(Stop::NotApplicable(reason.to_owned())),
        }
    }

    /// The metadata that a recipe comes to at this target.
    fn members(&mut self, recipe: &ClientRecipe) -> Result<Map<String, Value>, Stop> {
        let key = self.client_key()?;
        let asserts = self.lists("token_endpoint_auth_methods_supported", "private_key_jwt");
        let method = if asserts { "private_key_jwt" } else { "client_secret_basic" };
        let mut members = Map::new();
        let mut say = |name: &str, value: Value| members.insert(name.to_owned(), value);
        say("client_name", json!("ciba-bench"));
        say("redirect_uris", json!([]));
        say("response_types", json!([]));
        say("grant_types", json!([CIBA_GRANT_TYPE]));
        say("scope", json!(self.surface.clients.main.scope));
        say("backchannel_token_delivery_mode", json!(recipe.mode.name()));
        say("token_endpoint_auth_method", json!(method));
        say("jwks", json!({ "keys": [key.public_jwk] }));
        if recipe.mode != DeliveryMode::Poll {
            say(ENDPOINT, json!(self.https_endpoint()));
        }
        // The default of OpenID Connect is RS256, which not every server has.
        if let Some(alg) = self.listed_algorithm("id_token_signing_alg_values_supported") {
            say("id_token_signed_response_alg", json!(alg.name()));
        }
        if self.surface.clients.main.registered.request_key().is_some() {
            let alg = key.signing_key.algorithm().name();
            say("backchannel_authentication_request_signing_alg", json!(alg));
        }
        for (name, value) in recipe.changes() {
            match value {
                Some(value) => {
                    let value = self.member(value)?;
                    members.insert(name.to_owned(), Value::String(value));
                }
                None => {
                    members.remove(name);
                }
            }
        }
        if members.get("token_endpoint_auth_method") == Some(&json!("private_key_jwt")) {
            let alg = key.signing_key.algorithm().name();
            members.insert("token_endpoint_auth_signing_alg".to_owned(), json!(alg));
        }
        Ok(members)
    }

    fn member(&mut self, value: Member) -> Result<String, Stop> {
        Ok(match value {
            Member::Text(text) => text.to_owned(),
            Member::Endpoint => self.https_endpoint(),
            Member::PlainEndpoint => self.https_endpoint().replacen("https://", "http://", 1),
            Member::KeySet => {
                let keys = json!({ "keys": [self.client_key()?.public_jwk] });
                self.publish("keys", Some(&keys))?
            }
            Member::Nothing => self.publish("nothing", None)?,
            Member::Sector(Listed::Keys) => {
                let keys = self.member(Member::KeySet)?;
                self.publish("sector", Some(&json!([keys])))?
            }
            Member::Sector(Listed::Endpoint) => {
                let endpoint = self.https_endpoint();
                self.publish("sector", Some(&json!([endpoint])))?
            }
            Member::Sector(Listed::Others) => {
                self.publish("other-sector", Some(&json!([ANOTHER_ADDRESS])))?
            }
        })
    }

    /// Our own notification endpoint where it is served by HTTPS, or one that is never called. One on loopback is not taken: there a
    /// server need not mind plain http, and the two have to differ by that alone.
    fn https_endpoint(&self) -> String {
        let own = self.surface.notifications.as_ref().map(|notifications| &notifications.url);
        match own.filter(|url| url.scheme() == "https" && !is_loopback(url)) {
            Some(url) => url.as_str().to_owned(),
            None => format!("https://{NEVER_CALLED}"),
        }
    }

    /// The address of a document of this check's, and the document there if there is to be one.
    fn publish(&mut self, name: &str, document: Option<&Value>) -> Result<String, Stop> {
        let number = *self.published.number.get_or_insert_with(|| self.surface.next_flow());
        let suffix = Receiver::document_suffix(number, name);
        let notifications = self.surface.notifications.as_ref().ok_or_else(|| {
            Stop::NotApplicable(
                "there is no notification endpoint of ours beside which to publish".to_owned(),
            )
        })?;
        if let Some(document) = document {
            let published = notifications.receiver.publish(&suffix, document.to_string());
            published.map_err(|full| Stop::Broken(full.to_string()))?;
            self.published.suffixes.push(suffix.clone());
        }
        let mut url = notifications.url.clone();
        url.set_path(&format!("{}{suffix}", url.path().trim_end_matches('/')));
        Ok(url.into())
    }

    /// The key of the clients that checks register.
    fn client_key(&self) -> Result<GeneratedKey, Stop> {
        let assertions = self.listed_algorithm("token_endpoint_auth_signing_alg_values_supported");
        registered_key(assertions.unwrap_or(ALGORITHMS[0])).map_err(|error| Stop::Broken(error.to_string()))
    }

    /// The algorithm of ours that the metadata list under this name.
    fn listed_algorithm(&self, name: &str) -> Option<SigningAlgorithm> {
        ALGORITHMS.into_iter().find(|alg| self.lists(name, alg.name()))
    }

    fn lists(&self, name: &str, word: &str) -> bool {
        let listed = self.surface.facts.metadata.get(name).and_then(Value::as_array);
        listed.is_some_and(|listed| listed.iter().any(|known| known == word))
    }

    /// Keeps a client that the server has registered.
    fn note_registered(&mut self, recipe: &ClientRecipe, asked: &Map<String, Value>, seen: &Seen) {
        let created = seen.status().is_some_and(|status| (200..300).contains(&status));
        let Some(id) = seen.text("client_id").filter(|_| created).map(str::to_owned) else { return };
        let secret = seen.text("client_secret").map(|secret| Secret::new(secret.to_owned()));
        if let Some(secret) = &secret {
            // As HTTP Basic joins and encodes them (RFC 6749, 2.3.1).
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            self.scrubber.learn(&format!("{}:{}", encode(&id), encode(secret.expose())));
        }
        let configuration = configuration(seen);
        if let Some(registration) = &self.surface.registration {
            registration.note(Outstanding { client_id: id.clone(), configuration: configuration.clone() });
        }
        let Ok(key) = self.client_key() else { return };
        let method = seen.member("token_endpoint_auth_method").or(asked.get("token_endpoint_auth_method"));
        let by_key = method.and_then(Value::as_str) == Some(ClientAuthentication::PrivateKeyJwt.name());
        let credentials = match by_key {
            true => Credentials::PrivateKeyJwt(key.signing_key.clone()),
            false => Credentials::SecretBasic(secret.unwrap_or_else(|| Secret::new(String::new()))),
        };
        let signs = recipe.signs || self.surface.clients.main.registered.request_key().is_some();
        let registered = Client::new(&id, recipe.mode, &credentials)
            .signing_requests(signs.then(|| key.signing_key.clone()));
        let main = &self.surface.clients.main;
        let parameters = main.parameters.clone();
        let client = SurfaceClient::new(registered, &credentials, main.scope.clone());
        let client = SurfaceClient { parameters, ..client };
        self.registered.push(RegisteredSeen { client, configuration });
    }

    /// A server may give out another token with each answer (RFC 7592, 3).
    fn note_changed(&mut self, seen: &Seen) {
        let (Some(last), Some(configuration)) = (self.registered.last_mut(), configuration(seen)) else {
            return;
        };
        last.configuration = Some(configuration.clone());
        let client_id = last.client.registered.id().to_owned();
        if let Some(registration) = &self.surface.registration {
            registration.note(Outstanding { client_id, configuration: Some(configuration) });
        }
    }

    async fn call_registration(
        &mut self,
        method: Method,
        url: Url,
        token: Option<Secret<String>>,
        members: &Map<String, Value>,
    ) -> Result<Seen, Stop> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = token {
            self.scrubber.learn(token.expose());
            if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        }
        let body = Value::Object(members.clone()).to_string();
        let shown = format!("{method} {url}");
        let form = crate::record::redact_body(body.as_bytes());
        let call = Call {
            method,
            url: url.into(),
            headers,
            body: Bytes::from(body),
            timeout: ANSWER_TIMEOUT,
            identity: None,
        };
        let Exchanged { result, timeline } = self.surface.transport.exchange(call).await;
        if let Ok(answer) = &result {
            self.scrubber.learn_json(&answer.body);
        }
        let seen = Seen::new(result, timeline, false);
        self.keep(shown, form, &seen);
        match &seen.result {
            Ok(_) => Ok(seen),
            Err(failure) => {
                Err(Stop::Inconclusive { expected: "an answer".to_owned(), actual: failure.to_string() })
            }
        }
    }
}

/// Where a client's registration is changed and deleted, and by what token, as an answer tells it.
fn configuration(seen: &Seen) -> Option<(Url, Secret<String>)> {
    let url = seen.text("registration_client_uri").and_then(|url| Url::parse(url).ok());
    let token = seen.text("registration_access_token").map(|token| Secret::new(token.to_owned()));
    url.zip(token)
}
