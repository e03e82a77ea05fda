use super::frames::{Frames, MAGIC, Next, frame};
use super::{Head, LogError, Part};
use crate::record::IntervalRecord;
use serde::Serialize;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Where a log lies.
pub trait Storage: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Storage for T {}

/// A log that is being written. It is appended to and never changed; nothing of it is kept in memory.
pub struct Log {
    storage: Box<dyn Storage>,
    /// The storage's name, for errors.
    place: String,
    /// Bytes that were written in whole frames.
    whole: u64,
}

impl Log {
    /// A log in storage that is empty.
    pub fn new(storage: Box<dyn Storage>, place: String) -> Self {
        Log { storage, place, whole: 0 }
    }

    /// Writes what the log begins with.
    pub fn begin(&mut self, head: &Head) -> Result<(), LogError> {
        self.write(MAGIC)?;
        self.append(head)
    }

    /// Writes an interval. It is the system's to bring it to the disk: a process that is killed loses nothing of it.
    pub fn interval(&mut self, part: &Part) -> Result<(), LogError> {
        self.append(part)
    }

    /// The intervals that were written, read back.
    pub fn intervals(&mut self) -> Result<Vec<IntervalRecord>, LogError> {
        let bytes = self.read().map_err(|source| self.error("read back", source))?;
        let changed = || self.error("read back", io::ErrorKind::InvalidData.into());
        let mut frames = Frames::of(&bytes).map_err(|_| changed())?;
        let mut intervals = Vec::new();
        let mut head = true;
        loop {
            match frames.next() {
                Next::Whole(_) if head => head = false,
                Next::Whole(payload) => {
                    let part: Part = serde_json::from_slice(payload).map_err(|_| changed())?;
                    intervals.push(part.interval);
                }
                Next::End => return Ok(intervals),
                Next::Torn | Next::Damaged => return Err(changed()),
            }
        }
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.storage.seek(SeekFrom::Start(0))?;
        (&mut self.storage).take(self.whole).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn append(&mut self, payload: &impl Serialize) -> Result<(), LogError> {
        let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
        let payload = serde_json::to_vec(payload).map_err(|error| self.error("written", error.into()))?;
        let frame = frame(&payload).ok_or_else(|| self.error("written", too_large()))?;
        self.write(&frame)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        self.storage
            .write_all(bytes)
            .and_then(|()| self.storage.flush())
            .map_err(|source| self.error("written", source))?;
        self.whole += bytes.len() as u64;
        Ok(())
    }

    fn error(&self, what: &'static str, source: io::Error) -> LogError {
        LogError { place: self.place.clone(), what, source }
    }
}
