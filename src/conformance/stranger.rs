use crate::clock::Clock;
use crate::jose::{GeneratedKey, SigningAlgorithm, SigningKey};
use crate::tls::{Identity, TestAuthority};
use std::sync::{Arc, OnceLock};

/// What nobody shares with anybody.
const NOBODYS_SECRET: &str = "a-secret-that-no-server-and-no-client-has";

/// A certificate that no server knows and no authority has signed; made once per process.
pub fn stranger_identity() -> Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    let make = || {
        let clock = Clock::system();
        // Both fail only if the operating system has no randomness, and then no check can be run.
        let made = TestAuthority::self_signed("stranger", clock.wall(clock.now())).expect("keys can be made");
        Arc::new(made.identity().expect("what was made fits"))
    };
    Arc::clone(IDENTITY.get_or_init(make))
}

/// A key for this algorithm that no server knows; made once per process.
pub fn stranger(algorithm: SigningAlgorithm) -> SigningKey {
    static ES256: OnceLock<SigningKey> = OnceLock::new();
    static RSA: OnceLock<SigningKey> = OnceLock::new();
    static ED25519: OnceLock<SigningKey> = OnceLock::new();
    let made = |slot: &'static OnceLock<SigningKey>, algorithm| {
        // Fails only if the operating system has no randomness, and then no check can be run.
        let make = || GeneratedKey::make(algorithm, "stranger").expect("keys can be made").signing_key;
        slot.get_or_init(make).clone()
    };
    match algorithm {
        SigningAlgorithm::Es256 => made(&ES256, algorithm),
        SigningAlgorithm::EdDsa => made(&ED25519, algorithm),
        SigningAlgorithm::Ps256 => made(&RSA, SigningAlgorithm::Ps256),
        SigningAlgorithm::Rs256 => {
            let rsa = made(&RSA, SigningAlgorithm::Ps256);
            rsa.for_algorithm(algorithm).unwrap_or(rsa)
        }
        SigningAlgorithm::Hs256 => SigningKey::of_secret(NOBODYS_SECRET),
    }
}
