use super::said::Said;
use crate::record::Scrubber;
use crate::transport::{Answer, Call, Exchanged, Failure, Timeline, Transport};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// Most exchanges that are kept; later ones are carried all the same.
const NOTED_MAX: usize = 256;

/// An exchange as it was carried.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    pub(super) url: Url,
    /// What was sent.
    form: Bytes,
    pub(super) timeline: Timeline,
    pub(super) result: Result<Answer, Failure>,
}

/// Carries calls and keeps what they were answered with: a relying party tells only what it makes of it.
#[derive(Clone)]
pub(super) struct Watch {
    inner: Arc<dyn Transport>,
    noted: Arc<Mutex<Vec<Noted>>>,
    begun: Arc<Mutex<Vec<Url>>>,
}

impl Watch {
    pub(super) fn new(inner: Arc<dyn Transport>) -> Self {
        Watch { inner, noted: Arc::default(), begun: Arc::default() }
    }

    /// Everything that was carried to this URL so far, oldest first.
    pub(super) fn noted(&self, url: &Url) -> Vec<Noted> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.iter().filter(|noted| noted.url == *url).cloned().collect()
    }

    /// How many calls to this URL were begun, answered or not.
    pub(super) fn begun(&self, url: &Url) -> usize {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().filter(|begun| *begun == url).count()
    }

    /// Has every secret learnt that was given out, on either side.
    pub(super) fn teach(&self, secrets: &mut Scrubber) {
        for noted in self.noted.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            secrets.learn_form(&noted.form);
            if let Some(body) = noted.success() {
                secrets.learn_json(body);
            }
        }
    }
}

impl Noted {
    pub(super) fn said(&self) -> Said {
        Said::of(&self.result)
    }

    /// The body of an answer with status 200.
    pub(super) fn success(&self) -> Option<&[u8]> {
        self.result.as_ref().ok().filter(|answer| answer.status == 200).map(|answer| answer.body.as_ref())
    }
}

impl Transport for Watch {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let (url, form, noted) = (call.url.url().clone(), call.body.clone(), Arc::clone(&self.noted));
        {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            if begun.len() < NOTED_MAX {
                begun.push(url.clone());
            }
        }
        let exchange = self.inner.exchange(call);
        async move {
            let exchanged = exchange.await;
            let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
            if noted.len() < NOTED_MAX {
                let Exchanged { result, timeline } = exchanged.clone();
                noted.push(Noted { url, form, timeline, result });
            }
            exchanged
        }
        .boxed()
    }
}
