use crate::conformance::{Claim, Refusal, Scene, Unheld};
use crate::jose::Unusable;

/// The lifetime that a request asks for beside its signed object, in seconds.
const OUTSIDE_EXPIRY: u64 = 77;

/// What stands beside the signed object did not count.
pub const OUTSIDE_IGNORED: Claim = Claim::Holds(
    "400 invalid_request, or an acknowledgement whose expires_in is not the 77 that stands outside",
    |scene: &Scene| match &scene.flow()?.acknowledged {
        None => scene.refused(&[Refusal(400, "invalid_request"), Refusal(400, "invalid_request_object")]),
        Some(acknowledged) if acknowledged.expires_in == Some(OUTSIDE_EXPIRY) => {
            Err("expires_in 77, as asked for outside".into())
        }
        Some(_) => Ok(()),
    },
);

/// No key of the issuer is too short.
pub const KEYS_STRONG: Claim =
    Claim::Holds("RSA keys of 2048 bits or more, and no others too short", |scene: &Scene| {
        let keys = scene.keys.as_ref().ok_or_else(|| Unheld::Unclear("no keys were fetched".to_owned()))?;
        match keys.skipped().iter().find(|key| key.kind == Unusable::Weak) {
            Some(weak) => Err(format!("a key that {}", weak.reason).into()),
            None => Ok(()),
        }
    });
