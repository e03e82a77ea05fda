use crate::ciba::{CIBA_GRANT_TYPE, DeliveryMode};
use crate::transport::{Call, Failure, Transport};
use bytes::Bytes;
use http::header::{ACCEPT, HeaderMap, HeaderValue};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// Longest wait for the metadata or the keys.
const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// Most of a body that an error message quotes, in characters.
const QUOTED_MAX: usize = 120;

/// What a target says of itself (OpenID Connect Discovery 1.0, and CIBA Core 1.0, 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// Where the metadata were found.
    pub metadata_url: Url,
    /// The metadata as they were published.
    pub metadata: serde_json::Value,
    /// The issuer, exactly as the metadata have it: `iss` must equal it.
    pub issuer: String,
    /// Where authentication requests go.
    pub backchannel_authentication_endpoint: Url,
    /// Where token requests go.
    pub token_endpoint: Url,
    /// The keys that sign ID tokens.
    pub jwks_uri: Url,
    /// The protected API that a flow may end with.
    pub userinfo_endpoint: Option<Url>,
    /// Token introspection.
    pub introspection_endpoint: Option<Url>,
    /// `backchannel_token_delivery_modes_supported`, known names only.
    pub delivery_modes: Vec<DeliveryMode>,
    /// Whether `grant_types_supported` lists the CIBA grant.
    pub lists_ciba_grant: bool,
    /// Endpoints for clients with a certificate, each with the one that it stands for (RFC 8705, 5).
    pub mtls_aliases: Vec<(Url, Url)>,
}

/// Why a target cannot be used. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// Nothing answers there.
    #[error(
        "{url}: {failure}; check that the server runs and that the issuer is right (`issuer` in the target file)"
    )]
    Unreachable {
        /// The metadata's address.
        url: Box<Url>,
        /// What happened.
        failure: Failure,
    },
    /// Something else answers.
    #[error(
        "{url}: status {status}, expected 200; the issuer must be the URL before /.well-known/openid-configuration"
    )]
    Status {
        /// The metadata's address.
        url: Box<Url>,
        /// The answer's status.
        status: u16,
    },
    /// The answer is not JSON, or lacks a member.
    #[error("{url}: {problem}; the answer begins {begins:?}")]
    Form {
        /// The metadata's address.
        url: Box<Url>,
        /// What is wrong.
        problem: String,
        /// The beginning of the body.
        begins: String,
    },
    /// The metadata describe a server without CIBA.
    #[error(
        "{url}: no {member}: CIBA is not enabled there; enable the CIBA grant for this workspace (authorization server) \
         and select its token delivery modes"
    )]
    NoCiba {
        /// The metadata's address.
        url: Box<Url>,
        /// The missing member.
        member: &'static str,
    },
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: Url,
    jwks_uri: Url,
    backchannel_authentication_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    introspection_endpoint: Option<Url>,
    #[serde(default)]
    backchannel_token_delivery_modes_supported: Vec<String>,
    #[serde(default)]
    grant_types_supported: Vec<String>,
    #[serde(default)]
    mtls_endpoint_aliases: Aliases,
}

/// `mtls_endpoint_aliases`, as far as they are used here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Aliases {
    token_endpoint: Option<Url>,
    backchannel_authentication_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    introspection_endpoint: Option<Url>,
}

impl TargetFacts {
    /// Reads the metadata of an issuer.
    pub async fn discover(issuer: &Url, transport: &dyn Transport) -> Result<Self, DiscoveryError> {
        let url = metadata_url(issuer);
        let body = fetch(&url, transport).await?;
        Self::read(url, &body)
    }

    fn read(url: Url, body: &[u8]) -> Result<Self, DiscoveryError> {
        let metadata: Metadata = serde_json::from_slice(body).map_err(|error| DiscoveryError::Form {
            url: Box::new(url.clone()),
            problem: format!("not OpenID provider metadata: {error}"),
            begins: String::from_utf8_lossy(body).chars().take(QUOTED_MAX).collect(),
        })?;
        let Some(backchannel_authentication_endpoint) = metadata.backchannel_authentication_endpoint else {
            return Err(DiscoveryError::NoCiba {
                url: Box::new(url),
                member: "backchannel_authentication_endpoint",
            });
        };
        let modes = &metadata.backchannel_token_delivery_modes_supported;
        let delivery_modes = [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push]
            .into_iter()
            .filter(|mode| modes.iter().any(|name| name == mode.name()))
            .collect::<Vec<_>>();
        if delivery_modes.is_empty() {
            return Err(DiscoveryError::NoCiba {
                url: Box::new(url),
                member: "backchannel_token_delivery_modes_supported",
            });
        }
        let aliases = metadata.mtls_endpoint_aliases;
        let mtls_aliases = [
            (Some(&backchannel_authentication_endpoint), aliases.backchannel_authentication_endpoint),
            (Some(&metadata.token_endpoint), aliases.token_endpoint),
            (metadata.userinfo_endpoint.as_ref(), aliases.userinfo_endpoint),
            (metadata.introspection_endpoint.as_ref(), aliases.introspection_endpoint),
        ];
        let mtls_aliases = mtls_aliases
            .into_iter()
            .filter_map(|(endpoint, alias)| Some((endpoint?.clone(), alias?)))
            .collect();
        Ok(TargetFacts {
            mtls_aliases,
            metadata_url: url,
            metadata: serde_json::from_slice(body).unwrap_or_default(),
            issuer: metadata.issuer,
            backchannel_authentication_endpoint,
            token_endpoint: metadata.token_endpoint,
            jwks_uri: metadata.jwks_uri,
            userinfo_endpoint: metadata.userinfo_endpoint,
            introspection_endpoint: metadata.introspection_endpoint,
            delivery_modes,
            lists_ciba_grant: metadata.grant_types_supported.iter().any(|grant| grant == CIBA_GRANT_TYPE),
        })
    }

    /// Where an endpoint is called: at its alias by clients with a certificate, where it has one (RFC 8705, 5).
    #[must_use]
    pub fn address<'a>(&'a self, endpoint: &'a Url, with_certificate: bool) -> &'a Url {
        let alias = self.mtls_aliases.iter().find(|(of, _)| with_certificate && of == endpoint);
        alias.map_or(endpoint, |(_, alias)| alias)
    }

    /// What a document says, for tests.
    #[cfg(test)]
    pub(crate) fn of_metadata(document: &str) -> Self {
        let url = metadata_url(&Url::parse("https://op.test/t/").unwrap());
        Self::read(url, document.as_bytes()).unwrap()
    }

    /// Fetches the issuer's keys.
    pub async fn fetch_keys(&self, transport: &dyn Transport) -> Result<Bytes, DiscoveryError> {
        fetch(&self.jwks_uri, transport).await
    }
}

/// `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, 4).
fn metadata_url(issuer: &Url) -> Url {
    let mut url = issuer.clone();
    let path = format!("{}/.well-known/openid-configuration", issuer.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

async fn fetch(url: &Url, transport: &dyn Transport) -> Result<Bytes, DiscoveryError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let call = Call {
        method: http::Method::GET,
        url: url.clone().into(),
        headers,
        body: Bytes::new(),
        timeout: DISCOVERY_TIMEOUT,
        identity: None,
    };
    match transport.exchange(call).await.result {
        Ok(answer) if answer.status == 200 => Ok(answer.body),
        Ok(answer) => Err(DiscoveryError::Status { url: Box::new(url.clone()), status: answer.status }),
        Err(failure) => Err(DiscoveryError::Unreachable { url: Box::new(url.clone()), failure }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://op.test/default/ciba/.well-known/openid-configuration";

    fn read(json: &str) -> Result<TargetFacts, String> {
        TargetFacts::read(URL.parse().unwrap(), json.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_well_known_path_follows_the_issuers_own() {
        for (issuer, url) in [
            ("http://op.test/default/ciba", URL),
            ("http://op.test/default/ciba/", URL),
            ("https://op.test", "https://op.test/.well-known/openid-configuration"),
        ] {
            assert_eq!(metadata_url(&issuer.parse().unwrap()).as_str(), url);
        }
    }

    #[test]
    fn metadata_are_read_and_what_is_missing_is_named() {
        let full = r#"{"issuer":"http://op.test/x","token_endpoint":"http://op.test/t","jwks_uri":"http://op.test/j",
            "backchannel_authentication_endpoint":"http://op.test/bc",
            "backchannel_token_delivery_modes_supported":["ping","poll","pigeon"],
            "grant_types_supported":["urn:openid:params:grant-type:ciba"],"unknown":1}"#;
        let facts = read(full).unwrap();
        assert_eq!(facts.delivery_modes, [DeliveryMode::Poll, DeliveryMode::Ping]);
        assert!(facts.lists_ciba_grant && facts.userinfo_endpoint.is_none());
        assert_eq!(facts.address(&facts.token_endpoint, true), &facts.token_endpoint);
        let aliased = full.replace(
            "\"unknown\":1",
            r#""mtls_endpoint_aliases":{"token_endpoint":"https://mtls.op.test/t","unknown":1}"#,
        );
        let facts = read(&aliased).unwrap();
        assert_eq!(facts.address(&facts.token_endpoint, true).as_str(), "https://mtls.op.test/t");
        assert_eq!(facts.address(&facts.token_endpoint, false), &facts.token_endpoint);
        assert_eq!(facts.address(&facts.jwks_uri, true), &facts.jwks_uri);
        for (json, expected) in [
            ("<html>login</html>".to_owned(), "\"<html>login</html>\""),
            (full.replace("token_endpoint\":\"http://op.test/t", "x\":\""), "missing field `token_endpoint`"),
            (
                full.replace("backchannel_authentication_endpoint", "x"),
                "no backchannel_authentication_endpoint",
            ),
            (full.replace("[\"ping\",\"poll\",\"pigeon\"]", "[]"), "enable the CIBA grant"),
        ] {
            let message = read(&json).unwrap_err();
            assert!(message.contains(expected) && message.starts_with("http://op.test/default"), "{message}");
        }
    }
}
