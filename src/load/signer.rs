use super::attack::LoadError;
use super::run::spawn;
use crate::relying_party::RelyingParty;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the signer sleeps when every stock is full: at 1,200 signatures a second, RSA's limit on a core, a stock loses a
/// twentieth meanwhile.
const NAP: Duration = Duration::from_millis(10);

/// An OS thread that signs assertions before their requests are due. It ends when this is dropped.
pub(super) struct Signer(Arc<AtomicBool>);

impl Signer {
    /// Starts it, if any relying party signs with a private key.
    pub fn start(parties: &[Arc<RelyingParty>]) -> Result<Option<Self>, LoadError> {
        let parties: Vec<_> = parties.iter().filter(|party| party.signs_ahead()).cloned().collect();
        if parties.is_empty() {
            return Ok(None);
        }
        let over = Arc::new(AtomicBool::new(false));
        let ends = over.clone();
        spawn("signer", move || {
            while !ends.load(Ordering::Relaxed) {
                // One for each in turn, so that none waits for another's stock to be full.
                let signed = parties.iter().filter(|party| party.sign_ahead()).count();
                if signed == 0 {
                    std::thread::sleep(NAP);
                }
            }
        })?;
        Ok(Some(Signer(over)))
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
