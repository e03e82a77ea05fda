//! What the operator's own command says of the system under test.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::cli::failure::Failure;
use crate::record::SutDescription;

/// Longest time that the command may take.
const WITHIN: Duration = Duration::from_secs(60);
/// Most that it may print, in bytes.
const BYTES_MAX: usize = 64 * 1024;
/// Longest part of its complaint that is repeated, in characters.
const COMPLAINT_MAX: usize = 300;

/// Runs the command, and keeps what it prints.
pub fn describe(command: &str) -> Result<SutDescription, Failure> {
    described(command, WITHIN).map_err(|problem| {
        Failure::usage(format!("--sut-describe {command:?}: {problem}; nothing was started"))
    })
}

fn described(command: &str, within: Duration) -> Result<SutDescription, String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot be run: {error}"))?;
    let (said, complaint) = (child.stdout.take().map(read), child.stderr.take().map(read));
    let over = ended(said, within).and_then(|said| Ok((said, ended(complaint, within)?)));
    let (said, complaint) = match over {
        Ok(both) => both,
        Err(problem) => {
            kill(&mut child);
            return Err(problem);
        }
    };
    // Both its outputs are closed: it has nothing left to say.
    let status = child.wait().map_err(|error| format!("cannot be waited for: {error}"))?;
    if !status.success() {
        let complaint: String = complaint.trim().chars().take(COMPLAINT_MAX).collect();
        return Err(format!("failed with {status}: {complaint}"));
    }
    if said.trim().is_empty() {
        return Err("printed nothing, expected a description on standard output".to_owned());
    }
    Ok(SutDescription { command: command.to_owned(), said })
}

type Text = Result<Vec<u8>, std::io::Error>;

/// Reads to the end, or to just beyond what is allowed, on a thread of its own.
fn read(from: impl Read + Send + 'static) -> Receiver<Text> {
    let (tell, told) = sync_channel(1);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = from.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
        let _ = tell.send(read.map(|_| bytes));
    });
    told
}

fn ended(told: Option<Receiver<Text>>, within: Duration) -> Result<String, String> {
    let Some(told) = told else { return Ok(String::new()) };
    let bytes = match told.recv_timeout(within) {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(format!("its output cannot be read: {error}")),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            return Err(format!("was not over after {} s", within.as_secs()));
        }
    };
    if bytes.len() > BYTES_MAX {
        return Err(format!("printed more than {BYTES_MAX} bytes"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn kill(child: &mut Child) {
    // One that has ended meanwhile needs no killing.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_command_prints_is_kept() {
        let said = described("printf 'nodes: %s\\n' 3; echo warning >&2", WITHIN).unwrap();
        assert_eq!(said.said, "nodes: 3\n");
    }

    #[test]
    fn a_command_that_fails_says_nothing_or_too_much_is_an_error() {
        for (command, expected) in [
            ("echo no such cluster >&2; exit 3", "failed with exit status: 3: no such cluster"),
            ("true", "printed nothing"),
            ("yes", "printed more than 65536 bytes"),
        ] {
            let problem = described(command, WITHIN).unwrap_err();
            assert!(problem.contains(expected), "{command}: {problem}");
        }
        let problem = described("exec cat /dev/zero >&2", Duration::from_millis(1)).unwrap_err();
        assert!(problem.contains("was not over after 0 s"), "{problem}");
        let lines = describe("exit 1").unwrap_err().lines();
        assert!(
            lines[0].starts_with("--sut-describe \"exit 1\": failed")
                && lines[0].ends_with("nothing was started"),
            "{lines:?}"
        );
    }
}
