use crate::Failed;
use crate::rig::client;
use bytes::Bytes;
use ciba_bench::ciba::{CIBA_GRANT_TYPE, DeliveryMode};
use ciba_bench::clock::Clock;
use ciba_bench::target::{Addressee, TargetFacts};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::Client;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Most requests at once of a paced loop: as many as the generator has connections by default.
const AT_ONCE: usize = 512;

/// How fast a loop sends.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Evenly spaced, so many per second.
    PerSecond(f64),
    /// As fast as the server answers, so many requests at once.
    AtOnce(usize),
}

/// The token requests of many pending flows, ready to be sent by nothing but reqwest.
pub struct Polls {
    client: Client,
    url: Url,
    headers: HeaderMap,
    bodies: Vec<Bytes>,
}

impl Polls {
    /// Has `flows` authentication requests acknowledged.
    pub async fn prepare(facts: &TargetFacts, flows: u32) -> Result<Self, Failed> {
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .http1_only()
            .no_gzip()
            .user_agent("bare-loop")
            .build()?;
        let headers = headers(facts);
        let mut bodies = Vec::new();
        for flow in 0..flows {
            let response = http
                .post(facts.backchannel_authentication_endpoint.clone())
                .headers(headers.clone())
                .body(format!("scope=openid&login_hint=user-{flow}"))
                .send()
                .await?;
            let body: serde_json::Value = serde_json::from_slice(&response.bytes().await?)?;
            let id = body.get("auth_req_id").and_then(|id| id.as_str()).ok_or("no auth_req_id")?;
            let form = form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("grant_type", CIBA_GRANT_TYPE), ("auth_req_id", id)])
                .finish();
            bodies.push(form.into());
        }
        Ok(Polls { client: http, url: facts.token_endpoint.clone(), headers, bodies })
    }

    /// Sends them over and over until `end`.
    pub async fn send(&self, clock: Clock, pace: Pace, end: Instant) -> Result<(), Failed> {
        let begun = clock.now();
        let mut under_way = FuturesUnordered::new();
        let mut sent = 0;
        loop {
            let now = clock.now();
            if now >= end {
                break;
            }
            let (due, next) = match pace {
                Pace::PerSecond(rate) => {
                    let due = ((now - begun).as_secs_f64() * rate) as usize + 1;
                    (
                        due.min(sent + AT_ONCE - under_way.len()),
                        begun + Duration::from_secs_f64(due as f64 / rate),
                    )
                }
                Pace::AtOnce(at_once) => (sent + at_once - under_way.len(), end),
            };
            while sent < due {
                under_way.push(self.poll(sent));
                sent += 1;
            }
            tokio::select! {
                biased;
                Some(polled) = under_way.next(), if !under_way.is_empty() => {
                    polled?;
                    while let Some(Some(polled)) = under_way.next().now_or_never() {
                        polled?;
                    }
                }
                () = tokio::time::sleep_until(next) => {}
            }
        }
        while let Some(polled) = under_way.next().await {
            polled?;
        }
        Ok(())
    }

    async fn poll(&self, number: usize) -> Result<(), Failed> {
        let body = self.bodies[number % self.bodies.len()].clone();
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(body);
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        if status != 400 || body.is_empty() {
            return Err(
                format!("status {status} with {} bytes instead of a pending answer", body.len()).into()
            );
        }
        Ok(())
    }
}

/// The headers that the generator sends, made once.
fn headers(facts: &TargetFacts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // A secret depends on nothing of this; what is signed would.
    let addressee = Addressee { facts, endpoint: &facts.token_endpoint, now: Duration::ZERO };
    client(DeliveryMode::Poll).authenticate(&addressee, &mut headers, &mut String::new());
    debug_assert!(headers.contains_key(AUTHORIZATION));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(
        "traceparent",
        HeaderValue::from_static("00-00000000000000010000000000000001-0000000000200001-01"),
    );
    headers.insert("x-correlation-id", HeaderValue::from_static("0000000000000001-1234-12"));
    headers
}
