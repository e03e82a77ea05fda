//! What the service calls: the embedded OP's system token endpoint and its decisions, and nothing else of it.

use super::Decisions;
use super::seen::{ServiceEndpoint, SystemCall, SystemCallKind};
use super::wire::{State, Wire};
use crate::ciba::Secret;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt as _;

/// Longest body that is taken, in bytes; the OP's own bound.
const BODY_MAX: usize = 64 * 1024;
/// How long the answer to a decision is held at most.
const HOLD: Duration = Duration::from_secs(3);
/// Calls that are kept of one check.
const CALLS_MAX: usize = 1_000;
/// Tokens that are remembered.
const TOKENS_MAX: usize = 10_000;

impl Wire {
    /// The paths of the OP that an authentication service calls, with everything that passes written down.
    pub fn system_side(&self, op: Router) -> Router {
        let wire = self.clone();
        Router::new().fallback(move |request: Request| {
            let (wire, op) = (wire.clone(), op.clone());
            async move { wire.serve(op, request).await }
        })
    }

    async fn serve(&self, op: Router, request: Request) -> Response {
        let Some((kind, login)) = kind_of(request.method(), request.uri().path()) else {
            return refused(
                StatusCode::NOT_FOUND,
                "not_found",
                "authentication services have no business here",
            );
        };
        let at = self.0.clock.now();
        let decides = matches!(kind, SystemCallKind::Accept | SystemCallKind::Reject);
        if self.measured(decides.then_some(login.as_str()), at) {
            return carry(op, request).await;
        }
        let (head, body) = request.into_parts();
        let Ok(body) = to_bytes(body, BODY_MAX).await else {
            return refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "the body is too large or broken off",
            );
        };
        let bearer = bearer(&head.headers);
        let line = format!("{} {}", head.method, head.uri.path());
        let call = {
            let mut state = self.state();
            // What comes for a login of an earlier check says nothing about this one.
            if state.earlier.contains(&login) {
                None
            } else {
                let bearer_known = bearer.as_ref().is_some_and(|bearer| state.tokens.contains(bearer));
                let (headers, body, login) = (head.headers.clone(), body.clone(), login.clone());
                let call = SystemCall {
                    kind,
                    line,
                    login,
                    at,
                    ended: None,
                    headers,
                    bearer,
                    bearer_known,
                    body,
                    status: None,
                    held_in_vain: false,
                };
                state.keep(call)
            }
        };
        self.tell();
        let meddled = match (call, decides) {
            (Some(index), true) => self.meddle(index, &login).await,
            _ => None,
        };
        let response = match meddled {
            Some(response) => response,
            None => carry(op, Request::from_parts(head, Body::from(body))).await,
        };
        self.answered(call, kind, response).await
    }

    /// What a check wants to become of decisions. The answer, where the OP is not to see the call.
    async fn meddle(&self, index: usize, login: &str) -> Option<Response> {
        let decisions = self.state().ask.map_or(Decisions::Answered, |ask| ask.decisions);
        match decisions {
            Decisions::Answered => None,
            Decisions::Held => {
                let until = self.0.clock.now() + HOLD;
                let acknowledged = self.wait(until, |state| state.start_ended().then_some(())).await;
                if acknowledged.is_none()
                    && let Some(call) = self.state().system.get_mut(index)
                {
                    call.held_in_vain = true;
                }
                None
            }
            Decisions::RefusedOnce => {
                let earlier =
                    self.state().system[..index].iter().any(|call| call.decides() && call.login == login);
                (!earlier).then(|| {
                    let mut response =
                        refused(StatusCode::UNAUTHORIZED, "invalid_token", "the bearer token has expired");
                    let challenge = http::HeaderValue::from_static("Bearer error=\"invalid_token\"");
                    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
                    response
                })
            }
        }
    }

    async fn answered(&self, call: Option<usize>, kind: SystemCallKind, response: Response) -> Response {
        let (head, body) = response.into_parts();
        // It is the embedded OP's own, which is short.
        let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
        {
            let mut state = self.state();
            if kind == SystemCallKind::Token
                && let Some(token) = issued(&body)
                && state.tokens.len() < TOKENS_MAX
            {
                state.tokens.push(token);
            }
            if let Some(call) = call.and_then(|index| state.system.get_mut(index)) {
                call.status = Some(head.status.as_u16());
                call.ended = Some(self.0.clock.now());
            }
        }
        self.tell();
        Response::from_parts(head, Body::from(body))
    }
}

impl State {
    fn keep(&mut self, call: SystemCall) -> Option<usize> {
        if call.kind == SystemCallKind::Token && self.token_calls.len() < CALLS_MAX {
            self.token_calls.push(call.clone());
        }
        (self.system.len() < CALLS_MAX).then(|| {
            self.system.push(call);
            self.system.len() - 1
        })
    }

    /// Whether the start of the last login was answered.
    fn start_ended(&self) -> bool {
        let last = self.logins.last().map(String::as_str);
        self.calls.iter().any(|call| {
            call.endpoint == ServiceEndpoint::Start
                && call.sent("login_id").as_ref().and_then(Value::as_str) == last
        })
    }
}

async fn carry(op: Router, request: Request) -> Response {
    match op.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Which of the system side's calls this is, and the login that it names.
fn kind_of(method: &Method, path: &str) -> Option<(SystemCallKind, String)> {
    if path.ends_with("/system/oauth2/token") {
        return Some((SystemCallKind::Token, String::new()));
    }
    let (_, rest) = path.split_once("/scope-grants/")?;
    let (login, verb) = rest.split_once('/').unwrap_or((rest, ""));
    let kind = match (method, verb) {
        (&Method::GET, "") => SystemCallKind::Details,
        (_, "accept") => SystemCallKind::Accept,
        (_, "reject") => SystemCallKind::Reject,
        (_, _) => return None,
    };
    Some((kind, login.to_owned()))
}

fn bearer(headers: &HeaderMap) -> Option<Secret<String>> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.to_owned()))
}

fn issued(body: &Bytes) -> Option<Secret<String>> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    Some(Secret::new(answer.get("access_token")?.as_str()?.to_owned()))
}

fn refused(status: StatusCode, code: &str, description: &str) -> Response {
    let body = serde_json::json!({"error": code, "error_description": description}).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
