//! Servers that do what is unusual: acknowledgements with other numbers, and users who agree by themselves.

use super::street::Strange;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// Largest body, in bytes.
const BODY_MAX: usize = 1024 * 1024;

/// A server whose acknowledgements have these members, too, or instead.
pub fn acknowledging(server: Strange, members: Value) -> Strange {
    let members = members.as_object().cloned().unwrap();
    let router = server.router.layer(from_fn(move |request: Request, next: Next| {
        let members = members.clone();
        async move {
            let (mut head, body) = next.run(request).await.into_parts();
            let body = to_bytes(body, BODY_MAX).await.unwrap();
            let acknowledgement = serde_json::from_slice::<Map<String, Value>>(&body)
                .ok()
                .filter(|object| object.contains_key("auth_req_id") && object.contains_key("expires_in"));
            let Some(mut acknowledgement) = acknowledgement else {
                return Response::from_parts(head, Body::from(body));
            };
            acknowledgement.extend(members);
            head.headers.remove(CONTENT_LENGTH);
            Response::from_parts(head, Body::from(Value::Object(acknowledgement).to_string()))
        }
    }));
    Strange { router, ..server }
}

/// A server whose users have agreed when they are first asked about; each request is redeemed once.
pub fn agreeing(server: Strange) -> Strange {
    let redeemed = Arc::new(Mutex::new(HashSet::new()));
    let router = server.router.layer(from_fn(move |request: Request, next: Next| {
        let redeemed = redeemed.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, BODY_MAX).await.unwrap();
            let id = form_urlencoded::parse(&body).find(|(name, _)| name == "auth_req_id");
            let id = id.map(|(_, id)| id.into_owned());
            let answer = next.run(Request::from_parts(head, Body::from(body))).await;
            let (head, body) = answer.into_parts();
            let body = to_bytes(body, BODY_MAX).await.unwrap();
            let known = [&b"authorization_pending"[..], b"slow_down"]
                .iter()
                .any(|code| body.windows(code.len()).any(|part| part == *code));
            match id.filter(|_| known) {
                None => Response::from_parts(head, Body::from(body)),
                Some(id) if redeemed.lock().unwrap().insert(id.clone()) => {
                    let tokens = json!({"access_token": "t", "token_type": "Bearer", "id_token": "i"});
                    ([(CONTENT_TYPE, "application/json")], tokens.to_string()).into_response()
                }
                Some(_) => {
                    let gone = json!({"error": "invalid_grant"}).to_string();
                    (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/json")], gone).into_response()
                }
            }
        }
    }));
    Strange { router, ..server }
}
