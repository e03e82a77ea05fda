use crate::ciba::AuthReqId;
use aws_lc_rs::digest::{SHA256, digest};
use std::sync::{Mutex, PoisonError};

/// Places among which identifiers are spread by their hashes; a power of two.
const PLACES: usize = 1 << 14;

/// Identifiers that are kept in one place. The oldest of them makes room.
const KEPT_IN_A_PLACE: usize = 16;

/// The `auth_req_id`s that a run was given, so that one that comes twice is noticed, whichever of its clients it is given to.
///
/// Each is kept as half of its SHA-256: two identifiers that are not the same are never taken for it, and none can be read
/// out of memory. 262,144 are kept, in 4 MiB, however long the run: of those that the last 100,000 flows were given, all but
/// one in a thousand; one that comes again later than that is found by chance.
pub(super) struct Identifiers {
    /// The newest first. 0 is nobody's.
    kept: Mutex<Vec<[u128; KEPT_IN_A_PLACE]>>,
}

impl Default for Identifiers {
    fn default() -> Self {
        Identifiers { kept: Mutex::new(vec![[0; KEPT_IN_A_PLACE]; PLACES]) }
    }
}

impl Identifiers {
    /// Takes an identifier in. Whether it was there before.
    pub fn is_repeat(&self, id: &AuthReqId) -> bool {
        let hash = hash(id);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // The cast keeps the lowest bits, which are all that is needed.
        let place = &mut kept[hash as usize % PLACES];
        if place.contains(&hash) {
            return true;
        }
        place.rotate_right(1);
        place[0] = hash;
        false
    }
}

fn hash(id: &AuthReqId) -> u128 {
    let digest = digest(&SHA256, id.as_str().as_bytes());
    digest.as_ref().iter().take(size_of::<u128>()).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> AuthReqId {
        AuthReqId::opaque(&format!("request-{n}"))
    }

    #[test]
    fn what_comes_again_is_known_and_nothing_else() {
        let seen = Identifiers::default();
        assert!((0..10_000).all(|n| !seen.is_repeat(&id(n))));
        assert!((0..10_000).all(|n| seen.is_repeat(&id(n))));
        assert!(!seen.is_repeat(&AuthReqId::opaque("Request-1")));
    }

    #[test]
    fn memory_is_bounded_and_what_is_recent_is_kept() {
        const FLOWS: u32 = 1_000_000;
        const RECENT: u32 = 100_000;
        let seen = Identifiers::default();
        assert!((0..FLOWS).all(|n| !seen.is_repeat(&id(n))), "different identifiers are never taken for one");
        assert_eq!(seen.kept.lock().unwrap().len() * size_of::<[u128; KEPT_IN_A_PLACE]>(), 4 << 20);
        // Asked from the newest on, so that what is taken in again drives out what is older only.
        let known = (FLOWS - RECENT..FLOWS).rev().filter(|n| seen.is_repeat(&id(*n))).count();
        assert!(known >= 99_900, "{known}");
    }
}
