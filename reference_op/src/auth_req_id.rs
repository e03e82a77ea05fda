//! How an `auth_req_id` is made (CIBA Core 1.0, 7.3).

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::fault::{Fault, FaultSet};
use crate::pending::Demand;
use crate::random;

/// Characters of one that is too short.
const SHORT: usize = 12;
/// What identifiers with a counter begin with.
const PREFIX: &str = "authentication-request-of-this-provider-";

/// A new one. Nobody can guess it, and it holds nothing.
pub(crate) fn mint(client_id: &str, demand: &Demand, faults: FaultSet) -> String {
    if faults.has(Fault::AuthReqIdBase64) {
        return format!("+/{}=", random::unguessable());
    }
    if faults.has(Fault::AuthReqIdShort) {
        return random::unguessable()[..SHORT].to_owned();
    }
    if faults.has(Fault::AuthReqIdRepeats) {
        return digest_of(client_id, demand);
    }
    if faults.has(Fault::AuthReqIdCounter) {
        static COUNTER: AtomicU64 = AtomicU64::new(1);
        return format!("{PREFIX}{:08}", COUNTER.fetch_add(1, Ordering::Relaxed));
    }
    random::unguessable()
}

/// The same text for the same client, user and binding message.
fn digest_of(client_id: &str, demand: &Demand) -> String {
    let about = format!("{client_id}\n{}\n{:?}", demand.user_identifier, demand.binding_message);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, about.as_bytes()))
}
