use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// Most that a command may print, in bytes.
const BYTES_MAX: usize = 64 * 1024;
/// Longest part of its complaint that is repeated, in characters.
const COMPLAINT_MAX: usize = 300;
/// How often a command that has closed its outputs is asked whether it has ended.
const STEP: Duration = Duration::from_millis(2);

/// What a command prints on standard output, run by `sh -c` in a process group of its own. Its two outputs and its end are each
/// waited for `within` at most; after that it is killed with everything that it has started.
pub fn said(command: &str, within: Duration) -> Result<String, String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is for this tool, which ends the command when its time is over.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot be run: {error}"))?;
    let (said, complaint) = (child.stdout.take().map(read), child.stderr.take().map(read));
    let over = ended(said, within)
        .and_then(|said| Ok((said, ended(complaint, within)?)))
        .and_then(|(said, complaint)| Ok((said, complaint, status(&mut child, within)?)));
    let (said, complaint, status) = match over {
        Ok(over) => over,
        Err(problem) => {
            kill(&mut child);
            return Err(problem);
        }
    };
    if !status.success() {
        let complaint: String = complaint.trim().chars().take(COMPLAINT_MAX).collect();
        let colon = if complaint.is_empty() { "" } else { ": " };
        return Err(format!("failed with {status}{colon}{complaint}"));
    }
    Ok(said)
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
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Err(not_over(within)),
    };
    if bytes.len() > BYTES_MAX {
        return Err(format!("printed more than {BYTES_MAX} bytes"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Both its outputs are closed: it has nothing left to say, but may not have ended.
fn status(child: &mut Child, within: Duration) -> Result<ExitStatus, String> {
    let asked = within.as_millis() / STEP.as_millis();
    for _ in 0..=asked {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => thread::sleep(STEP),
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
    Err(not_over(within))
}

fn not_over(within: Duration) -> String {
    format!("was not over after {} s", within.as_secs())
}

fn kill(child: &mut Child) {
    // One that has ended meanwhile needs no killing.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_a_command_prints_is_kept_and_its_complaints_are_not() {
        assert_eq!(said("printf 'nodes: %s\\n' 3; echo warning >&2", LONG).unwrap(), "nodes: 3\n");
    }

    #[test]
    fn a_command_that_fails_says_too_much_or_does_not_end_is_an_error() {
        let short = Duration::from_millis(20);
        for (command, within, expected) in [
            ("echo no such cluster >&2; exit 3", LONG, "failed with exit status: 3: no such cluster"),
            ("exit 7", LONG, "failed with exit status: 7"),
            ("yes", LONG, "printed more than 65536 bytes"),
            ("exec cat /dev/zero >&2", LONG, "printed more than 65536 bytes"),
            ("exec >&- 2>&-; exec sleep 600", short, "was not over after 0 s"),
            ("sleep 600 & wait", short, "was not over after 0 s"),
        ] {
            let problem = said(command, within).unwrap_err();
            assert!(problem.contains(expected), "{command}: {problem}");
        }
    }
}
