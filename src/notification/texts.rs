use super::registry::{Known, lock};
use crate::ciba::Secret;
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use rustc_hash::FxHashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Most arbitrary tokens that are registered at once.
pub const TEXTS_MAX: usize = 1_000;

/// Why an arbitrary token cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextRefused {
    /// [`TEXTS_MAX`] are registered.
    #[error(
        "notification endpoint already waits for {TEXTS_MAX} arbitrary tokens, its bound: forget flows that ended"
    )]
    Full,
    /// Calls of the two flows could not be told apart.
    #[error(
        "flow {0} already waits for calls with this notification token: give each flow a token of its own"
    )]
    Taken(u64),
}

/// Tokens that are not of this tool's own form, found by their digest: nothing of them is kept, and the time that a search
/// takes says nothing about them. A load run has none, and then none is looked for.
#[derive(Default)]
pub(super) struct Texts {
    any: AtomicBool,
    entries: Mutex<FxHashMap<Digest, Entry>>,
}

type Digest = [u8; SHA256_OUTPUT_LEN];

struct Entry {
    flow: u64,
    presented: bool,
}

impl Texts {
    pub(super) fn register(&self, flow: u64, token: &Secret<String>) -> Result<(), TextRefused> {
        let digest = digest_of(token.expose().as_bytes());
        let mut entries = lock(&self.entries);
        if let Some(other) = entries.get(&digest).filter(|entry| entry.flow != flow) {
            return Err(TextRefused::Taken(other.flow));
        }
        entries.retain(|_, entry| entry.flow != flow);
        if entries.len() >= TEXTS_MAX {
            return Err(TextRefused::Full);
        }
        entries.insert(digest, Entry { flow, presented: false });
        self.any.store(true, Ordering::Release);
        Ok(())
    }

    pub(super) fn forget(&self, flow: u64) {
        if self.any.load(Ordering::Acquire) {
            let mut entries = lock(&self.entries);
            entries.retain(|_, entry| entry.flow != flow);
            self.any.store(!entries.is_empty(), Ordering::Release);
        }
    }

    pub(super) fn registered(&self) -> usize {
        lock(&self.entries).len()
    }

    pub(super) fn find(&self, token: &[u8], mark: bool) -> Option<Known> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut entries = lock(&self.entries);
        let entry = entries.get_mut(&digest_of(token))?;
        let known = Known { flow: entry.flow, duplicate: entry.presented, awaits_push: false };
        entry.presented |= mark;
        Some(known)
    }
}

fn digest_of(token: &[u8]) -> Digest {
    let mut bytes = [0; SHA256_OUTPUT_LEN];
    bytes.copy_from_slice(digest(&SHA256, token).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn flow(texts: &Texts, token: &str) -> Option<u64> {
        texts.find(token.as_bytes(), false).map(|known| known.flow)
    }

    #[test]
    fn a_flow_has_one_text_and_a_text_one_flow() {
        let texts = Texts::default();
        assert_eq!(flow(&texts, "a=="), None);
        texts.register(1, &text("a==")).unwrap();
        texts.register(2, &text("b")).unwrap();
        assert_eq!(texts.register(2, &text("a==")), Err(TextRefused::Taken(1)));
        assert_eq!((flow(&texts, "a=="), flow(&texts, "b")), (Some(1), Some(2)), "a refusal changes nothing");
        assert_eq!([flow(&texts, "a="), flow(&texts, "A=="), flow(&texts, "")], [None; 3]);
        texts.register(1, &text("c")).unwrap();
        assert_eq!((flow(&texts, "a=="), flow(&texts, "c"), texts.registered()), (None, Some(1), 2));
        texts.forget(1);
        texts.forget(1);
        assert_eq!((flow(&texts, "c"), flow(&texts, "b")), (None, Some(2)));
        texts.forget(2);
        assert_eq!((texts.registered(), texts.any.load(Ordering::Acquire)), (0, false));
    }

    #[test]
    fn their_number_is_bounded() {
        let texts = Texts::default();
        for flow in 0..TEXTS_MAX as u64 {
            texts.register(flow, &text(&flow.to_string())).unwrap();
        }
        assert_eq!(texts.register(TEXTS_MAX as u64, &text("one more")), Err(TextRefused::Full));
        texts.register(0, &text("another for the same")).unwrap();
        texts.forget(1);
        texts.register(TEXTS_MAX as u64, &text("one more")).unwrap();
    }
}
