//! Overload, which any server may suffer from: callers are turned away (429; 503 with `Retry-After`), connections lost,
//! requests never answered, or late; and in the end there is nobody any more.

use super::street::Strange;
use axum::Extension;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use ciba_bench::transport::ConnectionLost;
use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a late answer takes.
const LATE: Duration = Duration::from_secs(14);

/// What is wrong with a server; a number picks the symptom of each request.
#[derive(Clone, Copy)]
pub struct Disease {
    /// How many of ten requests suffer.
    pub of_ten: u64,
    /// Which request suffers from what.
    pub seed: u64,
    /// After how many requests the server is gone.
    pub dies_after: u64,
}

impl Disease {
    /// A server with this disease: at the endpoints of the protocol, not where its metadata and its inner parts are.
    pub fn of(self, server: Strange) -> Strange {
        let calls = Arc::new(AtomicU64::new(0));
        let router = server.router.layer(from_fn(move |request: Request, next: Next| {
            let spared =
                ["/.well-known", "/inner", "/jwks"].iter().any(|part| request.uri().path().contains(part));
            let call = if spared { None } else { Some(calls.fetch_add(1, Ordering::Relaxed)) };
            async move {
                match call {
                    Some(call) => self.suffer(call, request, next).await,
                    None => next.run(request).await,
                }
            }
        }));
        Strange { router, ..server }
    }

    /// Lets a request through, or not, or late.
    async fn suffer(self, call: u64, request: Request, next: Next) -> Response {
        if call >= self.dies_after {
            return Extension(ConnectionLost).into_response();
        }
        let drawn = (call ^ self.seed.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        if drawn % 10 >= self.of_ten {
            return next.run(request).await;
        }
        match (drawn / 10) % 6 {
            0 => {
                let json = [(CONTENT_TYPE, "application/json")];
                (StatusCode::TOO_MANY_REQUESTS, json, r#"{"error":"too_many_requests"}"#).into_response()
            }
            1 => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "7")], "come back later").into_response(),
            2 => Extension(ConnectionLost).into_response(),
            3 => std::future::pending().await,
            4 => {
                tokio::time::sleep(LATE).await;
                next.run(request).await
            }
            _ => {
                let answer = next.run(request).await;
                tokio::time::sleep(LATE).await;
                answer
            }
        }
    }
}
