use crate::jose::{GeneratedKey, GenerationError, SigningAlgorithm};
use std::sync::{Mutex, PoisonError};

/// The key of the clients that checks register, for this algorithm; made once per process, since some take a moment.
pub fn registered_key(algorithm: SigningAlgorithm) -> Result<GeneratedKey, GenerationError> {
    static MADE: Mutex<Vec<(SigningAlgorithm, GeneratedKey)>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, key)) = made.iter().find(|(known, _)| *known == algorithm) {
        return Ok(key.clone());
    }
    let key = GeneratedKey::make(algorithm, "ciba-bench-registered")?;
    made.push((algorithm, key.clone()));
    Ok(key)
}
