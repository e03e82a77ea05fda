use crate::record::{MemorySample, ServerMemory};
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// The memory of the system under test while the load goes on, as whoever asks for it notes it.
#[derive(Default)]
pub(super) struct ServerMemorySeen(Mutex<Option<Seen>>);

struct Seen {
    command: String,
    samples: Vec<(Instant, MemorySample)>,
    failures: u64,
    failure: Option<String>,
}

impl ServerMemorySeen {
    /// From now on it is asked for by this command.
    pub fn asked_by(&self, command: &str) {
        let seen = Seen { command: command.to_owned(), samples: Vec::new(), failures: 0, failure: None };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// Notes what the command told at this moment, or why it told nothing; the sample's own time is still to be set. How many are
    /// noted is bounded by who asks.
    pub fn note(&self, at: Instant, told: Result<MemorySample, String>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = seen.as_mut() else { return };
        match told {
            Ok(sample) => seen.samples.push((at, sample)),
            Err(problem) => {
                seen.failures += 1;
                seen.failure = Some(problem);
            }
        }
    }

    /// What was noted, without the samples that somebody was told before; nothing where nobody asks. `ms` says how long after the
    /// first flow a moment was.
    pub fn since(&self, told: &mut usize, ms: impl Fn(Instant) -> u64) -> Option<ServerMemory> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.as_ref()?;
        let new = seen.samples.iter().skip(*told);
        let samples = new.map(|(at, sample)| MemorySample { at_ms: ms(*at), ..*sample }).collect();
        *told = seen.samples.len();
        Some(ServerMemory {
            command: seen.command.clone(),
            samples,
            failures: seen.failures,
            failure: seen.failure.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn each_sample_is_told_once_and_failures_are_counted() {
        let (seen, now) = (ServerMemorySeen::default(), Clock::system().now());
        let sample = |bytes| MemorySample { at_ms: 0, in_flight: 3, started: 5, bytes };
        seen.note(now, Ok(sample(1)));
        assert_eq!(seen.since(&mut 0, |_| 7), None, "nobody asks");
        seen.asked_by("ps");
        let mut told = 0;
        let mut since = || seen.since(&mut told, |at| if at == now { 7 } else { 0 }).unwrap();
        assert_eq!(since().samples, []);
        seen.note(now, Ok(sample(1)));
        seen.note(now, Err("gone".to_owned()));
        let first = since();
        assert_eq!(first.samples, [MemorySample { at_ms: 7, ..sample(1) }]);
        assert_eq!(
            (first.command.as_str(), first.failures, first.failure.as_deref()),
            ("ps", 1, Some("gone"))
        );
        seen.note(now, Ok(sample(2)));
        assert_eq!(since().samples, [MemorySample { at_ms: 7, ..sample(2) }]);
        assert_eq!(seen.since(&mut 0, |_| 7).unwrap().samples.len(), 2);
    }
}
