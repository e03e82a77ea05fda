use super::token_response::{judge_token_error, read_error, read_tokens, retry_after};
use super::{Acknowledgement, AuthenticationRequest, RelyingParty, Tokens};
use crate::ciba::{AuthReqId, Breach, Outcome, Rule, Secret};
use crate::flow::TokenAnswer;
use crate::jose::{Expected, judge, judge_claims};
use crate::record::{Answered, Event, Exchange, Scrubber, Sense, redact_body};
use crate::transport::{Address, Answer, Call, Exchanged, Failure, Timeline};
use std::sync::PoisonError;

/// Response headers that are kept with an example.
const HEADERS_SHOWN: [&str; 5] =
    ["content-type", "cache-control", "retry-after", "www-authenticate", "location"];

/// What became of an authentication request.
#[derive(Debug)]
pub struct Authenticated {
    /// When.
    pub timeline: Timeline,
    /// The answer, classed.
    pub answered: Answered,
    /// The acknowledgement, or how the flow ends without one.
    pub result: Result<Acknowledgement, Outcome>,
    /// Rules that the answer broke.
    pub breaches: Vec<Breach>,
    /// The exchange, where it is worth showing: a breach, or an answer that is no acknowledgement.
    pub exchange: Option<Box<Exchange>>,
}

/// What became of a token request.
#[derive(Debug)]
pub struct TokenAnswered {
    /// When.
    pub timeline: Timeline,
    /// The answer, classed.
    pub answered: Answered,
    /// The answer as the flow takes it.
    pub answer: TokenAnswer,
    /// The access token, when tokens came.
    pub access_token: Option<Secret<String>>,
    /// What there is to be counted of the ID token.
    pub id_token: Option<Event>,
    /// Rules that the answer broke.
    pub breaches: Vec<Breach>,
    /// The exchange, where it is worth showing.
    pub exchange: Option<Box<Exchange>>,
}

/// What became of a call of the protected API.
#[derive(Debug)]
pub struct Used {
    /// When.
    pub timeline: Timeline,
    /// The answer, classed.
    pub answered: Answered,
    /// Rules that the answer broke.
    pub breaches: Vec<Breach>,
    /// The exchange, where it is worth showing.
    pub exchange: Option<Box<Exchange>>,
}

impl RelyingParty {
    /// Sends an authentication request and reads its answer (CIBA Core 1.0, 7).
    pub async fn authenticate(&self, request: &AuthenticationRequest<'_>) -> Authenticated {
        let call = self.authentication_call(request);
        let shown = Shown::of(&call, self.settings.trace.correlation_id(request.flow, 0));
        let Exchanged { result, timeline } = self.transport.exchange(call).await;
        let mut breaches = Vec::new();
        let (answered, acknowledgement) = match &result {
            Ok(answer) if answer.status == 200 => match Acknowledgement::read(&answer.body, &mut breaches) {
                Some(acknowledgement) => (Answered::Acknowledged, Ok(acknowledgement)),
                None => (Answered::Unreadable, Err(Outcome::Violation)),
            },
            Ok(answer) => {
                let answered = read_error(answer);
                (answered, Err(refusal(answered)))
            }
            Err(failure) => (answered_by(failure), Err(Outcome::TransportFailed)),
        };
        let worth_showing = acknowledgement.is_err() || !breaches.is_empty();
        let exchange = worth_showing.then(|| shown.with(&result));
        Authenticated { timeline, answered, result: acknowledgement, breaches, exchange }
    }

    /// Sends a token request and reads its answer (10.1). `jitter` stretches a pause that the server asks for.
    pub async fn request_tokens(
        &self,
        flow: u64,
        step: u32,
        auth_req_id: &AuthReqId,
        user: &str,
        jitter: f32,
    ) -> TokenAnswered {
        let call = self.token_call(flow, step, auth_req_id);
        let shown = Shown::of(&call, String::new());
        let Exchanged { result, timeline } = self.transport.exchange(call).await;
        let mut breaches = Vec::new();
        let (mut access_token, mut id_token) = (None, None);
        let (answered, answer) = match &result {
            Ok(answer) if answer.status == 200 => match read_tokens(answer, &mut breaches) {
                Some(tokens) => {
                    id_token = self.verify(&tokens, auth_req_id, user, false, &mut breaches).await;
                    access_token = Some(tokens.access_token);
                    (Answered::Tokens, TokenAnswer::Tokens)
                }
                None => (Answered::Unreadable, TokenAnswer::Lost),
            },
            Ok(answer) => {
                let answered = read_error(answer);
                judge_token_error(answer, answered, &mut breaches);
                (answered, token_answer(answered, answer, jitter))
            }
            Err(failure @ (Failure::Connect(_) | Failure::Blocked(_))) => {
                (answered_by(failure), TokenAnswer::NotSent { jitter })
            }
            Err(failure) => (answered_by(failure), TokenAnswer::Lost),
        };
        let worth_showing = !breaches.is_empty()
            || matches!(answer, TokenAnswer::InvalidGrant | TokenAnswer::Refused | TokenAnswer::Lost);
        let exchange = worth_showing.then(|| {
            let mut exchange = shown.with(&result);
            exchange.correlation_id = self.settings.trace.correlation_id(flow, step);
            exchange
        });
        TokenAnswered { timeline, answered, answer, access_token, id_token, breaches, exchange }
    }

    /// Calls the protected API with a fresh access token. `None` where the target has none.
    pub async fn use_token(&self, flow: u64, step: u32, access_token: &Secret<String>) -> Option<Used> {
        let call = self.userinfo_call(flow, step, access_token)?;
        let shown = Shown::of(&call, self.settings.trace.correlation_id(flow, step));
        let Exchanged { result, timeline } = self.transport.exchange(call).await;
        let mut breaches = Vec::new();
        let answered = match &result {
            Ok(answer) if answer.status == 200 => Answered::Ok,
            Ok(answer) => {
                if matches!(answer.status, 401 | 403) {
                    let detail = format!("status {} for an access token that was just issued", answer.status);
                    breaches.push(Breach { rule: Rule::AccessTokenRefused, detail });
                }
                read_error(answer)
            }
            Err(failure) => answered_by(failure),
        };
        let exchange = (answered != Answered::Ok).then(|| shown.with(&result));
        Some(Used { timeline, answered, breaches, exchange })
    }

    /// Verifies the ID token, which has to say more where it was pushed; fetches the issuer's keys once more when it names an unknown one. Gives
    /// what is to be counted of it: that it was verified in full, or that the budget had no room for its signature.
    pub(super) async fn verify(
        &self,
        tokens: &Tokens,
        auth_req_id: &AuthReqId,
        user: &str,
        pushed: bool,
        breaches: &mut Vec<Breach>,
    ) -> Option<Event> {
        let expected = Expected {
            issuer: &self.facts.issuer,
            client_id: self.client.id(),
            access_token: Some(tokens.access_token.expose()),
            refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().as_str()),
            auth_req_id: auth_req_id.as_str(),
            hashes_required: pushed,
        };
        let now = self.clock.wall(self.clock.now());
        let mut found = Vec::new();
        let in_full = self.signatures.as_ref().is_none_or(|budget| budget.grants(self.clock.now()));
        let mut judged = if in_full {
            judge(tokens.id_token.expose(), &self.keys.known(), &expected, now, &mut found)
        } else {
            judge_claims(tokens.id_token.expose(), &expected, now, &mut found)
        };
        if judged.key_unknown && self.keys.refetch(&self.facts, self.transport.as_ref()).await {
            found.clear();
            judged = judge(tokens.id_token.expose(), &self.keys.known(), &expected, now, &mut found);
        }
        breaches.append(&mut found);
        let subject = judged.claims.as_ref().and_then(|claims| claims.subject.as_deref());
        if let Some(subject) = subject {
            let mut ledger = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
            breaches.extend(ledger.judge(user, subject));
        }
        if judged.signature_verified {
            self.settings.parameters.hint.keep(user, &tokens.id_token);
        }
        match (judged.signature_verified, in_full) {
            (true, _) => Some(Event::IdTokenVerified),
            (false, false) => Some(Event::IdTokenSampledOut),
            (false, true) => None,
        }
    }
}

/// How a flow ends whose authentication request was refused.
fn refusal(answered: Answered) -> Outcome {
    match answered.sense() {
        Sense::Refusal if answered == Answered::UnknownUserId => Outcome::UnknownUser,
        Sense::Refusal => Outcome::Refused,
        Sense::Success | Sense::Failure | Sense::Cancelled => Outcome::TransportFailed,
    }
}

fn token_answer(answered: Answered, answer: &Answer, jitter: f32) -> TokenAnswer {
    let known = [
        (Answered::AuthorizationPending, TokenAnswer::Pending),
        (Answered::SlowDown, TokenAnswer::SlowDown),
        (Answered::AccessDenied, TokenAnswer::Denied),
        (Answered::ExpiredToken, TokenAnswer::Expired),
        (Answered::InvalidGrant, TokenAnswer::InvalidGrant),
        (Answered::Unavailable, TokenAnswer::Unavailable { retry_after: retry_after(answer), jitter }),
    ];
    if let Some((_, answer)) = known.into_iter().find(|(code, _)| *code == answered) {
        return answer;
    }
    match answered.sense() {
        Sense::Refusal => TokenAnswer::Refused,
        Sense::Success | Sense::Failure | Sense::Cancelled => TokenAnswer::Lost,
    }
}

pub(super) fn answered_by(failure: &Failure) -> Answered {
    match failure {
        Failure::Connect(_) | Failure::Blocked(_) => Answered::ConnectFailed,
        Failure::TimedOut(_) => Answered::TimedOut,
        Failure::Broken(_) => Answered::Broken,
        Failure::TooLarge => Answered::TooLarge,
    }
}

/// What of a request an example shows. Cheap to make, since nearly all are thrown away: the body is shared.
pub(super) struct Shown {
    method: http::Method,
    url: Address,
    form: bytes::Bytes,
    authorization: Option<http::HeaderValue>,
    correlation_id: String,
}

impl Shown {
    pub fn of(call: &Call, correlation_id: String) -> Self {
        Shown {
            method: call.method.clone(),
            url: call.url.clone(),
            form: call.body.clone(),
            authorization: call.headers.get(http::header::AUTHORIZATION).cloned(),
            correlation_id,
        }
    }

    pub fn with(self, result: &Result<Answer, Failure>) -> Box<Exchange> {
        // A server may repeat what it was told, in a description of an error for example.
        let mut scrubber = Scrubber::default();
        scrubber.learn_form(&self.form);
        if let Some(Ok(header)) = self.authorization.as_ref().map(http::HeaderValue::to_str) {
            scrubber.learn_authorization(header);
        }
        let (status, mut headers, mut body, trace_id) = match result {
            Ok(answer) => (
                Some(answer.status),
                HEADERS_SHOWN
                    .iter()
                    .filter_map(|name| Some(format!("{name}: {}", answer.headers.get(*name)?.to_str().ok()?)))
                    .collect(),
                redact_body(&answer.body),
                answer.headers.get("x-trace-id").and_then(|id| id.to_str().ok()).map(str::to_owned),
            ),
            Err(failure) => (None, Vec::new(), failure.to_string(), None),
        };
        scrubber.scrub(&mut body);
        headers.iter_mut().for_each(|header| scrubber.scrub(header));
        Box::new(Exchange {
            request: format!("{} {}", self.method, self.url),
            form: redact_body(&self.form),
            status,
            headers,
            body,
            correlation_id: self.correlation_id,
            trace_id,
        })
    }
}
