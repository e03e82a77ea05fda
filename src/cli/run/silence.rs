//! Goose greets on standard output whatever it is told.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};

/// While this lives, what the process writes to standard output is lost.
#[derive(Debug)]
pub struct Silence {
    stdout: OwnedFd,
}

impl Silence {
    /// Puts the null device in the place of standard output.
    pub fn begin() -> io::Result<Self> {
        let null = File::options().write(true).open("/dev/null")?;
        io::stdout().flush()?;
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        rustix::stdio::dup2_stdout(&null)?;
        Ok(Silence { stdout })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // What is still buffered belongs into the silence. A descriptor that was there is there again.
        let _ = io::stdout().flush();
        let _ = rustix::stdio::dup2_stdout(&self.stdout);
    }
}
