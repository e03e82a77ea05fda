use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::command::said;
use super::quantity::bytes;
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::load::Measurement;
use crate::record::{MemorySample, ServerMemory};

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

/// A thread that asks for the memory of the system under test now and then. The load does not wait for it.
pub struct MemoryWatch {
    command: String,
    over: SyncSender<()>,
    thread: JoinHandle<Seen>,
}

/// What the thread has seen; times are wall time since 1970.
#[derive(Default)]
struct Seen {
    samples: Vec<(Duration, MemorySample)>,
    failures: u64,
    failure: Option<String>,
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
        let asked = command.to_owned();
        let watch = move || watch(&asked, every, &is_over, &measurement, clock);
        let thread = Builder::new().name("ciba-memory".to_owned()).spawn(watch).map_err(|error| {
            Failure::internal(format!("a thread for --sut-memory cannot be started: {error}"))
        })?;
        Ok(MemoryWatch { command: command.to_owned(), over, thread })
    }

    /// Ends it; gives what it saw of a load whose first flow was due at this wall time. Waits for a command that is being run, which
    /// has its bounds.
    pub fn end(self, begun: Duration) -> ServerMemory {
        let _ = self.over.try_send(());
        let seen = self.thread.join().unwrap_or_else(|_| Seen {
            failures: 1,
            failure: Some("this tool failed while it asked".to_owned()),
            ..Seen::default()
        });
        let since = |at: Duration| u64::try_from(at.saturating_sub(begun).as_millis()).unwrap_or(u64::MAX);
        ServerMemory {
            command: self.command,
            samples: seen
                .samples
                .into_iter()
                .map(|(at, sample)| MemorySample { at_ms: since(at), ..sample })
                .collect(),
            failures: seen.failures,
            failure: seen.failure,
        }
    }
}

fn watch(
    command: &str,
    every: Duration,
    over: &Receiver<()>,
    measurement: &Measurement,
    clock: Clock,
) -> Seen {
    let mut seen = Seen::default();
    let progress = measurement.progress();
    let mut due = clock.now();
    while seen.samples.len() < SAMPLES_MAX {
        let (at, in_flight) = (clock.wall(clock.now()), measurement.in_flight());
        let started = progress.borrow().counts.flows.started;
        match told(command) {
            Ok(bytes) => seen.samples.push((at, MemorySample { at_ms: 0, in_flight, started, bytes })),
            Err(problem) => {
                seen.failures += 1;
                seen.failure = Some(problem);
            }
        }
        // One that takes longer than that is asked again at once.
        due = (due + every).max(clock.now());
        match over.recv_timeout(due.saturating_duration_since(clock.now())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    seen
}

fn told(command: &str) -> Result<u64, String> {
    said(command, WITHIN).and_then(|said| bytes(&said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_command_prints_is_kept_with_its_time() {
        let clock = Clock::system();
        let watched = |command: &str| {
            let begun = clock.wall(clock.now());
            let watch =
                MemoryWatch::begin(command, Duration::ZERO, Measurement::new(1, clock), clock).unwrap();
            watch.end(begun)
        };
        let memory = watched("printf '212 MiB'");
        let [sample] = memory.samples[..] else { panic!("{memory:?}") };
        assert_eq!((sample.bytes, sample.in_flight), (212 * 1_048_576, 0));
        assert!(sample.at_ms < 60_000, "{sample:?}");
        assert_eq!((memory.command.as_str(), memory.failures, memory.failure), ("printf '212 MiB'", 0, None));
        let memory = watched("echo no such process >&2; exit 1");
        assert_eq!((memory.samples.len(), memory.failures), (0, 1));
        assert_eq!(memory.failure.as_deref(), Some("failed with exit status: 1: no such process"));
    }

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
