use super::Consents;
use crate::open_banking::ConsentMedia;
use crate::relying_party::RelyingParty;
use crate::relying_party::exchange::Shown;
use crate::relying_party::said;
use crate::transport::Exchanged;
use futures_util::StreamExt;
use futures_util::stream;
use std::sync::Arc;
use tokio::time::Instant;

/// Deletions under way at once.
pub const DELETIONS_AT_ONCE: usize = 16;
/// Different refusals that are kept in words.
const REFUSALS_KEPT: usize = 3;

/// What became of the consents that were created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsentsDeleted {
    /// Deleted.
    pub deleted: u64,
    /// Still there although consents of this kind can be deleted.
    pub left: u64,
    /// What the server said instead, the first few that differ.
    pub refusals: Vec<String>,
}

/// Deletes what these parties have created, as far as such consents can be deleted, and begins no deletion after `until`.
pub async fn delete_all(parties: &[Arc<RelyingParty>], until: Instant) -> ConsentsDeleted {
    let mut done = ConsentsDeleted::default();
    let mut waiting = Vec::new();
    for party in parties {
        let Some(consents) = party.consents.as_ref().filter(|consents| consents.settings.kind.deletable)
        else {
            continue;
        };
        let (ids, not_kept) = consents.created.take();
        done.left += not_kept;
        waiting.extend(ids.into_iter().map(|id| (party, consents, id)));
    }
    let mut deletions = stream::iter(waiting)
        .map(|(party, consents, id)| async move {
            if party.clock.now() >= until {
                return Err("there was no time left".to_owned());
            }
            party.delete_consent(consents, &id).await
        })
        .buffer_unordered(DELETIONS_AT_ONCE);
    while let Some(deleted) = deletions.next().await {
        match deleted {
            Ok(()) => done.deleted += 1,
            Err(words) => {
                done.left += 1;
                if done.refusals.len() < REFUSALS_KEPT && !done.refusals.contains(&words) {
                    done.refusals.push(words);
                }
            }
        }
    }
    done
}

impl RelyingParty {
    /// Deletes one consent. 404 and 410 say that it is gone already.
    async fn delete_consent(&self, consents: &Consents, id: &str) -> Result<(), String> {
        let scope = consents.settings.kind.token_scope;
        let token =
            consents.token.get(self, scope, 0, None, &mut Vec::new()).await.map_err(|(_, words)| words)?;
        let mut url = consents.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(id);
        }
        let body = (ConsentMedia::Json, String::new());
        let call = self
            .bearer_call(http::Method::DELETE, &url, &token, body, 0)
            .ok_or("the token is no header value")?;
        let shown = Shown::of(&call, String::new());
        let Exchanged { result, .. } = self.transport.exchange(call).await;
        match &result {
            Ok(answer) if matches!(answer.status, 200 | 202 | 204 | 404 | 410) => Ok(()),
            Ok(answer) => {
                let else_said = format!("status {}", answer.status);
                Err(said(Some(&*shown.with(&result)), else_said))
            }
            Err(failure) => Err(failure.to_string()),
        }
    }
}
