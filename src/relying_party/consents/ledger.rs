use std::sync::{Mutex, PoisonError};

/// Most consents of one relying party that are kept for being deleted; more are counted as left.
pub const CONSENTS_KEPT_MAX: usize = 100_000;

/// The consents that one relying party has created.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Created>);

#[derive(Debug, Default)]
struct Created {
    ids: Vec<Box<str>>,
    not_kept: u64,
}

impl Ledger {
    pub fn note(&self, id: &str) {
        let mut created = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if created.ids.len() < CONSENTS_KEPT_MAX {
            created.ids.push(id.into());
        } else {
            created.not_kept += 1;
        }
    }

    /// Everything so far, and how many more there were; nothing is noted any more.
    pub fn take(&self) -> (Vec<Box<str>>, u64) {
        let created = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (created.ids, created.not_kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_nothing_is_forgotten() {
        let ledger = Ledger::default();
        for number in 0..CONSENTS_KEPT_MAX + 3 {
            ledger.note(&number.to_string());
        }
        let (ids, not_kept) = ledger.take();
        assert_eq!((ids.len(), not_kept), (CONSENTS_KEPT_MAX, 3));
        assert_eq!(ledger.take(), (Vec::new(), 0));
    }
}
