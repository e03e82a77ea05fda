use crate::ciba::Secret;
use crate::record::Answered;
use crate::record::Exchange;
use crate::relying_party::RelyingParty;
use crate::relying_party::exchange::{Shown, answered_by};
use crate::relying_party::said;
use crate::relying_party::token_response::read_error;
use crate::transport::{Answer, Exchanged, Failure, Timeline};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;
use tokio::time::Instant;

/// A token is used no longer than until so long before its end.
const RENEWED_BEFORE: Duration = Duration::from_secs(30);
/// Lifetime of a token whose answer names none (RFC 6749, 5.1), in seconds.
const LIFETIME_FALLBACK: u64 = 60;
/// A failure stands for all who ask so soon after it, so that thousands of flows do not ask one after the other.
const FAILURE_STANDS: Duration = Duration::from_secs(1);

/// The client's own token for one scope, kept until shortly before it expires.
#[derive(Default)]
pub(super) struct ClientToken(tokio::sync::Mutex<Kept>);

#[derive(Default)]
enum Kept {
    #[default]
    Nothing,
    Token {
        token: Secret<String>,
        until: Instant,
    },
    Failed {
        answered: Answered,
        words: String,
        until: Instant,
    },
}

/// What became of a request for the client's own token.
#[derive(Debug)]
pub struct ClientTokenAnswered {
    /// When.
    pub timeline: Timeline,
    /// The answer, classed.
    pub answered: Answered,
    /// The exchange, where no token came.
    pub exchange: Option<Box<Exchange>>,
}

/// A token, or how the server refused it.
pub(super) type Got = Result<Secret<String>, (Answered, String)>;

#[derive(Deserialize)]
struct Issued<'a> {
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    expires_in: Option<u64>,
}

impl ClientToken {
    /// The token, asked for where none is at hand. `stale` is one that the server has just refused. Requests that this took are
    /// added to `asked`.
    pub async fn get(
        &self,
        party: &RelyingParty,
        scope: &str,
        flow: u64,
        stale: Option<&Secret<String>>,
        asked: &mut Vec<ClientTokenAnswered>,
    ) -> Got {
        let mut kept = self.0.lock().await;
        let now = party.clock.now();
        match &*kept {
            Kept::Token { token, until } if now < *until && stale != Some(token) => return Ok(token.clone()),
            Kept::Failed { answered, words, until } if now < *until => {
                return Err((*answered, words.clone()));
            }
            Kept::Nothing | Kept::Token { .. } | Kept::Failed { .. } => {}
        }
        let call = party.client_credentials_call(flow, scope);
        let shown = Shown::of(&call, party.settings.trace.correlation_id(flow, 0));
        let Exchanged { result, timeline } = party.transport.exchange(call).await;
        let (answered, got) = read(&result);
        let exchange = got.is_err().then(|| shown.with(&result));
        let got = got.map_err(|words| said(exchange.as_deref(), words));
        asked.push(ClientTokenAnswered { timeline, answered, exchange });
        match got {
            Ok((token, lifetime)) => {
                let until = timeline.sent + lifetime.saturating_sub(RENEWED_BEFORE).max(lifetime / 2);
                *kept = Kept::Token { token: token.clone(), until };
                Ok(token)
            }
            Err(words) => {
                let until = timeline.ended + FAILURE_STANDS;
                *kept = Kept::Failed { answered, words: words.clone(), until };
                Err((answered, words))
            }
        }
    }
}

fn read(result: &Result<Answer, Failure>) -> (Answered, Result<(Secret<String>, Duration), String>) {
    match result {
        Ok(answer) if answer.status == 200 => match serde_json::from_slice::<Issued<'_>>(&answer.body) {
            Ok(issued) if !issued.access_token.is_empty() => {
                let lifetime = Duration::from_secs(issued.expires_in.unwrap_or(LIFETIME_FALLBACK));
                (Answered::Tokens, Ok((Secret::new(issued.access_token.into_owned()), lifetime)))
            }
            Ok(_) | Err(_) => (Answered::Unreadable, Err("status 200 and no access_token".to_owned())),
        },
        Ok(answer) => (read_error(answer), Err(format!("status {}", answer.status))),
        Err(failure) => (answered_by(failure), Err(failure.to_string())),
    }
}
