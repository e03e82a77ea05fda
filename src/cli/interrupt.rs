//! Ctrl-C and SIGTERM.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::failure::Failure;
use super::output::tell;
use super::run::give_terminal_back;
use crate::analysis::Exit;

/// What is said when the first signal comes.
const FIRST: &str = "stopping in order; press Ctrl-C again to abort at once";
/// What is said when the second one comes.
const SECOND: &str = "aborted; nothing more is written";

/// Whether somebody wants this command to end. Level-triggered: whoever asks late learns it, too.
#[derive(Debug, Clone)]
pub struct Interrupt {
    raised: watch::Receiver<bool>,
}

impl Interrupt {
    /// Takes over both signals for the rest of the process: the first one is told to whoever waits, the second one ends the
    /// process. To be called before anything else that would install a handler.
    pub fn install() -> Result<Self, Failure> {
        let (raise, raised) = watch::channel(false);
        let before = AtomicBool::new(false);
        ctrlc::set_handler(move || {
            if before.swap(true, Ordering::SeqCst) {
                give_terminal_back();
                tell(SECOND);
                abort();
            }
            tell(FIRST);
            raise.send_replace(true);
        })
        .map_err(Failure::internal)?;
        Ok(Interrupt { raised })
    }

    /// Waits for the first signal.
    pub async fn wait(&self) {
        let mut raised = self.raised.clone();
        if raised.wait_for(|raised| *raised).await.is_err() {
            // The handler lives as long as the process.
            std::future::pending::<()>().await;
        }
    }

    /// Becomes true with the first signal.
    pub fn raised(&self) -> watch::Receiver<bool> {
        self.raised.clone()
    }

    /// What comes first: the end of `work`, or a signal.
    pub async fn or<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.wait() => Err(Failure::interrupted()),
            done = work => done,
        }
    }
}

#[expect(clippy::exit, clippy::disallowed_methods, reason = "a second signal asks for just this")]
fn abort() -> ! {
    std::process::exit(i32::from(Exit::Interrupted.code()))
}
