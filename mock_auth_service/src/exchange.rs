//! One outgoing exchange within a bound of time.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use tower::ServiceExt as _;

use crate::outgoing::{BoxError, Outgoing, in_one_line, never_left};

/// How long the server may take for one answer. A server may send its ping before it answers, so this is generous.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The way out, until it is closed.
pub(crate) struct Exchange(Mutex<Option<Outgoing>>);

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) struct NoAnswer {
    /// The request cannot have reached the server.
    pub never_left: bool,
    pub problem: String,
}

impl Exchange {
    pub(crate) fn new(outgoing: Outgoing) -> Self {
        Self(Mutex::new(Some(outgoing)))
    }

    /// Drops the way out, and with it whatever it refers to.
    pub(crate) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let outgoing = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(outgoing) = outgoing else {
            return Err(NoAnswer { never_left: false, problem: "the service is closed".to_owned() });
        };
        match tokio::time::timeout(ANSWER_TIMEOUT, outgoing.oneshot(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(no_answer(&error)),
            Err(_) => Err(NoAnswer {
                never_left: false,
                problem: format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()),
            }),
        }
    }
}

fn no_answer(error: &BoxError) -> NoAnswer {
    NoAnswer { never_left: never_left(error.as_ref()), problem: in_one_line(error.as_ref()) }
}
