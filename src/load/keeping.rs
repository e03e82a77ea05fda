use crate::checkpoint::{Head, Log, LogError, Part};
use crate::record::{IntervalRecord, RunRecord};

/// The log of a run, and the record as far as it is known before the first flow is due.
pub struct Logging {
    /// The log, which is empty.
    pub log: Log,
    /// What its first frame holds.
    pub record: RunRecord,
}

/// Keeps the intervals of a run: in its log, so that memory does not grow with the length of the run, or in memory where it has
/// none, or can no longer be written.
#[derive(Default)]
pub(super) struct Keeping {
    logging: Option<Logging>,
    /// The log cannot be written any more: why. What was written before is there.
    failed: Option<LogError>,
    kept: Vec<IntervalRecord>,
}

impl Keeping {
    pub fn new(logging: Option<Logging>) -> Self {
        Keeping { logging, ..Keeping::default() }
    }

    /// Writes the first frame. False when the log has failed.
    pub fn begin(&mut self, head: impl FnOnce(RunRecord) -> Head) -> bool {
        if let Some(Logging { log, record }) = &mut self.logging {
            self.failed = log.begin(&head(record.clone())).err();
        }
        self.failed.is_none()
    }

    /// Keeps an interval. False when the log has failed, with this interval or before.
    pub fn keep(&mut self, part: Part) -> bool {
        match &mut self.logging {
            Some(Logging { log, .. }) if self.failed.is_none() => {
                if let Err(error) = log.interval(&part) {
                    self.failed = Some(error);
                    self.kept.push(part.interval);
                }
            }
            Some(_) | None => self.kept.push(part.interval),
        }
        self.failed.is_none()
    }

    /// Every interval, and why the log failed, if it did.
    pub fn finish(mut self) -> (Vec<IntervalRecord>, Option<String>) {
        let mut intervals = Vec::new();
        if let Some(Logging { log, .. }) = &mut self.logging {
            match log.intervals() {
                Ok(read) => intervals = read,
                // Totals and stages are in memory; the intervals are in the log, for whoever can read it.
                Err(error) => self.failed = self.failed.or(Some(error)),
            }
        }
        intervals.append(&mut self.kept);
        (intervals, self.failed.map(|error| error.to_string()))
    }
}
