//! Consents of a bank: creating, reading and deleting them with a client's own token, and naming them in requests.

use super::requesting::{ANSWER_TIMEOUT, Parameters};
use super::{Scene, Seen};
use crate::conformance::stranger::stranger;
use crate::conformance::{By, ConsentName, ConsentStep, ConsentToken, Request, Stop};
use crate::jose::SigningKey;
use crate::open_banking::{
    CONSENT_TYPES, ConsentMedia, ConsentReference, ConsentTerms, ConsentType, consent_id, jwt_payload,
};
use crate::transport::{Call, Exchanged};
use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;

/// A consent that no bank has given out.
const INVENTED: &str = "urn:ciba-bench:no-such-consent";
/// The account that consents name, as far as they name one.
const ACCOUNT: &str = "22289";

/// The consent that a check is about.
#[derive(Debug, Clone)]
pub struct ConsentSeen {
    /// Its kind.
    pub kind: &'static ConsentType,
    /// Its id.
    pub id: String,
}

impl Scene {
    pub(super) async fn consent(&mut self, step: ConsentStep) -> Result<(), Stop> {
        self.answers.clear();
        match step {
            ConsentStep::Create(by) => {
                let kind = self.kind_for(by)?;
                let key = self.consent_key(by)?;
                let seen = self.ask_for_consent(by, kind, key).await?;
                let document = document(kind, &seen);
                let created = matches!(seen.status(), Some(200 | 201));
                let id = document.as_ref().and_then(consent_id).filter(|_| created).map(str::to_owned);
                let actual = seen.in_words();
                self.answers.push(seen);
                let id = id.ok_or(Stop::Inconclusive { expected: "a consent".to_owned(), actual })?;
                self.consent = Some(ConsentSeen { kind, id });
                Ok(())
            }
            ConsentStep::CreateForged(by) => {
                let kind = self.kind_for(by)?;
                let key = self.consent_key(by)?.map(|key| stranger(key.algorithm()).named(key.id()));
                let seen = self.ask_for_consent(by, kind, key).await?;
                self.answers.push(seen);
                Ok(())
            }
            ConsentStep::Read(by, token) => {
                let seen = self.call_consent(Method::GET, by, token).await?;
                self.answers.push(seen);
                Ok(())
            }
            ConsentStep::Delete(by) => {
                let seen = self.call_consent(Method::DELETE, by, ConsentToken::Own).await?;
                self.answers.push(seen);
                Ok(())
            }
        }
    }

    /// Applies what a request says about a consent.
    pub(super) fn name_consent(
        &self,
        parameters: &mut Parameters,
        name: ConsentName,
        by: By,
    ) -> Result<(), Stop> {
        let current = || self.current_consent();
        let (kind, id) = match name {
            ConsentName::Current => (current()?.kind, Some(current()?.id.as_str())),
            ConsentName::Invented => (self.kind_for(by)?, Some(INVENTED)),
            ConsentName::Missing => (self.kind_for(by)?, None),
        };
        if let Some((_, scope)) = parameters.iter_mut().find(|(known, _)| known == "scope") {
            *scope = match id {
                Some(id) => kind.scope(scope, id),
                None => format!("{scope} {}", kind.request_scope),
            };
        }
        if let (ConsentReference::IntentId, Some(id)) = (kind.reference, id) {
            parameters.push(("openbanking_intent_id".to_owned(), id.to_owned()));
        }
        Ok(())
    }

    /// The current consent.
    pub(in crate::conformance) fn current_consent(&self) -> Result<&ConsentSeen, Stop> {
        self.consent.as_ref().ok_or_else(|| Stop::Broken("the script created no consent".to_owned()))
    }

    /// What the last answer says of the current consent.
    pub(in crate::conformance) fn consent_document(&self) -> Option<Value> {
        document(self.consent.as_ref()?.kind, self.answers.last()?)
    }

    /// The consents of a third party with a key are signed where the bank has such consents.
    fn kind_for(&self, by: By) -> Result<&'static ConsentType, Stop> {
        let bank = self.surface.bank.as_ref();
        let kind =
            bank.and_then(|bank| if by == By::SigningThirdParty { bank.signed() } else { bank.plain() });
        kind.ok_or_else(|| Stop::NotApplicable("the target has no such consents ([open_banking])".to_owned()))
    }

    fn consent_key(&self, by: By) -> Result<Option<SigningKey>, Stop> {
        let client = self.client(by)?.registered;
        Ok(client.request_key().or(client.assertion_key()).cloned())
    }

    async fn ask_for_consent(
        &mut self,
        by: By,
        kind: &'static ConsentType,
        key: Option<SigningKey>,
    ) -> Result<Seen, Stop> {
        let token = self.own_token(by, kind.token_scope).await?;
        let url = self.consents_url(kind)?;
        let now = self.surface.clock.wall(self.surface.clock.now());
        let mut body = (kind.body)(&ConsentTerms { flow: self.surface.next_flow(), account: ACCOUNT, now });
        let (media, body) = match kind.media {
            ConsentMedia::Json => ("application/json", body.to_string()),
            ConsentMedia::Jwt => {
                let key = key.ok_or_else(|| {
                    Stop::NotApplicable("the client has no key to sign a consent".to_owned())
                })?;
                if let Value::Object(claims) = &mut body {
                    claims.extend(self.client(by)?.registered.consent_claims(&url, now));
                }
                let signed = key.sign(&body);
                ("application/jwt", signed.map_err(|error| Stop::Broken(error.to_string()))?)
            }
        };
        self.call_bank(Method::POST, url, Some(&token), Some((media, body))).await
    }

    async fn call_consent(&mut self, method: Method, by: By, token: ConsentToken) -> Result<Seen, Stop> {
        let ConsentSeen { kind, id } = self.current_consent()?.clone();
        let token = match token {
            ConsentToken::Own => Some(self.own_token(by, kind.token_scope).await?),
            ConsentToken::OtherScope => {
                let other = CONSENT_TYPES
                    .into_iter()
                    .find(|other| other.token_scope != kind.token_scope && other.reference == kind.reference);
                let scope = other.map_or("openid", |other| other.token_scope);
                Some(self.own_token(by, scope).await?)
            }
            ConsentToken::Missing => None,
        };
        let mut url = self.consents_url(kind)?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(&id);
        }
        self.call_bank(method, url, token.as_deref(), None).await
    }

    /// The client's own token (RFC 6749, 4.4).
    async fn own_token(&mut self, by: By, scope: &str) -> Result<String, Stop> {
        let parameters = vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("scope".to_owned(), scope.to_owned()),
        ];
        let endpoint = self.surface.facts.token_endpoint.clone();
        let seen = self.send(endpoint, &Request::by(by), parameters, false).await?;
        let token = seen.text("access_token").filter(|_| seen.status() == Some(200)).map(str::to_owned);
        let token = token.ok_or_else(|| Stop::Inconclusive {
            expected: format!("a token of the client's own for {scope}"),
            actual: seen.in_words(),
        })?;
        self.scrubber.learn(&token);
        Ok(token)
    }

    fn consents_url(&self, kind: &ConsentType) -> Result<Url, Stop> {
        let bank = self.surface.bank.as_ref();
        let mut url = bank
            .map(|bank| bank.base.clone())
            .ok_or_else(|| Stop::NotApplicable("the target is no bank ([open_banking])".to_owned()))?;
        let path = format!("{}{}", url.path().trim_end_matches('/'), kind.path);
        url.set_path(&path);
        Ok(url)
    }

    async fn call_bank(
        &mut self,
        method: Method,
        url: Url,
        token: Option<&str>,
        body: Option<(&'static str, String)>,
    ) -> Result<Seen, Stop> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/jwt"));
        if let Some(Ok(mut value)) = token.map(|token| HeaderValue::from_str(&format!("Bearer {token}"))) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let (request, form) =
            (format!("{method} {url}"), body.as_ref().map_or_else(String::new, |(_, body)| body.clone()));
        let body = match body {
            Some((media, body)) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
                Bytes::from(body)
            }
            None => Bytes::new(),
        };
        let call = Call { method, url: url.into(), headers, body, timeout: ANSWER_TIMEOUT, identity: None };
        let Exchanged { result, timeline } = self.surface.transport.exchange(call).await;
        let seen = Seen::new(result, timeline, false);
        self.keep(request, form, &seen);
        match &seen.result {
            Ok(_) => Ok(seen),
            Err(failure) => {
                Err(Stop::Inconclusive { expected: "an answer".to_owned(), actual: failure.to_string() })
            }
        }
    }
}

fn document(kind: &ConsentType, seen: &Seen) -> Option<Value> {
    match kind.media {
        ConsentMedia::Json => seen.json.clone(),
        ConsentMedia::Jwt => {
            let answer = seen.result.as_ref().ok()?;
            jwt_payload(std::str::from_utf8(&answer.body).ok()?)
        }
    }
}
