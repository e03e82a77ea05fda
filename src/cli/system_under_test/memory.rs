use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::command::said;
use super::quantity::bytes;
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::load::Measurement;

/// The command is run so often, and less often where the run is long.
const EVERY: Duration = Duration::from_secs(2);
/// Longest time that it may take once.
const WITHIN: Duration = Duration::from_secs(5);
/// Most samples of one run: half of them are for its length, and as many for a drain.
const SAMPLES_MAX: usize = 4_000;

/// Runs the command of `--sut-memory` once, so that one that tells nothing is refused before anything starts.
pub fn check_memory(command: &str) -> Result<(), Failure> {
    told(command).map(|_| ()).map_err(|problem| {
        Failure::usage(format!("--sut-memory {command:?}: {problem}; nothing was started"))
    })
}

/// A thread that asks for the memory of the system under test now and then, and notes it with what else is measured. The load does
/// not wait for it.
pub struct MemoryWatch {
    over: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl MemoryWatch {
    /// Begins to ask, for a load of this length.
    pub fn begin(
        command: &str,
        length: Duration,
        measurement: Arc<Measurement>,
        clock: Clock,
    ) -> Result<Self, Failure> {
        let (over, is_over) = sync_channel(1);
        let every = EVERY.max(length / (SAMPLES_MAX as u32 / 2));
        let command = command.to_owned();
        measurement.server_memory_asked(&command);
        let watch = move || watch(&command, every, &is_over, &measurement, clock);
        let thread = Builder::new().name("ciba-memory".to_owned()).spawn(watch).map_err(|error| {
            Failure::internal(format!("a thread for --sut-memory cannot be started: {error}"))
        })?;
        Ok(MemoryWatch { over, thread })
    }

    /// Ends it. Waits for a command that is being run, which has its bounds.
    pub fn end(self) {
        let _ = self.over.try_send(());
        let _ = self.thread.join();
    }
}

fn watch(command: &str, every: Duration, over: &Receiver<()>, measurement: &Measurement, clock: Clock) {
    let mut due = clock.now();
    for _ in 0..SAMPLES_MAX {
        let (at, in_flight) = (clock.now(), measurement.in_flight());
        measurement.server_memory_told(at, in_flight, told(command));
        // One that takes longer than that is asked again at once.
        due = (due + every).max(clock.now());
        match over.recv_timeout(due.saturating_duration_since(clock.now())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn told(command: &str) -> Result<u64, String> {
    said(command, WITHIN).and_then(|said| bytes(&said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_tells_no_memory_is_refused() {
        assert!(check_memory("printf '212 MiB'").is_ok());
        for (command, part) in
            [("printf 212345", "`ps -o rss=` prints KiB"), ("exit 3", "failed with exit status: 3")]
        {
            let lines = check_memory(command).unwrap_err().lines();
            assert!(lines[0].starts_with(&format!("--sut-memory {command:?}: ")), "{lines:?}");
            assert!(lines[0].contains(part) && lines[0].ends_with("; nothing was started"), "{lines:?}");
        }
    }
}
