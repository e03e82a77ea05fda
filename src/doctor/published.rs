use super::finding::Look;
use super::judgement::{Known, Sample};
use super::said::Said;
use crate::ciba::{CIBA_GRANT_TYPE, DeliveryMode};
use crate::clock::Clock;
use crate::jose::{KeySet, SubjectLedger};
use crate::relying_party::{IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds};
use crate::target::file::ClientEntry;
use crate::target::{DiscoveryError, TargetFacts};
use crate::transport::{Call, Exchanged, Transport};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{HeaderName, Method};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

/// Longest wait for an answer that nobody has to think about.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// What a client asks for whose entry in the target file does not say.
const SCOPE: &str = "openid";

/// A target's published facts, and what requests to it have in common.
pub(super) struct Published {
    pub(super) facts: Arc<TargetFacts>,
    /// Its keys; none where they could not be read.
    pub(super) keys: KeySet,
    pub(super) clock: Clock,
    pub(super) trace: TraceIds,
}

/// A request without credentials, and what it met.
pub(super) struct Knock {
    pub(super) said: Said,
    pub(super) sample: Option<Sample>,
}

impl Published {
    /// A client of the target whose calls go by this transport.
    pub(super) fn party(
        &self,
        entry: &ClientEntry,
        mode: DeliveryMode,
        known: &Known,
        transport: Arc<dyn Transport>,
        poll_timeout: Duration,
    ) -> RelyingParty {
        let client = entry.client(mode);
        let settings = PartySettings {
            scope: entry.scope.clone().unwrap_or_else(|| SCOPE.to_owned()),
            parameters: RequestParameters {
                user_codes: entry.user_code.then(|| known.target.user_codes.codes()),
                acr_values: entry.acr_values.clone(),
                further: entry.parameters.clone(),
                ..RequestParameters::default()
            },
            request_timeout: ANSWER_WITHIN,
            poll_timeout,
            trace: self.trace,
        };
        let subjects = Arc::new(Mutex::new(SubjectLedger::new(known.target.subject)));
        let keys = Arc::new(IssuerKeys::of(self.keys.clone(), self.clock));
        RelyingParty::new(client, Arc::clone(&self.facts), keys, subjects, transport, settings, self.clock)
    }
}

/// Fetches the keys; an error says what is wrong with them.
pub(super) async fn fetch_keys(facts: &TargetFacts, transport: &dyn Transport) -> Result<KeySet, Look> {
    let url = &facts.jwks_uri;
    let body = facts.fetch_keys(transport).await.map_err(|error| match error {
        DiscoveryError::Unreachable { url, failure } => Look::failed(
            format!("{url}: {failure}"),
            "network: jwks_uri of the metadata has to be reachable from here; server's console: its public URL",
        ),
        DiscoveryError::Status { url, status } => Look::failed(
            format!("{url}: status {status}, expected 200"),
            "server's console: jwks_uri in the metadata names an address that does not serve the keys",
        ),
        error @ (DiscoveryError::Form { .. } | DiscoveryError::NoCiba { .. }) => {
            Look::failed(error.to_string(), "server's console: jwks_uri in the metadata")
        }
    })?;
    KeySet::parse(&body).map_err(|error| {
        Look::failed(
            format!("{url}: {error}"),
            "server's console: jwks_uri in the metadata has to serve a JSON Web Key Set (RFC 7517)",
        )
    })
}

/// Asks the token endpoint for tokens without credentials.
pub(super) async fn knock_at_tokens(url: &Url, transport: &dyn Transport, clock: Clock) -> Knock {
    let grant: String = form_urlencoded::byte_serialize(CIBA_GRANT_TYPE.as_bytes()).collect();
    knock(url, format!("grant_type={grant}"), FORM, transport, clock).await
}

/// Sends the backchannel authentication endpoint a request without credentials and without a hint.
pub(super) async fn knock_at_backchannel(url: &Url, transport: &dyn Transport, clock: Clock) -> Knock {
    knock(url, format!("scope={SCOPE}"), FORM, transport, clock).await
}

/// Calls an endpoint of our own as the server would, without credentials.
pub(super) async fn knock_at_our_own(url: &Url, transport: &dyn Transport, clock: Clock) -> Said {
    knock(url, "{}".to_owned(), JSON, transport, clock).await.said
}

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

async fn knock(url: &Url, body: String, form: HeaderValue, transport: &dyn Transport, clock: Clock) -> Knock {
    let headers: [(HeaderName, HeaderValue); 2] = [(ACCEPT, JSON), (CONTENT_TYPE, form)];
    let call = Call {
        method: Method::POST,
        url: url.clone().into(),
        headers: HeaderMap::from_iter(headers),
        body: Bytes::from(body),
        timeout: ANSWER_WITHIN,
        identity: None,
    };
    let Exchanged { result, timeline } = transport.exchange(call).await;
    let said = Said::of(&result);
    let sample = said.date().map(|date| Sample {
        date,
        sent: clock.wall(timeline.sent),
        answered: clock.wall(timeline.ended),
    });
    Knock { said, sample }
}
