use super::Signer;
use super::calibration::CalibrationError;
use crate::clock::thread_time;
use crate::jose::SigningKey;
use serde_json::json;
use std::time::Duration;

/// Processor time for which one key signs.
const SIGN_FOR: Duration = Duration::from_millis(200);

/// Keys that are measured at most: a target has one or two.
const KEYS_MAX: usize = 4;

/// The key that takes longest, if there is one.
pub(super) fn slowest(keys: &[SigningKey]) -> Result<Option<Signer>, CalibrationError> {
    let mut slowest: Option<Signer> = None;
    for key in keys.iter().take(KEYS_MAX) {
        let signer = Signer { algorithm: key.algorithm().to_string(), signature_us: signature_us(key)? };
        if slowest.as_ref().is_none_or(|known| known.signature_us < signer.signature_us) {
            slowest = Some(signer);
        }
    }
    Ok(slowest)
}

/// Processor time of one signature, in µs.
fn signature_us(key: &SigningKey) -> Result<f64, CalibrationError> {
    let begun = thread_time();
    let mut signed = 0_u32;
    loop {
        key.sign(&json!({ "jti": signed }))?;
        signed += 1;
        let took = thread_time().saturating_sub(begun);
        if took >= SIGN_FOR {
            return Ok(took.as_secs_f64() * 1e6 / f64::from(signed));
        }
    }
}
